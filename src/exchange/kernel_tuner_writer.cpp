#include "base/json.h"
#include "base/text.h"
#include "exchange/kernel_tuner.h"

#include <chrono>
#include <cmath>
#include <map>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kCacheNsPerMs = 1e6;

/// `2026-11-28 02:47:23.746000+00:00`, as Python writes it.
std::string python_time(int64_t unix_ms) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}000+00:00",
                     fmt::gmtime(static_cast<std::time_t>(unix_ms / 1000)), unix_ms % 1000);
}

/// The value as a program in Python has it: of a split the inner factor, or the inner factors as a text.
Json value_for_python(const KnobValue& value) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  if (factors != nullptr && factors->size() == 2) return factors->back();
  if (factors != nullptr || std::holds_alternative<std::string>(value)) return to_short_string(value);
  return to_json(value);
}

/// What `str()` makes of it, which keys of the cache are made of.
std::string python_str(const Json& value) {
  return value.is_string() ? value.get<std::string>() : python_json(value);
}

/// The device that an imported cache names, else the only one that ran trials, else the identity.
std::string device_name_of(const TrialSet& set) {
  if (set.target_identity == kKernelTuner) return "";
  const std::string imported = std::string(kKernelTuner) + " ";
  if (set.target_identity.starts_with(imported)) return set.target_identity.substr(imported.size());
  std::string device;
  for (const Trial& trial : set.trials) {
    if (trial.device.empty()) continue;
    if (!device.empty() && device != trial.device) return set.target_identity;
    device = trial.device;
  }
  return device.empty() ? set.target_identity : device;
}

/// The kernel's name and, of an imported cache, its problem's size, without which any size goes.
void add_workload(const TrialSet& set, Json& header) {
  header["kernel_name"] = set.workload.name;
  if (!set.workload.source.starts_with(std::string(kKernelTuner) + " {")) return;
  const auto details = parse_json(set.workload.source.substr(kKernelTuner.size() + 1), "the source");
  if (!details.ok() || !details->is_object()) return;
  if (details->contains("kernel_name")) header["kernel_name"] = (*details)["kernel_name"];
  if (details->contains("problem_size") && !(*details)["problem_size"].is_null())
    header["problem_size"] = (*details)["problem_size"];
}

/// Everything before the entries, with the bracket that they stand in.
std::string header_text(const TrialSet& set, const std::string& measurement) {
  Json header;
  header["device_name"] = device_name_of(set);
  add_workload(set, header);
  header["tune_params_keys"] = Json::array();
  header["tune_params"] = Json::object();
  for (const Knob& knob : set.space.knobs()) {
    header["tune_params_keys"].push_back(knob.name);
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(value_for_python(value));
    header["tune_params"][knob.name] = std::move(values);
  }
  header["objective"] = measurement;
  if (!set.objective.is_latency()) header[kKernelTunerObjective] = to_string(set.objective);
  std::string text = "{\n";
  for (const auto& [key, value] : header.items())
    text += python_json(key) + ": " + python_json(value) + ",\n";
  return text + "\"cache\": {";
}

/// Milliseconds that give these nanoseconds again.
double ms_of(double ns) {
  const double near = ns / kCacheNsPerMs;
  for (const double one : {near, std::nextafter(near, 0.0), std::nextafter(near, INFINITY)})
    if (one * kCacheNsPerMs == ns) return one;
  return near;
}

Json ms_of_duration(int64_t ns) { return static_cast<double>(ns) / kCacheNsPerMs; }

void add_outcome(const TrialSet& set, const Trial& trial, const std::string& measurement, Json& entry) {
  if (trial.verdict != Verdict::valid) {
    entry["__error__"] = kernel_tuner_error(trial.verdict);
    entry[kKernelTunerVerdict] = to_string(trial.verdict);
    entry[kKernelTunerMessage] = trial.message;
    return;
  }
  const bool latency = set.objective.is_latency();
  entry[measurement] = latency ? ms_of(trial.cost()) : set.objective.value_of(trial.cost());
  if (!latency) return;
  for (const double cost : trial.costs) entry["times"].push_back(ms_of(cost));
}

Json entry_of(const TrialSet& set, const Trial& trial, const std::string& measurement) {
  Json entry = Json::object();
  for (size_t i = 0; i < set.space.knobs().size(); ++i)
    entry[set.space.knobs()[i].name] = value_for_python(set.space.value(trial.config, i));
  add_outcome(set, trial, measurement, entry);
  entry["compile_time"] = ms_of_duration(trial.build_ns);
  entry["verification_time"] = 0;
  entry["benchmark_time"] = ms_of_duration(trial.run_ns);
  entry["timestamp"] = python_time(trial.finished_unix_ms);
  for (const auto& [name, value] : trial.features.values)
    if (std::isfinite(value) && !entry.contains(name)) entry[name] = value;
  return entry;
}

std::string key_of(const TrialSet& set, const Trial& trial) {
  std::string key;
  for (size_t i = 0; i < set.space.knobs().size(); ++i)
    key += (i > 0 ? "," : "") + python_str(value_for_python(set.space.value(trial.config, i)));
  return key;
}

/// Entries have knobs and what came of them side by side.
Status check_knobs(const TrialSet& set, const std::string& measurement) {
  for (const Knob& knob : set.space.knobs()) {
    if (knob.name == measurement)
      return invalid_input(
          fmt::format("{}: a cache of Kernel Tuner cannot hold a knob that is called like its objective, {}",
                      set.workload.name, measurement));
    if (is_kernel_tuner_member(knob.name))
      return invalid_input(
          fmt::format("{}: a cache of Kernel Tuner keeps something else under the name of "
                      "the knob {}; export to t4 or csv",
                      set.workload.name, knob.name));
  }
  return {};
}

}  // namespace

Result<TrialText> write_kernel_tuner(std::span<const TrialSet> sets) {
  if (sets.size() != 1)
    return invalid_input(
        fmt::format("a cache of Kernel Tuner holds the trials of one session, and those of {} are to be "
                    "written; write each to a file of its own",
                    sets.size()));
  const TrialSet& set = sets.front();
  const std::string measurement = set.objective.is_latency() ? "time" : set.objective.name;
  TAMIS_TRY(check_knobs(set, measurement));
  std::map<std::string, const Trial*> entries;
  std::vector<std::string> order;
  uint64_t repeats = 0;
  std::vector<const Trial*> alike;
  for (const Trial& trial : set.trials) {
    const auto [place, is_new] = entries.try_emplace(key_of(set, trial), &trial);
    if (is_new) {
      order.push_back(place->first);
    } else if (place->second->config != trial.config) {
      alike.push_back(&trial);
      continue;
    } else {
      ++repeats;
    }
    if (place->second->verdict == Verdict::device_lost) place->second = &trial;
  }
  TrialText file{header_text(set, measurement), {}};
  for (size_t i = 0; i < order.size(); ++i)
    file.text += fmt::format("{}\n{}: {}", i > 0 ? "," : "", python_json(order[i]),
                             python_json(entry_of(set, *entries.at(order[i]), measurement)));
  // Kernel Tuner knows a cache that is complete by these three characters.
  file.text += "}\n}\n";
  if (repeats > 0)
    file.skipped.push_back(fmt::format("{} of {} whose config another one has; a cache has each config once",
                                       counted(repeats, "trial"), set.workload.name));
  if (!alike.empty())
    file.skipped.push_back(fmt::format(
        "{} of {} whose values, with commas between them, read like another "
        "config's, which a cache cannot tell apart: {} for one",
        counted(alike.size(), "trial"), set.workload.name, set.space.describe(alike.front()->config)));
  return file;
}

}  // namespace tamis
