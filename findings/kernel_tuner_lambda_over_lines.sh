#!/bin/sh
# kernel-tuner 1.5.0: a restriction that is a lambda and goes over several lines.
# Expected: it keeps what it keeps on one line, as it is called like any function. Seen: Kernel Tuner reads the first line of its
# source for the whole, so that what stands on the next ones is lost without a word and configs that it excludes are kept.
# Succeeds as long as that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet kernel-tuner==1.5.0
cat >"$folder/restrict.py" <<'END'
from kernel_tuner.searchspace import Searchspace

parameters = {"block": [1, 2, 4], "unroll": [1, 2]}
one_line = [lambda p: p["block"] >= p["unroll"]]
several = [
    lambda p: p["block"]
    >= p["unroll"]
]
assert Searchspace(parameters, one_line, 1024).size == 5
size = Searchspace(parameters, several, 1024).size
print("on one line 5 configs, on several:", size)
assert size == 6, "kernel-tuner behaves otherwise now"
END
"$folder/venv/bin/python" "$folder/restrict.py"
