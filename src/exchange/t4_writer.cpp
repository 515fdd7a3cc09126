#include "base/json.h"
#include "exchange/t4.h"
#include "tamis/version.h"

#include <chrono>
#include <cmath>
#include <set>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr const char* kUnit = "milliseconds";

std::string text_json(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Shortest digits that read back the same, with a point: autotuning_methodology 1.1.0 fails on a table whose
/// values are all written as integers.
std::string number_json(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

/// ISO 8601 in UTC: 2026-03-01T12:00:00.250Z.
std::string iso_time(int64_t unix_ms) {
  const std::chrono::sys_time<std::chrono::seconds> seconds(std::chrono::seconds(unix_ms / 1000));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), unix_ms % 1000);
}

/// The only device that ran trials; empty where there are several or none.
std::string only_device(const std::vector<Trial>& trials) {
  std::string device;
  for (const Trial& trial : trials) {
    if (trial.device.empty()) continue;
    if (!device.empty() && device != trial.device) return "";
    device = trial.device;
  }
  return device;
}

/// `workload` is not of the schema, which allows further members.
std::string metadata_json(const TrialSet& set) {
  std::string text = fmt::format(
      "\"autotuner\": \"tamis\", \"autotuner_version\": \"{}\", \"timeunit\": \"{}\"", kVersion, kUnit);
  const std::string device = only_device(set.trials);
  if (!device.empty()) text += ", \"device\": " + text_json(device);
  if (!set.workload.name.empty()) text += ", \"workload\": " + text_json(set.workload.name);
  if (!set.objective.is_latency()) text += ", \"objective\": " + text_json(to_string(set.objective));
  if (set.started_unix_ms > 0) text += fmt::format(", \"timestamp\": \"{}\"", iso_time(set.started_unix_ms));
  return "{" + text + "}";
}

/// A value as a member of "configuration"; they repeat, so each is made once.
std::string value_json(const std::string& knob, const KnobValue& value) {
  std::string text = text_json(knob) + ": ";
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  if (factors != nullptr && factors->size() == 2) return text + std::to_string(factors->back());
  if (factors != nullptr || std::holds_alternative<std::string>(value))
    return text + text_json(to_short_string(value));
  return text + to_json(value).dump();
}

std::vector<std::vector<std::string>> values_of(const Space& space) {
  std::vector<std::vector<std::string>> all;
  for (const Knob& knob : space.knobs()) {
    auto& texts = all.emplace_back();
    for (const KnobValue& value : knob.values) texts.push_back(value_json(knob.name, value));
  }
  return all;
}

/// The schema calls the time of building `compilation_time`; autotuning_methodology 1.1.0 reads
/// `compilation`. It is 0 where nothing was built.
std::string times_json(const Trial& trial, const Objective& objective) {
  std::string text = "{\"runtimes\": [";
  for (size_t i = 0; objective.is_latency() && i < trial.costs.size(); ++i)
    text += (i > 0 ? ", " : "") + number_json(trial.costs[i] / kNsPerMs);
  const std::string build_ms = number_json(static_cast<double>(trial.build_ns) / kNsPerMs);
  return text + fmt::format("], \"compilation\": {}, \"compilation_time\": {}}}", build_ms, build_ms);
}

std::string measurement_json(std::string_view name, const std::string& value, std::string_view unit) {
  return fmt::format("{{\"name\": {}, \"value\": {}, \"unit\": {}}}", text_json(name), value,
                     text_json(unit));
}

/// What the measurement of an objective is called: that of a latency as the peers call it.
std::string name_of(const Objective& objective) { return objective.is_latency() ? "time" : objective.name; }

/// No name occurs twice, as autotuning_methodology refuses that.
std::string measurements_json(const Trial& trial, const Objective& objective) {
  const std::string name = name_of(objective);
  std::string text;
  if (trial.verdict == Verdict::valid) {
    const double value = objective.is_latency() ? trial.cost() / kNsPerMs : objective.value_of(trial.cost());
    text = measurement_json(name, std::isfinite(value) ? number_json(value) : "[]",
                            objective.is_latency() ? kUnit : objective.unit);
  } else {
    text = measurement_json(name, text_json(trial.message), "") + ", " +
           measurement_json(kT4Verdict, text_json(to_string(trial.verdict)), "");
  }
  std::set<std::string_view> seen = {name, kT4Verdict};
  for (const auto& [feature, value] : trial.features.values)
    if (std::isfinite(value) && seen.insert(feature).second)
      text += ", " + measurement_json(feature, number_json(value), "");
  return text;
}

}  // namespace

std::string_view t4_invalidity(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "correct";
    case Verdict::rejected:
      return "constraints";
    case Verdict::build_failed:
    case Verdict::resource_exceeded:
      return "compile";
    case Verdict::build_timeout:
    case Verdict::run_timeout:
      return "timeout";
    case Verdict::wrong_result:
      return "correctness";
    case Verdict::launch_failed:
    case Verdict::run_failed:
    case Verdict::crashed:
    case Verdict::device_lost:
      break;
  }
  return "runtime";
}

std::string write_t4(const TrialSet& set) {
  const std::vector<Trial>& trials = set.trials;
  const std::vector<std::vector<std::string>> values = values_of(set.space);
  std::string text =
      fmt::format("{{\"schema_version\": \"1.0.0\", \"metadata\": {}, \"results\": [", metadata_json(set));
  for (size_t row = 0; row < trials.size(); ++row) {
    const Trial& trial = trials[row];
    text += row > 0 ? ",\n{" : "\n{";
    if (trial.finished_unix_ms > 0)
      text += fmt::format("\"timestamp\": \"{}\", ", iso_time(trial.finished_unix_ms));
    text += "\"configuration\": {";
    for (size_t i = 0; i < values.size(); ++i)
      text += (i > 0 ? ", " : "") + values[i][trial.config.choices[i]];
    text += fmt::format(
        "}}, \"times\": {}, \"invalidity\": \"{}\", \"correctness\": {}, \"measurements\": [{}], "
        "\"objectives\": [{}]}}",
        times_json(trial, set.objective), t4_invalidity(trial.verdict),
        trial.verdict == Verdict::valid ? 1 : 0, measurements_json(trial, set.objective),
        text_json(name_of(set.objective)));
  }
  return text + "\n]}\n";
}

}  // namespace tamis
