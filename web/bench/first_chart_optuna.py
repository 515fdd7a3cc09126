"""Serves a study of as many trials as a report, with the Optuna dashboard, and times its first chart in chromium.

    python bench/first_chart_optuna.py 100000      # in a virtual environment with optuna and optuna-dashboard

Trials lie in memory, so that no database counts. They have 12 categorical parameters, as those of the sample report.
"""

import subprocess
import sys
import threading
import wsgiref.simple_server
from pathlib import Path
from random import Random

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState, create_trial
from optuna_dashboard import wsgi

HERE = Path(__file__).parent
PORT = 18617


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def study_of(count):
    """A study whose trials are two thirds complete, one third failed."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    random = Random(1)
    storage = optuna.storages.InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="resnet18.C2")
    knobs = {f"knob{k}": CategoricalDistribution([str(value) for value in range(8)]) for k in range(12)}
    for _ in range(count):
        failed = random.random() < 0.34
        study.add_trial(create_trial(
            state=TrialState.FAIL if failed else TrialState.COMPLETE, value=None if failed else random.lognormvariate(1, 0.5),
            params={name: random.choice(knob.choices) for name, knob in knobs.items()}, distributions=knobs))
    return storage


def main():
    storage = study_of(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    server = wsgiref.simple_server.make_server("127.0.0.1", PORT, wsgi(storage), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    subprocess.run(["node", HERE / "first_chart_optuna.mjs", f"http://127.0.0.1:{PORT}/dashboard/studies/0"], check=True)


main()
