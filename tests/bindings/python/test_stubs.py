import ast
import inspect
import unittest

import tamis
from tamis import _tamis


def stub():
    path = inspect.getsourcefile(tamis).replace("__init__.py", "_tamis.pyi")
    with open(path, encoding="utf-8") as file:
        return ast.parse(file.read())


def public(names):
    return {name for name in names if not name.startswith("_") or name in ("__init__", "__len__")}


def names_of(body):
    """The public names that statements of a stub declare, with the arguments of functions."""
    names = {}
    for statement in body:
        if isinstance(statement, ast.FunctionDef):
            arguments = [one.arg for one in statement.args.args if one.arg != "self"]
            is_property = any(getattr(one, "id", "") == "property" for one in statement.decorator_list)
            names[statement.name] = None if is_property else arguments
        elif isinstance(statement, ast.AnnAssign):
            names[statement.target.id] = None
        elif isinstance(statement, ast.ClassDef):
            names[statement.name] = None
    return {name: names[name] for name in public(names)}


class Stubs(unittest.TestCase):
    """The stub of the extension names what the extension has, and nothing else."""

    def test_of_the_module(self):
        self.assertEqual(set(names_of(stub().body)), public(vars(_tamis)))

    def test_of_the_classes(self):
        classes = [one for one in stub().body if isinstance(one, ast.ClassDef)]
        self.assertEqual({one.name for one in classes}, {name for name, of in vars(_tamis).items() if inspect.isclass(of)})
        for one in classes:
            with self.subTest(name=one.name):
                has = public(vars(getattr(_tamis, one.name)))
                self.assertEqual(set(names_of(one.body)), has if "__init__" in names_of(one.body) else has - {"__init__"})

    def test_of_the_arguments(self):
        owners = [("", stub().body, _tamis)]
        owners += [(one.name, one.body, getattr(_tamis, one.name)) for one in stub().body if isinstance(one, ast.ClassDef)]
        for name, body, owner in owners:
            for function, arguments in names_of(body).items():
                if arguments is None:
                    continue
                signature = getattr(owner, function).__doc__.splitlines()[0]
                with self.subTest(function=f"{name}.{function}"):
                    for argument in arguments:
                        self.assertIn(f"{argument}:", signature)

    def test_what_the_package_exports_exists_and_is_explained(self):
        for name in tamis.__all__:
            self.assertTrue(hasattr(tamis, name), name)
            value = getattr(tamis, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                self.assertTrue(value.__doc__, name)
                if inspect.isclass(value):
                    for member, of in inspect.getmembers(value, inspect.isfunction):
                        self.assertTrue(member.startswith("_") or of.__doc__, f"{name}.{member}")


if __name__ == "__main__":
    unittest.main()
