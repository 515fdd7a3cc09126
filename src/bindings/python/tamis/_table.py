"""Recorded tables: spaces whose configs were all tried once."""

import os
from typing import Mapping, Union

from tamis import _tamis
from tamis._error import Error
from tamis._outcome import Invalid, Outcome, Valid
from tamis._space import Space, Value


class Table:
    """A table of recorded measurements (T4 or CSV, docs/reference/recorded-tables), to try a search on without
    the hardware. Immutable; threads may share it. Raises tamis.Error."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.native = _tamis.Table(os.fspath(path))
        self.space = Space._of(self.native.space)

    @property
    def name(self) -> str:
        return self.native.name

    @property
    def best_ns(self) -> float:
        """The least latency of a valid config in ns."""
        return self.native.best_ns

    @property
    def valid(self) -> int:
        """How many configs are valid."""
        return self.native.valid

    def __len__(self) -> int:
        """How many configs were tried."""
        return len(self.native)

    def lookup(self, config: Mapping[str, Value]) -> Outcome:
        """What came of a config when the table was recorded: what to tell a study of it."""
        trial = self.native.find(self.space.config(config).choices)
        if trial is None:
            raise Error(f"the table {self.name} has no config {dict(config)}", "not_found")
        if trial.verdict == "valid":
            return Valid(trial.latencies_ns)
        return Invalid(trial.verdict, trial.message)

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {len(self)} configs, {self.valid} valid)"
