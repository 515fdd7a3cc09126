"""What came of trying a config."""

import dataclasses
import math
import numbers
from typing import Any, Iterable, List, Mapping, Optional, Tuple, Union

from tamis._error import Error
from tamis._tamis import VERDICTS

NANOSECONDS = 1e9

Samples = Union[float, Iterable[float]]


def _number(value: Any) -> float:
    """As `float`, but infinite where an integer is too large for one: `tell` then says what is allowed."""
    try:
        return float(value)
    except OverflowError:
        return -math.inf if value < 0 else math.inf


def _numbers(samples: Any, what: str) -> List[float]:
    """One number or several (a list, an array) as floats."""
    if isinstance(samples, (str, bytes, bool)):
        raise Error(f"{what} must be a number or several, not {samples!r}")
    if isinstance(samples, numbers.Real):
        return [_number(samples)]
    try:
        return [_number(sample) for sample in samples]
    except (TypeError, ValueError):
        pass
    try:
        return [_number(samples)]  # a 0-dimensional array
    except (TypeError, ValueError):
        raise Error(f"{what} must be a number or several, not {samples!r}") from None


def _nanoseconds(
    latency_ns: Optional[Samples], seconds: Optional[Samples], value: Optional[Samples]
) -> Tuple[float, ...]:
    if sum(one is not None for one in (latency_ns, seconds, value)) != 1:
        raise Error("a valid outcome needs either latency_ns or seconds, or the value of another objective")
    if value is not None:
        return ()
    if seconds is not None:
        return tuple(sample * NANOSECONDS for sample in _numbers(seconds, "seconds"))
    return tuple(_numbers(latency_ns, "latency_ns"))


def _features(features: Optional[Mapping[str, float]]) -> Mapping[str, float]:
    return {str(name): _number(value) for name, value in (features or {}).items()}


class Valid:
    """A config that ran and computed the right result.

    `latency_ns` (or `seconds`) is one number or several samples (a list, an array), of which the median ranks
    it, each from 0.001 ns to 1e15 ns. Of a study with another objective it is `value`, in the objective's unit.
    `features` are named numbers that building or running revealed, `device` is
    where it ran, and `build_seconds` and `run_seconds` say how long trying it took.
    """

    verdict = "valid"
    message = ""

    def __init__(
        self,
        latency_ns: Optional[Samples] = None,
        *,
        seconds: Optional[Samples] = None,
        value: Optional[Samples] = None,
        features: Optional[Mapping[str, float]] = None,
        device: str = "",
        build_seconds: float = 0.0,
        run_seconds: float = 0.0,
    ) -> None:
        self.latencies_ns = _nanoseconds(latency_ns, seconds, value)
        self.values = None if value is None else tuple(_numbers(value, "value"))
        self.features = _features(features)
        self.device = device
        self.build_seconds = build_seconds
        self.run_seconds = run_seconds

    def __repr__(self) -> str:
        if self.values is not None:
            return f"Valid(value={list(self.values)})"
        return f"Valid(latency_ns={list(self.latencies_ns)})"


@dataclasses.dataclass
class Invalid:
    """A config that gave no result: its verdict (one of `tamis.VERDICTS`), and why in `message`.

    `device_lost` is a verdict on the device: such a config teaches nothing and may be told again.
    """

    verdict: str = "run_failed"
    message: str = ""
    features: Mapping[str, float] = dataclasses.field(default_factory=dict, kw_only=True)
    device: str = dataclasses.field(default="", kw_only=True)
    build_seconds: float = dataclasses.field(default=0.0, kw_only=True)
    run_seconds: float = dataclasses.field(default=0.0, kw_only=True)
    latencies_ns: Tuple[float, ...] = dataclasses.field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS or self.verdict == "valid":
            raise Error(f"{self.verdict!r} is not a verdict of an invalid config; they are: {', '.join(VERDICTS[1:])}")
        self.features = _features(self.features)


Outcome = Union[Valid, Invalid]


def whole_nanoseconds(seconds: float) -> int:
    """For a log, which keeps whole nanoseconds."""
    if not math.isfinite(seconds):
        raise Error(f"{seconds} seconds is not a finite time")
    return round(seconds * NANOSECONDS)
