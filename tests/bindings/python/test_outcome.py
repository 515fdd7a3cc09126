import unittest

import tamis


class Outcomes(unittest.TestCase):
    def test_valid_takes_one_number_or_several(self):
        self.assertEqual(tamis.Valid(5).latencies_ns, (5.0,))
        self.assertEqual(tamis.Valid(latency_ns=[5, 7.5]).latencies_ns, (5.0, 7.5))
        self.assertEqual(tamis.Valid(seconds=1.5e-6).latencies_ns, (1500.0,))
        self.assertEqual(tamis.Valid(seconds=(1, 2)).latencies_ns, (1e9, 2e9))

    def test_valid_needs_one_unit(self):
        for arguments in [{}, {"latency_ns": 1, "seconds": 1}]:
            with self.assertRaisesRegex(tamis.Error, "either latency_ns or seconds"):
                tamis.Valid(**arguments)

    def test_refuse_what_is_no_number(self):
        for wrong in ["5", True, [None], object()]:
            with self.subTest(wrong=wrong), self.assertRaisesRegex(tamis.Error, "must be a number"):
                tamis.Valid(latency_ns=wrong)

    def test_invalid_needs_a_verdict(self):
        self.assertEqual(tamis.Invalid().verdict, "run_failed")
        self.assertEqual(tamis.Invalid("crashed", "signal 11").message, "signal 11")
        for wrong in ["valid", "splendid", ""]:
            with self.assertRaisesRegex(tamis.Error, "build_failed"):
                tamis.Invalid(wrong)


if __name__ == "__main__":
    unittest.main()
