"""Workloads tuned by the program `tamis`, on this machine or on a fleet of others, and how a fleet is."""

import dataclasses
import json
import os
import tempfile
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from tamis._check import text, whole
from tamis._error import Error
from tamis._program import duration, find_program, run
from tamis._space import Config
from tamis._trials import Trial, TrialSet, read_trials

Path = Union[str, "os.PathLike[str]"]


@dataclasses.dataclass(frozen=True)
class Tuned:
    """What came of tuning a workload."""

    workload: str  #: its name
    best: Optional[Trial]  #: the winner; None where no trial is valid
    trials: List[Trial]
    log: Optional[str]  #: the log's path, where one was named

    @property
    def best_config(self) -> Optional[Config]:
        """The values of the knobs of the best trial."""
        return None if self.best is None else self.best.config


def fleet_flags(fleet: Optional[str], device_types: Sequence[str], priority: int, fleet_key: Optional[Path],
                fleet_creds: Optional[Path]) -> List[str]:
    """The flags of `tamis tune` that say which fleet."""
    given = {"device_types": bool(device_types), "priority": priority != 1, "fleet_key": fleet_key is not None,
             "fleet_creds": fleet_creds is not None}
    if fleet is None:
        for name, there in given.items():
            if there:
                raise Error(f"{name} is of a fleet, and none is named; give fleet=\"nats://HOST\", or leave it out")
        return []
    if isinstance(device_types, str):
        raise Error(f"device_types must be a list of names, not {device_types!r}")
    flags = ["--fleet", text(fleet, "fleet"), f"--priority={whole(priority, 'priority', 1, 1000)}"]
    for name in device_types:
        flags += ["--device-type", text(name, "a device type")]
    for flag, path in (("--fleet-key", fleet_key), ("--fleet-creds", fleet_creds)):
        if path is not None:
            flags += [flag, os.fspath(path)]
    return flags


def newest(sets: Sequence[TrialSet], workload: str) -> List[Trial]:
    """The trials of the log's newest session on a workload."""
    of_workload = [one for one in sets if one.name == workload]
    return of_workload[-1].trials() if of_workload else []


def tune(*workloads: Union[str, "os.PathLike[str]"], target: Optional[str] = None, settings: Optional[Mapping[str, Any]] = None,
         trials: int = 1000, time: Optional[float] = None, strategy: str = "tamis", seed: int = 0, log: Optional[Path] = None,
         resume: bool = False, fleet: Optional[str] = None, device_types: Sequence[str] = (), priority: int = 1,
         fleet_key: Optional[Path] = None, fleet_creds: Optional[Path] = None, options: Sequence[str] = (), quiet: bool = True,
         program: Optional[str] = None) -> List[Tuned]:
    """Tunes workloads by the program `tamis`, one after the other: one result for each, those of a suite or a model in their order.

    `workloads`, `target` and its `settings` (`{"threads": 1}`) are those of `tamis tune`, `options` further flags of it. `trials`,
    `time` (seconds): the budget of each. `log`: where the trials are kept, and what `resume` goes on with.

    `fleet`: the server of a fleet, `nats://HOST`; configs are then tried on its devices, of the `device_types` or of all that fit,
    beside those of others who tune in the proportion of the `priority`, 1 to 1000. `fleet_key`: a file with the key that jobs are
    signed with. `fleet_creds`: NATS credentials. `quiet=False` shows the progress. Raises tamis.Error."""
    if not workloads:
        raise Error("name a workload, as \"resnet18.C2\"")
    named = [text(os.fspath(one), "a workload") for one in workloads]
    with tempfile.TemporaryDirectory(prefix="tamis-tune-") as folder:
        kept = os.fspath(log) if log is not None else os.path.join(folder, "log.tamis")
        command = [find_program(program), "tune", *named, f"--trials={whole(trials, 'trials', 1)}", f"--seed={whole(seed, 'seed', 0)}",
                   "--strategy", strategy, "--log", kept, "--json"]
        if target is not None:
            command += ["--target", text(target, "target")]
        for name, value in (settings or {}).items():
            command.append(f"--{text(name, 'the name of a setting')}={value}")
        if time is not None:
            command.append(f"--time={duration(time)}")
        if resume:
            command.append("--resume")
        command += [*fleet_flags(fleet, device_types, priority, fleet_key, fleet_creds), *options]
        report = json.loads(run(command, quiet))
        sets = read_trials(kept).sets
        tuned = []
        for row in report["workloads"]:
            tried = newest(sets, row["workload"])
            number = None if row["best"] is None else row["best"]["number"]
            best = next((trial for trial in tried if trial.number == number), None)
            tuned.append(Tuned(row["workload"], best, tried, None if log is None else kept))
    return tuned


def fleet_status(fleet: str, *, fleet_creds: Optional[Path] = None, options: Sequence[str] = (),
                 program: Optional[str] = None) -> Dict[str, List[Dict[str, Any]]]:
    """How a fleet is now: `devices` and `tuners`, a dict each, with the members that `tamis fleet status --json` prints
    (docs/reference/command-line). `options`: further flags of it. Raises tamis.Error."""
    command = [find_program(program), "fleet", "status", "--json", "--fleet", text(fleet, "fleet"), *options]
    if fleet_creds is not None:
        command += ["--fleet-creds", os.fspath(fleet_creds)]
    status: Dict[str, List[Dict[str, Any]]] = json.loads(run(command, quiet=True))
    return status
