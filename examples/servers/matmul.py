#!/usr/bin/env python3
"""A server that tunes a matrix multiplication in C: it compiles each config with cc and loads it into its own process.

    tamis tune matmul --target command --serve 'python3 matmul.py' --trials 50

It shows what tamis takes care of: some configs do not compile, some compute garbage, and some take the whole server
down, which is then started again.
"""

import ctypes
import json
import subprocess
import sys
import tempfile
import time

SIZE = 128
KERNEL = r"""
enum { SIZE = 128 };
_Static_assert(TILE * UNROLL <= 512, "the accumulators do not fit the register file");

void multiply(float (*a)[SIZE], float (*b)[SIZE], float (*c)[SIZE]) {
  for (int n0 = 0; n0 < SIZE; n0 += TILE)
    for (int k0 = 0; k0 < SIZE; k0 += TILE)
      for (int m = 0; m < SIZE; ++m)
        for (int n = n0; n + UNROLL <= n0 + TILE; n += UNROLL)  // forgets columns where UNROLL does not divide TILE
          for (int k = k0; k < k0 + TILE; ++k)                  // leaves the arrays where TILE does not divide SIZE
            for (int u = 0; u < UNROLL; ++u) c[m][n + u] += a[m][k] * b[k][n + u];
}
"""

Matrix = ctypes.c_float * SIZE * SIZE


def describe(request):
    return {
        "tamis": 1,
        "name": request["workload"],
        "requests": ["build", "run"],
        "knobs": {
            "tile": [4, 8, 16, 32, 48, 64, 128],
            "unroll": [1, 2, 3, 4, 8, 16],
            "optimize": ["-O1", "-O2", "-O3"],
        },
        "constraints": ["unroll <= tile"],
        "default": {"tile": 128, "unroll": 1, "optimize": "-O2"},
    }


class Kernels:
    """Compiles configs into a directory of its own and runs them."""

    def __init__(self, directory):
        self.directory = directory
        self.a, self.b = Matrix(), Matrix()
        for i in range(SIZE):
            for j in range(SIZE):
                self.a[i][j], self.b[i][j] = (i + j) % 7, (i * j) % 5
        self.expected = [sum(self.a[m][k] * self.b[k][3] for k in range(SIZE)) for m in range(SIZE)]

    def path(self, config):
        return f"{self.directory}/{config['tile']}-{config['unroll']}{config['optimize']}.so"

    def build(self, request):
        config = request["config"]
        command = ["cc", config["optimize"], "-march=native", "-shared", "-fPIC", f"-DTILE={config['tile']}",
                   f"-DUNROLL={config['unroll']}", "-x", "c", "-", "-o", self.path(config)]
        done = subprocess.run(command, input=KERNEL, text=True, capture_output=True)
        if done.returncode == 0:
            return {}
        too_large = "register file" in done.stderr
        return {"verdict": "resource_exceeded" if too_large else "build_failed", "message": done.stderr.strip()[:500]}

    def run(self, request):
        multiply = ctypes.CDLL(self.path(request["config"])).multiply
        samples = []
        for _ in range(5):
            c = Matrix()
            begin = time.perf_counter_ns()
            multiply(self.a, self.b, c)
            samples.append(time.perf_counter_ns() - begin)
        for m in range(SIZE):
            if abs(c[m][3] - self.expected[m]) > 1e-3 * self.expected[m]:
                return {"verdict": "wrong_result", "message": f"c[{m}][3] is {c[m][3]}, not {self.expected[m]}"}
        return {"latencies_ns": samples}


def main():
    with tempfile.TemporaryDirectory() as directory:
        kernels = Kernels(directory)
        requests = {"describe": describe, "build": kernels.build, "run": kernels.run}
        for line in sys.stdin:
            answer = {}
            try:
                request = json.loads(line)
                answer["id"] = request["id"]
                answer.update(requests[request["request"]](request))
            except (ValueError, KeyError, TypeError) as error:
                answer["error"] = f"{type(error).__name__}: {error}"
            print(json.dumps(answer), flush=True)


main()
