#!/usr/bin/env python3
"""Whether `tamis replay --score fair` scores as autotuning_methodology 1.1.0 does: `fair_score.py TAMIS FOLDER TABLE...`, with TAMIS the
command, FOLDER that of the environments of the round trips and TABLE T4 files whose rows say all times.

Both score the same sessions: those of tamis, whose traces are in its JSON. The time of the score must be the same, and P that of the
reference in the mean: it draws the parts of the sessions that it fits its curves to at random and without a seed, so its scores scatter. Each
table is checked as it is and with throughputs, of which the most is the best, in place of times. Guessed before it was
run: that P is the mean of one isotonic fit; it is the mean of as many fits as there are sessions, to random parts of them (BaggingRegressor).
"""

import gzip
import json
import math
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from peer_environments import tools_environment

STRATEGIES = ["random", "genetic", "tamis"]
SEEDS = 25
REPETITIONS = 20
TIME_KEYS = ["compilation", "runtimes", "framework", "validation"]
RESOLUTION = 1000  # as its experiments_defaults.json has it


def read(table):
    opened = gzip.open(table, "rt") if table.endswith(".gz") else open(table, encoding="utf-8")
    with opened as file:
        return json.load(file)


def maximised(document):
    """The table with a throughput in place of every time."""
    changed = json.loads(json.dumps(document))
    for row in changed["results"]:
        row["objectives"] = ["GFLOP/s"]
        for measurement in row["measurements"]:
            if measurement["name"] == "time":
                value = measurement["value"]
                measurement.update(name="GFLOP/s", unit="GFLOP/s", value=value if isinstance(value, str) else 100 / value)
    return changed


def tamis_rows(tamis, table):
    command = [tamis, "replay", table, "--strategy", ",".join(STRATEGIES), "--seeds", str(SEEDS), "--score", "fair", "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def prepare(document, objective):
    """Makes a failure a word that the reference knows, and no time an empty list."""
    for row in document["results"]:
        row.setdefault("times", {}).setdefault("runtimes", [])
        if row["invalidity"] != "correct":
            row["measurements"] = [{"name": objective, "value": "RuntimeFailedConfig", "unit": ""}]


def results_of(row, statistics, folder, objective, per_unit):
    """The sessions of a row as the reference keeps those of a strategy."""
    import numpy
    from autotuning_methodology.caching import ResultsDescription

    known = statistics.objective_performances_total_sorted
    traces = row["fair"]["traces"]
    longest = max(map(len, traces))
    shape = (longest, len(traces))
    arrays = {name: numpy.full(shape, numpy.nan) for name in ("fevals", "time", "performance", "best", "stds")}
    for seed, trace in enumerate(traces):
        for trial, (seconds, value) in enumerate(trace):
            arrays["fevals"][trial, seed] = trial + 1
            arrays["time"][trial, seed] = seconds
            if value is not None:  # of tamis in ns, of the table in ms: the nearest that the table has
                arrays["best"][trial, seed] = known[numpy.abs(known - value / per_unit).argmin()]
    description = ResultsDescription(Path(folder) / row["strategy"], "table", "any", row["strategy"], row["strategy"], True, TIME_KEYS,
                                     [objective], objective == "time")
    per_key = numpy.full((len(TIME_KEYS), *shape), numpy.nan)
    description.set_results({"fevals_results": arrays["fevals"], "objective_time_results": arrays["time"],
                             "objective_performance_results": arrays["performance"],
                             "objective_performance_best_results": arrays["best"], "objective_performance_stds": arrays["stds"],
                             "objective_time_results_per_key": per_key, "objective_performance_results_per_key": per_key})
    return description


def reference_scores(results, statistics):
    import numpy
    from autotuning_methodology.baseline import RandomSearchCalculatedBaseline
    from autotuning_methodology.curves import StochasticOptimizationAlgorithm
    from autotuning_methodology.report_experiments import get_strategies_aggregated_performance

    _, _, begin, end = statistics.cutoff_point_fevals_time_start_end(0.01, 0.95)
    curve = StochasticOptimizationAlgorithm(results)
    data = [(RandomSearchCalculatedBaseline(statistics), [curve], statistics, numpy.linspace(begin, end, RESOLUTION), None)]
    scores = [numpy.mean(get_strategies_aggregated_performance(data, 0.95)[0][0]) for _ in range(REPETITIONS)]
    return begin, end, numpy.array(scores)


def close(a, b, share=1e-6):
    return abs(a - b) <= share * max(abs(a), abs(b))


def check_document(tamis, name, document, objective):
    from autotuning_methodology.searchspace_statistics import SearchspaceStatistics

    good = True
    with tempfile.TemporaryDirectory() as folder:
        prepare(document, objective)
        path = Path(folder) / f"{name}_T4.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        statistics = SearchspaceStatistics("table", "any", objective == "time", TIME_KEYS, [objective], path, full_validate=False)
        for row in tamis_rows(tamis, str(path)):
            results = results_of(row, statistics, folder, objective, 1e6 if objective == "time" else 1)
            begin, end, scores = reference_scores(results, statistics)
            ours, score = row["fair"], row["fair"]["score"]
            same_time = close(ours["begin_s"], begin) and close(ours["end_s"], end)
            same_score = abs(score - scores.mean()) <= 4 * scores.std() * math.sqrt(2 / REPETITIONS) + 0.0005
            good = good and same_time and same_score
            print(f"{name} {objective} {row['strategy']}: from {begin:.6g} to {end:.6g} s{'' if same_time else ', NOT THE SAME'}; "
                  f"P {score:.4f}, reference {scores.mean():.4f} +- {scores.std():.4f}{'' if same_score else ': NOT THE SAME'}")
    return good


def check(tamis, table):
    document, name = read(table), Path(table).name.split("_T4")[0]
    return all([check_document(tamis, name, maximised(document), "GFLOP/s"), check_document(tamis, name, document, "time")])


def main():
    tools = tools_environment(Path(sys.argv[2]).resolve())
    if Path(sys.prefix).resolve() != tools.parent.parent:
        return subprocess.run([tools, __file__, *sys.argv[1:]], check=False).returncode
    warnings.simplefilter("ignore")
    return 0 if all([check(sys.argv[1], table) for table in sys.argv[3:]]) else 1


if __name__ == "__main__":
    sys.exit(main())
