"""Kernel Tuner's part of the round trips, run by its own Python; needs a C compiler and no GPU.

kernel_tuner_peer.py tune CACHE        tunes a kernel in C into a cache
kernel_tuner_peer.py simulate CACHE    replays a cache in simulation mode
Both print {"configs": ..., "failed": ..., "best": ..., "best_ms": ...}.
"""

import json
import sys

import kernel_tuner
import numpy
from kernel_tuner.observers import BenchmarkObserver
from kernel_tuner.util import read_cache

SOURCE = """
extern "C" float scale(float *out, const float *in, int n) {
  for (int i = 0; i < n; i += vec) for (int j = 0; j < vec && i + j < n; j++) out[i + j] = in[i + j] * 2.0f;
  return 1.0f + 0.25f * vec + 0.001f * block;
}
"""
PARAMETERS = {"block": [64, 128], "vec": [1, 2, 4], "mode": ["a", "b"], "ratio": [0.5, 1.5]}


class RefusesOneConfig(BenchmarkObserver):
    """Plays a device that is out of resources."""

    def register_configuration(self, params):
        self.params = params

    def before_start(self):
        if self.params["block"] == 128 and self.params["vec"] == 4:
            raise RuntimeError("OUT_OF_RESOURCES")

    def get_results(self):
        return {"watts": 12.5}


def tune(cache):
    n = 64
    out, values = numpy.zeros(n, numpy.float32), numpy.ones(n, numpy.float32)
    results, _ = kernel_tuner.tune_kernel("scale", SOURCE, n, [out, values, numpy.int32(n)], PARAMETERS, lang="C", quiet=True,
                                          block_size_names=["block"], cache=cache, iterations=2, observers=[RefusesOneConfig()])
    return results, PARAMETERS, "time"


def simulate(cache):
    read = read_cache(cache, open_cache=False)
    objective = read["objective"] if isinstance(read["objective"], str) else read["objective"][0]
    names = read["tune_params_keys"]
    known = {tuple(entry[name] for name in names) for entry in read["cache"].values()}

    # Kernel Tuner reads the source of a lambda, which fails where it goes over lines; a function is called.
    def is_known(config):
        return tuple(config[name] for name in names) in known

    results, _ = kernel_tuner.tune_kernel(read["kernel_name"], "", read.get("problem_size", 1), [], read["tune_params"], lang="C",
                                          restrictions=is_known, quiet=True, cache=cache, simulation_mode=True, objective=objective)
    return results, read["tune_params"], objective


results, parameters, objective = {"tune": tune, "simulate": simulate}[sys.argv[1]](sys.argv[2])
valid = [result for result in results if "__error__" not in result]
best = min(valid, key=lambda result: result[objective])
json.dump({"configs": len(results), "failed": len(results) - len(valid), "best": {name: best[name] for name in parameters},
           "best_ms": best[objective]}, sys.stdout)
