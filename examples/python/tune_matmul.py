"""Tunes matmul.c for this machine: tune_matmul.py LOG TRIALS"""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import tamis

SOURCE = Path(__file__).with_name("matmul.c")

space = tamis.Space(
    {
        "block_m": [4, 16, 64, 96, 128],
        "block_n": [16, 32, 64, 128],
        "block_k": [4, 16, 64, 128],
        "unroll": [1, 2, 4, 8, 16],
        "flags": ["-O1", "-O2", "-O3", "-O3 -march=native"],
    },
    constraints=["block_m * block_n <= 8192"],
)


def build_and_run(config, folder):
    program = Path(folder, "matmul")
    sizes = [f"-D{name.upper()}={config[name]}" for name in ("block_m", "block_n", "block_k", "unroll")]
    built = subprocess.run(["cc", *config["flags"].split(), *sizes, SOURCE, "-o", program, "-lm"], capture_output=True, text=True)
    if built.returncode != 0:
        return tamis.Invalid("build_failed", next(line for line in built.stderr.splitlines() if "error" in line))
    try:
        ran = subprocess.run([program], capture_output=True, text=True, timeout=1)
    except subprocess.TimeoutExpired:
        return tamis.Invalid("run_timeout", "no result after 1 s")
    if ran.returncode < 0:
        return tamis.Invalid("crashed", signal.Signals(-ran.returncode).name)
    lines = ran.stdout.splitlines()
    if ran.returncode != 0:
        return tamis.Invalid("wrong_result", lines[-1])
    return tamis.Valid(latency_ns=[float(line) for line in lines])


def main(log, trials):
    study = tamis.Study(space, name="matmul", log=log, resume=True)
    with tempfile.TemporaryDirectory() as folder:
        while len(study) < trials and not study.done:
            for config in study.ask(8):
                study.tell(config, build_and_run(config, folder))
    print(f"{study.resumed} of {len(study)} trials were in the log; {study.counts['by_verdict']}")
    print(f"best: {study.best.latency_ns / 1e3:.0f} us with {study.best.config}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
