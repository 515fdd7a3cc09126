import os
import threading
import unittest

import numpy
import tamis

WEIGHTS = numpy.array([1, -2, 3, -4, 5, -6, 7, -8], numpy.float32)


class Library(unittest.TestCase):
    """The network of the tests: y = max(input.1 * WEIGHTS, 0), ids*2 = ids + ids."""

    def setUp(self):
        self.folder = os.environ["TAMIS_TEST_LIBRARY"]
        self.model = tamis.load(self.folder)
        self.x = numpy.arange(16, dtype=numpy.float32).reshape(2, 8) - 8
        self.ids = numpy.array([5, -7])

    def expect_right(self, outputs, x=None):
        y, twice = outputs
        numpy.testing.assert_array_equal(y, numpy.maximum((self.x if x is None else x) * WEIGHTS, 0))
        numpy.testing.assert_array_equal(twice, 2 * self.ids)

    def test_is_called_in_the_order_of_the_inputs_or_by_name(self):
        self.expect_right(self.model(self.x, self.ids))
        self.expect_right(self.model(self.x, ids=self.ids))
        self.expect_right(self.model(**{"ids": self.ids, "input.1": self.x}))

    def test_copies_what_is_not_contiguous(self):
        x = numpy.asfortranarray(self.x)
        self.expect_right(self.model(x, self.ids))
        every_other = numpy.repeat(self.x, 2, axis=1)[:, ::2]
        self.expect_right(self.model(every_other, self.ids))

    def test_reads_what_cannot_be_written(self):
        self.x.setflags(write=False)
        self.expect_right(self.model(self.x, self.ids))

    def test_gives_outputs_of_their_own(self):
        first, _ = self.model(self.x, self.ids)
        self.model(numpy.zeros_like(self.x), self.ids)
        self.expect_right((first, 2 * self.ids))

    def test_describes_itself(self):
        self.assertEqual(self.model.inputs, (("input.1", "float32", (2, 8)), ("ids", "int64", (2,))))
        self.assertEqual([port.name for port in self.model.outputs], ["y", "ids*2"])
        self.assertEqual((self.model.name, self.model.threads), ("tiny", 2))
        self.assertEqual(tamis.load(self.folder, threads=1).threads, 1)
        self.assertIn("input.1: float32 2x8", repr(self.model))

    def test_is_timed(self):
        times = self.model.time(5, self.x)
        self.assertEqual((times.repeat, times.threads), (5, 2))
        self.assertLessEqual(times.min_ms, times.median_ms)
        self.assertEqual([(one.name, one.kernel) for one in times.layers],
                         [("layer/scale", "Mul"), ("layer/relu", "Relu"), ("ids", "Add")])
        self.assertEqual(self.model.time(repeat=1).repeat, 1)

    def test_is_shared_by_threads(self):
        def run(factor):
            for _ in range(100):
                self.expect_right(self.model(factor * self.x, self.ids), factor * self.x)

        threads = [threading.Thread(target=run, args=(numpy.float32(i),)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_refuses_what_does_not_fit(self):
        for arguments, named, said in [
            ((self.x,), {}, "the input ids is missing"),
            ((self.x, self.ids, self.ids), {}, "takes 2 inputs, not 3"),
            ((self.x,), {"idz": self.ids}, "no input idz; known are: input.1, ids"),
            ((self.x, self.ids), {"ids": self.ids}, "ids is given twice"),
            ((self.x.astype(float), self.ids), {}, "input.1: float64 2x8 must be input.1: float32 2x8"),
            ((self.x.astype(">f4"), self.ids), {}, "input.1: >f4 2x8 must be input.1: float32 2x8"),
            ((self.x[0], self.ids), {}, "input.1: float32 8 must be"),
            (("x", self.ids), {}, "must be input.1: float32 2x8"),
        ]:
            with self.assertRaisesRegex(tamis.Error, said):
                self.model(*arguments, **named)

    def test_refuses_a_folder_that_holds_none(self):
        with self.assertRaisesRegex(tamis.Error, "gone") as raised:
            tamis.load(os.path.join(self.folder, "gone"))
        self.assertEqual(raised.exception.kind, "not_found")
        for threads in [-1, 3, "2"]:
            with self.assertRaises(tamis.Error):
                tamis.load(self.folder, threads=threads)
        with self.assertRaises(tamis.Error):
            self.model.time(0)


if __name__ == "__main__":
    unittest.main()
