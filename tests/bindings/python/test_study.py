import concurrent.futures
import signal
import subprocess
import sys
import unittest

import tamis
from testing import TemporaryFolder, crashes, latency_ns, small_space, tell


class Loop(unittest.TestCase):
    def test_finds_the_best(self):
        space = small_space()
        study = tamis.Study(space, seed=1)
        asked = []
        while not study.done:
            for config in study.ask(4):
                asked.append(config)
                tell(study, config)
        self.assertEqual(len(set(asked)), len(space))
        self.assertEqual(len(study), len(space))
        self.assertEqual(study.ask(4), [])
        best = min((config for config in asked if not crashes(config)), key=latency_ns)
        self.assertEqual(study.best.latency_ns, latency_ns(best))
        self.assertEqual(study.best.config, best)
        self.assertIn("tile=4", str(study.best))
        self.assertEqual(study.best.seconds, study.best.latency_ns / 1e9)

    def test_is_the_same_for_the_same_seed(self):
        def run(seed):
            study = tamis.Study(small_space(), seed=seed)
            while not study.done:
                for config in study.ask(4):
                    tell(study, config)
            return [trial.config.choices for trial in study.trials()]

        self.assertEqual(run(1), run(1))
        self.assertNotEqual(run(1), run(2))

    def test_may_have_several_threads(self):
        study = tamis.Study(small_space())

        def work(_):
            while not study.done:
                for config in study.ask(2):
                    tell(study, config)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        self.assertEqual(len(study), len(small_space()))
        self.assertEqual(study.pending, [])


class Tell(unittest.TestCase):
    def setUp(self):
        self.study = tamis.Study(small_space())

    def told(self, *arguments, **named):
        (config,) = self.study.ask()
        self.study.tell(config, *arguments, **named)
        return self.study.trials()[-1]

    def test_takes_every_form(self):
        self.assertEqual(self.told(0.5).latency_ns, 5e8)
        self.assertEqual(self.told([0.1, 0.3, 0.2]).latency_ns, 2e8)
        self.assertEqual(self.told(latency_ns=1234).latency_ns, 1234)
        self.assertEqual(self.told(seconds=2).latency_ns, 2e9)
        self.assertEqual(self.told(tamis.Valid(latency_ns=7, features={"bytes": 3})).features, {"bytes": 3.0})
        self.assertEqual(self.told(latency_ns=3, device="board").device, "board")

    def test_takes_failures(self):
        trial = self.told(error="signal 11", verdict="crashed")
        self.assertEqual((trial.verdict, trial.message, trial.measured), ("crashed", "signal 11", True))
        self.assertEqual(self.told(error="odd").verdict, "run_failed")
        self.assertEqual(self.told(verdict="run_timeout").verdict, "run_timeout")
        self.assertEqual(self.told(error=ValueError("too small")).message, "too small")
        self.assertEqual(self.told(error="odd \udcff byte").message, "odd ? byte")
        self.assertFalse(self.told(tamis.Invalid("build_failed", "no such register")).measured)
        counts = self.study.counts
        self.assertEqual((counts["trials"], counts["measurements"], counts["rejected_builds"]), (6, 5, 1))
        self.assertEqual(counts["by_verdict"]["crashed"], 1)
        self.assertIsNone(self.study.best)

    def test_refuses_what_cannot_be_meant(self):
        (config,) = self.study.ask()
        for arguments, words in [
            ({}, "tell one of"),
            ({"outcome": 1, "latency_ns": 2}, "tell one of"),
            ({"outcome": 1, "error": "x"}, "tell one of"),
            ({"latency_ns": 5, "verdict": "crashed"}, "tell one of"),
            ({"verdict": "valid"}, "tell one of"),
            ({"verdict": "splendid"}, "not a verdict"),
            ({"latency_ns": float("nan")}, "a latency of nan ns cannot be"),
            ({"latency_ns": 0}, r"a latency of 0 ns cannot be; it must be from 0.001 to 1e\+15 ns"),
            ({"latency_ns": [1, float("inf")]}, "a latency of inf ns cannot be"),
            ({"latency_ns": 10**400}, "a latency of inf ns cannot be"),
            ({"seconds": [1, -(10**400)]}, "a latency of -inf ns cannot be"),
            ({"latency_ns": 1e-4}, "cannot be"),
            ({"outcome": 1.1e6}, "cannot be"),
            ({"outcome": -1.0}, "cannot be"),
            ({"latency_ns": []}, "at least one latency"),
            ({"outcome": tamis.Valid(1), "device": "x"}, "nothing else"),
        ]:
            with self.subTest(**arguments), self.assertRaisesRegex(tamis.Error, words):
                self.study.tell(config, **arguments)
        self.assertEqual(len(self.study), 0)
        self.study.tell(config, 1)
        with self.assertRaisesRegex(tamis.Error, "told already"):
            self.study.tell(config, 1)

    def test_takes_results_known_from_elsewhere(self):
        self.study.tell({"tile": 4, "unroll": 0, "layout": "rows"}, latency_ns=100)
        self.assertEqual(self.study.best.proposer, "told")
        other = small_space()
        self.study.tell(other.config({"tile": 4, "unroll": 1, "layout": "rows"}), latency_ns=103)
        with self.assertRaisesRegex(tamis.Error, "outside the space"):
            self.study.tell({"tile": 8, "unroll": 2, "layout": "rows"}, latency_ns=1)


class Log(TemporaryFolder):
    def open(self, **options):
        return tamis.Study(small_space(), name="small", log=self.path("log.tamis"), **options)

    def test_goes_on(self):
        study = self.open()
        first = study.ask(3)
        tell(study, first[0])
        del study
        study = self.open(resume=True)
        self.assertEqual(study.resumed, 1)
        self.assertEqual(study.resume_note, "session 1 continues: 1 trial is in the log")
        self.assertEqual(study.pending, first[1:])
        self.assertEqual(study.ask(8), first[1:])
        self.assertEqual(self.open().resumed, 0)
        self.assertEqual(self.open().resume_note, "")

    def test_says_why_none_goes_on(self):
        self.open()
        self.assertRegex(self.open(resume=True, seed=7).resume_note, r"session 1 differs in seed \(0, now 7\); a new session")

    def test_of_another_space_is_refused(self):
        self.open()
        with self.assertRaisesRegex(tamis.Error, "another space"):
            tamis.Study(tamis.Space({"tile": [1]}), name="small", log=self.path("log.tamis"), resume=True)

    def test_may_be_learnt_from(self):
        study = self.open()
        for config in study.ask(8):
            tell(study, config)
        del study
        taught = tamis.Study(small_space(), learn_from=self.path("log.tamis"))
        self.assertEqual(len(taught.ask(2)), 2)
        with self.assertRaisesRegex(tamis.Error, "gone.tamis"):
            tamis.Study(small_space(), learn_from=[self.path("gone.tamis")])

    def test_warns_of_what_cannot_be_learnt_from(self):
        study = self.open()
        for config in study.ask(8):
            tell(study, config)
        del study
        with self.assertWarnsRegex(UserWarning, "the strategy random learns nothing from earlier trials") as warned:
            tamis.Study(small_space(), strategy="random", learn_from=self.path("log.tamis"))
        self.assertEqual(warned.filename, __file__)
        with self.assertWarnsRegex(UserWarning, "log.tamis can be learnt from: it shares no knob"):
            tamis.Study(tamis.Space({"other": [1, 2]}), learn_from=self.path("log.tamis"))

    def test_that_cannot_be_written_is_named(self):
        with self.assertRaises(tamis.Error) as raised:
            tamis.Study(small_space(), log=self.path("no/such/log"))
        self.assertEqual(raised.exception.kind, "io")


ENDLESS = """
import sys, tamis
from testing import small_space, tell
try:
    while True:
        study = tamis.Study(small_space(), name="endless", log=sys.argv[1])
        for config in study.ask(8):
            tell(study, config)
        print("told", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


class Interruption(TemporaryFolder):
    def test_ends_the_loop_and_leaves_the_log_whole(self):
        log = self.path("log.tamis")
        command = [sys.executable, "-c", ENDLESS, log]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            self.assertEqual(process.stdout.readline(), "told\n")
            process.send_signal(signal.SIGINT)
            self.assertIn("interrupted", process.communicate(timeout=60)[0])
        study = tamis.Study(small_space(), name="endless", log=log, resume=True)
        self.assertIn(len(study) + len(study.pending), (0, 8))  # of the newest session: asked whole or not at all


class Options(unittest.TestCase):
    def test_that_cannot_be_meant_are_refused(self):
        for options, words in [
            ({"strategy": "tammis"}, "did you mean"),
            ({"initializer": "rando"}, "did you mean"),
            ({"seed": -1}, "the seed must be"),
            ({"seed": 1.5}, "the seed must be"),
            ({"strategy": 3}, "the strategy must be text"),
            ({"name": ""}, "needs a name"),
        ]:
            with self.subTest(**options), self.assertRaisesRegex(tamis.Error, words):
                tamis.Study(small_space(), **options)
        with self.assertRaisesRegex(tamis.Error, "needs a tamis.Space"):
            tamis.Study({"tile": [1]})
        for count in [0, -1, 2.5]:
            with self.assertRaisesRegex(tamis.Error, "must be an integer"):
                tamis.Study(small_space()).ask(count)

    def test_every_strategy_searches(self):
        for strategy in tamis.STRATEGIES:
            with self.subTest(strategy=strategy):
                self.assertEqual(len(tamis.Study(small_space(), strategy=strategy).ask(3)), 3)


if __name__ == "__main__":
    unittest.main()
