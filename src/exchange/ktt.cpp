#include "exchange/ktt.h"

#include "base/json.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_cursor.h"
#include "exchange/json_walker.h"
#include "exchange/ktt_computations.h"
#include "exchange/row_collector.h"
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

double number_of(std::string_view value) { return json_number(value).value_or(std::nan("")); }

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

  /// Takes the result of this number, from 1, which comes next in a text. Errors: corrupt; the result is
  /// walked over all the same, unless the cursor has a fault then.
  Status read(size_t number, JsonCursor& cursor) {
    scan(cursor);
    if (!cursor.ok()) return corrupt(cursor.fault());
    if (!at_hand_.problem.empty()) return corrupt(at_hand_.problem);
    Result<Trial> read = read_trial();
    if (!read.ok() && read.error().kind == ErrorKind::not_found) {
      if (!missing_) missing_ = read.error().message;
      return corrupt("it is Ok, but lacks " + read.error().message);
    }
    TAMIS_ASSIGN(Trial trial, std::move(read));
    found_ = found_ || trial.verdict == Verdict::valid;
    return kernels_[json_string(at_hand_.kernel).value_or("")].add(number, values_, header_.scale.objective,
                                                                   std::move(trial));
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
  /// A result as its JSON has it: values as they stand, empty where they are missing.
  struct ScannedResult {
    std::string problem;  ///< the first thing that bars it from being taken
    std::string_view status, duration, overhead, kernel;
    bool has_configuration = false;
    Trial trial;  ///< with features only
  };

  void problem(std::string text) {
    if (at_hand_.problem.empty()) at_hand_.problem = std::move(text);
  }

  /// A member that counts; nullptr for another one.
  std::string_view* part_of(std::string_view key) {
    if (key == "Status") return &at_hand_.status;
    if (key == kTotalDuration) return &at_hand_.duration;
    if (key == "CompilationOverhead") return &at_hand_.overhead;
    return key == "KernelName" ? &at_hand_.kernel : nullptr;
  }

  void scan(JsonCursor& cursor) {
    at_hand_ = {};
    values_.clear();
    names_.clear();
    if (!cursor.enter('{')) {
      cursor.raw();
      return problem("it is not an object");
    }
    std::string_view key;
    bool computed = false;
    for (bool first = true; cursor.member(first, key);) {
      if (key == "Configuration") {
        if (std::exchange(at_hand_.has_configuration, true)) problem("a key occurs twice in it");
        scan_configuration(cursor);
      } else if (key == "ComputationResults") {
        if (std::exchange(computed, true)) problem("a key occurs twice in it");
        computations_.read(cursor, at_hand_.trial);
      } else if (std::string_view* part = part_of(key)) {
        if (!part->empty()) problem("a key occurs twice in it");
        *part = cursor.raw();
      } else {
        cursor.raw();
      }
    }
    if (!at_hand_.has_configuration) problem("it has no list \"Configuration\"");
  }

  void scan_configuration(JsonCursor& cursor) {
    if (cursor.peek() != '[') problem("it has no list \"Configuration\"");
    const bool objects = each_object(cursor, [&] {
      std::string_view key, value;
      std::optional<std::string_view> name;
      bool twice = false;
      for (bool first = true; cursor.member(first, key);) {
        const bool is_name = key == "Name";
        const bool is_value = key == "Value";
        twice = twice || (is_name && name) || (is_value && !value.empty());
        if (is_name && cursor.peek() == '"') {
          name = cursor.string(scratch_);
          if (name && name->data() == scratch_.data()) name = names_.emplace_back(*name);
        } else if (const std::string_view raw = cursor.raw(); is_value) {
          value = raw;
        }
      }
      if (twice) problem("a key occurs twice in it");
      if (!name || value.empty()) return problem("a parameter needs a \"Name\" and a \"Value\"");
      values_.emplace_back(*name, value);
    });
    if (!objects) problem("a parameter needs a \"Name\" and a \"Value\"");
  }

  Result<Trial> read_trial() {
    const std::optional<std::string> status = json_string(at_hand_.status);
    if (!status) return corrupt("it has no text \"Status\"");
    Trial& trial = at_hand_.trial;
    const auto known = std::find_if(kStatuses.begin(), kStatuses.end(),
                                    [&](const auto& one) { return one.first == *status; });
    if (known == kStatuses.end()) return corrupt(fmt::format("KTT has no status {}", at_hand_.status));
    trial.verdict = known->second;
    trial.measured = reaches_device(trial.verdict);
    if (trial.measured) trial.device = header_.device;
    trial.finished_unix_ms = header_.finished_unix_ms;
    trial.build_ns = duration_ns(number_of(at_hand_.overhead), header_.ns_per_unit);
    if (trial.verdict != Verdict::valid) {
      trial.message = fmt::format("recorded as {}", *status);
      return std::move(trial);
    }
    const double duration = number_of(at_hand_.duration);
    if (header_.measurement != kTotalDuration) {
      TAMIS_TRY(pick_feature(header_, duration, trial));
    } else if (std::isnan(duration)) {
      return corrupt(fmt::format("it is Ok, but has no \"{}\"", kTotalDuration));
    } else {
      trial.costs = {header_.scale.cost(duration, header_.scale.plain)};
    }
    return std::move(trial);
  }

  KttHeader header_;
  ScannedResult at_hand_;
  ComputationReader computations_;
  std::string scratch_;
  NamedTexts values_;
  std::deque<std::string> names_;       // of parameters that are written with escapes
  bool found_ = false;                  // whether any valid result has the measurement
  std::optional<std::string> missing_;  // what the first of those without it has
  std::map<std::string, RowCollector> kernels_;
  RowCollector skipped_;
};

/// Reads a list of results in one walk, up to the first that is no JSON. Says whether there is none such;
/// `done` becomes how many were walked over.
bool read_whole_results(std::string_view results, KttReader& reader, size_t& done) {
  JsonCursor cursor(results);
  if (!cursor.enter('[')) return true;
  for (bool first = true; cursor.element(first); ++done) {
    const Status status = reader.read(done + 1, cursor);
    if (!cursor.ok()) break;
    if (!status.ok()) reader.skip(done + 1, status.error().message);
  }
  return cursor.ok();
}

/// Reads those behind the first `done`, each for itself: of a file that is cut off, or damaged in one of
/// them.
void read_other_results(std::string_view results, size_t done, KttReader& reader) {
  JsonWalker walker(results);
  for (size_t number = 1; walker.next(); ++number) {
    const std::string_view result = walker.value();
    if (number <= done) continue;
    JsonCursor cursor(result);
    const Status status =
        result.empty() ? Status(corrupt("the file is cut off within it")) : reader.read(number, cursor);
    if (!status.ok()) reader.skip(number, status.error().message);
  }
}

/// The two members of a file that count, as they stand in it: the metadata, and all from the results on where
/// these come behind it, as KTT writes them.
std::pair<std::string_view, std::string_view> parts_of(std::string_view text) {
  std::string_view metadata, results;
  JsonWalker walker(text);
  while (walker.next()) {
    if (walker.key() == "Metadata") metadata = walker.value();
    if (walker.key() == "Results") results = walker.rest();
    if (!metadata.empty() && !results.empty()) break;
  }
  return {metadata, results};
}

Result<StoredFile> open_ktt(std::string_view text, const std::string& path, const ReadOptions& options) {
  const auto [metadata, results] = parts_of(text);
  auto header = read_ktt_header(metadata, options);
  if (!header.ok()) return header.error().within(path);
  KttReader reader(std::move(*header));
  size_t done = 0;
  if (!read_whole_results(results, reader, done)) read_other_results(results, done, reader);
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
