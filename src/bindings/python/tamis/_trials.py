"""Trials, and the files that they come and go in."""

import dataclasses
import math
import os
from typing import Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union

from tamis import _tamis
from tamis._check import text
from tamis._error import Error
from tamis._outcome import NANOSECONDS
from tamis._space import Config, Space

Path = Union[str, "os.PathLike[str]"]


@dataclasses.dataclass(frozen=True)
class Trial:
    """A config that was tried, with all that is known of it."""

    number: int
    config: Config
    verdict: str
    measured: bool  #: whether it reached the device
    latency_ns: float  #: the median of the samples in ns; infinite unless it is valid, NaN where a value is no latency
    latencies_ns: Tuple[float, ...]
    features: Mapping[str, float]
    message: str
    device: str
    proposer: str  #: the initializer or strategy that proposed it; "told" where nobody did
    value: float  #: of the objective, in its unit; NaN unless it is valid
    shown: str  #: the value with its unit, for people

    @property
    def seconds(self) -> float:
        """The latency in seconds."""
        return self.latency_ns / NANOSECONDS

    def __str__(self) -> str:
        came = self.shown if self.verdict == "valid" else f"{self.verdict} {self.message}".strip()
        return f"trial {self.number}: {came} with {self.config}"


def trial_of(native: _tamis.Trial, space: Space, objective: _tamis.Objective) -> Trial:
    shown = f"{native.cost:.6g} ns" if objective.is_latency else objective.show(native.cost)
    return Trial(
        number=native.number,
        config=Config(space, native.choices, native.number),
        verdict=native.verdict,
        measured=native.measured,
        latency_ns=native.cost if objective.is_latency else math.nan,
        latencies_ns=tuple(native.costs) if objective.is_latency else (),
        features=native.features,
        message=native.message,
        device=native.device,
        proposer=native.proposer,
        value=objective.value_of(native.cost) if native.costs else math.nan,
        shown=shown,
    )


class TrialSet:
    """Trials of one workload on one target, as a file has them. Immutable; threads may share it."""

    def __init__(self, native: _tamis.TrialSet, space: Optional[Space] = None) -> None:
        self.native = native
        self.space = Space._of(native.space) if space is None else space

    @property
    def name(self) -> str:
        """Of the workload."""
        return self.native.name

    @property
    def target(self) -> str:
        """How the target is called, `vta` or a format; empty where nobody knows."""
        return self.native.target

    @property
    def identity(self) -> str:
        """What the trials were made on; empty where nobody knows."""
        return self.native.identity

    @property
    def best_ns(self) -> float:
        """The least latency of a valid trial in ns, infinite where there is none; NaN where values are no latencies."""
        return self.native.best_cost if self.native.objective.is_latency else math.nan

    @property
    def best_value(self) -> float:
        """The best value of the objective, in its unit; NaN where no trial is valid."""
        cost = self.native.best_cost
        return self.native.objective.value_of(cost) if math.isfinite(cost) else math.nan

    @property
    def objective(self) -> str:
        """What the values are of: `latency`, or `NAME:UNIT:min` or `NAME:UNIT:max`."""
        return str(self.native.objective)

    @property
    def valid(self) -> int:
        """How many trials are valid."""
        return self.native.valid

    def trials(self) -> List[Trial]:
        """All trials, in the order of the file."""
        return [trial_of(trial, self.space, self.native.objective) for trial in self.native.trials()]

    def __len__(self) -> int:
        """How many trials there are."""
        return len(self.native)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {len(self)} trials, {self.valid} valid)"


class TrialFile(NamedTuple):
    """What a file holds: the name of its format (one of FORMATS, or "tamis" for a log), a set for each workload or
    session, and a sentence for each line, row or group that could not be taken."""

    format: str
    sets: List[TrialSet]
    skipped: List[str]


def read_trials(path: Path, *, objective: str = "") -> TrialFile:
    """Reads the trials of a log of tamis or of a file of another tool (docs/reference/formats), told apart by the
    content; gzip is unpacked. `objective` is what the trials are compared by where the file has several measurements
    or does not say which way is better, `NAME[:UNIT][:min|max]`: "energy:J", "GFLOP/s:max". Raises tamis.Error."""
    format, sets, skipped = _tamis.read_trials(os.fspath(path), text(objective, "the objective"))
    return TrialFile(format, [TrialSet(one) for one in sets], skipped)


def write_trials(path: Path, sets: Union[TrialSet, Iterable[TrialSet]], format: Optional[str] = None) -> List[str]:
    """Writes trials to a file in one of `tamis.FORMATS`; where none is named the one whose ending the path has, else
    CSV; `.gz` compresses. Returns a sentence for each trial or set that the format cannot hold, which is left out.
    Raises tamis.Error."""
    given = [sets] if isinstance(sets, TrialSet) else list(sets)
    for one in given:
        if not isinstance(one, TrialSet):
            raise Error(f"what is written must be a tamis.TrialSet or several, not {one!r}")
    name = "" if format is None else text(format, "the format")
    return _tamis.write_trials(os.fspath(path), [one.native for one in given], name)
