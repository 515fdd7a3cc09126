"""Makes the caches: python make_kernel_tuner.py OUT.json [older] (PoCL through pyopencl)"""
import os, sys
import numpy as np
import kernel_tuner
SOURCE = """
__kernel void scale(__global float *out, __global const float *in, int n) {
  __local float tile[TILE * 64];
  int i = get_global_id(0) * vec;
  tile[get_local_id(0) % 64] = 0.0f;
  for (int j = 0; j < vec; j++) if (i + j < n) out[i + j] = in[i + j] * 2.0f + tile[0];
}
"""
class Refuses(kernel_tuner.observers.BenchmarkObserver):
    """Stands for a device that is out of resources in one config."""
    params = None
    def register_configuration(self, params): self.params = params
    def before_start(self):
        if self.params["block_size_x"] == 64 and self.params["vec"] == 4:
            raise RuntimeError("OUT_OF_RESOURCES")
        if os.environ.get("DIE") and self.params["vec"] == int(os.environ["DIE"]) and self.params["block_size_x"] == 128:
            os.kill(os.getpid(), 9)
    def get_results(self): return {"watts": 12.5}
n = 1024
out, arg = np.zeros(n, np.float32), np.random.rand(n).astype(np.float32)
metrics = {"GB/s": lambda p: 8e-6 * n / p["time"]}
params = {"block_size_x": [64, 128, 8192], "vec": [1, 2, 4], "TILE": [1], "mode": ["plain", "fancy"]}
extra = {}
if len(sys.argv) > 2: extra = {"objective": sys.argv[2]}
kernel_tuner.tune_kernel("scale", SOURCE, n, [out, arg, np.int32(n)], params, lang="OpenCL", grid_div_x=["block_size_x", "vec"],
   cache=sys.argv[1], iterations=3, metrics=metrics, observers=[Refuses()], restrictions=["mode == 'plain' or vec > 1"], **extra)
