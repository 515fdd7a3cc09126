import os
import re
import unittest

import tamis

ROOT = os.path.dirname(os.path.dirname(os.environ["TAMIS_TEST_DATA"]))


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


class Page(unittest.TestCase):
    """The how-to shows the files of the example, so that whoever types them has the program that is tested."""

    def test_shows_the_example(self):
        page = read("docs", "how-to", "tune-from-python.md")
        for name in ["matmul.c", "tune_matmul.py"]:
            shown = re.search(rf"^cat > {name} <<'END'\n(.*?)^END$", page, re.MULTILINE | re.DOTALL)
            self.assertEqual(shown.group(1), read("examples", "python", name), name)


class Reference(unittest.TestCase):
    """The reference page names everything that the package has."""

    def test_names_everything(self):
        page = read("docs", "reference", "python-api.md")
        for name in tamis.__all__:
            self.assertIn(name, page)
        for of, variable in [(tamis.Space, "space"), (tamis.Study, "study"), (tamis.Table, "table"), (tamis.Library, "model")]:
            for member in vars(of):
                if not member.startswith("_") and member != "position":
                    self.assertRegex(page, rf"{variable}\.{member}|{of.__name__}\.{member}", member)


if __name__ == "__main__":
    unittest.main()
