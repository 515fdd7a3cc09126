"""Counts the allowed configs of T1 files by asking Python about every config of the product. Independent of tamis."""
import itertools, json, sys
for path in sys.argv[1:]:
    document = json.load(open(path))
    space = document["ConfigurationSpace"]
    names = [p["Name"] for p in space["TuningParameters"]]
    values = [eval(p["Values"]) if isinstance(p["Values"], str) else p["Values"] for p in space["TuningParameters"]]
    conditions = compile(" and ".join("(" + c["Expression"] + ")" for c in space["Conditions"]), path, "eval")
    size = count = 0
    for config in itertools.product(*values):
        size += 1
        count += bool(eval(conditions, {}, dict(zip(names, config))))
    print(path.split("/")[-1], size, count, flush=True)
