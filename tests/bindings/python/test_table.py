import itertools
import os
import unittest

import tamis
from testing import DATA


class Table(unittest.TestCase):
    def setUp(self):
        self.table = tamis.Table(os.path.join(DATA, "vta", "resnet18.C9.csv"))

    def test_is_replayed(self):
        study = tamis.Study(self.table.space, seed=1)
        while len(study) < 100:
            for config in study.ask(10):
                study.tell(config, self.table.lookup(config))
        self.assertEqual(len(self.table), len(self.table.space))
        self.assertLess(self.table.best_ns, float("inf"))
        self.assertLess(study.best.latency_ns, 2 * self.table.best_ns)
        self.assertGreater(study.counts["invalid"], 0)
        self.assertLess(self.table.valid, len(self.table))

    def test_refuses_a_config_that_was_not_tried(self):
        table = tamis.Table(os.path.join(DATA, "tables", "tiny_T4.json"))
        self.assertLess(len(table), table.space.size)
        for choices in itertools.product(*(range(len(of)) for of in table.space.knobs.values())):
            config = table.space.config_of(choices)
            if config in table.space:
                table.lookup(config)
            else:
                with self.assertRaisesRegex(tamis.Error, "has no config") as raised:
                    table.lookup(config)
                self.assertEqual(raised.exception.kind, "not_found")

    def test_that_is_none_is_refused(self):
        for name in ["gone.csv", os.path.join("vta", "README.md")]:
            with self.assertRaises(tamis.Error):
                tamis.Table(os.path.join(DATA, name))


if __name__ == "__main__":
    unittest.main()
