"""The program `tamis`, for what the package has it do."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import List, Optional

from tamis._error import Error

MOST_UNITS = 10_000_000  # that the program takes of a unit of time


def find_program(program: Optional[str]) -> str:
    """The program `tamis`: the one that is named, by the argument or by TAMIS_PROGRAM; else the one that was built or installed
    with this package; else the one of PATH. Raises tamis.Error."""
    named = program or os.environ.get("TAMIS_PROGRAM")
    if named:
        return named
    package = Path(__file__).parent.absolute()
    for above in package.parents:
        if os.access(above / "bin" / "tamis", os.X_OK) and (above / "bin" / "tamis").is_file():
            return str(above / "bin" / "tamis")
    found = shutil.which("tamis")
    if found is None:
        raise Error("the program tamis is not in PATH; install it, or name it with program= or TAMIS_PROGRAM", "not_found")
    return found


def duration(seconds: float) -> str:
    """Seconds as a flag of the program has them: in whole milliseconds, of long times in whole seconds. Raises tamis.Error."""
    try:
        wanted = float(seconds)
    except (TypeError, ValueError):
        raise Error(f"time must be a number of seconds, not {seconds!r}") from None
    if not 0 < wanted <= MOST_UNITS:
        raise Error(f"time must be above 0 and at most {MOST_UNITS} seconds, not {seconds!r}")
    milliseconds = max(1, round(wanted * 1000))
    return f"{milliseconds}ms" if milliseconds <= MOST_UNITS else f"{round(wanted)}s"


def run(command: List[str], quiet: bool) -> str:
    """Runs the program, and returns what it wrote to standard output. Raises tamis.Error for what it cannot do, and
    KeyboardInterrupt where it was interrupted."""
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE if quiet else None)
    except OSError as error:
        raise Error(f"{command[0]} cannot be run: {error.strerror}; name the program tamis with program= or TAMIS_PROGRAM",
                    "not_found") from None
    try:
        wrote, errors = process.communicate()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)  # it finishes what it has begun, and keeps it
        process.communicate()
        raise
    if process.returncode in (0, 1):  # 1: no config is valid
        return wrote.decode("utf-8", "replace")
    said = (errors or b"").decode("utf-8", "replace").strip().splitlines()
    told = said[-1] if said else f"the program {command[0]} ended with {process.returncode}; quiet=True keeps what it said"
    raise Error(told.removeprefix("tamis: error: "), "interrupted" if process.returncode == 130 else "invalid_input")
