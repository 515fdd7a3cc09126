import os
import tempfile
import unittest

import numpy
import tamis

SOURCE = """
__kernel void scale(__global float *y, __global const float *x, int n) {
  int i = (get_group_id(0) * block_size_x + get_local_id(0)) * per_item;
  for (int j = 0; j < per_item; ++j)
    if (i + j < n) y[i + j] = 2 * x[i + j] + WRONG;
}
"""
SIZE = 5000


def tune(**changed):
    x = numpy.arange(SIZE, dtype=numpy.float32)
    arguments = dict(kernel_name="scale", kernel_source=SOURCE, problem_size=SIZE,
                     arguments=[numpy.zeros_like(x), x, numpy.int32(SIZE)],
                     tune_params={"block_size_x": [16, 32, 64], "per_item": [1, 2, 4]}, grid_div_x=["block_size_x", "per_item"],
                     restrictions=["block_size_x * per_item <= 128"], answer=[2 * x, None, None], atol=1e-6, defines={"WRONG": 0},
                     trials=3, options=["--finalists=0"])
    return tamis.tune_kernel(**{**arguments, **changed})


class Kernel(unittest.TestCase):
    """On a device: skipped where there is none."""

    @classmethod
    def setUpClass(cls):
        try:
            tune(trials=1)
        except tamis.Error as error:
            if "OpenCL" not in str(error):
                raise
            raise unittest.SkipTest(str(error))

    def test_is_tuned(self):
        tuned = tune()
        self.assertEqual(len(tuned.trials), 3)
        self.assertEqual(tuned.best.verdict, "valid")
        self.assertEqual(dict(tuned.best_config), {name: tuned.results[tuned.best.number][name] for name in ("block_size_x", "per_item")})
        self.assertEqual(min(row["time"] for row in tuned.results), tuned.best.latency_ns / 1e6)
        self.assertIsNone(tuned.log)

    def test_says_what_is_wrong_with_a_config(self):
        tuned = tune(defines={"WRONG": "per_item - 1"})
        for row in tuned.results:
            self.assertEqual(row["verdict"], "valid" if row["per_item"] == 1 else "wrong_result")
            self.assertEqual("message" in row, row["verdict"] != "valid")

    def test_has_no_best_where_nothing_is_valid(self):
        tuned = tune(defines={"WRONG": 1})
        self.assertIsNone(tuned.best)
        self.assertIsNone(tuned.best_config)

    def test_keeps_a_log_and_goes_on_with_it(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "scale.tamis")
            self.assertEqual(len(tune(log=log).trials), 3)
            again = tune(log=log, trials=5, resume=True)
            self.assertEqual(len(again.trials), 5)
            self.assertEqual(again.log, log)

    def test_ends_in_time(self):
        self.assertEqual(len(tune(trials=1, time=600.5).trials), 1)

    def test_reads_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "scale.cl")
            with open(path, "w") as file:
                file.write(SOURCE)
            self.assertEqual(len(tune(kernel_source=path, trials=1).trials), 1)


class Refusal(unittest.TestCase):
    """Before anything is run."""

    def refuses(self, said, kind="invalid_input", **changed):
        with self.assertRaises(tamis.Error) as caught:
            tune(**changed)
        self.assertIn(said, str(caught.exception))
        self.assertEqual(caught.exception.kind, kind)

    def test_of_what_is_no_formula(self):
        self.refuses("formulas over knobs", "unsupported", problem_size=lambda knobs: SIZE)
        self.refuses("formulas over knobs", "unsupported", restrictions=[lambda knobs: True])
        self.refuses("formulas over knobs", "unsupported", grid_div_x=lambda knobs: 1)

    def test_of_sources_that_are_none(self):
        self.refuses("there is no source nowhere.cl", "not_found", kernel_source="nowhere.cl")
        self.refuses("must be text or a file", "unsupported", kernel_source=lambda knobs: SOURCE)

    def test_of_arguments_without_a_type(self):
        self.refuses("argument 2 must be an array or a number of NumPy", arguments=[numpy.zeros(2), numpy.zeros(2), 2])

    def test_of_answers_that_do_not_fit(self):
        self.refuses("answer must have an entry for each of the 3 arguments", answer=[None])

    def test_of_other_languages(self):
        self.refuses("lang must be", lang="HIP")

    def test_of_sizes_of_four_axes(self):
        self.refuses("at most three", problem_size=[1, 2, 3, 4])

    def test_of_a_program_that_is_not_there(self):
        self.refuses("/nowhere/tamis cannot be run", "not_found", program="/nowhere/tamis")


if __name__ == "__main__":
    unittest.main()
