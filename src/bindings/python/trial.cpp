#include "tamis/trial.h"

#include "bindings/python/native.h"
#include "tamis/formats.h"
#include "tamis/trial_set.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {
namespace {

/// (format, sets, what was skipped)
py::tuple read(const std::string& path, const std::string& objective) {
  TrialFile file = [&] {
    const py::gil_scoped_release release;
    return value_of(read_trials(path, read_options(objective)));
  }();
  return py::make_tuple(file.format, std::move(file.sets), std::move(file.skipped));
}

/// What was skipped.
std::vector<std::string> write(const std::string& path, std::vector<TrialSet> sets,
                               const std::string& format) {
  const py::gil_scoped_release release;
  return value_of(write_trials(path, std::move(sets), format));
}

TrialSet read_table(const std::string& path, const std::string& objective) {
  const py::gil_scoped_release release;
  return value_of(read_recorded_table(path, read_options(objective)));
}

std::optional<Trial> find(const TrialSet& table, std::vector<uint32_t> choices) {
  const Trial* trial = find_recorded(table, config_of(table.space, std::move(choices)));
  if (trial == nullptr) return std::nullopt;
  return *trial;
}

}  // namespace

ReadOptions read_options(const std::string& objective) {
  ReadOptions options;
  if (!objective.empty()) options.objective = value_of(parse_objective_request(objective));
  return options;
}

void bind_trial(py::module_& module) {
  py::class_<Objective>(module, "Objective")
      .def_readonly("name", &Objective::name)
      .def_readonly("unit", &Objective::unit)
      .def_property_readonly("maximised",
                             [](const Objective& one) { return one.direction == Direction::maximise; })
      .def_property_readonly("is_latency", &Objective::is_latency)
      .def("value_of", &Objective::value_of, py::arg("cost"))
      .def("cost_of", &Objective::cost_of, py::arg("value"))
      .def("show", &Objective::show, py::arg("cost"))
      .def("__str__", [](const Objective& one) { return to_string(one); });
  py::class_<Trial>(module, "Trial")
      .def_readonly("number", &Trial::number)
      .def_property_readonly("choices",
                             [](const Trial& trial) { return py::tuple(py::cast(trial.config.choices)); })
      .def_property_readonly("verdict", [](const Trial& trial) { return to_string(trial.verdict); })
      .def_readonly("measured", &Trial::measured)
      .def_readonly("costs", &Trial::costs)
      .def_property_readonly("cost", &Trial::cost)
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

void bind_trial_set(py::module_& module) {
  py::class_<TrialSet>(module, "TrialSet")
      .def_static("read_table", &read_table, py::arg("path"), py::arg("objective"))
      .def_readonly("notes", &TrialSet::notes)
      .def_property_readonly("name", [](const TrialSet& set) { return set.workload.name; })
      .def_readonly("target", &TrialSet::target_spec)
      .def_readonly("identity", &TrialSet::target_identity)
      .def_readonly("objective", &TrialSet::objective)
      .def_property_readonly("space", [](const TrialSet& set) { return std::make_shared<Space>(set.space); })
      .def_property_readonly("best_cost", &best_cost)
      .def_property_readonly("valid", &count_valid)
      .def("trials", [](const TrialSet& set) { return set.trials; })
      .def("__len__", [](const TrialSet& set) { return set.trials.size(); })
      .def("find", &find, py::arg("choices"));
  module.def("read_trials", &read, py::arg("path"), py::arg("objective"));
  module.def("write_trials", &write, py::arg("path"), py::arg("sets"), py::arg("format"));
}

}  // namespace tamis::python
