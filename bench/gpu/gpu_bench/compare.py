"""Times the tuned program of each layer beside the libraries, in a process of its own: what goes wrong costs one layer.

The plan comes as JSON on standard input; one line of JSON for each layer goes to standard output."""

import json
import sys

from . import kernel, layers, peers
from .cuda import Compiler, Driver
from .timing import Timer, summarise

TAMIS = "tamis"


def agree(layer, output, other, numpy):
    """What tells two whole outputs apart, or nothing."""
    difference = numpy.abs(output.astype("float64") - other.astype("float64"))
    worst = int(difference.argmax())
    limit = 2 * layer.tolerance(max(1.0, float(numpy.abs(other.astype("float64")).max())))
    if difference[worst] <= limit:
        return None
    return f"element {worst} is {output[worst]:.6g}, and the library's {other[worst]:.6g}"


def make_all(makers, left_out):
    """The contestants that can be made."""
    made = {}
    for name, make in makers.items():
        try:
            made[name] = make()
        except Exception as error:  # a library's own
            left_out[name] = f"{type(error).__name__}: {error}"
    return made


def check_all(layer, made, left_out, exact, timer, numpy):
    """Runs each once; those stay whose numbers are right."""
    right, outputs = {}, {}
    for name, contestant in made.items():
        try:
            timer.settle(contestant.run)
            output = contestant.result()
            fault = layers.fault_in(layer, output, *exact, numpy)
            if fault is None and name == TAMIS and outputs:
                fault = agree(layer, output, next(iter(outputs.values())), numpy)
        except Exception as error:  # as above
            fault = f"{type(error).__name__}: {error}"
        if fault is None:
            right[name], outputs[name] = contestant, output
        else:
            left_out[name] = fault
    return right


def compare_layer(layer, program, driver, compiler, timer, torch, numpy):
    """Times and what is not compared, by name."""
    data, weights = layers.make_data(layer, numpy)
    makers, left_out = peers.makers(layer, driver, numpy, torch, data, weights)
    if program:
        # Last, so that the libraries' output is there to compare with.
        makers[TAMIS] = lambda: kernel.Kernel(driver, program, kernel.cubin_of(compiler, program), layer, data, weights, numpy)
    made = make_all(makers, left_out)
    right = check_all(layer, made, left_out, layers.exact_values(layer, data, weights, numpy), timer, numpy)
    samples, faults = timer.compare({name: contestant.run for name, contestant in right.items()})
    for contestant in made.values():
        contestant.close()
    times = {name: summarise(taken) for name, taken in samples.items() if name not in faults}
    return {"times": times, "left_out": left_out | faults}


def main():
    plan = json.load(sys.stdin)
    import numpy  # only this process needs it

    torch, no_torch = peers.torch_or_none(plan["ordinal"])
    driver = Driver(plan["ordinal"])
    compiler = Compiler(driver.architecture())
    timer = Timer(driver, compiler, plan["cold"])
    if no_torch:
        print(json.dumps({"note": no_torch}), flush=True)
    for name, program in plan["programs"].items():
        layer = next(one for one in layers.LAYERS if one.name == name)
        print(json.dumps({"begins": name}), flush=True)
        try:
            result = compare_layer(layer, program, driver, compiler, timer, torch, numpy)
        except Exception as error:  # the next layer goes on
            result = {"times": {}, "left_out": {"everything": f"{type(error).__name__}: {error}"}}
        print(json.dumps({"layer": name, **result}), flush=True)


if __name__ == "__main__":
    main()
