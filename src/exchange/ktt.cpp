#include "exchange/ktt.h"

#include "base/json.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"
#include "trial/inferred.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::array<std::pair<std::string_view, Verdict>, 5> kStatuses = {
    {{"Ok", Verdict::valid},
     {"ComputationFailed", Verdict::run_failed},
     {"ValidationFailed", Verdict::wrong_result},
     {"CompilationFailed", Verdict::build_failed},
     {"DeviceLimitsExceeded", Verdict::resource_exceeded}}};

/// The latency of a result: kernels and what runs beside them.
constexpr const char* kTotalDuration = "TotalDuration";

double number_in_object(const Json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_number() ? member->get<double>() : std::nan("");
}

void add_feature(Trial& trial, const std::string& name, const Json& value) {
  if (!value.is_number() || name.empty() || trial.features.has(name)) return;
  if (const auto number = value.get<double>(); std::isfinite(number)) trial.features.set(name, number);
}

/// What the compiler and the profiler tell of the kernels of a result; of a second kernel in it with its
/// name.
void read_computations(const Json& computations, Trial& trial) {
  bool first = true;
  for (const Json& one : computations) {
    if (!one.is_object()) continue;
    const auto name = one.find("KernelFunction");
    const std::string prefix =
        first || name == one.end() || !name->is_string() ? "" : name->get<std::string>() + ".";
    first = false;
    if (const auto data = one.find("CompilationData"); data != one.end() && data->is_object())
      for (const auto& [key, value] : data->items()) add_feature(trial, prefix + key, value);
    for (const char* key : {"PowerUsage", "EnergyConsumption"})
      if (const auto value = one.find(key); value != one.end()) add_feature(trial, prefix + key, *value);
    const auto profile = one.find("ProfilingData");
    if (profile == one.end() || !profile->is_object()) continue;
    const auto counters = profile->find("Counters");
    if (counters == profile->end()) continue;
    for (const Json& counter : *counters)
      if (counter.is_object() && counter.contains("Name") && counter["Name"].is_string() &&
          counter.contains("Value"))
        add_feature(trial, prefix + counter["Name"].get<std::string>(), counter["Value"]);
  }
}

Result<NamedValues> read_ktt_config(const Json& result) {
  const auto pairs = result.find("Configuration");
  if (pairs == result.end() || !pairs->is_array()) return corrupt("it has no list \"Configuration\"");
  NamedValues values;
  for (const Json& pair : *pairs) {
    if (!pair.is_object() || !pair.contains("Name") || !pair["Name"].is_string() || !pair.contains("Value"))
      return corrupt("a parameter needs a \"Name\" and a \"Value\"");
    TAMIS_ASSIGN(KnobValue value, knob_value_from(pair["Value"]));
    values.emplace_back(pair["Name"].get<std::string>(), std::move(value));
  }
  return values;
}

/// What is common to all results of a file.
struct KttHeader {
  double ns_per_unit = 0;
  std::string device;
  int64_t finished_unix_ms = 0;
  std::string measurement = kTotalDuration;  ///< what the costs are made of
  ValueScale scale;                          ///< of its values
};

/// Makes the measurement that the user picked, which stands among the features, the cost. Errors: not_found.
Status pick_feature(const KttHeader& header, double duration, Trial& trial) {
  auto& features = trial.features.values;
  const auto place = std::find_if(features.begin(), features.end(),
                                  [&](const auto& one) { return one.first == header.measurement; });
  if (place == features.end()) {
    std::string names = kTotalDuration;
    for (const auto& [name, unused] : features) names += ", " + name;
    return not_found(fmt::format("a measurement \"{}\"; it has {}", header.measurement, names));
  }
  trial.costs = {header.scale.cost(place->second, header.scale.plain)};
  features.erase(place);
  if (std::isfinite(duration)) trial.features.set(kTotalDuration, duration);
  return {};
}

Result<Trial> read_ktt_trial(const Json& result, const KttHeader& header) {
  const auto status = result.find("Status");
  if (status == result.end() || !status->is_string()) return corrupt("it has no text \"Status\"");
  Trial trial;
  bool known = false;
  for (const auto& [word, verdict] : kStatuses)
    if (*status == word) {
      trial.verdict = verdict;
      known = true;
    }
  if (!known) return corrupt(fmt::format("KTT has no status {}", python_json(*status)));
  trial.measured = reaches_device(trial.verdict);
  if (trial.measured) trial.device = header.device;
  trial.finished_unix_ms = header.finished_unix_ms;
  trial.build_ns = duration_ns(number_in_object(result, "CompilationOverhead"), header.ns_per_unit);
  if (const auto computations = result.find("ComputationResults");
      computations != result.end() && computations->is_array())
    read_computations(*computations, trial);
  if (trial.verdict != Verdict::valid) {
    trial.message = fmt::format("recorded as {}", status->get<std::string>());
    return trial;
  }
  const double duration = number_in_object(result, kTotalDuration);
  if (header.measurement != kTotalDuration) {
    TAMIS_TRY(pick_feature(header, duration, trial));
  } else if (std::isnan(duration)) {
    return corrupt(fmt::format("it is Ok, but has no \"{}\"", kTotalDuration));
  } else {
    trial.costs = {header.scale.cost(duration, header.scale.plain)};
  }
  return trial;
}

/// The measurement that the user names, or the duration, which may be called `latency` or `time`, too.
Status choose_measurement(const std::string& time_unit, const ReadOptions& options, KttHeader& header) {
  const auto picked = picked_measurement(options);
  const bool is_duration = !picked || *picked == kTotalDuration ||
                           (options.objective->is_latency() && (*picked == "latency" || *picked == "time"));
  if (!is_duration) header.measurement = *picked;
  TAMIS_ASSIGN(header.scale, plain_scale_of({header.measurement, is_duration ? time_unit : "", ""}, options));
  return {};
}

Result<KttHeader> read_ktt_header(std::string_view metadata, const ReadOptions& options) {
  const auto members = json_members(metadata);
  KttHeader header;
  const std::string unit = json_text_of(members, "TimeUnit");
  const auto ns = time_unit_ns(unit);
  if (!ns)
    return corrupt(unit.empty()
                       ? "its \"Metadata\" names no \"TimeUnit\", so nobody knows how long anything took"
                       : fmt::format("\"{}\" is not a unit of time", unit));
  header.ns_per_unit = *ns;
  TAMIS_TRY(choose_measurement(unit, options, header));
  header.device = json_text_of(members, "Device");
  header.finished_unix_ms = unix_ms_of(json_text_of(members, "Timestamp"));
  return header;
}

/// The rows of each kernel: a file may hold the results of several.
class KttReader {
 public:
  explicit KttReader(KttHeader header) : header_(std::move(header)) {}

  /// Takes the result of this number, from 1.
  Status read(size_t number, std::string_view text) {
    TAMIS_ASSIGN(const Json result, parse_row(text));
    if (!result.is_object()) return corrupt("it is not an object");
    TAMIS_ASSIGN(const NamedValues values, read_ktt_config(result));
    Result<Trial> read = read_ktt_trial(result, header_);
    if (!read.ok() && read.error().kind == ErrorKind::not_found) {
      if (!missing_) missing_ = read.error().message;
      return corrupt("it is Ok, but lacks " + read.error().message);
    }
    TAMIS_ASSIGN(Trial trial, std::move(read));
    found_ = found_ || trial.verdict == Verdict::valid;
    const auto name = result.find("KernelName");
    const std::string kernel = name != result.end() && name->is_string() ? name->get<std::string>() : "";
    return kernels_[kernel].add(number, values, header_.scale.objective, std::move(trial));
  }

  void skip(size_t row, const std::string& why) { skipped_.skip(row, why); }

  Result<TrialFile> finish(const std::string& path) {
    if (missing_ && !found_) return invalid_input(fmt::format("{}: no result has {}", path, *missing_));
    TrialFile file;
    file.skipped = skipped_.take_skipped();
    for (auto& [kernel, rows] : kernels_) {
      if (rows.empty()) continue;
      TrialSet set;
      set.workload = peer_workload("ktt", kernel.empty() ? recorded_name(path) : kernel, kernel);
      set.target_identity = header_.device.empty() ? "ktt" : "ktt " + header_.device;
      set.objective = header_.scale.objective;
      auto finished = rows.finish_set(std::move(set), kernel);
      if (finished.ok())
        file.sets.push_back(std::move(*finished));
      else
        file.skipped.push_back(finished.error().message);
    }
    if (!file.sets.empty()) return file;
    return corrupt(file.skipped.empty()
                       ? path + ": there are no results in this file"
                       : fmt::format("{}: none of its rows can be used; {}", path, file.skipped.front()));
  }

 private:
  KttHeader header_;
  bool found_ = false;                  // whether any valid result has the measurement
  std::optional<std::string> missing_;  // what the first of those without it has
  std::map<std::string, RowCollector> kernels_;
  RowCollector skipped_;
};

Result<TrialFile> read_ktt(const std::string& text, const std::string& path, const ReadOptions& options) {
  const auto members = json_members(text);
  const auto metadata = members.find("Metadata");
  auto header = read_ktt_header(metadata == members.end() ? std::string_view() : metadata->second, options);
  if (!header.ok()) return header.error().within(path);
  KttReader reader(std::move(*header));
  const auto results = members.find("Results");
  JsonWalker walker(results == members.end() ? std::string_view() : results->second);
  size_t number = 0;
  while (walker.next()) {
    const std::string_view result = walker.value();
    ++number;
    const Status status =
        result.empty() ? Status(corrupt("the file is cut off within it")) : reader.read(number, result);
    if (!status.ok()) reader.skip(number, status.error().message);
  }
  return reader.finish(path);
}

/// `Metadata` with a version of KTT, or `Results`, at the top of an object, in KTT's capitals.
bool is_ktt(std::string_view text) {
  JsonWalker walker(text);
  while (walker.is_object() && walker.next()) {
    if (walker.key() == "Metadata") {
      const auto members = json_members(walker.rest());
      if (members.contains("KttVersion") || members.contains("TimeUnit")) return true;
    }
    if (walker.key() == "Results") return walker.rest().starts_with('[');
    if (walker.key() == "results" || walker.key() == "cache" || walker.key() == "history") return false;
  }
  return false;
}

}  // namespace

const Format& ktt_format() {
  static const Format format = {
      "ktt",   "results of KTT, JSON",
      ".json", false,
      is_ktt,  read_ktt,
      nullptr, "a JSON object with `Metadata` (`KttVersion`, `TimeUnit`) and `Results`"};
  return format;
}

}  // namespace tamis
