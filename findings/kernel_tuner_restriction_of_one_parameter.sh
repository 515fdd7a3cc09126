#!/bin/sh
# kernel-tuner 1.5.0: what a restriction that is a function is called with depends on the number of tunable parameters.
# Expected: the config as a dict, as the documentation has it. Seen: with one parameter the bare value, so that a function which
# works on every other space raises a TypeError there. Succeeds as long as that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet kernel-tuner==1.5.0
"$folder/venv/bin/python" - <<'END'
from kernel_tuner.searchspace import Searchspace

given = set()


def keep(config):
    given.add(type(config).__name__)
    return True


def types_given(parameters):
    given.clear()
    Searchspace(parameters, keep, 1024)
    return set(given)


two = types_given({"block": [1, 2], "unroll": [1, 2]})
one = types_given({"block": [1, 2]})
print("of two parameters:", two, "of one:", one)
assert two == {"dict"} and one == {"int"}, "kernel-tuner behaves otherwise now"
END
