#include "bindings/python/native.h"
#include "exchange/recorded_table.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {

void bind_table(py::module_& module) {
  py::class_<TrialSet>(module, "Table")
      .def(py::init([](const std::string& path) {
             const py::gil_scoped_release release;
             return value_of(read_recorded_table(path));
           }),
           py::arg("path"))
      .def_property_readonly("name", [](const TrialSet& table) { return table.workload.name; })
      .def_property_readonly("space",
                             [](const TrialSet& table) { return std::make_shared<Space>(table.space); })
      .def_property_readonly("best_ns", &best_latency_ns)
      .def_property_readonly("valid", &count_valid)
      .def("__len__", [](const TrialSet& table) { return table.trials.size(); })
      .def(
          "find",
          [](const TrialSet& table, std::vector<uint32_t> choices) {
            const Trial* trial = find_recorded(table, config_of(table.space, std::move(choices)));
            return trial == nullptr ? std::optional<Trial>() : std::optional<Trial>(*trial);
          },
          py::arg("choices"));
}

}  // namespace tamis::python
