"""What the tests of the Python package share."""

import os
import tempfile
import unittest

import tamis

DATA = os.environ["TAMIS_TEST_DATA"]


def small_space():
    return tamis.Space(
        {"tile": [1, 2, 4, 8], "unroll": [0, 1, 2], "layout": ["rows", "columns"]},
        constraints=["tile * (unroll + 1) <= 16"],
    )


def latency_ns(config):
    """The latency of a valid config; large products crash (`crashes`)."""
    return 100 + abs(config["tile"] - 4) + 3 * config["unroll"] + (7 if config["layout"] == "columns" else 0)


def crashes(config):
    return config["tile"] * (config["unroll"] + 1) > 12


def tell(study, config):
    if crashes(config):
        study.tell(config, error="signal 11", verdict="crashed")
    else:
        study.tell(config, latency_ns=latency_ns(config))


class TemporaryFolder(unittest.TestCase):
    """A folder that goes with the test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)
