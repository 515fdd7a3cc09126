"""The layers that are compared, and what they compute: shapes, random inputs, and exact values at some places."""

import math
from dataclasses import dataclass, field

# What tamis is to reach of the best library.
GOAL_TENSOR_CORES, GOAL_FLOAT32, GOAL_ODD = 0.9, 1.0, 1.2


@dataclass
class Layer:
    name: str
    kind: str  # matmul, conv2d, depthwise_conv2d
    type: str  # float16, float32
    goal: float
    sizes: dict = field(default_factory=dict)

    def spec(self):
        """As tamis names it: without bias and clip, which the libraries' functions do not have."""
        sizes = ",".join(f"{key}={value}" for key, value in self.sizes.items())
        return f"{self.kind}:{sizes},type={self.type},bias=0,relu=0"

    def size(self, key, otherwise=None):
        return self.sizes.get(key, otherwise)

    @property
    def is_matmul(self):
        return self.kind == "matmul"

    @property
    def layout(self):
        return self.sizes.get("layout", "nchw")

    def channels(self):
        """(input channels, output channels, input channels of an output)."""
        ci = self.sizes["ci"]
        return (ci, ci, 1) if self.kind == "depthwise_conv2d" else (ci, self.sizes["co"], ci)

    def output_rows(self, key):
        s = self.sizes
        return (s[key] + 2 * s.get("pad", 0) - s["k"]) // s.get("stride", 1) + 1

    def multiply_adds(self):
        s = self.sizes
        if self.is_matmul:
            return s["m"] * s["n"] * s["k"]
        _, co, depth = self.channels()
        return s.get("n", 1) * co * depth * s["k"] ** 2 * self.output_rows("h") * self.output_rows("w")

    def sum_length(self):
        return self.sizes["k"] if self.is_matmul else self.channels()[2] * self.sizes["k"] ** 2

    # Tensors, in the order of their axes: convolutions always n, c, h, w, whatever the layout is.

    def input_shape(self):
        s = self.sizes
        return (s["m"], s["k"]) if self.is_matmul else (s.get("n", 1), s["ci"], s["h"], s["w"])

    def weights_shape(self):
        s = self.sizes
        if self.is_matmul:
            return (s["n"], s["k"]) if s.get("transpose_b") else (s["k"], s["n"])
        _, co, depth = self.channels()
        return (co, depth, s["k"], s["k"])

    def output_shape(self):
        s = self.sizes
        if self.is_matmul:
            return (s["m"], s["n"])
        return (s.get("n", 1), self.channels()[1], self.output_rows("h"), self.output_rows("w"))

    def tolerance(self, largest):
        """How far a result may lie from the exact one, of which `largest` is the largest: rounding of the sums, and of the
        output once; float16 may be summed in parts of float16."""
        share = 4e-3 if self.type == "float16" else 1e-6 * max(8.0, math.sqrt(self.sum_length()))
        return share * largest


def conv(name, type_, goal, kind="conv2d", **sizes):
    return Layer(name, kind, type_, goal, sizes)


def matmul(name, type_, goal, **sizes):
    return Layer(name, "matmul", type_, goal, sizes)


LAYERS = [
    conv("ResNet-50 3x3, 64", "float16", GOAL_TENSOR_CORES, n=16, ci=64, h=56, w=56, co=64, k=3, pad=1, layout="nhwc"),
    conv("ResNet-50 3x3, 256", "float16", GOAL_TENSOR_CORES, n=16, ci=256, h=14, w=14, co=256, k=3, pad=1, layout="nhwc"),
    conv("ResNet-50 1x1, 1024", "float16", GOAL_TENSOR_CORES, n=16, ci=1024, h=14, w=14, co=256, k=1, layout="nhwc"),
    conv("ResNet-50 3x3, 128", "float32", GOAL_FLOAT32, n=16, ci=128, h=28, w=28, co=128, k=3, pad=1, layout="nchw"),
    conv("MobileNet-v2 depthwise", "float32", GOAL_ODD, kind="depthwise_conv2d", n=16, ci=144, h=56, w=56, k=3, pad=1, layout="nhwc"),
    matmul("BERT-base feed-forward", "float16", GOAL_TENSOR_CORES, m=1024, n=3072, k=768),
    matmul("BERT-base projection", "float32", GOAL_FLOAT32, m=1024, n=768, k=768),
    matmul("LLM projection", "float16", GOAL_TENSOR_CORES, m=512, n=4096, k=4096, transpose_b=1),
    matmul("LLM GEMV", "float16", GOAL_FLOAT32, m=1, n=11008, k=4096, transpose_b=1),
    matmul("odd shapes", "float32", GOAL_ODD, m=333, n=777, k=1111),
]


def make_data(layer, numpy, seed=1):
    """Input and weights between -1 and 1, rounded to the layer's type."""
    random = numpy.random.default_rng(seed)
    made = [random.uniform(-1, 1, shape).astype(layer.type) for shape in (layer.input_shape(), layer.weights_shape())]
    return made[0], made[1]


def exact_values(layer, data, weights, numpy, count=64, seed=2):
    """Flat places of the output, in the order of output_shape(), and what is right there, in float64."""
    random = numpy.random.default_rng(seed)
    shape = layer.output_shape()
    places = random.integers(0, math.prod(shape), count)
    values = []
    for place in places:
        index = numpy.unravel_index(place, shape)
        values.append(_matmul_value(layer, data, weights, index) if layer.is_matmul else _conv_value(layer, data, weights, index))
    return places, numpy.array(values)


def _matmul_value(layer, data, weights, index):
    row, column = index
    other = weights[column] if layer.size("transpose_b") else weights[:, column]
    return float(data[row].astype("float64") @ other.astype("float64"))


def _conv_value(layer, data, weights, index):
    n, channel, y, x = index
    k, pad, stride = layer.sizes["k"], layer.size("pad", 0), layer.size("stride", 1)
    total = 0.0
    for ky in range(k):
        for kx in range(k):
            row, column = y * stride - pad + ky, x * stride - pad + kx
            if not (0 <= row < layer.sizes["h"] and 0 <= column < layer.sizes["w"]):
                continue
            channels = data[n, channel:channel + 1, row, column] if layer.kind == "depthwise_conv2d" else data[n, :, row, column]
            total += float(channels.astype("float64") @ weights[channel, :, ky, kx].astype("float64"))
    return total


def fault_in(layer, output, places, values, numpy):
    """What is wrong with an output in the order of output_shape(), or nothing."""
    if output.size != math.prod(layer.output_shape()):
        return f"it has {output.size} elements instead of {math.prod(layer.output_shape())}"
    if not numpy.isfinite(output).all():
        return "it holds what is not a number"
    found = output.reshape(-1)[places].astype("float64")
    worst = int(numpy.argmax(numpy.abs(found - values)))
    limit = layer.tolerance(max(1.0, float(numpy.abs(values).max())))
    if abs(found[worst] - values[worst]) <= limit:
        return None
    return f"element {places[worst]} is {found[worst]:.6g} instead of {values[worst]:.6g} (up to {limit:.2g} is rounding)"
