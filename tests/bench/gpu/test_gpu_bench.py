"""bench/gpu: what can be tested of it without a GPU; the driver, the compiler and NVML are the fakes of the tests."""

import json
import math
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench/gpu"))

from gpu_bench import kernel, layers, libraries, pack, peers, report, timing
from gpu_bench.tamis import Tamis, TamisError

try:
    import numpy
except ImportError:
    numpy = None

FAKES = Path(os.environ.get("TAMIS_FAKES", ROOT / "build/release/fakes"))
PROGRAMS = Path(os.environ.get("TAMIS_PROGRAMS", ROOT / "build/release/bin"))
RESULT = {"times": {"tamis": {"median_ns": 20000.0}, "cuDNN nchw": {"median_ns": 30000.0}, "cuDNN nhwc": {"median_ns": 25000.0}},
          "left_out": {"Triton": "ImportError: no module"}, "tuned": {"trials": 321, "invalid": 7}}


def small(kind, **sizes):
    return layers.Layer("small", kind, sizes.pop("type", "float32"), 1.0, sizes)


class Table(unittest.TestCase):
    def test_a_row_names_the_fastest_library_and_whether_the_goal_is_reached(self):
        row = report.row_of(layers.LAYERS[0], RESULT)
        self.assertEqual(row, ["ResNet-50 3x3, 64", "float16", "20.0", "184.97", "25.0", "cuDNN nhwc", "1.25", "0.9", "yes", "321"])

    def test_a_layer_without_a_result_has_dashes(self):
        self.assertEqual(report.row_of(layers.LAYERS[0], {})[2:], ["-", "-", "-", "-", "-", "0.9", "-", "-"])

    def test_a_slower_program_misses_the_goal(self):
        slow = {"times": {"tamis": {"median_ns": 50000.0}, "cuBLAS": {"median_ns": 30000.0}}}
        self.assertEqual(report.row_of(layers.LAYERS[6], slow)[6:9], ["0.60", "1.0", "no"])

    def test_the_report_has_the_card_the_clocks_and_what_is_left_out(self):
        results = {"card": {"name": "Card", "architecture": "sm_90", "driver": "580", "cuda": "13.0"}, "nvrtc": "13.5", "caches": "warm",
                   "clocks_before": {"sm_mhz": 1980, "memory_mhz": 3201, "throttled_by": []},
                   "clocks_after": {"sm_mhz": 1700, "memory_mhz": 3201, "throttled_by": ["power cap"]},
                   "layers": {layers.LAYERS[0].name: RESULT}, "notes": ["a step failed"]}
        text = report.text_of(results, layers.LAYERS)
        for part in ["Card (sm_90), driver 580, CUDA 13.0, NVRTC 13.5; warm caches",
                     "clocks before: SM 1980 MHz, memory 3201 MHz, held back by nothing",
                     "clocks after: SM 1700 MHz, memory 3201 MHz, held back by power cap",
                     "ResNet-50 3x3, 64: tamis 20.0, cuDNN nchw 30.0, cuDNN nhwc 25.0",
                     "ResNet-50 3x3, 64: Triton is left out: ImportError: no module", "note: a step failed"]:
            self.assertIn(part, text)
        widths = {len(line) for line in text.splitlines() if line.startswith("---")}
        self.assertEqual(len(widths), 1)


class Layers(unittest.TestCase):
    def test_there_are_ten_with_names_of_their_own(self):
        self.assertEqual(len({layer.name for layer in layers.LAYERS}), 10)

    def test_the_spec_has_no_epilogue(self):
        self.assertEqual(layers.LAYERS[6].spec(), "matmul:m=1024,n=768,k=768,type=float32,bias=0,relu=0")

    @unittest.skipIf(numpy is None, "NumPy is not there")
    def test_exact_values_of_a_product_are_those_of_numpy(self):
        for transposed in (0, 1):
            layer = small("matmul", m=5, n=7, k=11, transpose_b=transposed)
            data, weights = layers.make_data(layer, numpy)
            right = data.astype("float64") @ (weights.T if transposed else weights).astype("float64")
            places, values = layers.exact_values(layer, data, weights, numpy)
            numpy.testing.assert_allclose(right.reshape(-1)[places], values, rtol=1e-12)

    @unittest.skipIf(numpy is None, "NumPy is not there")
    def test_exact_values_of_a_convolution_are_the_sums_of_its_definition(self):
        for kind, further in (("conv2d", {"co": 4}), ("depthwise_conv2d", {})):
            layer = small(kind, n=2, ci=3, h=6, w=5, k=3, pad=1, stride=2, **further)
            data, weights = layers.make_data(layer, numpy)
            _, channels, depth = layer.channels()
            right = numpy.zeros(layer.output_shape())
            padded = numpy.pad(data.astype("float64"), ((0, 0), (0, 0), (1, 1), (1, 1)))
            for n, channel, y, x in numpy.ndindex(*right.shape):
                first = channel if depth == 1 else 0
                window = padded[n, first:first + depth, 2 * y:2 * y + 3, 2 * x:2 * x + 3]
                right[n, channel, y, x] = (window * weights[channel].astype("float64")).sum()
            places, values = layers.exact_values(layer, data, weights, numpy)
            numpy.testing.assert_allclose(right.reshape(-1)[places], values, rtol=1e-12)
            self.assertIsNone(layers.fault_in(layer, right.astype("float32"), places, values, numpy))
            self.assertIn("instead of", layers.fault_in(layer, right + 0.1, places, values, numpy))
            self.assertIn("elements", layers.fault_in(layer, right[:1], places, values, numpy))

    @unittest.skipIf(numpy is None, "NumPy is not there")
    def test_weights_are_packed_as_the_program_reads_them(self):
        weights = numpy.arange(24).reshape(4, 3, 1, 2)
        packed = kernel.packed_weights({"extents": [4, 3, 1, 2], "order": [2, 3, 1, 0]}, weights, numpy)
        self.assertEqual(packed.shape, (1, 2, 3, 4))
        self.assertEqual(packed[0, 1, 2, 3], weights[3, 2, 0, 1])


    @unittest.skipIf(numpy is None, "NumPy is not there")
    def test_weights_are_transformed_for_winograd(self):
        weights = numpy.random.default_rng(1).uniform(-1, 1, (4, 5, 3, 3)).astype("float32")
        matrix = numpy.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
        packed = kernel.packed_weights({"extents": [4, 5, 3, 3], "transform": matrix.tolist()}, weights, numpy)
        self.assertEqual(packed.shape, (4, 4, 5, 4))
        self.assertEqual(packed.dtype, numpy.float32)
        numpy.testing.assert_allclose(packed[:, :, 2, 3], matrix @ weights[3, 2] @ matrix.T, rtol=1e-5, atol=1e-6)


class FakeClock:
    """A driver whose events are the time that contestants say they take."""

    def __init__(self):
        self.now = 0.0

    def attribute(self, _):
        return 0

    def load(self, cubin):
        return cubin

    def function(self, module, name):
        return name

    def launch(self, *_):
        self.now += 5

    def allocate(self, size):
        return size

    def fill(self, *_):
        self.now += 100

    def event(self):
        return {}

    def record(self, event):
        event["at"] = self.now

    def wait(self, _):
        pass

    def elapsed_ns(self, begin, end):
        return end["at"] - begin["at"]


class FakeCompiler:
    def compile(self, text):
        return text.encode()


class Timing(unittest.TestCase):
    def compare(self, cold):
        clock, order = FakeClock(), []

        def takes(name, ns):
            def run():
                order.append(name)
                clock.now += ns
            return run

        def fails():
            raise OSError("it went away")
        samples, faults = timing.Timer(clock, FakeCompiler(), cold).compare({"a": takes("a", 10), "b": takes("b", 20), "c": fails})
        return samples, faults, order

    def test_contestants_are_timed_in_turn_by_one_clock(self):
        for cold, runs in ((False, 2), (True, 1)):
            samples, faults, order = self.compare(cold)
            self.assertEqual(set(samples["a"]), {10})
            self.assertEqual(set(samples["b"]), {20})
            self.assertEqual(faults, {"c": "OSError: it went away"})
            self.assertEqual(len(samples["a"]), timing.ROUNDS * timing.SAMPLES_OF_A_ROUND)
            changes = sum(1 for one, other in zip(order, order[1:]) if one != other)
            self.assertGreaterEqual(changes, timing.ROUNDS)
            self.assertEqual(len(order), 2 * runs * timing.ROUNDS * timing.SAMPLES_OF_A_ROUND)

    def test_a_summary_has_the_median_and_the_ends(self):
        self.assertEqual(timing.summarise([3, 1, 2]), {"median_ns": 2, "least_ns": 1, "most_ns": 3, "samples": 3})


class Libraries(unittest.TestCase):
    def test_a_library_is_found_in_the_packages_of_a_python(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "nvidia/cublas/lib/libcublas.so.12"
            file.parent.mkdir(parents=True)
            file.touch()
            self.assertEqual(libraries.find("cublas", {}, [Path(folder)]), str(file))

    def test_what_is_missing_names_the_places(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(libraries.Missing) as caught:
            libraries.find("nvrtc", {"TAMIS_NVRTC": folder}, [])
        self.assertIn(f"no libnvrtc.so.13 nor libnvrtc.so.12 in {folder}", str(caught.exception))

    def test_without_pytorch_cudnn_is_left_out_and_says_why(self):
        made, left_out = peers.makers(layers.LAYERS[0], None, None, None, None, None)
        self.assertEqual(made, {})
        self.assertEqual(left_out, {"cuDNN": "it is called through PyTorch, which is not there"})


class Programs(unittest.TestCase):
    def test_the_command_that_fails_says_what_it_said(self):
        with self.assertRaises(TamisError) as caught:
            Tamis(PROGRAMS / "tamis").call("tune", "nonsense:1", "--target", "cuda:arch=sm_90")
        self.assertIn("`tamis tune` ended with 2", str(caught.exception))

    def test_a_folder_has_the_programs_their_libraries_and_the_scripts(self):
        with tempfile.TemporaryDirectory() as folder:
            built, packed = Path(folder) / "built", Path(folder) / "packed"
            built.mkdir()
            for name in pack.PROGRAMS:
                (built / name).symlink_to(FAKES / "libcuda.so.1")
            size = pack.pack(ROOT / "bench/gpu", built, packed)
            self.assertEqual(size, pack.size_of(packed))
            self.assertTrue(os.access(packed / "run", os.X_OK))
            names = {file.name for file in (packed / "lib").iterdir()}
            self.assertTrue(any(name.startswith("libstdc++") for name in names), names)
            self.assertFalse({"libc.so.6", "libm.so.6"} & names)
            self.assertTrue((packed / "gpu_bench/compare.py").is_file())


class Script(unittest.TestCase):
    def run_script(self, *arguments, **variables):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "TAMIS_NVRTC": str(FAKES / "libnvrtc.so.13"), "TAMIS_CUDA_DRIVER": str(FAKES / "libcuda.so.1"),
                           "TAMIS_NVML": str(FAKES / "libnvidia-ml.so.1"), **variables}
            command = [sys.executable, str(ROOT / "bench/gpu/run"), "--tamis", str(PROGRAMS / "tamis"), "--out", folder, *arguments]
            ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
            results = Path(folder) / "results.json"
            return ran, json.loads(results.read_text()) if results.is_file() else None

    def test_a_dry_run_builds_every_layer_and_says_that_there_is_no_driver(self):
        ran, results = self.run_script("--dry-run", TAMIS_CUDA_DRIVER="/no/libcuda.so.1")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("nothing can run here: the NVIDIA driver cannot be opened", ran.stdout)
        self.assertIn("10 of 10 layers build; nothing was run", ran.stdout)
        self.assertTrue(all("config" in layer for layer in results["layers"].values()))

    def test_without_a_driver_nothing_is_run(self):
        ran, _ = self.run_script(TAMIS_CUDA_DRIVER="/no/libcuda.so.1")
        self.assertEqual(ran.returncode, 2, ran.stdout + ran.stderr)

    def test_without_nvrtc_nothing_is_built(self):
        ran, _ = self.run_script("--dry-run", TAMIS_NVRTC="/no/such/place")
        self.assertEqual(ran.returncode, 2, ran.stdout + ran.stderr)
        self.assertIn("nvrtc: no libnvrtc.so.13", ran.stdout)

    def test_a_card_that_computes_nothing_right_is_said_layer_by_layer(self):
        ran, results = self.run_script("--minutes", "0.2", "--only", "odd")
        self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
        self.assertIn("card: Fake H100, driver 580.0 (fake)", ran.stdout)
        self.assertIn("odd shapes: none of", ran.stdout)
        self.assertRegex(ran.stdout, "odd shapes +float32 +- ")
        self.assertEqual(results["clocks_before"]["memory_mhz"], 3201)
        self.assertEqual(results["clocks_before"]["throttled_by"], ["power cap"])
        if numpy is not None:
            self.assertIn("odd shapes: tamis is left out: element", ran.stdout)
            self.assertTrue(math.isfinite(results["seconds"]))


if __name__ == "__main__":
    unittest.main()
