import os
import re
import unittest

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


if __name__ == "__main__":
    unittest.main()
