#!/usr/bin/env python3
"""Compares tamis with Python on random formulas and small spaces: `formulas_against_python.py EVALUATOR COUNT [SEED]`.

EVALUATOR is the program of formula_evaluator.cpp. What tamis gives must equal what Python's own eval() gives, value and type,
for every config; what Python raises must be undefined, and what tamis leaves undefined or refuses must be something that
Python raises or that docs/reference/constraint-expressions excludes: integers beyond 127 bits, NaN, complex numbers. The
configs that a space allows must be those for which Python finds all its constraints true."""

import ast
import builtins
import functools
import itertools
import json
import math
import operator
import random
import subprocess
import sys

KNOBS = {
    "a": [1, 2, 4, 8, 32, 64],
    "b": [-2, -1, 0, 3],
    "c": [0, 1],
    "n": [7, 16, 100, 200],
    "r": [0.5, 2.5, -1.5],
    "w": [2.0, 1e10],
    "h": [4611686018427387904, -9223372036854775807],
    "s": ["nchw", "nhwc"],
    "t": ["float", "half", "12"],
}
NUMBERS = ["a", "b", "c", "n", "r", "w", "a", "b", "n"]
WHOLE = ["a", "b", "c", "n", "a", "n"]
LITERALS = ["0", "1", "2", "3", "5", "7", "16", "32", "1024", "0.5", "1e2", "2.5", "True", "False", "0x10", "9007199254740993",
            "18446744073709551616", "-1", "1.5"]


class Maker:
    """Makes formulas; those of `self.whole` avoid real numbers, so that bits are defined more often."""

    def __init__(self, rng):
        self.rng = rng

    def number(self, depth):
        rng = self.rng
        if depth <= 0:
            return rng.choice(NUMBERS) if rng.random() < 0.6 else rng.choice(LITERALS + ["h"])
        part = lambda: self.number(depth - rng.randint(1, 2))
        whole = lambda: self.whole(depth - rng.randint(1, 2))
        kinds = [
            lambda: f"{part()} {rng.choice(['+', '-', '*', '/', '//', '%'])} {part()}",
            lambda: f"{part()} {rng.choice(['+', '-', '*', '//', '%'])} {part()}",
            lambda: f"{part()} ** {rng.choice(['2', '3', '0.5', '-1', 'b', 'c', '(-2)'])}",
            lambda: f"({part()})",
            lambda: f"-{part()}",
            lambda: f"{rng.choice(['min', 'max'])}({part()}, {part()})",
            lambda: f"{rng.choice(['min', 'max', 'sum', 'len'])}({self.list(depth - 1)})",
            lambda: f"abs({part()})",
            lambda: f"int({part()})",
            lambda: f"round({part()})",
            lambda: f"round({part()}, {rng.choice(['0', '1', '2', '-1', '-2', 'b'])})",
            lambda: f"float({part()})",
            lambda: f"pow({part()}, {rng.choice(['2', '3', 'c', 'b', '0.5'])})",
            lambda: f"pow({whole()}, {rng.choice(['2', '30', 'c', 'a', '-1', 'b'])}, {rng.choice(['7', '-5', 'n', 'b'])})",
            lambda: f"({part()} if {self.truth(depth - 1)} else {part()})",
            lambda: f"{whole()} {rng.choice(['&', '|', '^'])} {whole()}",
            lambda: f"({whole()} {rng.choice(['<<', '>>'])} {rng.choice(['1', '3', 'c', 'b', '60'])})",
            lambda: f"~{rng.choice(WHOLE)}",
            lambda: f"{self.list(depth - 1)}[{rng.choice(['0', '1', '-1', 'c', 'b', 'a'])}]",
            lambda: f"len({self.text(depth - 1)})",
            lambda: f"int({rng.choice(['t', 'str(n)', 'str(a)'])})",
            lambda: f"int({rng.choice(['t', 'str(n)', 'str(b)'])}, {rng.choice(['16', '0', '2', '36', 'a'])})",
            lambda: f"int({rng.choice(['0x1F', '-0b101', '0o17', '1_000', '010', ' 12 ', '1__0'])!r}, {rng.choice(['0', '16', '8', '2'])})",
        ]
        return rng.choice(kinds)()

    def whole(self, depth):
        rng = self.rng
        if depth <= 0:
            return rng.choice(WHOLE + ["3", "5", "255"])
        part = lambda: self.whole(depth - rng.randint(1, 2))
        return rng.choice([
            lambda: f"{part()} {rng.choice(['+', '-', '*', '//', '%', '&', '|', '^'])} {part()}",
            lambda: f"({part()})",
            lambda: f"int({self.number(depth - 1)})",
            lambda: f"({part()} - 1)",
        ])()

    def truth(self, depth):
        rng = self.rng
        if depth <= 0:
            return f"{self.number(0)} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {self.number(0)}"
        part = lambda: self.truth(depth - rng.randint(1, 2))
        number = lambda: self.number(depth - rng.randint(1, 2))
        blank = rng.choice(["", " "])
        return rng.choice([
            lambda: f"{number()}{blank}{rng.choice(['<', '<=', '>', '>=', '==', '!='])}{blank}{number()}",
            lambda: f"{number()} {rng.choice(['<', '<=', '=='])} {number()} {rng.choice(['<', '!=', '>='])} {number()}",
            lambda: f"{number()} % {rng.choice(['a', 'n', '2', '(a * c)', 'b'])} == 0",
            lambda: f"{part()} {rng.choice(['and', 'or'])} {part()}",
            lambda: f"not {part()}",
            lambda: f"({part()})",
            lambda: f"{number()} {rng.choice(['in', 'not in'])} {self.list(depth - 1)}",
            lambda: f"{number()} {rng.choice(['in', 'not in'])} range({self.bounds()})",
            lambda: f"{number()} in {{{number()}, {number()}, 8}}",
            lambda: f"{{{number()}, 8}} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {{{number()}, {number()}, 8}}",
            lambda: f"sorted({{{number()}, {number()}}})[0] {rng.choice(['<', '=='])} len(list({{{number()}, b, 3}}))",
            lambda: f"sorted([({number()}, {number()}), (a, {self.text(0)}), ({number()},)])[0][0] == a",
            lambda: f"{number()} {rng.choice(['<', '>='])} float({rng.choice(['inf', '-Infinity', '1e999', '2_0.5', 't'])!r})",
            lambda: f"{rng.choice(['any', 'all'])}({self.list(depth - 1)})",
            lambda: f"{rng.choice(['any', 'all'])}([{part()}, {part()}])",
            lambda: f"{rng.choice(['any', 'all'])}(x {rng.choice(['<', '==', '!='])} {number()} for x in {self.list(depth - 1)})",
            lambda: f"bool({number()})",
            lambda: f"{self.text(depth - 1)} {rng.choice(['==', '!='])} {self.text(0)}",
            lambda: f"{rng.choice(['s', 't'])} in ({self.text(0)}, {self.text(0)})",
            lambda: f"{self.text(0)} in {self.text(depth - 1)}",
            lambda: f"({part()} if {part()} else {part()})",
            lambda: f"{self.list(depth - 1)} {rng.choice(['==', '!=', '<'])} {self.list(depth - 1)}",
            lambda: f"(a & (a - 1)) == 0",
            lambda: f"int({number()}) {rng.choice(['&', '|', '^'])} {rng.choice(WHOLE)} == {number()}  # bits",
        ])()

    def bounds(self):
        return ", ".join(self.rng.choice(["0", "1", "3", "8", "-4", "a", "n", "b", "100"]) for _ in range(self.rng.randint(1, 3)))

    def list(self, depth):
        rng = self.rng
        parts = [self.number(depth - 1) for _ in range(rng.randint(1, 4))]
        return rng.choice([
            lambda: "[" + ", ".join(parts) + "]",
            lambda: "(" + ", ".join(parts) + ",)",
            lambda: f"[{', '.join(parts)}][{rng.choice(['1:', ':2', '::2', '::-1', '-2:', 'c:b', ':-1', '::b'])}]",
            lambda: f"[x {rng.choice(['+', '*', '-'])} {self.number(0)} for x in range({self.bounds()}) if x % 2 == c]",
            lambda: f"list(range({self.bounds()}))",
            lambda: f"sorted([{', '.join(parts)}])",
            lambda: f"([{', '.join(parts)}] + [a, b])",
            lambda: f"([{', '.join(parts)}] * c)",
        ])()

    def text(self, depth):
        rng = self.rng
        if depth <= 0:
            return rng.choice(["s", "t", "'nchw'", "'h'", "\"8\"", "'12'"])
        return rng.choice([
            lambda: f"str({self.number(depth - 1)})",
            lambda: f"{self.text(depth - 1)} + {self.text(0)}",
            lambda: f"{rng.choice(['s', 't'])}[{rng.choice(['0', '-1', 'c', '1:', '::-1', ':2'])}]",
            lambda: f"str({self.list(0)})",
            lambda: f"({self.text(0)} if {self.truth(0)} else {self.text(0)})",
        ])()

    def formula(self):
        depth = self.rng.choice([1, 2, 2, 3, 3, 4])
        return self.truth(depth) if self.rng.random() < 0.7 else self.number(depth)


class Seen(Exception):
    """A part has a value that tamis does not hold."""


def see(value):
    if isinstance(value, complex) or isinstance(value, float) and value != value:
        raise Seen
    if isinstance(value, int) and not -2**127 <= value < 2**127:
        raise Seen
    if isinstance(value, (list, tuple, str)) and len(value) > 5000:
        raise Seen
    return value


class Watched(ast.NodeTransformer):
    """Looks at the value of every part."""

    def generic_visit(self, node):
        super().generic_visit(node)
        if isinstance(node, ast.expr) and not isinstance(node, (ast.Name, ast.Slice, ast.Starred, ast.GeneratorExp)):
            return ast.Call(ast.Name("see", ast.Load()), [node], [])
        return node


FUNCTIONS = {name: getattr(builtins, name) for name in
             ["abs", "all", "any", "bool", "float", "int", "len", "list", "max", "min", "pow", "range", "round", "set", "sorted",
              "str", "sum", "tuple"]}


if sys.version_info >= (3, 12):  # sums reals with less rounding; tamis follows 3.11
    FUNCTIONS["sum"] = lambda items, start=0: functools.reduce(operator.add, items, start)


def compiled(text):
    return compile(text, "formula", "eval")


def watched(text):
    tree = ast.fix_missing_locations(Watched().visit(ast.parse(text, mode="eval")))
    return compile(tree, "watched", "eval")


def result(code, knobs, functions=FUNCTIONS):
    """(True, value), or (False, the exception)."""
    try:
        return True, eval(code, {"__builtins__": {}, **functions, **knobs})
    except Exception as exception:  # whatever Python raises
        return False, exception


def same(ours, value):
    """Whether what tamis gives, a JSON value, is what Python gives."""
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, int) and not -2**63 <= value < 2**63:
        value = float(value)
    if isinstance(value, float) and math.isinf(value):
        return ours is None  # JSON has none
    return type(ours) is type(value) and ours == value


class Comparison:
    def __init__(self):
        self.compared = self.refused = self.undefined = self.not_held = self.faults = 0
        self.reasons = {}

    def fault(self, *what):
        self.faults += 1
        if self.faults <= 20:
            print("FAULT", *what, flush=True)

    def formula(self, text, knobs, configs, answer):
        """The configs for which Python finds it true; None where tamis refuses it."""
        code, code_watched, true = compiled(text), watched(text), set()
        refused = isinstance(answer, str)
        if refused:
            self.refused += 1
            reason = answer.split("\n")[0]
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        for index, config in enumerate(configs):
            values = dict(zip(knobs, config))
            held, seen = result(code_watched, values, {**FUNCTIONS, "see": see})
            if not held and isinstance(seen, Seen):
                self.not_held += 1
                if not refused and answer[index] is not None:
                    # and and or may have passed it by: then Python and tamis agree all the same.
                    defined, value = result(code, values)
                    if not defined or not same(answer[index][0], value):
                        self.fault(text, values, "tamis:", answer[index], "Python:", value)
                if not refused and answer[index] is not None and answer[index][0]:
                    true.add(index)
                continue
            if refused:
                continue
            ours = answer[index]
            if not held:
                self.undefined += 1
                if ours is not None:
                    self.fault(text, values, "tamis:", ours, "Python raises", repr(seen))
                continue
            self.compared += 1
            if ours is None or not same(ours[0], seen):
                self.fault(text, values, "tamis:", ours, "Python:", repr(seen))
            if seen:
                true.add(index)
        return None if refused else true


def spaces(count, seed):
    """Small spaces with some formulas each."""
    rng = random.Random(seed)
    maker = Maker(rng)
    made = 0
    while made < count:
        texts = []
        while len(texts) < min(3, count - made):
            text = maker.formula()
            if len(text) > 200:
                continue
            try:
                compiled(text)
            except (SyntaxError, ValueError, OverflowError):
                continue
            texts.append(text)
        made += len(texts)
        used = [name for name in KNOBS if any(name in ast_names(text) for text in texts)]
        yield {name: rng.sample(KNOBS[name], min(2, len(KNOBS[name]))) for name in used or ["a"]}, texts


def ast_names(text):
    return {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}


def main():
    evaluator, count = sys.argv[1], int(sys.argv[2])
    requests = list(spaces(count, int(sys.argv[3]) if len(sys.argv) > 3 else 11))
    lines = "".join(json.dumps({"knobs": knobs, "formulas": texts}) + "\n" for knobs, texts in requests)
    done = subprocess.run([evaluator], input=lines, capture_output=True, text=True, check=True)
    comparison = Comparison()
    for (knobs, texts), line in zip(requests, done.stdout.splitlines(), strict=True):
        answers = json.loads(line)
        # The first knob varies fastest.
        configs = [tuple(reversed(config)) for config in itertools.product(*reversed(list(knobs.values())))]
        allowed = set(range(len(configs)))
        for text, (answer, is_constraint) in zip(texts, answers):
            true = comparison.formula(text, list(knobs), configs, answer)
            if is_constraint:
                allowed &= true
        if allowed != set(answers[-1]):
            comparison.fault("the space", knobs, texts, "tamis allows", answers[-1], "Python", sorted(allowed))
    print(f"{count} formulas: {comparison.compared} values equal Python's, {comparison.undefined} are undefined as in Python, "
          f"{comparison.not_held} not held, {comparison.refused} formulas refused, {comparison.faults} faults")
    for reason, times in sorted(comparison.reasons.items(), key=lambda one: -one[1])[:12]:
        print(f"  refused {times} times: {reason}")
    return 1 if comparison.faults or comparison.refused > count // 4 else 0


if __name__ == "__main__":
    sys.exit(main())
