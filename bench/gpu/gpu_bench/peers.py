"""What tamis is compared with: cuBLAS and cuDNN through PyTorch where it is, else cuBLAS by itself; Triton where it is."""

import ctypes

from .libraries import Missing, find, open_library

FLOAT16, FLOAT32 = 2, 0  # cudaDataType
COMPUTE_FLOAT32 = 68
TRANSPOSED, AS_IT_IS = 1, 0


def torch_or_none(ordinal):
    """(torch on this device, why not)."""
    try:
        import torch
    except Exception as error:  # a broken installation is one more thing to say
        return None, f"PyTorch is not there: {type(error).__name__}: {error}"
    if not torch.cuda.is_available():
        return None, "PyTorch sees no device"
    torch.cuda.set_device(ordinal)
    torch.backends.cudnn.benchmark = True
    # float32 is computed in float32 by tamis, too.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch, None


class TorchPeer:
    """A layer by a function of PyTorch on tensors of its own."""

    def __init__(self, torch, layer, data, weights, channels_last=False):
        self.torch, self.layer = torch, layer
        memory = {"memory_format": torch.channels_last} if channels_last else {}
        self.data = torch.from_numpy(data).cuda().contiguous(**memory)
        self.weights = torch.from_numpy(weights).cuda().contiguous(**memory)
        self.answer = None
        if layer.is_matmul:
            self.other = self.weights.t() if layer.size("transpose_b") else self.weights
            self.answer = torch.empty(layer.output_shape(), dtype=self.data.dtype, device="cuda")

    def run(self):
        if self.layer.is_matmul:
            self.torch.mm(self.data, self.other, out=self.answer)
            return
        groups = self.layer.channels()[0] if self.layer.kind == "depthwise_conv2d" else 1
        with self.torch.inference_mode():
            self.answer = self.torch.nn.functional.conv2d(self.data, self.weights, stride=self.layer.size("stride", 1),
                                                          padding=self.layer.size("pad", 0), groups=groups)

    def result(self):
        return self.answer.contiguous().cpu().numpy().reshape(-1)

    def close(self):
        self.data = self.weights = self.other = self.answer = None


class CublasPeer:
    """A matrix product by cublasGemmEx, for machines without PyTorch."""

    def __init__(self, driver, layer, data, weights, numpy):
        self.driver, self.layer, self.numpy = driver, layer, numpy
        self.library = open_library(find("cublas"), "cuBLAS")
        self.handle = ctypes.c_void_p()
        self._call("cublasCreate_v2", ctypes.byref(self.handle))
        self.bytes = layer.sizes["m"] * layer.sizes["n"] * data.itemsize
        self.buffers = []
        for array in (data, weights):
            self.buffers.append(driver.allocate(array.nbytes))
            driver.upload(self.buffers[-1], array.tobytes())
        self.buffers.append(driver.allocate(self.bytes))
        self.one, self.zero = ctypes.c_float(1), ctypes.c_float(0)

    def _call(self, name, *arguments):
        if (outcome := getattr(self.library, name)(*arguments)) != 0:
            raise Missing(f"{name} returns {outcome}")

    def run(self):
        # Its matrices are column by column: the product of ours is that of theirs in the other order.
        s, kind = self.layer.sizes, FLOAT16 if self.layer.type == "float16" else FLOAT32
        transposed = s.get("transpose_b")
        data, weights, output = (ctypes.c_void_p(buffer.value) for buffer in self.buffers)
        self._call("cublasGemmEx", self.handle, TRANSPOSED if transposed else AS_IT_IS, AS_IT_IS, s["n"], s["m"], s["k"],
                   ctypes.byref(self.one), weights, kind, s["k"] if transposed else s["n"], data, kind, s["k"],
                   ctypes.byref(self.zero), output, kind, s["n"], COMPUTE_FLOAT32, -1)

    def result(self):
        return self.numpy.frombuffer(self.driver.download(self.buffers[2], self.bytes), dtype=self.layer.type)

    def close(self):
        for buffer in self.buffers:
            self.driver.free(buffer)


def makers(layer, driver, numpy, torch, data, weights):
    """How each peer of a layer is made, by its name, and what is not compared and why."""
    made, left_out = {}, {}
    if torch is None and layer.is_matmul:
        made["cuBLAS"] = lambda: CublasPeer(driver, layer, data, weights, numpy)
    elif torch is None:
        left_out["cuDNN"] = "it is called through PyTorch, which is not there"
    elif layer.is_matmul:
        made["cuBLAS"] = lambda: TorchPeer(torch, layer, data, weights)
    else:
        made["cuDNN nchw"] = lambda: TorchPeer(torch, layer, data, weights)
        made["cuDNN nhwc"] = lambda: TorchPeer(torch, layer, data, weights, channels_last=True)
    if torch is not None and layer.is_matmul:
        try:
            from . import triton_matmul
            made["Triton"] = lambda: triton_matmul.TritonPeer(torch, layer, data, weights)
        except Exception as error:  # as above
            left_out["Triton"] = f"{type(error).__name__}: {error}"
    return made, left_out
