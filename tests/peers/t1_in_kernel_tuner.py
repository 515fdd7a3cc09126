#!/usr/bin/env python3
"""Whether Kernel Tuner reads the T1 that tamis writes: `t1_in_kernel_tuner.py TAMIS FOLDER SPACE_FILE...`, with TAMIS the command and
FOLDER that of the environments of the round trips, which get kernel-tuner 1.5.0 there.

Each space is written by `tamis space FILE --t1`, validated and read by tune_kernel_T1, which searches all of it in simulation
mode, and must find as many configs as tamis allows. Guessed before it was run: that KernelSpecification needs what the schema
demands. It also needs ProblemSize, Device.Name, Arguments, Search.Name and a kernel file that exists (interface.py), and
`brute_force` refuses a Budget of ConfigurationCount (strategies/common.py)."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from peer_environments import tools_environment

TIMES = {"compile_time": 1.0, "verification_time": 0, "benchmark_time": 1.0, "strategy_time": 0, "framework_time": 0,
         "timestamp": "2026-01-01 00:00:00.000000+00:00", "times": [1.0]}


def cache_of(document):
    """A cache in which every config of the product has a time, so that nothing has to be run."""
    parameters = document["ConfigurationSpace"]["TuningParameters"]
    values = {one["Name"]: list(eval(one["Values"])) for one in parameters}  # what tamis wrote
    kernel = document["KernelSpecification"]
    cache = {"device_name": "any", "kernel_name": kernel["KernelName"], "problem_size": kernel["ProblemSize"],
             "tune_params_keys": list(values), "tune_params": values, "objective": "time", "cache": {}}
    for config in itertools.product(*values.values()):
        cache["cache"][",".join(map(str, config))] = {**dict(zip(values, config)), "time": 1.0, **TIMES}
    return cache


def check(tamis, path):
    import kernel_tuner  # which the environment has

    written = subprocess.run([tamis, "space", path, "--t1"], capture_output=True, text=True, check=True).stdout
    shown = json.loads(subprocess.run([tamis, "space", path, "--json"], capture_output=True, text=True, check=True).stdout)
    document = json.loads(written)
    Path("space_T1.json").write_text(written, encoding="utf-8")
    Path(document["KernelSpecification"]["KernelFile"]).write_text("", encoding="utf-8")
    Path("cache.json").write_text(json.dumps(cache_of(document)), encoding="utf-8")
    results, _ = kernel_tuner.tune_kernel_T1(Path("space_T1.json"), cache_filepath=Path("cache.json"), simulation_mode=True,
                                             output_T4=False)
    same = len(results) == shown["valid_size"]
    print(f"{path}: tamis allows {shown['valid_size']}, Kernel Tuner {len(results)}{'' if same else ': NOT THE SAME'}")
    return same


def main():
    tools = tools_environment(Path(sys.argv[2]).resolve())
    if Path(sys.prefix).resolve() != tools.parent.parent:
        return subprocess.run([tools, __file__, *sys.argv[1:]], check=False).returncode
    warnings.simplefilter("ignore")
    tamis, paths = str(Path(sys.argv[1]).resolve()), [str(Path(path).resolve()) for path in sys.argv[3:]]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        good = [check(tamis, path) for path in paths]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
