#!/usr/bin/env python3
"""Counts of T1 files, compared with Python's: t1_files.py TAMIS [FOLDER].

FOLDER, else the environment's TAMIS_T1_FILES, holds files of other people (BAT's, KTT's, Kernel Tuner's, the benchmark hub's) at any
depth;
exit code 77, skipped, without one. `tamis space FILE` must count as many configs as Python's eval of the conditions allows; a file for
which Python takes too long is left out, and one that names a knob twice must be refused. Python runs what the files hold: use it on
files that you trust only."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

CONDITIONS = ("Conditions", "conditions", "Constraints", "constraints")
LONGEST_S = 600  # of Python's count of one file


def parameters_of(space):
    """The values of each knob, by name, as Python has them."""
    named = {}
    for one in space["TuningParameters"]:
        values = one["Values"]
        named[one["Name"]] = list(eval(values)) if isinstance(values, str) else list(values)  # noqa: S307
    return named


def conditions_of(space):
    written = [one for name in CONDITIONS for one in space.get(name, [])]
    return [one["Expression"] if isinstance(one, dict) else one for one in written]


def python_count(space):
    """How many configs all conditions allow: each is asked as soon as its knobs have values. None after LONGEST_S."""
    knobs = parameters_of(space)
    names, tests = list(knobs), [[] for _ in range(len(knobs) + 1)]
    for text in conditions_of(space):
        code = compile(text.strip().replace("&&", " and ").replace("||", " or "), text, "eval")
        used = [place + 1 for place, name in enumerate(names) if name in code.co_names]
        tests[max(used, default=0)].append(code)
    # Behind the last knob that a condition needs, all values are allowed.
    asked = max((place for place, codes in enumerate(tests) if codes), default=0)
    free = 1
    for name in names[asked:]:
        free *= len(knobs[name])
    config, deadline = {}, time.monotonic() + LONGEST_S

    def count(place):
        if any(not eval(code, {}, config) for code in tests[place]):  # noqa: S307
            return 0
        if place == asked:
            return 1
        if place < 3 and time.monotonic() > deadline:
            raise TimeoutError
        total = 0
        for value in knobs[names[place]]:
            config[names[place]] = value
            total += count(place + 1)
        del config[names[place]]
        return total

    return count(0) * free


def t1_files(folder):
    for path in sorted(Path(folder).rglob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError):
            continue
        space = document.get("ConfigurationSpace") if isinstance(document, dict) else None
        if isinstance(space, dict) and isinstance(space.get("TuningParameters"), list):
            yield path, space


def check(tamis, path, space):
    """Whether the counts are equal; None where Python's takes too long."""
    shown = subprocess.run([tamis, "space", str(path), "--json"], capture_output=True, text=True, timeout=1200, check=False)
    names = [one["Name"] for one in space["TuningParameters"]]
    if len(set(names)) < len(names):
        refused = shown.returncode == 2 and "two knobs are called" in shown.stderr
        print(f"{'ok' if refused else 'FAILED'}  {path}: names a knob twice, refused: {refused}")
        return refused
    if shown.returncode != 0:
        print(f"FAILED  {path}: {shown.stderr.strip()}")
        return False
    ours = json.loads(shown.stdout)["valid_size"]
    try:
        theirs = python_count(space)
    except TimeoutError:
        print(f"left out  {path}: tamis {ours}, Python takes longer than {LONGEST_S} s")
        return None
    print(f"{'ok' if ours == theirs else 'FAILED'}  {path}: tamis {ours}, Python {theirs}", flush=True)
    return ours == theirs


def main():
    folder = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("TAMIS_T1_FILES", "")
    if not folder:
        print("TAMIS_T1_FILES names no folder")
        return 77
    results = [check(sys.argv[1], path, space) for path, space in t1_files(folder)]
    print(f"{results.count(True)} as they should be, {results.count(False)} not, {results.count(None)} left out")
    return 0 if results.count(True) > 0 and False not in results else 1


if __name__ == "__main__":
    sys.exit(main())
