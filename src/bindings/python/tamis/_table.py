"""Recorded tables: spaces whose configs were all tried once."""

import os
from typing import Mapping

from tamis import _tamis
from tamis._error import Error
from tamis._outcome import Invalid, Outcome, Valid
from tamis._space import Value
from tamis._trials import Path, TrialSet


class Table(TrialSet):
    """A table of recorded measurements (T4 or CSV, docs/reference/recorded-tables), to try a search on without
    the hardware: a set whose space is exactly the configs that were tried. Raises tamis.Error."""

    def __init__(self, path: Path) -> None:
        super().__init__(_tamis.TrialSet.read_table(os.fspath(path)))

    def lookup(self, config: Mapping[str, Value]) -> Outcome:
        """What came of a config when the table was recorded: what to tell a study of it."""
        trial = self.native.find(self.space.config(config).choices)
        if trial is None:
            raise Error(f"the table {self.name} has no config {dict(config)}", "not_found")
        if trial.verdict == "valid":
            objective = self.native.objective
            if objective.is_latency:
                return Valid(trial.costs)
            return Valid(value=[objective.value_of(cost) for cost in trial.costs])
        return Invalid(trial.verdict, trial.message)
