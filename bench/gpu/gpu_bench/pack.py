"""Makes a folder that runs on a machine with Python and an NVIDIA driver: the programs, their libraries and these scripts."""

import os
import re
import shutil
import subprocess
from pathlib import Path

MOST_BYTES = 60 << 20
# What every machine has, and what must be of that machine: glibc.
SYSTEM = re.compile(r"^(linux-vdso|ld-linux|libc|libm|libdl|libpthread|librt|libresolv)[.-]")
# Of tamis only what tuning for a GPU needs.
OPTIONS = ["-DCMAKE_BUILD_TYPE=Release", "-DTAMIS_WITH_LLVM=OFF", "-DTAMIS_WITH_CAIRO=OFF", "-DTAMIS_WITH_XGBOOST=OFF",
           "-DTAMIS_WITH_ONNX=OFF", "-DTAMIS_BUILD_PYTHON=OFF", "-DTAMIS_INSTALL=OFF"]
PROGRAMS = ["tamis", "tamis-worker"]


class PackError(Exception):
    """Why there is no folder, in a sentence."""


def build(source, folder, jobs):
    """Builds the two programs; gives the folder that they lie in."""
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    for command in (["cmake", "-S", str(source), "-B", str(folder), *generator, *OPTIONS, *launcher],
                    ["cmake", "--build", str(folder), "--parallel", str(jobs), "--target", "tamis_command", "tamis-worker"]):
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            raise PackError(f"`{' '.join(command[:3])} ...` failed")
    return folder / "bin"


def libraries_of(program):
    """The paths of the libraries that a program opens at its start, without those that every machine has."""
    ran = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise PackError(f"`ldd {program}` failed: {ran.stderr.strip()}")
    found = []
    for line in ran.stdout.splitlines():
        words = line.split()
        if SYSTEM.match(os.path.basename(words[0])):
            continue
        if "not found" in line:
            raise PackError(f"{program} needs {words[0]}, which this machine lacks")
        if "=>" in words:
            found.append(Path(words[2]))
    return found


def size_of(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def pack(here, programs, folder):
    """Fills a folder; `here` is the folder of `run`. Gives its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("bin", "lib", "gpu_bench"):
        shutil.rmtree(folder / part, ignore_errors=True)
    (folder / "bin").mkdir()
    (folder / "lib").mkdir()
    for name in PROGRAMS:
        program = folder / "bin" / name
        shutil.copy2(programs / name, program)
        for library in libraries_of(programs / name):
            shutil.copy2(library, folder / "lib" / library.name)
        if shutil.which("strip"):
            subprocess.run(["strip", str(program)], check=False)
    shutil.copy2(here / "run", folder / "run")
    shutil.copytree(here / "gpu_bench", folder / "gpu_bench", ignore=shutil.ignore_patterns("__pycache__"))
    size = size_of(folder)
    if size > MOST_BYTES:
        raise PackError(f"{folder} has {size >> 20} MiB, and may have {MOST_BYTES >> 20}")
    return size
