#!/usr/bin/env python3
"""validate_json.py SCHEMA FILE: ends with 0 where FILE is valid, with 1 and the reason where not, with 77 where Debian's
python3-jsonschema is missing."""

import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

schema, document = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
try:
    jsonschema.validate(document, schema)
except jsonschema.ValidationError as error:
    print(f"{sys.argv[2]}: {error.message} at {list(error.absolute_path)}", file=sys.stderr)
    sys.exit(1)
