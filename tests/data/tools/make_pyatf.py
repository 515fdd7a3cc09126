import sys
from pyatf import TP, Interval, Set, Tuner
from pyatf.abort_conditions import Evaluations
from pyatf.search_techniques import Exhaustive
from pyatf.tuning_data import CostFunctionError


def cost(config):
    if config["wg"] == 4 and config["unroll"] == 2:
        raise CostFunctionError("does not build")
    return abs(config["wg"] - 3) + 0.25 * config["unroll"] + (0.5 if config["layout"] == "soa" else 0)


def run(path, technique, evaluations):
    parameters = (TP("wg", Interval(1, 4)), TP("unroll", Set(1, 2), lambda unroll, wg: wg % unroll == 0),
                  TP("layout", Set("aos", "soa")), TP("pad", Set(True, False)))
    tuner = Tuner().tuning_parameters(*parameters).search_technique(technique).verbosity(0).log_file(path)
    print(tuner.tune(cost, evaluations and Evaluations(evaluations))[:2])


run(sys.argv[1] + "/pyatf.json", Exhaustive(), None)
run(sys.argv[1] + "/pyatf_visits.json", None, 12)
