import os
import unittest

import tamis
from testing import TemporaryFolder

SMALL = "conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1"
OTHER = "conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1"
NOWHERE = "nats://127.0.0.1:9"  # nobody listens there


class Tune(TemporaryFolder):
    def test_gives_trials_and_the_best(self):
        (tuned,) = tamis.tune(SMALL, trials=12)
        self.assertEqual(len(tuned.trials), 12)
        self.assertEqual(tuned.best.latency_ns, min(trial.latency_ns for trial in tuned.trials))
        self.assertEqual(tuned.best_config, tuned.best.config)
        self.assertIsNone(tuned.log)

    def test_has_a_result_for_each_workload(self):
        first, second = tamis.tune(SMALL, OTHER, trials=4)
        self.assertEqual((len(first.trials), len(second.trials)), (4, 4))
        self.assertNotEqual(first.workload, second.workload)

    def test_takes_target_and_settings(self):
        (tuned,) = tamis.tune(SMALL, target="vta:hls", settings={"space": "wide"}, trials=3)
        self.assertEqual(len(tuned.trials), 3)

    def test_keeps_a_log_and_goes_on_with_it(self):
        log = self.path("log.tamis")
        self.assertEqual(len(tamis.tune(SMALL, trials=4, log=log)[0].trials), 4)
        (again,) = tamis.tune(SMALL, trials=9, log=log, resume=True)
        self.assertEqual(len(again.trials), 9)
        self.assertEqual(again.log, log)

    def test_ends_in_time(self):
        (tuned,) = tamis.tune(SMALL, trials=36, time=600.5)
        self.assertEqual(len(tuned.trials), 36)


class Refusal(unittest.TestCase):
    def refuses(self, said, *workloads, **arguments):
        with self.assertRaises(tamis.Error) as caught:
            tamis.tune(*(workloads or (SMALL,)), **{"trials": 1, **arguments})
        self.assertIn(said, str(caught.exception))

    def test_of_no_workload(self):
        with self.assertRaises(tamis.Error):
            tamis.tune()

    def test_of_what_the_program_refuses(self):
        self.refuses("no suite", "resnet81")
        self.refuses("no strategy", strategy="rendom")

    def test_of_times(self):
        for time in (0, -1, float("nan"), 1e9, "long"):
            self.refuses("time must be", time=time)

    def test_of_what_needs_a_fleet(self):
        self.refuses("device_types is of a fleet", device_types=["board"])
        self.refuses("priority is of a fleet", priority=3)
        self.refuses("fleet_key is of a fleet", fleet_key="fleet.key")
        self.refuses("fleet_creds is of a fleet", fleet_creds="a.creds")

    def test_of_a_priority_out_of_range(self):
        self.refuses("priority must be an integer from 1 to 1000", fleet=NOWHERE, priority=0)

    def test_of_types_that_are_no_list(self):
        self.refuses("device_types must be a list of names", fleet=NOWHERE, device_types="board")

    def test_of_a_server_that_is_not_there(self):
        self.refuses("127.0.0.1:9", fleet=NOWHERE, device_types=["board"], priority=3)
        with self.assertRaises(tamis.Error) as caught:
            tamis.fleet_status(NOWHERE)
        self.assertIn("127.0.0.1:9", str(caught.exception))


class Fleet(unittest.TestCase):
    """On a fleet, where TAMIS_FLEET names one."""

    @unittest.skipUnless("TAMIS_FLEET" in os.environ, "TAMIS_FLEET names no fleet")
    def test_tries_configs(self):
        (tuned,) = tamis.tune(SMALL, trials=12, fleet=os.environ["TAMIS_FLEET"])
        self.assertEqual(len(tuned.trials), 12)
        devices = {device["device"] for device in tamis.fleet_status(os.environ["TAMIS_FLEET"])["devices"]}
        self.assertLessEqual({trial.device for trial in tuned.trials}, devices)


if __name__ == "__main__":
    unittest.main()
