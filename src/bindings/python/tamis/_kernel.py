"""Kernels of the user's, tuned by the program `tamis`: with the names of arguments that Kernel Tuner's users know."""

import dataclasses
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from tamis._check import text, whole
from tamis._error import Error
from tamis._program import duration, find_program, run
from tamis._space import Config
from tamis._trials import Trial, read_trials

AXES = "xyz"


@dataclasses.dataclass(frozen=True)
class TunedKernel:
    """What came of tuning a kernel."""

    best: Optional[Trial]  #: the valid trial of the least latency; None where there is none
    trials: List[Trial]
    log: Optional[str]  #: the log's path, where one was named

    @property
    def best_config(self) -> Optional[Config]:
        """The values of the knobs of the best trial."""
        return None if self.best is None else self.best.config

    @property
    def results(self) -> List[Dict[str, Any]]:
        """The trials as Kernel Tuner has them, a dict each: the knobs, `time` in ms (None unless it is valid) and
        `verdict`, with `message` where it is not valid."""
        rows = []
        for trial in self.trials:
            valid = trial.verdict == "valid"
            row: Dict[str, Any] = {**trial.config, "time": trial.latency_ns / 1e6 if valid else None, "verdict": trial.verdict}
            rows.append(row if valid else {**row, "message": trial.message})
        return rows


def source_of(kernel_source: Any, language: Optional[str], folder: Path) -> Dict[str, Any]:
    """The members of a kernel file that say what the source is."""
    if callable(kernel_source):
        raise Error("kernel_source must be text or a file; a function that makes it is not taken, as only the knobs' macros differ "
                    "between configs", "unsupported")
    files = list(kernel_source) if isinstance(kernel_source, (list, tuple)) else [kernel_source]
    paths = [os.fspath(file) for file in files]
    if len(paths) > 1 or "\n" not in paths[0] and "{" not in paths[0]:
        for path in paths:
            if not os.path.isfile(path):
                raise Error(f"there is no source {path}; kernel_source is a file's path, or the source itself", "not_found")
        code = "\n".join(Path(path).read_text(encoding="utf-8", errors="replace") for path in paths)
        members: Dict[str, Any] = {"source": [os.path.abspath(path) for path in paths]}
    else:
        code = paths[0]
        (folder / "kernel.txt").write_text(code, encoding="utf-8")
        members = {"source": str(folder / "kernel.txt")}
    named = {"cuda": "cuda", "nvrtc": "cuda", "cupy": "cuda", "opencl": "opencl"}
    if language is not None and language.lower() not in named:
        raise Error(f"lang must be \"CUDA\" or \"OpenCL\", not {language!r}")
    members["language"] = named[language.lower()] if language is not None else "cuda" if "__global__" in code else "opencl"
    return members


def arguments_of(arguments: Sequence[Any], answer: Optional[Sequence[Any]], tolerances: Mapping[str, float],
                 folder: Path) -> List[Dict[str, Any]]:
    """The member `arguments`; data of arrays lie in files of the folder."""
    import numpy

    if answer is not None and len(answer) != len(arguments):
        raise Error(f"answer must have an entry for each of the {len(arguments)} arguments, or None there; it has {len(answer)}")
    described = []
    for number, value in enumerate(arguments):
        name = f"argument_{number}"
        member: Dict[str, Any] = {"name": name}
        if isinstance(value, numpy.ndarray) and value.ndim > 0:
            member["type"] = value.dtype.name
            member["data"] = str(folder / f"{name}.npy")
            numpy.save(member["data"], numpy.ascontiguousarray(value))
        elif isinstance(value, (numpy.generic, numpy.ndarray)):
            member.update(type=value.dtype.name, value=value.item())
        else:
            raise Error(f"argument {number} must be an array or a number of NumPy, as numpy.int32(8), not {value!r}: a kernel's "
                        "parameters have types")
        expected = None if answer is None else answer[number]
        if expected is not None:
            member["expected"] = str(folder / f"{name}_expected.npy")
            numpy.save(member["expected"], numpy.ascontiguousarray(numpy.asarray(expected, dtype=value.dtype)))
            member.update(tolerances)
        described.append(member)
    return described


def formulas(value: Any, what: str) -> List[Any]:
    """One size or several, numbers or formulas."""
    if callable(value):
        raise Error(f"{what} must be numbers or formulas over knobs, as \"block_size_x * 4\"; a function cannot be read", "unsupported")
    listed = list(value) if isinstance(value, (list, tuple)) else [value]
    return [one if isinstance(one, str) else whole(one, what, 1) for one in listed]


def sizes_of(problem_size: Any, divisors: Sequence[Any], block_names: Sequence[str], knobs: Mapping[str, Any]) -> Dict[str, Any]:
    """The members that say how large a launch is."""
    group = [name if name in knobs else 1 for name in block_names]
    divided = []
    for divisor, name in zip(divisors, block_names):
        usual = [name] if name in knobs else []
        divided.append(usual if divisor is None else formulas(divisor, "a grid divisor"))
    problem = formulas(problem_size, "problem_size")
    if len(problem) > len(AXES):
        raise Error(f"problem_size has {len(problem)} axes; a launch has at most three")
    return {"problem_size": problem, "group": group, "grid_divisors": divided[: len(problem)]}


def restrictions_of(restrictions: Any) -> List[str]:
    """The constraints."""
    if restrictions is None:
        return []
    listed = [restrictions] if isinstance(restrictions, str) or callable(restrictions) else list(restrictions)
    for one in listed:
        if not isinstance(one, str):
            raise Error(f"restrictions must be formulas over knobs, as \"block_size_x * tile <= 1024\", not {one!r}", "unsupported")
    return listed


def tune_kernel(kernel_name: str, kernel_source: Any, problem_size: Any, arguments: Sequence[Any], tune_params: Mapping[str, Sequence[Any]],
                *, grid_div_x: Any = None, grid_div_y: Any = None, grid_div_z: Any = None, restrictions: Any = None,
                answer: Optional[Sequence[Any]] = None, atol: Optional[float] = None, rtol: Optional[float] = None,
                lang: Optional[str] = None, block_size_names: Optional[Sequence[str]] = None,
                compiler_options: Sequence[str] = (), defines: Optional[Mapping[str, Any]] = None,
                smem_args: Optional[Mapping[str, Any]] = None, cmem_args: Optional[Mapping[str, Any]] = None,
                device: Optional[Union[int, str]] = None, trials: int = 100,
                time: Optional[float] = None, strategy: str = "tamis", seed: int = 0, log: Optional[Union[str, "os.PathLike[str]"]] = None,
                resume: bool = False, options: Sequence[str] = (), quiet: bool = True, program: Optional[str] = None) -> TunedKernel:
    """Tunes a kernel of OpenCL C or CUDA C++ on a device of this machine, in processes of its own: a config that crashes or hangs is a
    verdict.

    The first arguments are Kernel Tuner's, `restrictions` and divisors as formulas only; docs/how-to/come-from-kernel-tuner has them
    one by one. `device`: its number, or for OpenCL a part of its name. `trials`, `time` (seconds): the budget. `log`: where the
    trials are kept, and what `resume` goes on with. `options`: further flags of `tamis tune`. `quiet=False` shows
    its progress. Raises tamis.Error."""
    knobs = {text(name, "a knob's name"): list(values) for name, values in tune_params.items()}
    names = list(block_size_names) if block_size_names is not None else [f"block_size_{axis}" for axis in AXES]
    names += [f"block_size_{axis}" for axis in AXES[len(names):]]
    tolerances = {name: float(value) for name, value in (("tolerance", atol), ("relative_tolerance", rtol)) if value is not None}
    with tempfile.TemporaryDirectory(prefix="tamis-kernel-") as temporary:
        folder = Path(temporary)
        kernel = {"entry": text(kernel_name, "kernel_name"), **source_of(kernel_source, lang, folder),
                  "arguments": arguments_of(arguments, answer, tolerances, folder),
                  **sizes_of(problem_size, (grid_div_x, grid_div_y, grid_div_z), names, knobs)}
        if compiler_options:
            kernel["options"] = list(compiler_options)
        if defines:
            kernel["defines"] = dict(defines)
        if smem_args:
            kernel["shared_bytes"] = smem_args["size"]
        if cmem_args:
            raise Error("constant memory is named in a kernel file: give an argument a `symbol` there", "unsupported")
        space = {"tamis": 1, "name": kernel_name, "knobs": {name: [value.item() if hasattr(value, "item") else value for value in values]
                                                             for name, values in knobs.items()},
                 "constraints": restrictions_of(restrictions), "kernel": kernel}
        file = folder / f"{kernel_name}.json"
        file.write_text(json.dumps(space), encoding="utf-8")
        kept = os.fspath(log) if log is not None else str(folder / "log.tamis")
        target = kernel["language"] if device is None else f"{kernel['language']}:{device}"
        command = [find_program(program), "tune", str(file), "--target", target, f"--trials={whole(trials, 'trials', 1)}",
                   f"--seed={whole(seed, 'seed', 0)}", "--strategy", strategy, "--log", kept, "--json", *options]
        if time is not None:
            command.append(f"--time={duration(time)}")
        if resume:
            command.append("--resume")
        run(command, quiet)
        tried = read_trials(kept).sets[-1].trials()
    valid = [trial for trial in tried if trial.verdict == "valid"]
    best = min(valid, key=lambda trial: trial.latency_ns, default=None)
    return TunedKernel(best, tried, None if log is None else kept)
