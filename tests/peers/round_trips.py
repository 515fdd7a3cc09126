#!/usr/bin/env python3
"""Round trips with the tools whose files tamis reads and writes: round_trips.py TAMIS FOLDER.

The tools are installed from PyPI, pinned, into environments in FOLDER. Each writes and tamis reads: same configs, same
failures, same best. tamis writes and each that reads such files does. Exit code 77 where they cannot be installed.
"""

import csv
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

from peer_environments import tools_environment, tvm_environment

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent / "data" / "tools"
TAMIS, FOLDER = sys.argv[1], Path(sys.argv[2]).resolve()
failures = []


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=1200, **options)


def tamis(*arguments):
    finished = run(TAMIS, *arguments)
    if finished.returncode != 0:
        raise RuntimeError(f"tamis {' '.join(map(str, arguments))}: {finished.stderr}")
    return finished.stdout


def printed_json(python, *arguments):
    """The JSON in the last line that a tool's part prints."""
    finished = run(python, *arguments)
    if finished.returncode != 0:
        raise RuntimeError(f"{arguments}: {finished.stderr[-2000:]}")
    return json.loads(finished.stdout.splitlines()[-1])


def check(what, seen, wanted):
    good = seen == wanted
    print(f"{'ok' if good else 'FAILED'}  {what}: {seen}" + ("" if good else f", not {wanted}"))
    if not good:
        failures.append(what)


def imported(path):
    """A new log with a file's trials; its sessions as `import --json` tells them."""
    log = FOLDER / (Path(path).name + ".tamis")
    log.unlink(missing_ok=True)
    return log, json.loads(tamis("import", path, "--log", log, "--json"))[0]


def counts(report):
    """Configs, and those that failed."""
    added = sum(one["added"] for one in report["workloads"])
    return added, added - sum(one["valid"] for one in report["workloads"])


def exported(log, format, name):
    path = FOLDER / name
    path.write_text(tamis("export", log, "--format", format))
    return path


def best_of(path):
    """The values of the best config of a log, by knob, as its CSV table has them."""
    header, row = tamis("export", path, "--format", "csv", "--best").splitlines()[:2]
    columns = header.split(",")
    return dict(zip(columns[2:columns.index("verdict")], row.split(",")[2:]))


def texts(config):
    return {name: str(value) for name, value in config.items()}


def kernel_tuner(python):
    cache = FOLDER / "cache.json"
    cache.unlink(missing_ok=True)
    tuned = printed_json(python, HERE / "kernel_tuner_peer.py", "tune", cache)
    log, report = imported(cache)
    check("Kernel Tuner writes, tamis reads: format", report["format"], "kernel-tuner")
    check("Kernel Tuner writes, tamis reads: configs, failed", counts(report), (tuned["configs"], tuned["failed"]))
    check("Kernel Tuner writes, tamis reads: best", best_of(log), texts(tuned["best"]))
    written = exported(log, "kernel-tuner", "written.json")
    check("tamis writes, Kernel Tuner simulates", printed_json(python, HERE / "kernel_tuner_peer.py", "simulate", written), tuned)
    check("tamis writes, tamis reads", counts(imported(written)[1]), counts(report))
    # What is left of a run that was killed: the last entry half written.
    text = cache.read_text()
    opened = FOLDER / "open.json"
    opened.write_text(text[:text.rindex('"compile_time"')])
    _, half = imported(opened)
    check("a cache that is cut off: configs", counts(half)[0], tuned["configs"] - 1)
    check("a cache that is cut off: skipped", len(half["skipped"]), 1)


def table_of_tamis(python):
    """What tamis itself measured, replayed by Kernel Tuner, and read by the FAIR benchmarks."""
    log = FOLDER / "own.tamis"
    log.unlink(missing_ok=True)
    tamis("tune", TOOLS.parent / "tables" / "tiny_T4.json", "--target", "table", "--trials", "all", "--log", log, "--quiet")
    cache = exported(log, "kernel-tuner", "own.json")
    simulated = printed_json(python, HERE / "kernel_tuner_peer.py", "simulate", cache)
    check("a session of tamis, Kernel Tuner simulates: configs, failed", (simulated["configs"], simulated["failed"]), (21, 6))
    check("a session of tamis, Kernel Tuner simulates: best", texts(simulated["best"]), best_of(log))
    table = exported(log, "t4", "own_T4.json")
    code = ("import json, pathlib, sys; from autotuning_methodology.formats_interface import load_T4_format; "
            "rows = load_T4_format(pathlib.Path(sys.argv[1]), True)['results']; "
            "valid = [row for row in rows if row['invalidity'] == 'correct']; "
            "time = lambda row: [one['value'] for one in row['measurements'] if one['name'] == row['objectives'][0]][0]; "
            "print(json.dumps([len(rows), len(rows) - len(valid), min(valid, key=time)['configuration']]))")
    rows, failed, best = printed_json(python, "-c", code, table)
    check("a session of tamis, autotuning_methodology loads T4: configs, failed", (rows, failed), (21, 6))
    check("a session of tamis, autotuning_methodology loads T4: best", texts(best), best_of(log))
    check("tamis reads the T4 it wrote: configs, failed", counts(imported(table)[1]), (21, 6))


def pyatf(python):
    finished = run(python, TOOLS / "make_pyatf.py", FOLDER)
    if finished.returncode != 0:
        raise RuntimeError(finished.stderr)
    for name in ("pyatf.json", "pyatf_visits.json"):
        wanted = json.loads((FOLDER / name).read_text())
        log, report = imported(FOLDER / name)
        check(f"pyATF writes {name}, tamis reads: configs, failed", counts(report),
              (wanted["number_of_evaluated_configurations"], wanted["number_of_evaluated_invalid_configurations"]))
        best = {knob: int(value) if isinstance(value, bool) else value
                for knob, value in wanted["configuration_of_min_cost"].items()}
        check(f"pyATF writes {name}, tamis reads: best", best_of(log), texts(best))


def metaschedule(python):
    folder = FOLDER / "metaschedule"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    finished = run(python, TOOLS / "make_metaschedule.py", folder)
    if finished.returncode != 0:
        raise RuntimeError(finished.stderr[-2000:])
    records = [json.loads(line) for line in (folder / "database_tuning_record.json").read_text().splitlines()]
    failed = sum(record[1][1] == [1e10] for record in records)
    best = {}
    for workload, (_, seconds, *_) in records:
        if seconds != [1e10]:
            best[workload] = min(best.get(workload, math.inf), statistics.median(seconds))
    log, report = imported(folder)
    header, *rows = csv.reader(tamis("export", log, "--format", "csv", "--best").splitlines())
    seen = sorted(float(row[header.index("latency_ns")]) / 1e9 for row in rows)
    check("MetaSchedule writes, tamis reads: best, s", [f"{one:.9g}" for one in seen],
          [f"{one:.9g}" for one in sorted(best.values())])
    check("MetaSchedule writes, tamis reads: configs, failed", counts(report), (len(records), failed))
    check("MetaSchedule writes, tamis reads: workloads", len(report["workloads"]), 2)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTHONPATH", None)
    tools, tvm = tools_environment(FOLDER), tvm_environment(FOLDER)
    for part, python in ((kernel_tuner, tools), (table_of_tamis, tools), (pyatf, tools), (metaschedule, tvm)):
        try:
            part(python)
        except (RuntimeError, OSError, ValueError, KeyError) as error:
            print(f"FAILED  {part.__name__}: {error}")
            failures.append(part.__name__)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
