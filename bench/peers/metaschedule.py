"""Tunes layers of ResNet-18 with TVM's MetaSchedule and with tamis, and compares their programs in turns.

    python metaschedule.py TAMIS [--layers C2 C5] [--trials 64] [--rounds 5] [--output FILE] [--folder FOLDER]

TAMIS is the program `tamis`. Both tune with one thread, one worker, a deadline of 120 s for a build, and the same
number of trials. Then both programs run in turns on the same core, and the least times count. Needs apache-tvm
0.27.0.post1, apache-tvm-ffi 0.1.14.post0, cloudpickle, psutil, xgboost, and gcc. It is run by hand and not in CI.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

os.environ["TVM_NUM_THREADS"] = "1"

import numpy as np
import tvm
from tvm import te, topi
from tvm.s_tir import meta_schedule as ms

BUILD_DEADLINE_S = 120

# ci, h = w, co, kernel, stride, pad (data/suites/resnet18.json)
LAYERS = {
    "C2": (64, 56, 64, 3, 1, 1),
    "C3": (64, 56, 128, 3, 2, 1),
    "C5": (128, 28, 128, 3, 1, 1),
    "C8": (256, 14, 256, 3, 1, 1),
    "C9": (256, 14, 512, 3, 2, 1),
    "C11": (512, 7, 512, 3, 1, 1),
}


def host_target():
    cpu = tvm.target.codegen.llvm_get_system_cpu()
    return tvm.target.Target({"kind": "llvm", "mcpu": cpu, "num-cores": 1})


def convolution(layer):
    """NHWC convolution with bias and ReLU. Weights are HWIO, which MetaSchedule may not pack ahead of time here."""
    ci, side, co, kernel, stride, pad = LAYERS[layer]
    data = te.placeholder((1, side, side, ci), name="data")
    weights = te.placeholder((kernel, kernel, ci, co), name="weights")
    bias = te.placeholder((co,), name="bias")
    summed = topi.nn.conv2d_nhwc(data, weights, stride, pad, 1, out_dtype="float32")
    shifted = te.compute(summed.shape, lambda n, y, x, c: summed[n, y, x, c] + bias[c], name="shifted")
    return te.create_prim_func([data, weights, bias, topi.nn.relu(shifted)])


def reference(data, weights, bias, stride, pad):
    padded = np.pad(data, ((0, 0), (pad, pad), (pad, pad), (0, 0))).astype(np.float64)
    kernel = weights.shape[0]
    side = (padded.shape[1] - kernel) // stride + 1
    summed = np.zeros((1, side, side, weights.shape[3]))
    for y in range(kernel):
        for x in range(kernel):
            part = padded[:, y : y + stride * side : stride, x : x + stride * side : stride]
            summed += part[:, :side, :side] @ weights[y, x].astype(np.float64)
    return np.maximum(summed + bias, 0)


class MetaScheduleLayer:
    """A layer tuned by MetaSchedule: `time_us` runs it for a while and gives the least time of a run."""

    def __init__(self, layer, trials, folder):
        function, target = convolution(layer), host_target()
        begin = time.monotonic()
        database = ms.tune_tir(
            mod=function,
            target=target,
            work_dir=str(folder / f"metaschedule-{layer}"),
            max_trials_global=trials,
            num_trials_per_iter=16,
            builder=ms.builder.LocalBuilder(max_workers=1, timeout_sec=BUILD_DEADLINE_S),
            runner=ms.runner.LocalRunner(evaluator_config=ms.runner.EvaluatorConfig(number=3, repeat=3, min_repeat_ms=20)),
            num_tuning_cores=1,
            seed=1,
        )
        self.tuning_s = time.monotonic() - begin
        schedule = ms.tir_integration.compile_tir(database, function, target)
        if schedule is None:
            sys.exit(f"MetaSchedule found no valid program of {layer} in {trials} trials; give it more with --trials")
        self.module = tvm.compile(schedule.mod, target=target).jit()
        self.prepare(layer)

    def prepare(self, layer):
        ci, side, co, kernel, stride, pad = LAYERS[layer]
        random = np.random.default_rng(1)
        data = random.standard_normal((1, side, side, ci), dtype=np.float32)
        weights = random.standard_normal((kernel, kernel, ci, co), dtype=np.float32) / 32
        bias = random.standard_normal(co, dtype=np.float32)
        expected = reference(data, weights, bias, stride, pad)
        device = tvm.cpu()
        arrays = [data, weights, bias, np.zeros(expected.shape, np.float32)]
        self.arguments = [tvm.runtime.tensor(array, device) for array in arrays]
        self.module["main"](*self.arguments)
        np.testing.assert_allclose(self.arguments[3].numpy(), expected, rtol=1e-3, atol=1e-3)
        self.evaluator = self.module.time_evaluator("main", device, number=1, repeat=100)

    def time_us(self):
        return min(self.evaluator(*self.arguments).results) * 1e6


class TamisLayer:
    """The same of tamis: its emitted C program checks the result and times itself."""

    def __init__(self, tamis, layer, trials, folder):
        log, emitted = folder / f"{layer}.tamis", folder / f"tamis-{layer}"
        flags = ["--target", "cpu", "--threads", "1", "--jobs", "1", "--trials", str(trials), "--log", str(log)]
        begin = time.monotonic()
        subprocess.run([tamis, "tune", f"resnet18.{layer}", *flags], check=True, stdout=subprocess.DEVNULL)
        self.tuning_s = time.monotonic() - begin
        subprocess.run([tamis, "best", str(log), "--emit", str(emitted)], check=True, stdout=subprocess.DEVNULL)
        (test,) = emitted.glob("*_test.c")
        kernel = emitted / (test.stem.removesuffix("_test") + ".o")
        self.program = emitted / "timed"
        subprocess.run(["gcc", "-O2", f"-I{emitted}", test, kernel, "-o", self.program, "-fopenmp", "-lm"], check=True)

    def time_us(self):
        finished = subprocess.run([self.program], capture_output=True, text=True, check=True)
        return float(re.search(r"([0-9.]+) us least", finished.stdout)[1])


def compare(arguments, layer, folder):
    peer = MetaScheduleLayer(layer, arguments.trials, folder)
    own = TamisLayer(arguments.tamis, layer, arguments.trials, folder)
    turns = [(peer.time_us(), own.time_us()) for _ in range(arguments.rounds)]
    peer_us, own_us = (min(times) for times in zip(*turns))
    return {
        "layer": layer,
        "trials": arguments.trials,
        "metaschedule": {"tuning_s": round(peer.tuning_s, 1), "least_us": round(peer_us, 1)},
        "tamis": {"tuning_s": round(own.tuning_s, 1), "least_us": round(own_us, 1)},
        "faster": round(peer_us / own_us, 2),
    }


def show(row):
    print(
        f"{row['layer']:6} {row['metaschedule']['tuning_s']:16} {row['tamis']['tuning_s']:10} "
        f"{row['metaschedule']['least_us']:17} {row['tamis']['least_us']:11} {row['faster']:7}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("tamis")
    parser.add_argument("--layers", nargs="+", choices=LAYERS, default=list(LAYERS))
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, help="keeps logs and databases (default: a temporary one)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        print("layer  MetaSchedule s    tamis s   MetaSchedule us    tamis us  faster", flush=True)
        rows = []
        for layer in arguments.layers:
            rows.append(compare(arguments, layer, folder))
            show(rows[-1])
            if arguments.output:
                arguments.output.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
