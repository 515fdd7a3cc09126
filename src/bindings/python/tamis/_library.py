"""Compiled networks: folders that become functions of NumPy arrays."""

import os
import statistics
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Sequence, Tuple, Union

from tamis import _tamis
from tamis._check import whole
from tamis._error import Error
from tamis._trials import Path

if TYPE_CHECKING:
    import numpy

#: NumPy's words for types that it calls otherwise; it has no bfloat16, whose bits are given instead.
_NUMPY_TYPES = {"boolean": "bool", "bfloat16": "uint16"}
_NS_OF_MS = 1e6


class Port(NamedTuple):
    """What goes into a network or comes out of it."""

    name: str
    dtype: str  #: NumPy's name of the element type
    shape: Tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.dtype} {'x'.join(map(str, self.shape)) or 'scalar'}"


class Layer(NamedTuple):
    """How long a layer of a network took."""

    name: str
    kernel: str  #: what it computes: the spec of a workload, or names of operators
    median_ms: float
    share: float  #: of the sum of all layers


class Times(NamedTuple):
    """How long runs of a network took."""

    min_ms: float
    median_ms: float
    repeat: int
    threads: int
    layers: List[Layer]


def _port_of(native: Tuple[str, str, Tuple[int, ...]]) -> Port:
    name, element, shape = native
    return Port(name, _NUMPY_TYPES.get(element, element), shape)


def _array_for(port: Port, value: Any) -> "numpy.ndarray":
    """The value as the network reads it: exactly of its type and shape, so that nothing is converted unasked."""
    import numpy

    array = numpy.asarray(value)
    if array.dtype != numpy.dtype(port.dtype) or array.shape != port.shape:
        given = Port(port.name, str(array.dtype), array.shape)  # that of another byte order is not the name alone
        raise Error(f"the input {given} must be {Port(port.name, port.dtype, port.shape)}")
    # Of a scalar ascontiguousarray() would make an array of one dimension.
    return array if array.flags.c_contiguous else numpy.ascontiguousarray(array)


class Library:
    """A compiled network: call it with one NumPy array for each input, in their order or by name. It returns an array,
    or a tuple of them where there are several outputs. Its code runs in this process. Threads that share it take turns;
    meanwhile others may run Python. Raises tamis.Error."""

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        self.native = _tamis.Library(os.fspath(path), whole(threads, "the number of threads", 0, 4096))

    @property
    def name(self) -> str:
        """What the network is called in C."""
        return self.native.name

    @property
    def threads(self) -> int:
        """How many threads a run has."""
        return self.native.threads

    @property
    def inputs(self) -> Tuple[Port, ...]:
        """What goes in, in the order of arguments."""
        return tuple(map(_port_of, self.native.inputs))

    @property
    def outputs(self) -> Tuple[Port, ...]:
        """What comes out, in the order of results."""
        return tuple(map(_port_of, self.native.outputs))

    def __call__(self, *arrays: Any, **named: Any) -> "Union[numpy.ndarray, Tuple[numpy.ndarray, ...]]":
        given = self._given(arrays, named)
        missing = [port.name for port in self.inputs if port.name not in given]
        if missing:
            raise Error(f"the input {missing[0]} is missing")
        outputs = self._new_outputs()
        self.native.run([given[port.name] for port in self.inputs], outputs)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def time(self, repeat: int = 10, *arrays: Any, **named: Any) -> Times:
        """How long `repeat` runs take, after one that is not timed, and the layers of as many others. Inputs that are
        not given are filled with numbers that are the same in every run."""
        repeat = whole(repeat, "the number of runs", 1, 1_000_000)
        given = self._given(arrays, named)
        inputs = [given[port.name] if port.name in given else self._sample(i) for i, port in enumerate(self.inputs)]
        run_ns, step_ns = self.native.time(inputs, self._new_outputs(), repeat)
        total = sum(step_ns) or 1
        layers = [
            Layer(name, kernel, ns / _NS_OF_MS, ns / total)
            for (name, kernel), ns in zip(self.native.steps, step_ns)
        ]
        median = statistics.median_high(run_ns) / _NS_OF_MS
        return Times(min(run_ns) / _NS_OF_MS, median, repeat, self.threads, layers)

    def __repr__(self) -> str:
        ports = "; ".join(f"{what} {', '.join(map(str, of))}" for what, of in
                          [("inputs", self.inputs), ("outputs", self.outputs)])
        return f"<tamis.Library {self.name}: {ports}>"

    def _given(self, arrays: Sequence[Any], named: Dict[str, Any]) -> Dict[str, "numpy.ndarray"]:
        """The arrays by the name of their input, each checked."""
        ports = {port.name: port for port in self.inputs}
        if len(arrays) > len(ports):
            raise Error(f"{self.name} takes {len(ports)} inputs, not {len(arrays)}")
        given = dict(zip(ports, arrays))
        for name, value in named.items():
            if name not in ports:
                raise Error(f"{self.name} has no input {name}; known are: {', '.join(ports)}", "not_found")
            if name in given:
                raise Error(f"the input {name} is given twice")
            given[name] = value
        return {name: _array_for(ports[name], value) for name, value in given.items()}

    def _new_outputs(self) -> List["numpy.ndarray"]:
        import numpy

        return [numpy.empty(port.shape, port.dtype) for port in self.outputs]

    def _sample(self, index: int) -> "numpy.ndarray":
        import numpy

        port = self.inputs[index]
        return numpy.frombuffer(self.native.sample(index), port.dtype).reshape(port.shape)


def load(path: Path, *, threads: int = 0) -> Library:
    """Opens the folder of a compiled network. `threads`: of a run, 0 for as many as it was compiled for.

    The code in it runs in this process and can do whatever it likes: load only what you would run as a program.
    Raises tamis.Error where the folder is damaged, or for another processor.
    """
    return Library(path, threads=threads)
