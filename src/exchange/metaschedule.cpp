#include "exchange/metaschedule.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_walker.h"
#include "exchange/metaschedule_trace.h"
#include "exchange/recognition.h"
#include "exchange/row_collector.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kFailedSeconds = 1e10;  // what MetaSchedule writes where nothing was measured
constexpr std::string_view kRecords = "database_tuning_record";
constexpr std::string_view kAbsent = "none";

/// One line: [workload, [trace, run_secs, target, args_info]].
struct TuningRecord {
  TraceConfig config;
  Trial trial;
};

Result<Trial> read_run_secs(const Json& seconds, const ValueScale& scale) {
  Trial trial;
  if (!seconds.is_array() || seconds.empty()) return corrupt("it has no list of run_secs");
  for (const Json& one : seconds) {
    if (!one.is_number()) return corrupt("its run_secs are not numbers");
    if (one.get<double>() >= kFailedSeconds) trial.verdict = Verdict::run_failed;
    trial.costs.push_back(scale.cost(one.get<double>(), scale.plain));
  }
  trial.measured = true;
  if (trial.verdict == Verdict::valid) return trial;
  trial.costs.clear();
  trial.message = "recorded as 1e10 s: building or running failed";
  return trial;
}

/// `64x64,64x64,float32` of [["TENSOR", "float32", [64, 64]], ...].
std::string shapes_of(const Json& arguments) {
  std::string text, type;
  if (!arguments.is_array()) return text;
  for (const Json& argument : arguments) {
    if (!argument.is_array() || argument.size() != 3 || !argument[2].is_array() || !argument[1].is_string())
      continue;
    std::string shape;
    for (const Json& extent : argument[2]) shape += (shape.empty() ? "" : "x") + extent.dump();
    text += (text.empty() ? "" : ",") + shape;
    type = argument[1].get<std::string>();
  }
  return text.empty() ? text : text + "," + type;
}

/// The hash of each workload, from the file beside the records; empty where there is none.
std::vector<std::string> workload_hashes(const std::string& path) {
  std::vector<std::string> hashes;
  const size_t name = path.rfind(kRecords);
  if (name == std::string::npos) return hashes;
  std::string beside = path;
  beside.replace(name, kRecords.size(), "database_workload");
  const auto text = read_file(beside);
  if (!text.ok()) return hashes;
  for (const std::string& line : split_text(*text, '\n')) {
    JsonWalker walker(line);
    if (!walker.is_list() || !walker.next()) continue;
    const std::string_view hash = walker.value();
    hashes.emplace_back(hash.size() > 2 && hash.front() == '"' ? hash.substr(1, hash.size() - 2) : "");
  }
  return hashes;
}

/// The records of one workload for one target.
struct RecordGroup {
  TrialSet header;
  std::string device;
  std::vector<TuningRecord> records;
  std::vector<std::string> sketches;
};

class DatabaseReader {
 public:
  DatabaseReader(std::string path, ValueScale scale)
      : path_(std::move(path)), scale_(std::move(scale)), hashes_(workload_hashes(path_)) {}

  /// Takes the line of this number, from 1.
  Status read(size_t number, std::string_view line) {
    TAMIS_ASSIGN(const Json json, parse_row(line));
    if (!json.is_array() || json.size() != 2 || !json[0].is_number_integer() || !json[1].is_array() ||
        json[1].size() != 4)
      return corrupt("it is not [workload, [trace, run_secs, target, arguments]]");
    const Json& record = json[1];
    TAMIS_ASSIGN(TraceConfig config, read_trace(record[0]));
    TAMIS_ASSIGN(Trial trial, read_run_secs(record[1], scale_));
    for (const double cost : trial.costs) TAMIS_TRY(scale_.objective.check(cost));
    trial.number = number - 1;
    RecordGroup& group = group_of(json[0].get<int64_t>(), record);
    trial.device = group.device;
    group.records.push_back({std::move(config), std::move(trial)});
    return {};
  }

  void tell(std::string sentence) { skipped_.push_back(std::move(sentence)); }

  Result<TrialFile> finish();

 private:
  RecordGroup& group_of(int64_t workload, const Json& record);

  std::string path_;
  ValueScale scale_;
  std::vector<std::string> hashes_;
  std::vector<RecordGroup> groups_;
  std::map<std::string, size_t> places_;
  std::map<std::string, int> names_;
  std::vector<std::string> skipped_;
};

RecordGroup& DatabaseReader::group_of(int64_t workload, const Json& record) {
  const std::string target = record[2].is_string() ? record[2].get<std::string>() : python_json(record[2]);
  const auto [place, is_new] = places_.emplace(fmt::format("{} {}", workload, target), groups_.size());
  if (!is_new) return groups_[place->second];
  RecordGroup& group = groups_.emplace_back();
  std::string name = blocks_of_trace(record[0]);
  if (name.empty()) name = fmt::format("workload{}", workload);
  if (const std::string shapes = shapes_of(record[3]); !shapes.empty()) name += ":" + shapes;
  if (const int again = names_[name]++; again > 0) name += fmt::format("#{}", again + 1);
  const auto index = static_cast<size_t>(workload);
  const std::string hash = index < hashes_.size() ? hashes_[index] : std::to_string(workload);
  group.header.workload = peer_workload("metaschedule", name, hash + " " + name);
  group.header.target_identity = "metaschedule " + target;
  group.header.objective = scale_.objective;
  if (record[2].is_object())
    for (const char* key : {"mcpu", "model", "arch", "kind"})
      if (group.device.empty() && record[2].contains(key) && record[2][key].is_string())
        group.device = record[2][key].get<std::string>();
  return group;
}

bool is_split_of(const KnobValue& value, size_t length) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  return factors != nullptr && factors->size() == length && length > 1;
}

/// A split where all values are factors of one length, as the loops of one workload have; else numbers or
/// names, tiles then being the JSON of their factors.
RecordedKnob recorded_split_or(const std::string& name, std::vector<KnobValue> column) {
  const auto* first = std::get_if<std::vector<int64_t>>(&column.front());
  const size_t length = first == nullptr ? 0 : first->size();
  if (!std::all_of(column.begin(), column.end(),
                   [&](const KnobValue& one) { return is_split_of(one, length); })) {
    for (KnobValue& value : column)
      if (std::holds_alternative<std::vector<int64_t>>(value)) value = python_json(to_json(value));
    return recorded_knob(name, column);
  }
  const std::set<KnobValue> values(column.begin(), column.end());
  RecordedKnob recorded{{name, KnobKind::split, {values.begin(), values.end()}}, {}};
  for (const KnobValue& value : column)
    recorded.choices.push_back(static_cast<uint32_t>(std::distance(values.begin(), values.find(value))));
  return recorded;
}

/// Knobs by name in the order in which sketches first have them; `none` where a sketch has no such decision.
Result<TrialSet> set_of(RecordGroup group, const std::string& origin) {
  std::vector<std::string> knobs;
  std::map<std::string, std::vector<KnobValue>> columns;
  for (const TuningRecord& record : group.records) {
    for (const auto& [name, unused] : record.config.values)
      if (columns.try_emplace(name).second) knobs.push_back(name);
  }
  std::vector<KnobValue> sketches;
  for (const TuningRecord& record : group.records) {
    const auto sketch = std::find(group.sketches.begin(), group.sketches.end(), record.config.sketch);
    sketches.emplace_back(static_cast<int64_t>(sketch - group.sketches.begin()));
    if (sketch == group.sketches.end()) group.sketches.push_back(record.config.sketch);
    std::map<std::string, const KnobValue*> values;
    for (const auto& [name, value] : record.config.values) values[name] = &value;
    for (const std::string& name : knobs) {
      const auto value = values.find(name);
      columns[name].push_back(value == values.end() ? KnobValue(std::string(kAbsent)) : *value->second);
    }
  }
  std::vector<Knob> all;
  const auto take = [&](RecordedKnob recorded) {
    for (size_t i = 0; i < group.records.size(); ++i)
      group.records[i].trial.config.choices.push_back(recorded.choices[i]);
    all.push_back(std::move(recorded.knob));
  };
  take(recorded_knob("sketch", sketches));
  for (const std::string& name : knobs) take(recorded_split_or(name, std::move(columns[name])));
  auto space = Space::create(std::move(all));
  if (!space.ok()) return space.error().within(origin);
  group.header.space = std::move(*space);
  for (TuningRecord& record : group.records) group.header.trials.push_back(std::move(record.trial));
  return std::move(group.header);
}

Result<TrialFile> DatabaseReader::finish() {
  TrialFile file;
  file.skipped = std::move(skipped_);
  for (RecordGroup& group : groups_) {
    const std::string name = group.header.workload.name;
    auto set = set_of(std::move(group), name);
    if (set.ok())
      file.sets.push_back(std::move(*set));
    else
      file.skipped.push_back(set.error().message);
  }
  if (!file.sets.empty()) return file;
  return corrupt(file.skipped.empty()
                     ? path_ + ": there are no records in this file"
                     : fmt::format("{}: none of its records can be used; {}", path_, file.skipped.front()));
}

Result<TrialFile> read_database(const std::string& text, const std::string& path,
                                const ReadOptions& options) {
  auto scale = only_scale_of({"run_secs", "s", ""}, options);
  if (!scale.ok()) return scale.error().within(path);
  DatabaseReader reader(path, std::move(*scale));
  std::string_view rest = text;
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (const Status status = reader.read(number, line); !status.ok())
      reader.tell(fmt::format("line {}: {}", number, status.error().message));
  }
  return reader.finish();
}

/// A record: a number, then a list that begins with a trace.
bool is_database(std::string_view text) {
  JsonWalker record(first_record(text));
  if (!record.is_list() || !record.next()) return false;
  const std::string_view workload = record.value();
  if (workload.empty() ||
      !std::all_of(workload.begin(), workload.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  if (!record.next()) return false;
  JsonWalker fields(record.rest());
  if (!fields.is_list() || !fields.next()) return false;
  JsonWalker trace(fields.rest());
  return trace.is_list() && trace.next() && trace.rest().starts_with('[');
}

}  // namespace

bool looks_like_metaschedule_workloads(std::string_view text) {
  JsonWalker workload(first_record(text));
  if (!workload.is_list() || !workload.next()) return false;
  const std::string_view hash = workload.value();
  if (hash.size() < 3 || hash.front() != '"' ||
      !std::all_of(hash.begin() + 1, hash.end() - 1, [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  return workload.next() && workload.rest().starts_with('"');
}

const Format& metaschedule_format() {
  static const Format format = {
      "metaschedule", "records of a MetaSchedule database, JSON lines",
      ".json",        true,
      is_database,    read_database,
      nullptr,        "a JSON list a line: a number, then a trace, seconds, a target and arguments"};
  return format;
}

}  // namespace tamis
