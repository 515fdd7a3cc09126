#!/usr/bin/env python3
"""Writes python.tsv: random formulas and what Python itself computes for them, one `FORMULA<tab>RESULT` a line.

RESULT is a number, or `undefined` where Python raises or gives a complex number. The knobs are those of
tests/space/expression_python_test.cpp."""

import random

KNOBS = {"a": 3, "b": -2, "c": 0, "d": 7, "e": 2.5, "tile_h": 16}
LIMIT = 2 ** 40
LARGE = ["1024 ** tile_h", "1024 ** 1024", "** 1024"]


def formula(depth):
    """Text without more parentheses than chance gives it, so that precedence is tested."""
    if depth == 0:
        return random.choice([*KNOBS, "0", "1", "2", "5", "12", "1024", "0.5", "1e2", "True", "False"])
    kind = random.random()
    part = lambda: formula(depth - 1 if random.random() < 0.8 else 0)
    if kind < 0.40:
        return f"{part()} {random.choice(['+', '-', '*', '/', '//', '%', '**'])} {part()}"
    if kind < 0.55:
        return f"{part()} {random.choice(['<', '<=', '>', '>=', '==', '!='])} {part()}"
    if kind < 0.62:
        return f"{part()} {random.choice(['<', '<=', '=='])} {part()} {random.choice(['<', '!='])} {part()}"
    if kind < 0.74:
        return f"{part()} {random.choice(['and', 'or'])} {part()}"
    if kind < 0.78:
        return f"not {part()}"
    if kind < 0.82:
        return f"-{part()}"
    if kind < 0.88:
        return f"({part()} {random.choice(['in', 'not in'])} ({part()}, {part()}, 7))"
    if kind < 0.93:
        return f"{random.choice(['min', 'max'])}({part()}, {part()})"
    if kind < 0.95:
        return f"abs({part()})"
    return f"({part()})"


def result(text):
    try:
        value = eval(text, {"__builtins__": {}, "min": min, "max": max, "abs": abs}, KNOBS)
    except (ZeroDivisionError, OverflowError, TypeError):
        return "undefined"
    if isinstance(value, complex):
        return "undefined"
    return repr(value + 0)


def main():
    random.seed(20)
    lines = {}
    while len(lines) < 600:
        text = formula(random.randint(1, 4))
        try:
            compile(text, "formula", "eval")
        except (SyntaxError, ValueError):
            continue
        # A chain of powers may not end, and Python's whole numbers have no limit where ours have one (127 bits).
        if text.count("**") > 1 or len(text) > 90 or any(large in text for large in LARGE):
            continue
        value = result(text)
        if value == "undefined" or abs(float(value)) < LIMIT:
            lines[text] = value
    with open("python.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{text}\t{value}\n" for text, value in sorted(lines.items()))


if __name__ == "__main__":
    main()
