"""A program of tamis in this process: its cubin loaded, its arguments on the device."""

import ctypes

from .cuda import STATIC_SHARED_BYTES


def tamis_order(layer, array, numpy):
    """A tensor of images in the order of the layer's layout."""
    if layer.is_matmul or layer.layout == "nchw":
        return numpy.ascontiguousarray(array)
    return numpy.ascontiguousarray(array.transpose(0, 2, 3, 1))


def packed_weights(argument, weights, numpy):
    """Weights as the program reads them: its axis i is axis order[i] of a tensor of these extents. With a transform T, each kernel
    w is T w T^T instead, in the order of rows, columns, input and output channels."""
    if argument.get("transform"):
        matrix = numpy.array(argument["transform"])
        kernels = weights.reshape(argument["extents"]).astype("float64")
        return numpy.ascontiguousarray(numpy.einsum("ik,ockl,jl->ijco", matrix, kernels, matrix).astype("float32"))
    if not argument.get("order"):
        return numpy.ascontiguousarray(weights)
    return numpy.ascontiguousarray(weights.reshape(argument["extents"]).transpose(argument["order"]))


class Kernel:
    def __init__(self, driver, program, cubin, layer, data, weights, numpy):
        self.driver, self.layer, self.numpy = driver, layer, numpy
        self.module, self.buffers, self.output = driver.load(cubin), [], None
        for argument in program["arguments"]:
            buffer = driver.allocate(argument["bytes"])
            self.buffers.append(buffer)
            content = {"input": lambda _: tamis_order(layer, data, numpy),
                       "weights": lambda one: packed_weights(one, weights, numpy)}.get(argument["role"])
            bytes_of = content(argument).tobytes() if content else bytes(argument["bytes"])
            if len(bytes_of) != argument["bytes"]:
                raise ValueError(f"{argument['name']} has {argument['bytes']} bytes in the program, and {len(bytes_of)} here")
            driver.upload(buffer, bytes_of)
            if argument["role"] == "output":
                self.output = buffer, argument["bytes"]
        self.launches = [self._ready(launch) for launch in program["launches"]]

    def _ready(self, launch):
        shared = launch["shared_bytes"]
        function = self.driver.function(self.module, launch["entry"], shared if shared > STATIC_SHARED_BYTES else 0)
        return function, launch["groups"], launch["group"], shared, [self.buffers[i] for i in launch["arguments"]]

    def run(self):
        for launch in self.launches:
            self.driver.launch(*launch)

    def result(self):
        """The output in the order of output_shape(), whatever the layout is."""
        raw = self.numpy.frombuffer(self.driver.download(*self.output), dtype=self.layer.type)
        shape = self.layer.output_shape()
        if self.layer.is_matmul or self.layer.layout == "nchw" or raw.size != shape[0] * shape[1] * shape[2] * shape[3]:
            return raw
        n, c, h, w = shape
        return raw.reshape(n, h, w, c).transpose(0, 3, 1, 2).reshape(-1)

    def close(self):
        for buffer in self.buffers:
            self.driver.free(buffer)
        self.driver.unload(self.module)


def cubin_of(compiler, program):
    return compiler.compile(program["source"], program.get("options", []))
