"""tamis: a search for the fastest valid config, with a loop of your own.

    import tamis

    space = tamis.Space({"tile": [8, 16, 32], "layout": ["rows", "columns"]})
    study = tamis.Study(space, log="example.tamis", resume=True)
    while not study.done:
        for config in study.ask(8):
            study.tell(config, run(config))  # seconds, or tamis.Invalid("crashed", "signal 11")
    print(study.best)
"""

from tamis._error import Error
from tamis._kernel import TunedKernel, tune_kernel
from tamis._library import Layer, Library, Port, Times, load
from tamis._outcome import Invalid, Valid
from tamis._space import Config, Space, splits
from tamis._study import Study
from tamis._table import Table
from tamis._tamis import FORMATS, INITIALIZERS, STRATEGIES, VERDICTS
from tamis._tamis import VERSION as __version__
from tamis._trials import Trial, TrialFile, TrialSet, read_trials, write_trials
from tamis._tune import Tuned, fleet_status, tune

__all__ = [
    "Config",
    "Error",
    "FORMATS",
    "INITIALIZERS",
    "Invalid",
    "Layer",
    "Library",
    "Port",
    "STRATEGIES",
    "Space",
    "Study",
    "Table",
    "Times",
    "Trial",
    "TrialFile",
    "TrialSet",
    "Tuned",
    "TunedKernel",
    "VERDICTS",
    "Valid",
    "__version__",
    "fleet_status",
    "load",
    "read_trials",
    "splits",
    "tune",
    "tune_kernel",
    "write_trials",
]
