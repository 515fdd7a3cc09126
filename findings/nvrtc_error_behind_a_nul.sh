#!/bin/sh
# NVRTC 13.5.37: the log of a program that uses more static shared memory than a block may have, compiled with `-Xptxas -v`.
# Expected: nvrtcGetProgramLog gives a C string, and the error is a part of it, as it is without -v. Seen: a NUL byte ends what ptxas
# said of the registers, and the error stands behind it. Who reads the log as a string sees a failure without any error in it.
# Succeeds as long as that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet nvidia-cuda-nvrtc==13.5.37
cat >"$folder/log.py" <<'END'
import ctypes
import glob
import sys

nvrtc = ctypes.CDLL(glob.glob(f"{sys.prefix}/lib/python*/site-packages/nvidia/cu13/lib/libnvrtc.so.13")[0])
source = b"""extern "C" __global__ void kernel(float *out) {
  __shared__ float tile[16384];
  tile[threadIdx.x] = out[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x ^ 1];
}"""
program = ctypes.c_void_p()
assert nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"kernel.cu", 0, None, None) == 0
options = (ctypes.c_char_p * 3)(b"--gpu-architecture=sm_90", b"-Xptxas", b"-v")
result = nvrtc.nvrtcCompileProgram(program, 3, options)
size = ctypes.c_size_t()
assert nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size)) == 0
log = ctypes.create_string_buffer(size.value)
assert nvrtc.nvrtcGetProgramLog(program, log) == 0
print("as a string:", log.value.decode())
print("all of it:", log.raw.rstrip(b"\0").replace(b"\0", b"<NUL>").decode())
assert result != 0, "it compiles now"
assert b"shared data" not in log.value and b"shared data" in log.raw, "NVRTC behaves otherwise now"
END
"$folder/venv/bin/python" "$folder/log.py"
