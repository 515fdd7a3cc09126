"""Studies: a search whose loop is the caller's."""

import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from tamis import _tamis
from tamis._check import text, whole
from tamis._error import Error
from tamis._outcome import Invalid, Outcome, Samples, Valid, whole_nanoseconds
from tamis._space import Config, Space, Value
from tamis._trials import Path, Trial, TrialSet, trial_of, write_trials

if TYPE_CHECKING:
    import numpy

class Study:
    """A search for the fastest valid config, with a log and resuming.

    `name` says what is tuned and `identity` what it is measured on; with `space`, `strategy`, `initializer`, `seed`
    and `learn_from` they are what a study is recognised by when `resume` asks to go on with the newest matching
    one of the `log`. `learn_from` names logs or recorded tables that the strategy may start from; a
    warning names those of which it can use nothing. `device` is the
    device of trials that do not name theirs. `objective` is what outcomes are told of where it is no latency,
    `NAME[:UNIT][:min|max]`: "energy:J", "score:max". Threads may share a study. Raises tamis.Error.
    """

    def __init__(
        self,
        space: Space,
        *,
        name: str = "study",
        log: Optional[Path] = None,
        seed: int = 0,
        strategy: str = "tamis",
        initializer: str = "",
        resume: bool = False,
        identity: str = "",
        device: str = "",
        learn_from: Iterable[Path] = (),
        objective: str = "",
    ) -> None:
        if not isinstance(space, Space):
            raise Error(f"a study needs a tamis.Space, not {space!r}")
        if isinstance(learn_from, (str, os.PathLike)):
            learn_from = [learn_from]
        self.space = space
        self.native = _tamis.Study(
            space.native,
            {
                "name": text(name, "the name"),
                "identity": text(identity, "the identity"),
                "objective": text(objective, "the objective"),
                "strategy": text(strategy, "the strategy"),
                "initializer": text(initializer, "the initializer"),
                "seed": whole(seed, "the seed", 0),
                "log": "" if log is None else os.fspath(log),
                "resume": bool(resume),
                "device": text(device, "the device"),
                "learn_from": [os.fspath(path) for path in learn_from],
            },
        )

    def ask(self, count: int = 1) -> List[Config]:
        """Up to `count` configs to try: fewer at the end of the space, and after resuming, when first those are
        given that were asked but not told; none when the study is `done`. More may be asked before all are told."""
        asked = self.native.ask(whole(count, "the number of configs to ask for", 1, 1_000_000))
        return [Config(self.space, choices, number) for number, choices in asked]

    def tell(
        self,
        config: Mapping[str, Value],
        outcome: Union[None, Samples, Outcome] = None,
        *,
        latency_ns: Optional[Samples] = None,
        seconds: Optional[Samples] = None,
        value: Optional[Samples] = None,
        error: Union[None, str, BaseException] = None,
        verdict: Optional[str] = None,
        features: Optional[Mapping[str, float]] = None,
        device: str = "",
    ) -> None:
        """Takes in what came of a config, and with a log makes it durable. One of:

            study.tell(config, 0.0123)                       seconds, one number or several samples
            study.tell(config, latency_ns=12300)             nanoseconds
            study.tell(config, seconds=[0.0123, 0.0125])
            study.tell(config, value=712.5)                  of the study's objective, in its unit
            study.tell(config, error="signal 11", verdict="crashed")    not valid; an exception serves too
            study.tell(config, tamis.Valid(...))             or tamis.Invalid(...)

        A config that was not asked, a plain mapping too, is a result known from elsewhere.
        """
        if isinstance(outcome, (Valid, Invalid)):
            if any(one is not None for one in (latency_ns, seconds, value, error, verdict, features)) or device:
                raise Error("an outcome says everything; give nothing else with it")
            told: Outcome = outcome
        else:
            told = _outcome(outcome, latency_ns, seconds, value, error, verdict, features, device)
        self.native.tell(
            self._choices_of(config),
            told.verdict,
            self._costs_of(told),
            text(told.message, "the message"),
            list(told.features.items()),
            text(told.device, "the device"),
            whole_nanoseconds(told.build_seconds),
            whole_nanoseconds(told.run_seconds),
        )

    def _costs_of(self, told: Outcome) -> List[float]:
        objective = self.native.objective()
        if isinstance(told, Invalid):
            return []
        if told.values is not None:
            return [objective.cost_of(value) for value in told.values]
        if not objective.is_latency:
            raise Error(f"this study is of {objective.name}; tell its value, not a latency")
        return list(told.latencies_ns)

    def _choices_of(self, config: Mapping[str, Value]) -> Tuple[int, ...]:
        if isinstance(config, Config) and config.space is self.space:
            return config.choices
        return self.space.config(config).choices

    @property
    def best(self) -> Optional[Trial]:
        """The valid trial of the best value, and of equal ones the first; None when none was valid."""
        best = self.native.best()
        return None if best is None else trial_of(best, self.space, self.native.objective())

    @property
    def done(self) -> bool:
        """Whether an ask would give nothing because every config was given."""
        return self.native.done()

    @property
    def counts(self) -> Dict[str, Any]:
        """`trials`, `measurements` (those that reached the device), `rejected_builds`, `invalid`, `by_verdict`."""
        return self.native.counts()

    @property
    def resumed(self) -> int:
        """How many trials were taken from the log."""
        return self.native.resumed()

    @property
    def resume_note(self) -> str:
        """What `resume` came to, in a sentence: which session continues, or what differs from the one that is nearest.
        Empty where it was not asked for."""
        return self.native.resume_note()

    @property
    def pending(self) -> List[Config]:
        """The configs that were asked and not told yet."""
        return [Config(self.space, choices, number) for number, choices in self.native.pending()]

    def __len__(self) -> int:
        """How many trials were told."""
        return int(self.native.counts()["trials"])

    def trials(self) -> List[Trial]:
        """All trials that were told, by number."""
        return [trial_of(trial, self.space, self.native.objective()) for trial in self.native.trials()]

    def export(self, path: Path, format: Optional[str] = None) -> List[str]:
        """Writes all trials to a file in one of `tamis.FORMATS`; where none is named the one whose ending the path
        has, else CSV. Returns a sentence for each trial that the format cannot hold (`tamis.write_trials`)."""
        return write_trials(path, TrialSet(self.native.trial_set(), self.space), format)

    def to_numpy(self) -> "numpy.ndarray":
        """All trials as a structured array with the fields `number`, `verdict`, `measured`, `latency_ns` (infinite
        unless valid), `value` (of the objective, NaN unless valid) and `config`, which has a field for every knob: `rows["config"]["tile"]`. Needs NumPy."""
        import numpy

        columns = {name: numpy.asarray(of) for name, of in self.native.columns().items()}
        values = {name: _column(of) for name, of in self.space.knobs.items()}
        config = numpy.dtype([(name, of.dtype, of.shape[1:]) for name, of in values.items()])
        words = numpy.array(_tamis.VERDICTS)
        rows = numpy.empty(
            len(columns["number"]),
            dtype=[("number", "u8"), ("verdict", words.dtype), ("measured", "?"), ("latency_ns", "f8"), ("value", "f8"), ("config", config)],
        )
        for name in ("number", "measured", "latency_ns", "value"):
            rows[name] = columns[name]
        rows["verdict"] = words[columns["verdict"]]
        for position, (name, of) in enumerate(values.items()):
            rows["config"][name] = of[columns["choices"][:, position]]
        return rows

    def __repr__(self) -> str:
        return f"Study({len(self)} trials, best: {self.best})"


def _column(values: Any) -> "numpy.ndarray":
    """The values of a knob as an array, one row per value."""
    import numpy

    return numpy.array(values)


def _outcome(
    samples: Optional[Samples],
    latency_ns: Optional[Samples],
    seconds: Optional[Samples],
    value: Optional[Samples],
    error: Union[None, str, BaseException],
    verdict: Optional[str],
    features: Optional[Mapping[str, float]],
    device: str,
) -> Outcome:
    times = [one for one in (samples, latency_ns, seconds, value) if one is not None]
    invalid = error is not None or verdict not in (None, "valid")
    if invalid and verdict != "valid" and not times:
        return Invalid(verdict or "run_failed", "" if error is None else str(error), features=features or {}, device=device)
    if invalid or len(times) != 1:
        raise Error("tell one of: seconds, latency_ns, value, or error with or without its verdict")
    return Valid(latency_ns, value=value, seconds=seconds if samples is None else samples, features=features, device=device)
