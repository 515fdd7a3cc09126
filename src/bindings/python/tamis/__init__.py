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
from tamis._outcome import Invalid, Valid
from tamis._space import Config, Space, splits
from tamis._study import Study, Trial
from tamis._table import Table
from tamis._tamis import INITIALIZERS, STRATEGIES, VERDICTS
from tamis._tamis import VERSION as __version__

__all__ = [
    "Config",
    "Error",
    "INITIALIZERS",
    "Invalid",
    "STRATEGIES",
    "Space",
    "Study",
    "Table",
    "Trial",
    "VERDICTS",
    "Valid",
    "__version__",
    "splits",
]
