"""make_environment.py FOLDER PACKAGE VERSION: a virtual environment with one package, made once and kept.

Packages come from where pip is configured to look. Ends with an error that says what to do where that fails.
"""

import os
import shutil
import subprocess
import sys


def has(python, package, version):
    """Whether the environment works and holds the package in this version."""
    found = f"import {package}; print({package}.__version__)"
    try:
        ran = subprocess.run([python, "-I", "-c", found], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return ran.returncode == 0 and ran.stdout.strip() == version


def run(what, *command):
    """Runs a command; ends the program, saying what for it was, where it fails."""
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ran.returncode != 0:
        sys.exit(f"{ran.stdout}\n{what}")


def main():
    folder, package, version = sys.argv[1:]
    python = os.path.join(folder, "bin", "python")
    if has(python, package, version):
        return
    shutil.rmtree(folder, ignore_errors=True)
    run(f"The virtual environment {folder} could not be made; Debian needs the package python3-venv (scripts/packages.txt).",
        sys.executable, "-m", "venv", folder)
    run(f"{package} {version} could not be installed into {folder}, so the tests with it cannot run. pip must reach a package "
        "index, see `pip config list`; without a network copy the folder from another build, or leave these tests out with "
        "`ctest --exclude-regex python_numpy2`.",
        python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:",
        f"{package}=={version}")
    if not has(python, package, version):
        sys.exit(f"{folder} has no working {package} {version} though pip installed it; remove the folder and try again.")


if __name__ == "__main__":
    main()
