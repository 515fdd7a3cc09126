"""Environments with the tools that tamis is compared with: from PyPI, pinned, made where they are first asked for.

They lie in a folder that several tests share; a lock keeps two from making one at a time. Exit code 77, skipped, where a tool
cannot be installed.
"""

import fcntl
import subprocess
import sys
import venv


def environment(folder, name, *packages):
    """The Python of an environment with these packages."""
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / name / "bin" / "python"
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name / "complete").exists():
            venv.create(folder / name, with_pip=True, clear=True)
            finished = subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], capture_output=True, text=True, check=False)
            if finished.returncode != 0:
                print(f"cannot install {' '.join(packages)}: {finished.stderr[-500:]}")
                sys.exit(77)
            (folder / name / "complete").touch()
    return python


def tools_environment(folder):
    return environment(folder, "tools", "kernel-tuner==1.5.0", "pyatf==0.0.13", "autotuning_methodology==1.1.0")


def tvm_environment(folder):
    return environment(folder, "tvm", "apache-tvm==0.27", "apache-tvm-ffi==0.1.14.post0", "psutil")
