"""Recorded tables: spaces whose configs were all tried once."""

import os
from typing import List, Mapping

from tamis import _tamis
from tamis._check import text
from tamis._error import Error
from tamis._outcome import Invalid, Outcome, Valid
from tamis._space import Value
from tamis._trials import Path, TrialSet


class Table(TrialSet):
    """A table of recorded measurements (a file of any format that tamis.read_trials reads), to try a search on
    without the hardware: a set whose space is exactly the configs that were tried. `objective` as in read_trials.
    Raises tamis.Error."""

    def __init__(self, path: Path, *, objective: str = "") -> None:
        super().__init__(_tamis.TrialSet.read_table(os.fspath(path), text(objective, "the objective")))

    @property
    def notes(self) -> List[str]:
        """A sentence for each kind of row that was left out."""
        return self.native.notes

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
