import os
import unittest

import numpy

import tamis
from testing import small_space, tell


class Arrays(unittest.TestCase):
    def test_the_version_is_the_one_that_is_meant(self):
        self.assertEqual(numpy.__version__, os.environ.get("TAMIS_TEST_NUMPY", numpy.__version__))

    def test_every_row_is_of_its_trial(self):
        space = small_space()
        study = tamis.Study(space)
        for config in study.ask(30):
            tell(study, config)
        rows, trials = study.to_numpy(), study.trials()
        self.assertGreater(len(trials), 5)
        self.assertGreater(len({trial.verdict for trial in trials}), 1)
        for field in ("number", "verdict", "measured", "latency_ns"):
            self.assertEqual(rows[field].tolist(), [getattr(trial, field) for trial in trials], field)
        for knob in space.knobs:
            self.assertEqual(rows["config"][knob].tolist(), [trial.config[knob] for trial in trials], knob)

    def test_native_arrays_have_their_strides(self):
        study = tamis.Study(small_space())
        for config in study.ask(3):
            tell(study, config)
        for name, column in study.native.columns().items():
            view, array = memoryview(column), numpy.asarray(column)
            self.assertTrue(view.c_contiguous, name)
            self.assertEqual((array.shape, array.strides), (view.shape, view.strides), name)
            self.assertEqual(array.tolist(), view.tolist(), name)
            self.assertEqual(array.strides[-1], array.itemsize, name)

    def test_trials_are_a_structured_array(self):
        space = tamis.Space({"tile": [1, 2], "layout": ["rows", "columns"], "loop": tamis.splits(4), "flag": [False, True]})
        study = tamis.Study(space)
        configs = study.ask(24)
        for config in configs[:20]:
            study.tell(config, latency_ns=config["tile"]) if config["flag"] else study.tell(config, error="no")
        rows = study.to_numpy()
        self.assertEqual(rows.shape, (20,))
        self.assertEqual(list(rows["config"]["layout"]), [config["layout"] for config in configs[:20]])
        self.assertEqual(rows["config"]["loop"].tolist(), [list(config["loop"]) for config in configs[:20]])
        numpy.testing.assert_array_equal(rows["latency_ns"] < numpy.inf, rows["config"]["flag"])
        numpy.testing.assert_array_equal(rows["verdict"] == "valid", rows["config"]["flag"])
        self.assertEqual(rows["number"].tolist(), list(range(20)))

    def test_no_trials_are_an_empty_array(self):
        self.assertEqual(tamis.Study(small_space()).to_numpy().shape, (0,))

    def test_samples_are_choices(self):
        space = small_space()
        rows = space.sample(500, seed=3)
        self.assertEqual(rows.shape, (500, 3))
        self.assertEqual(rows.dtype, numpy.uint32)
        numpy.testing.assert_array_equal(rows, space.sample(500, seed=3))
        self.assertTrue((rows != space.sample(500, seed=4)).any())
        self.assertTrue(all(space.config_of(row) in space for row in rows))
        self.assertEqual(len(set(map(tuple, rows))), len(space))
        self.assertEqual(space.sample(0).shape, (0, 3))

    def test_arrays_are_told(self):
        study = tamis.Study(tamis.Space({"tile": numpy.array([1, 2, 4]), "scale": numpy.linspace(0, 1, 3)}))
        first, second, third = study.ask(3)
        study.tell(first, numpy.array([0.1, 0.3, 0.2]))
        study.tell(second, latency_ns=numpy.float32(7))
        study.tell(third, latency_ns=numpy.array(9))
        self.assertEqual([trial.latency_ns for trial in study.trials()], [2e8, 7, 9])
        self.assertIs(type(first["tile"]), int)
        with self.assertRaisesRegex(tamis.Error, "told already"):
            study.tell({"tile": numpy.int64(first["tile"]), "scale": numpy.float64(first["scale"])}, 1)


if __name__ == "__main__":
    unittest.main()
