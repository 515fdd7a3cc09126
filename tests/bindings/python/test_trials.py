import os
import unittest

import tamis
from testing import DATA, TemporaryFolder, small_space, tell


def told_study():
    study = tamis.Study(small_space(), name="layer", seed=3)
    for config in study.ask(12):
        tell(study, config)
    return study


def facts(trials):
    return [(trial.verdict, trial.message, trial.latency_ns, dict(trial.config)["layout"]) for trial in trials]


class Export(TemporaryFolder):
    def test_of_a_study_comes_back(self):
        study = told_study()
        for name, format in [("a.csv", "csv"), ("a.csv.gz", "csv"), ("layer_T4.json", "t4"), ("table", "csv")]:
            with self.subTest(name=name):
                self.assertEqual(study.export(self.path(name)), [])
                file = tamis.read_trials(self.path(name))
                self.assertEqual(file.format, format)
                self.assertEqual(file.skipped, [])
                (read,) = file.sets
                self.assertEqual(facts(read.trials()), facts(study.trials()))
                self.assertEqual(len(read), 12)
                self.assertEqual(read.valid, 12 - study.counts["invalid"])
                self.assertEqual(read.best_ns, study.best.latency_ns)
                self.assertEqual(read.target, format)

    def test_takes_the_format_by_name(self):
        study = told_study()
        for name in ["t4", "T4"]:
            study.export(self.path("table.csv"), format=name)
            self.assertEqual(tamis.read_trials(self.path("table.csv")).format, "t4")

    def test_refuses_what_it_cannot(self):
        study = told_study()
        with self.assertRaisesRegex(tamis.Error, "no format \"cvs\"; known are: .*autotvm.*csv") as raised:
            study.export(self.path("a"), format="cvs")
        self.assertEqual(raised.exception.kind, "not_found")
        with self.assertRaisesRegex(tamis.Error, "the format must be text"):
            study.export(self.path("a"), format=3)
        with self.assertRaisesRegex(tamis.Error, "AutoTVM has no task"):
            study.export(self.path("a.log"))
        self.assertFalse(os.path.exists(self.path("a.log")))

    def test_goes_on_after_it(self):
        study = told_study()
        study.export(self.path("a.csv"))
        for config in study.ask(2):
            tell(study, config)
        study.export(self.path("a.csv"))
        self.assertEqual(len(tamis.read_trials(self.path("a.csv")).sets[0]), 14)


class Trials(TemporaryFolder):
    def test_of_a_log_are_its_sessions(self):
        log = self.path("log.tamis")
        study = tamis.Study(small_space(), name="layer", log=log, identity="this machine")
        for config in study.ask(6):
            tell(study, config)
        file = tamis.read_trials(log)
        self.assertEqual(file.format, "tamis")
        (read,) = file.sets
        self.assertEqual(read.name, "layer")
        self.assertIn("this machine", read.identity)
        self.assertEqual(facts(read.trials()), facts(study.trials()))
        self.assertIn("layer", repr(read))

    def test_go_from_format_to_format(self):
        autotvm = os.path.join(DATA, "autotvm", "vta_c9.log.gz")
        file = tamis.read_trials(autotvm)
        self.assertEqual(file.format, "autotvm")
        self.assertEqual(tamis.write_trials(self.path("c9.csv"), file.sets), [])
        self.assertEqual(tamis.write_trials(self.path("c9.log"), file.sets[0]), [])
        self.assertEqual(len(tamis.read_trials(self.path("c9.csv")).sets[0]), 160)
        again = tamis.read_trials(self.path("c9.log")).sets[0]
        self.assertEqual([trial.features for trial in again.trials()], [trial.features for trial in file.sets[0].trials()])

    def test_of_a_table_can_be_written(self):
        table = tamis.Table(os.path.join(DATA, "tables", "tiny_T4.json"))
        tamis.write_trials(self.path("tiny.csv"), [table])
        self.assertEqual(tamis.Table(self.path("tiny.csv")).best_ns, table.best_ns)

    def test_are_of_the_objective_that_is_asked_for(self):
        with open(self.path("energy.csv"), "w") as file:
            file.write("workload,index,a,verdict,latency_ns,energy,message\n")
            file.write("w,0,1,valid,100,7,\nw,1,2,valid,200,3,\n")
        (trials,) = tamis.read_trials(self.path("energy.csv"), objective="energy:J").sets
        self.assertEqual((trials.objective, trials.best_value), ("energy:J:min", 3))
        self.assertEqual(tamis.read_trials(self.path("energy.csv")).sets[0].best_ns, 100)
        table = tamis.Table(self.path("energy.csv"), objective="energy:J:max")
        self.assertEqual(table.best_value, 7)
        self.assertEqual(table.lookup({"a": 2}).values, (3,))
        study = tamis.Study(table.space, objective="energy:J", learn_from=[self.path("energy.csv")])
        self.assertEqual(len(study.ask(2)), 2)
        with self.assertRaisesRegex(tamis.Error, "no column \"power\""):
            tamis.read_trials(self.path("energy.csv"), objective="power:W")

    def test_that_repeat_others_are_told_of(self):
        with open(self.path("twice.csv"), "w") as file:
            file.write("workload,index,a,verdict,latency_ns,message\nw,0,1,valid,100,\nw,1,2,valid,9,\nw,0,1,valid,100,\n")
        table = tamis.Table(self.path("twice.csv"))
        self.assertEqual(len(table), 2)
        self.assertIn("row", table.notes[0])

    def test_that_could_not_be_taken_are_told_of(self):
        self.assertEqual(len(tamis.read_trials(os.path.join(DATA, "autotvm", "others.log")).skipped), 2)
        table = tamis.Table(os.path.join(DATA, "tables", "tiny_T4.json"))
        log = tamis.read_trials(os.path.join(DATA, "autotvm", "vta_c9.log.gz")).sets[0]
        (sentence,) = tamis.write_trials(self.path("a.log"), [log, table])
        self.assertIn("tiny: AutoTVM has no task", sentence)

    def test_that_are_none_are_refused(self):
        with self.assertRaises(tamis.Error) as raised:
            tamis.read_trials(self.path("gone.csv"))
        self.assertEqual(raised.exception.kind, "not_found")
        with self.assertRaisesRegex(tamis.Error, "must be a tamis.TrialSet"):
            tamis.write_trials(self.path("a.csv"), [3])
        with self.assertRaisesRegex(tamis.Error, "no trials to write"):
            tamis.write_trials(self.path("a.csv"), [])


class Formats(unittest.TestCase):
    def test_are_named(self):
        self.assertEqual(tamis.FORMATS, ("perfetto", "ansor", "autotvm", "t4", "kernel-tuner", "ktt", "pyatf", "clblast", "metaschedule", "helion", "csv"))


if __name__ == "__main__":
    unittest.main()
