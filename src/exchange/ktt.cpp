#include "exchange/ktt.h"

#include "base/json.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_cursor.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"
#include "exchange/row_members.h"
#include "trial/inferred.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
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

double number_of(std::optional<std::string_view> value) {
  return (value ? json_number(*value) : std::nullopt).value_or(std::nan(""));
}

void add_feature(Trial& trial, std::string name, std::string_view value) {
  if (name.empty() || trial.features.has(name)) return;
  if (const auto number = json_number(value); number && std::isfinite(*number))
    trial.features.set(std::move(name), *number);
}

/// Calls `take` with each object in a list; what else is in it, `other` decides about.
template <class Take>
Status for_each_object(std::string_view list, RowMembers& object, const Status& other, Take take) {
  JsonCursor cursor(list);
  if (!cursor.enter('[')) return {};
  for (bool first = true; cursor.element(first);) {
    if (cursor.peek() != '{') {
      TAMIS_TRY(other);
      cursor.raw();
      continue;
    }
    TAMIS_TRY(object.read_next(cursor));
    TAMIS_TRY(take());
  }
  return {};
}

/// Reads what the compiler and the profiler tell of the kernels of a result; of a second kernel in it with
/// its name.
class ComputationReader {
 public:
  Status read(std::string_view computations, Trial& trial) {
    bool first = true;
    return for_each_object(computations, one_, {}, [&] {
      std::string prefix = first ? "" : text_or_empty(one_.find("KernelFunction"));
      if (!first && one_.find("KernelFunction") && one_.find("KernelFunction")->starts_with('"'))
        prefix += ".";
      first = false;
      return read_one(prefix, trial);
    });
  }

 private:
  Status read_one(const std::string& prefix, Trial& trial) {
    if (const auto data = one_.find("CompilationData"); data && data->starts_with('{')) {
      TAMIS_TRY(inner_.read(*data));
      for (const auto& [key, value] : inner_.all()) add_feature(trial, prefix + std::string(key), value);
    }
    for (const char* key : {"PowerUsage", "EnergyConsumption"})
      if (const auto value = one_.find(key)) add_feature(trial, prefix + key, *value);
    const auto profile = one_.find("ProfilingData");
    if (!profile || !profile->starts_with('{')) return {};
    TAMIS_TRY(inner_.read(*profile));
    const auto counters = inner_.find("Counters");
    if (!counters) return {};
    return for_each_object(*counters, counter_, {}, [&]() -> Status {
      const std::string name = text_or_empty(counter_.find("Name"));
      if (const auto value = counter_.find("Value"); value && !name.empty())
        add_feature(trial, prefix + name, *value);
      return {};
    });
  }

  RowMembers one_, inner_, counter_;
};

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

/// The measurement that the user names, or the duration, which may be called `latency` or `time`, too.
Status choose_measurement(const std::string& time_unit, const ReadOptions& options, KttHeader& header) {
  const bool is_duration =
      !options.objective || options.objective->name == kTotalDuration || asks_for_latency(options);
  if (!is_duration) header.measurement = options.objective->name;
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
    TAMIS_TRY(result_.read(text));
    TAMIS_TRY(read_config());
    Result<Trial> read = read_trial();
    if (!read.ok() && read.error().kind == ErrorKind::not_found) {
      if (!missing_) missing_ = read.error().message;
      return corrupt("it is Ok, but lacks " + read.error().message);
    }
    TAMIS_ASSIGN(Trial trial, std::move(read));
    found_ = found_ || trial.verdict == Verdict::valid;
    const std::string kernel = text_or_empty(result_.find("KernelName"));
    return kernels_[kernel].add(number, values_, header_.scale.objective, std::move(trial));
  }

  void skip(size_t row, const std::string& why) { skipped_.skip(row, why); }

  Result<StoredFile> finish(const std::string& path) {
    if (missing_ && !found_) return invalid_input(fmt::format("{}: no result has {}", path, *missing_));
    StoredFile file;
    skipped_.tell_skipped(file);
    for (auto& [kernel, rows] : kernels_) {
      if (rows.empty()) continue;
      TrialSet set;
      set.workload = peer_workload("ktt", kernel.empty() ? recorded_name(path) : kernel, kernel);
      set.target_identity = header_.device.empty() ? "ktt" : "ktt " + header_.device;
      set.objective = header_.scale.objective;
      auto finished = rows.finish_set(std::move(set), kernel);
      if (finished.ok()) {
        file.sets.push_back(std::move(*finished));
      } else {
        file.skipped.push_back(finished.error().message);
        ++file.left_out;
      }
    }
    if (!file.sets.empty()) return file;
    return corrupt(file.skipped.empty()
                       ? path + ": there are no results in this file"
                       : fmt::format("{}: none of its rows can be used; {}", path, file.skipped.front()));
  }

 private:
  Status read_config() {
    const auto pairs = result_.find("Configuration");
    if (!pairs || !pairs->starts_with('[')) return corrupt("it has no list \"Configuration\"");
    values_.clear();
    names_.clear();
    const Status wrong = corrupt("a parameter needs a \"Name\" and a \"Value\"");
    return for_each_object(*pairs, pair_, wrong, [&] {
      size_t place = 0;
      const auto name = pair_.find("Name", place);
      const auto value = pair_.find("Value", ++place);
      if (!name || !name->starts_with('"') || !value) return wrong;
      const bool plain = name->find('\\') == std::string_view::npos;
      values_.emplace_back(
          plain ? name->substr(1, name->size() - 2) : names_.emplace_back(text_or_empty(name)), *value);
      return Status();
    });
  }

  Result<Trial> read_trial() {
    const auto text = result_.find("Status");
    if (!text || !text->starts_with('"')) return corrupt("it has no text \"Status\"");
    const std::string status = text_or_empty(text);
    Trial trial;
    const auto known = std::find_if(kStatuses.begin(), kStatuses.end(),
                                    [&](const auto& one) { return one.first == status; });
    if (known == kStatuses.end()) return corrupt(fmt::format("KTT has no status {}", *text));
    trial.verdict = known->second;
    trial.measured = reaches_device(trial.verdict);
    if (trial.measured) trial.device = header_.device;
    trial.finished_unix_ms = header_.finished_unix_ms;
    trial.build_ns = duration_ns(number_of(result_.find("CompilationOverhead")), header_.ns_per_unit);
    if (const auto computations = result_.find("ComputationResults"))
      TAMIS_TRY(computations_.read(*computations, trial));
    if (trial.verdict != Verdict::valid) {
      trial.message = fmt::format("recorded as {}", status);
      return trial;
    }
    const double duration = number_of(result_.find(kTotalDuration));
    if (header_.measurement != kTotalDuration) {
      TAMIS_TRY(pick_feature(header_, duration, trial));
    } else if (std::isnan(duration)) {
      return corrupt(fmt::format("it is Ok, but has no \"{}\"", kTotalDuration));
    } else {
      trial.costs = {header_.scale.cost(duration, header_.scale.plain)};
    }
    return trial;
  }

  KttHeader header_;
  RowMembers result_, pair_;
  ComputationReader computations_;
  NamedTexts values_;
  std::deque<std::string> names_;       // of parameters that are written with escapes
  bool found_ = false;                  // whether any valid result has the measurement
  std::optional<std::string> missing_;  // what the first of those without it has
  std::map<std::string, RowCollector> kernels_;
  RowCollector skipped_;
};

Result<StoredFile> open_ktt(std::string_view text, const std::string& path, const ReadOptions& options) {
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

Result<TrialFile> read_ktt(const std::string& text, const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_ktt(text, path, options));
  return trial_file_of(std::move(file));
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
      nullptr, "a JSON object with `Metadata` (`KttVersion`, `TimeUnit`) and `Results`",
      open_ktt};
  return format;
}

}  // namespace tamis
