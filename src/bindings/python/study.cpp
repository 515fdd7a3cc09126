#include "bindings/python/native.h"
#include "log/stored_sessions.h"
#include "session/related.h"
#include "tamis/formats.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {
namespace {

struct OpenArguments {
  StudyOptions options;
  std::vector<std::string> learn_from;
};

/// A warning of Python for everything that cannot be learnt from. `ends` has, for every file, where its sets
/// end among `related`.
void warn_of_useless(const Space& space, const OpenArguments& given, const std::vector<size_t>& ends) {
  std::vector<HistorySource> sources;
  for (size_t i = 0; i < ends.size(); ++i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    sources.push_back(
        {given.learn_from[i], std::span(given.options.related).subspan(begin, ends[i] - begin)});
  }
  const Space* const searched = &space;
  const std::vector<std::string> sentences =
      find_useless(std::span(&searched, 1), std::span(&given.options.strategy, 1), sources);
  const py::gil_scoped_acquire acquire;
  // 2: where the user's program makes the study.
  for (const std::string& sentence : sentences)
    if (PyErr_WarnEx(PyExc_UserWarning, sentence.c_str(), 2) != 0) throw py::error_already_set();
}

std::unique_ptr<SharedStudy> open(const Space& space, const py::dict& given) {
  OpenArguments arguments;
  StudyOptions& options = arguments.options;
  const std::string objective = given["objective"].cast<std::string>();
  options.name = given["name"].cast<std::string>();
  options.identity = given["identity"].cast<std::string>();
  const ReadOptions asked = read_options(objective);
  if (asked.objective) options.objective = value_of(parse_objective(objective));
  options.strategy = given["strategy"].cast<std::string>();
  options.initializer = given["initializer"].cast<std::string>();
  options.seed = given["seed"].cast<uint64_t>();
  options.log = given["log"].cast<std::string>();
  options.resume = given["resume"].cast<bool>();
  options.device = given["device"].cast<std::string>();
  arguments.learn_from = given["learn_from"].cast<std::vector<std::string>>();
  const py::gil_scoped_release release;
  std::vector<size_t> ends;
  for (const std::string& path : arguments.learn_from) {
    std::vector<TrialSet> read = value_of(read_related(path, asked));
    std::move(read.begin(), read.end(), std::back_inserter(options.related));
    ends.push_back(options.related.size());
  }
  warn_of_useless(space, arguments, ends);
  return std::make_unique<SharedStudy>(value_of(Study::open(space, std::move(options))));
}

py::list to_python(const std::vector<AskedConfig>& asked) {
  py::list list;
  for (const AskedConfig& one : asked)
    list.append(py::make_tuple(one.number, py::tuple(py::cast(one.config.choices))));
  return list;
}

py::list ask(SharedStudy& shared, size_t count) {
  return to_python(shared.with([&](Study& study) { return value_of(study.ask(count)); }));
}

void tell(SharedStudy& shared, std::vector<uint32_t> choices, const std::string& verdict,
          std::vector<double> costs, std::string message,
          std::vector<std::pair<std::string, double>> features, std::string device, int64_t build_ns,
          int64_t run_ns) {
  Outcome outcome;
  outcome.verdict = value_of(parse_verdict(verdict));
  outcome.costs = std::move(costs);
  outcome.message = std::move(message);
  outcome.features.values = std::move(features);
  outcome.device = std::move(device);
  outcome.build_ns = build_ns;
  outcome.run_ns = run_ns;
  const Config config{std::move(choices)};
  shared.with([&](Study& study) { check(study.tell(config, std::move(outcome))); });
}

py::dict counts(SharedStudy& shared) {
  const Counts counts = shared.with([](Study& study) { return study.counts(); });
  py::dict dict;
  dict["trials"] = counts.trials;
  dict["measurements"] = counts.measurements;
  dict["rejected_builds"] = counts.rejected_builds;
  dict["invalid"] = counts.invalid;
  py::dict verdicts;
  for (const auto& [verdict, count] : counts.by_verdict) verdicts[py::str(to_string(verdict))] = count;
  dict["by_verdict"] = verdicts;
  return dict;
}

/// Columns of all trials; verdicts as positions in VERDICTS.
py::dict columns(SharedStudy& shared) {
  const std::vector<Trial> trials = shared.with([](Study& study) { return study.trials(); });
  const size_t knobs = shared.with([](Study& study) { return study.space().knobs().size(); });
  std::vector<uint64_t> numbers;
  std::vector<uint8_t> verdicts, measured;
  const Objective objective = shared.with([](Study& study) { return study.task().objective(); });
  std::vector<double> latencies, values;
  std::vector<uint32_t> choices;
  for (const Trial& trial : trials) {
    numbers.push_back(trial.number);
    verdicts.push_back(static_cast<uint8_t>(trial.verdict));
    measured.push_back(trial.measured ? 1 : 0);
    latencies.push_back(objective.is_latency() ? trial.cost() : std::nan(""));
    values.push_back(trial.costs.empty() ? std::nan("") : objective.value_of(trial.cost()));
    choices.insert(choices.end(), trial.config.choices.begin(), trial.config.choices.end());
  }
  py::dict dict;
  dict["number"] = Array(numbers);
  dict["verdict"] = Array(verdicts);
  dict["measured"] = Array(measured, "?");
  dict["latency_ns"] = Array(latencies);
  dict["value"] = Array(values);
  dict["choices"] = Array(choices, trials.size(), knobs);
  return dict;
}

}  // namespace

void bind_study(py::module_& module) {
  py::class_<SharedStudy>(module, "Study")
      .def(py::init(&open), py::arg("space"), py::arg("options"))
      .def("ask", &ask, py::arg("count"))
      .def("tell", &tell, py::arg("choices"), py::arg("verdict"), py::arg("costs"), py::arg("message"),
           py::arg("features"), py::arg("device"), py::arg("build_ns"), py::arg("run_ns"))
      .def("best", [](SharedStudy& shared) { return shared.with([](Study& study) { return study.best(); }); })
      .def("trials",
           [](SharedStudy& shared) { return shared.with([](Study& study) { return study.trials(); }); })
      .def("pending",
           [](SharedStudy& shared) {
             return to_python(shared.with([](Study& study) { return study.pending(); }));
           })
      .def("counts", &counts)
      .def("columns", &columns)
      .def("trial_set",
           [](SharedStudy& shared) {
             return shared.with(
                 [](Study& study) { return trial_set_of(study.session(), study.space(), study.trials()); });
           })
      .def("objective",
           [](SharedStudy& shared) {
             return shared.with([](Study& study) { return study.task().objective(); });
           })
      .def("done", [](SharedStudy& shared) { return shared.with([](Study& study) { return study.done(); }); })
      .def("resumed",
           [](SharedStudy& shared) { return shared.with([](Study& study) { return study.resumed(); }); })
      .def("resume_note",
           [](SharedStudy& shared) { return shared.with([](Study& study) { return study.resume_note(); }); })
      .def("session",
           [](SharedStudy& shared) { return shared.with([](Study& study) { return study.session().id; }); });
}

}  // namespace tamis::python
