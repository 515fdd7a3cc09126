"""Spaces and their configs."""

import math
import os
from collections import abc
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from tamis import _tamis
from tamis._check import text, whole
from tamis._error import Error

if TYPE_CHECKING:
    import numpy

Value = Union[int, float, str, bool, Tuple[int, ...]]
LikelyGood = Union[Mapping[str, Any], Iterable[Mapping[str, Any]]]


def splits(extent: int, parts: int = 2) -> Tuple[Tuple[int, ...], ...]:
    """All ways to write `extent` as `parts` ordered factors, outermost first: the values of a knob that tiles a
    loop. `splits(4)` is `((4, 1), (2, 2), (1, 4))`."""
    return _tamis.splits(whole(extent, "the extent", 1, 2**20), whole(parts, "the number of parts", 2, 8))


class Config(Mapping[str, Value]):
    """A value for every knob of a space: a mapping, so `config["tile"]`, `dict(config)` and `f(**config)` work.

    Immutable and hashable; equal to any mapping of the same values. `choices` are the positions of its values in
    the knobs' lists, `number` is the one that a study asked it under, None for any other config.
    """

    __slots__ = ("space", "choices", "number")

    def __init__(self, space: "Space", choices: Sequence[int], number: Optional[int] = None) -> None:
        self.space = space
        self.choices = tuple(choices)
        self.number = number

    def __getitem__(self, knob: str) -> Value:
        position = self.space.position(knob)
        return self.space.knobs[knob][self.choices[position]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.space.knobs)

    def __len__(self) -> int:
        return len(self.choices)

    def __hash__(self) -> int:
        return hash(self.choices)

    def __repr__(self) -> str:
        return f"Config({dict(self)!r})"

    def __str__(self) -> str:
        return self.space.describe(self)


class Space:
    """Knobs, each with a finite list of values, and constraints as formulas over them.

    The values of a knob are all numbers (ordered: tile sizes, thread counts), all text (unordered: layouts,
    algorithms), all booleans, or all tuples of factors of one extent (`tamis.splits`). A constraint is text in the
    language of docs/reference/constraint-expressions, a part of Python's: "tile * threads <= 1024". Configs that
    it excludes are never asked. `likely_good` is what you believe to be good: a mapping from some knobs to a value or
    a list of values, or a list of such mappings. The strategy tamis tries it early, and drops it where trials do not
    bear it out. Immutable; threads may share it. Raises tamis.Error.
    """

    def __init__(self, knobs: Mapping[str, Iterable[Value]], constraints: Iterable[str] = (), likely_good: LikelyGood = ()) -> None:
        if isinstance(constraints, str):
            raise Error("constraints must be a list of texts, not one text")
        values = {text(name, "the name of a knob"): [_plain(value) for value in _iterate(name, of)] for name, of in knobs.items()}
        for name, of in values.items():
            _check_values(name, of)
        hints = [_hint(one, values) for one in ([likely_good] if isinstance(likely_good, abc.Mapping) else likely_good)]
        self._begin(_tamis.Space(list(values.items()), [text(one, "a constraint") for one in constraints], hints), values)

    @classmethod
    def from_file(cls, path: Union[str, "os.PathLike[str]"]) -> "Space":
        """Reads a space file: tamis's own form in JSON or YAML, or T1."""
        return cls._of(_tamis.Space.read(os.fspath(path)))

    @classmethod
    def _of(cls, native: _tamis.Space) -> "Space":
        space = cls.__new__(cls)
        space._begin(native, dict(native.knobs))
        return space

    def _begin(self, native: _tamis.Space, values: Dict[str, List[Value]]) -> None:
        self.native = native
        self._values = values
        self._positions = {name: position for position, name in enumerate(values)}
        self._choices = [{value: choice for choice, value in enumerate(of)} for of in values.values()]

    @property
    def knobs(self) -> Mapping[str, Sequence[Value]]:
        """The values of every knob by its name."""
        return self._values

    @property
    def constraints(self) -> List[str]:
        return self.native.constraints

    @property
    def likely_good(self) -> List[Dict[str, List[Value]]]:
        """What is believed to be likely good: knobs by name, each with its good values."""
        return self.native.likely_good

    @property
    def size(self) -> int:
        """How many configs there are, constraints not regarded: an int of any size."""
        return math.prod(len(values) for values in self._values.values())

    def __len__(self) -> int:
        """How many configs the constraints allow. Raises tamis.Error where counting them would take too long."""
        allowed = self.native.allowed
        if allowed is None:
            raise Error("counting the configs of so large a space takes too long; `size` is the full product", "unsupported")
        return allowed

    def position(self, knob: str) -> int:
        """The position of a knob among the knobs. Raises KeyError."""
        return self._positions[knob]

    def config(self, values: Mapping[str, Value]) -> Config:
        """The config with these values, one for every knob; the constraints may exclude it."""
        unknown = [name for name in values if name not in self._positions]
        missing = [name for name in self._positions if name not in values]
        if unknown or missing:
            raise Error(f"a config needs a value for each of {list(self._positions)}: missing {missing}, unknown {unknown}")
        choices = []
        for (name, of), known in zip(self._values.items(), self._choices):
            choice = known.get(_plain(values[name]))
            if choice is None:
                raise Error(f"the knob {name} has no value {values[name]!r}; it has {of}")
            choices.append(choice)
        return Config(self, choices)

    def config_of(self, choices: Iterable[int]) -> Config:
        """The config with these positions in the knobs' lists, such as a row of `sample`."""
        config = Config(self, [whole(choice, "a choice", 0, 2**32 - 1) for choice in choices])
        self.describe(config)  # refuses what is not of this space
        return config

    def __contains__(self, values: object) -> bool:
        """Whether the space has these values and the constraints allow them together."""
        if not isinstance(values, abc.Mapping):
            return False
        try:
            return self.native.allows(self.config(values).choices)
        except Error:
            return False

    def describe(self, config: Config) -> str:
        """`tile=8 layout=rows`; a split by its inner factors."""
        return self.native.describe(config.choices)

    def sample(self, count: int, seed: int = 0) -> "numpy.ndarray":
        """Uniformly random allowed configs, with repetition: an array of choices, one row per config and one column per
        knob. The same seed gives the same configs. Needs NumPy."""
        import numpy

        return numpy.asarray(self.native.sample(whole(count, "the number of samples", 0), whole(seed, "the seed", 0)))

    def __repr__(self) -> str:
        return f"Space({self._values!r}, constraints={self.constraints!r})"


def _iterate(name: str, values: Any) -> Iterable[Any]:
    if isinstance(values, (str, bytes)) or not isinstance(values, abc.Iterable):
        raise Error(f"the values of the knob {name} must be a list, not {values!r}")
    return values


def _hint(hint: Any, knobs: Mapping[str, Sequence[Value]]) -> List[Tuple[str, List[Value]]]:
    """Names with lists of values, of which the user may have written one alone."""
    if not isinstance(hint, abc.Mapping):
        raise Error(f"what is likely good must be a mapping from knobs to values, not {hint!r}")
    named = []
    for name, given in hint.items():
        value = _plain(given)
        of_knob = knobs.get(text(name, "the name of a knob"), ())
        several = isinstance(value, tuple) and value not in of_knob
        named.append((name, [_plain(one) for one in value] if several else [value]))
    return named


def _plain(value: Any) -> Any:
    """The value as Python's own type, where NumPy has one of its own; a list of factors as a tuple."""
    if isinstance(value, (bool, int, float, str)) and type(value) in (bool, int, float, str):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return value.item()
    if isinstance(value, (list, tuple)) or hasattr(value, "__array__"):
        return tuple(_plain(one) for one in value)
    return value


def _check_values(name: str, values: List[Any]) -> None:
    for value in values:
        if isinstance(value, tuple):
            fits = all(type(one) is int and 0 < one < 2**63 for one in value)
        elif isinstance(value, int):
            fits = -(2**63) <= value < 2**63
        else:
            fits = isinstance(value, str) or (isinstance(value, float) and math.isfinite(value))
        if not fits:
            raise Error(f"the knob {name} has the value {value!r}; "
                f"values are finite numbers of at most 64 bits, text or tuples of factors")
    if len(set(values)) < len(values):
        raise Error(f"the knob {name} has a value twice: {values}")
