#include "tamis/trial_set.h"

#include "bindings/python/native.h"
#include "tamis/formats.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {
namespace {

/// (format, sets, what was skipped)
py::tuple read(const std::string& path) {
  TrialFile file = [&] {
    const py::gil_scoped_release release;
    return value_of(read_trials(path));
  }();
  return py::make_tuple(file.format, std::move(file.sets), std::move(file.skipped));
}

/// What was skipped.
std::vector<std::string> write(const std::string& path, std::vector<TrialSet> sets,
                               const std::string& format) {
  const py::gil_scoped_release release;
  return value_of(write_trials(path, std::move(sets), format));
}

TrialSet read_table(const std::string& path) {
  const py::gil_scoped_release release;
  return value_of(read_recorded_table(path));
}

std::optional<Trial> find(const TrialSet& table, std::vector<uint32_t> choices) {
  const Trial* trial = find_recorded(table, config_of(table.space, std::move(choices)));
  if (trial == nullptr) return std::nullopt;
  return *trial;
}

}  // namespace

void bind_trial_set(py::module_& module) {
  py::class_<TrialSet>(module, "TrialSet")
      .def_static("read_table", &read_table, py::arg("path"))
      .def_property_readonly("name", [](const TrialSet& set) { return set.workload.name; })
      .def_readonly("target", &TrialSet::target_spec)
      .def_readonly("identity", &TrialSet::target_identity)
      .def_property_readonly("space", [](const TrialSet& set) { return std::make_shared<Space>(set.space); })
      .def_property_readonly("best_ns", &best_latency_ns)
      .def_property_readonly("valid", &count_valid)
      .def("trials", [](const TrialSet& set) { return set.trials; })
      .def("__len__", [](const TrialSet& set) { return set.trials.size(); })
      .def("find", &find, py::arg("choices"));
  module.def("read_trials", &read, py::arg("path"));
  module.def("write_trials", &write, py::arg("path"), py::arg("sets"), py::arg("format"));
}

}  // namespace tamis::python
