#include "tamis/trial.h"

#include "bindings/python/native.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {

void bind_trial(py::module_& module) {
  py::class_<Trial>(module, "Trial")
      .def_readonly("number", &Trial::number)
      .def_property_readonly("choices",
                             [](const Trial& trial) { return py::tuple(py::cast(trial.config.choices)); })
      .def_property_readonly("verdict", [](const Trial& trial) { return to_string(trial.verdict); })
      .def_readonly("measured", &Trial::measured)
      .def_readonly("latencies_ns", &Trial::latencies_ns)
      .def_property_readonly("latency_ns", &Trial::latency_ns)
      .def_property_readonly("features",
                             [](const Trial& trial) {
                               py::dict features;
                               for (const auto& [name, value] : trial.features.values)
                                 features[py::str(name)] = value;
                               return features;
                             })
      .def_readonly("message", &Trial::message)
      .def_readonly("device", &Trial::device)
      .def_readonly("proposer", &Trial::proposer)
      .def_readonly("build_ns", &Trial::build_ns)
      .def_readonly("run_ns", &Trial::run_ns)
      .def_readonly("finished_unix_ms", &Trial::finished_unix_ms);
}

}  // namespace tamis::python
