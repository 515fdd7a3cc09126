#include "exchange/metaschedule.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_cursor.h"
#include "exchange/json_walker.h"
#include "exchange/metaschedule_trace.h"
#include "exchange/metaschedule_values.h"
#include "exchange/recognition.h"
#include "exchange/row_collector.h"
#include "exchange/stored_trials.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kFailedSeconds = 1e10;  // what MetaSchedule writes where nothing was measured
constexpr std::string_view kRecords = "database_tuning_record";

/// A line: [workload, [trace, run_secs, target, args_info]], its parts as they stand there.
struct RecordTexts {
  std::string_view workload, instructions, decisions, run_secs, target, arguments;
};

/// Takes a line apart in one walk; false where it is not of this form.
bool take_apart(std::string_view line, RecordTexts& record) {
  JsonCursor cursor(line);
  bool outer = true, inner = true, trace = true;
  if (!cursor.enter('[') || !cursor.element(outer)) return false;
  record.workload = cursor.raw();
  if (!cursor.element(outer) || !cursor.enter('[') || !cursor.element(inner)) return false;
  if (!cursor.enter('[') || !cursor.element(trace)) return false;
  // Whoever reads these two sees what they are; the first is mostly that of another line.
  record.instructions = cursor.bracketed();
  if (!cursor.element(trace)) return false;
  record.decisions = cursor.bracketed();
  if (cursor.element(trace)) return false;
  for (std::string_view* part : {&record.run_secs, &record.target, &record.arguments}) {
    if (!cursor.element(inner)) return false;
    *part = cursor.raw();
  }
  return !cursor.element(inner) && !cursor.element(outer) && cursor.ok() && cursor.at_end();
}

/// A config: the numbers of its values (KnownValues), by the steps of a plan.
struct TuningRecord {
  size_t plan;
  std::vector<uint32_t> values;
  Trial trial;
};

Result<Trial> read_run_secs(std::string_view seconds, const ValueScale& scale) {
  Trial trial;
  JsonCursor cursor(seconds);
  if (cursor.enter('['))
    for (bool first = true; cursor.element(first);) {
      const std::optional<double> one = json_number(cursor.raw());
      if (!one) return corrupt("its run_secs are not numbers");
      if (*one >= kFailedSeconds) trial.verdict = Verdict::run_failed;
      trial.costs.push_back(scale.cost(*one, scale.plain));
    }
  if (trial.costs.empty()) return corrupt("it has no list of run_secs");
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
};

class DatabaseReader {
 public:
  DatabaseReader(std::string path, ValueScale scale)
      : path_(std::move(path)), scale_(std::move(scale)), hashes_(workload_hashes(path_)) {}

  /// Takes the line of this number, from 1.
  Status read(size_t number, std::string_view line) {
    RecordTexts record;
    const bool whole = take_apart(line, record);
    const std::optional<int64_t> workload = parse_integer(record.workload);
    if (!whole || !workload) {
      TAMIS_TRY(parse_row(line));
      return corrupt("it is not [workload, [trace, run_secs, target, arguments]]");
    }
    TAMIS_ASSIGN(const size_t plan, plan_of(record.instructions));
    TAMIS_ASSIGN(std::vector<uint32_t> values, values_.find(plan, plans_[plan], record.decisions));
    TAMIS_ASSIGN(Trial trial, read_run_secs(record.run_secs, scale_));
    for (const double cost : trial.costs) TAMIS_TRY(scale_.objective.check(cost));
    trial.number = number - 1;
    TAMIS_ASSIGN(const size_t place, group_of(*workload, plans_[plan], record));
    trial.device = groups_[place].device;
    groups_[place].records.push_back({plan, std::move(values), std::move(trial)});
    return {};
  }

  void skip(size_t line, std::string why) { skipped_.add(line, std::move(why)); }

  Result<StoredFile> finish();

 private:
  Result<size_t> plan_of(std::string_view instructions);
  Result<size_t> group_of(int64_t workload, const TracePlan& plan, const RecordTexts& record);
  size_t make_group(int64_t workload, const TracePlan& plan, const Json& target, const Json& arguments);
  Result<TrialSet> set_of(RecordGroup group, const std::string& origin) const;

  std::string path_;
  ValueScale scale_;
  std::vector<std::string> hashes_;
  std::vector<RecordGroup> groups_;
  std::map<std::string, size_t> places_;
  TextPlaces group_texts_;  // of workloads and targets as they stand in lines
  std::vector<TracePlan> plans_;
  TextPlaces plan_texts_;  // of instructions as they stand there
  KnownValues values_;
  std::map<std::string, int> names_;
  std::string key_;
  Skipped skipped_;
};

/// The plan of instructions; mostly they are those of a line before.
Result<size_t> DatabaseReader::plan_of(std::string_view instructions) {
  if (const auto known = plan_texts_.find(instructions); known != plan_texts_.end()) return known->second;
  TAMIS_ASSIGN(const Json json, parse_row(instructions));
  TAMIS_ASSIGN(TracePlan plan, plan_of_trace(json));
  values_.add_plan(plan);
  plans_.push_back(std::move(plan));
  plan_texts_.emplace(std::string(instructions), plans_.size() - 1);
  return plans_.size() - 1;
}

/// The group of a workload and a target.
Result<size_t> DatabaseReader::group_of(int64_t workload, const TracePlan& plan, const RecordTexts& record) {
  key_.assign(record.workload);
  key_.append(" ").append(record.target);
  if (const auto known = group_texts_.find(key_); known != group_texts_.end()) return known->second;
  TAMIS_ASSIGN(const Json target, parse_row(record.target));
  TAMIS_ASSIGN(const Json arguments, parse_row(record.arguments));
  const size_t place = make_group(workload, plan, target, arguments);
  group_texts_.emplace(key_, place);
  return place;
}

size_t DatabaseReader::make_group(int64_t workload, const TracePlan& plan, const Json& target_json,
                                  const Json& arguments) {
  const std::string target =
      target_json.is_string() ? target_json.get<std::string>() : python_json(target_json);
  const auto [place, is_new] = places_.emplace(fmt::format("{} {}", workload, target), groups_.size());
  if (!is_new) return place->second;
  RecordGroup& group = groups_.emplace_back();
  std::string name = plan.blocks;
  if (name.empty()) name = fmt::format("workload{}", workload);
  if (const std::string shapes = shapes_of(arguments); !shapes.empty()) name += ":" + shapes;
  if (const int again = names_[name]++; again > 0) name += fmt::format("#{}", again + 1);
  const auto index = static_cast<size_t>(workload);
  const std::string hash = index < hashes_.size() ? hashes_[index] : std::to_string(workload);
  group.header.workload = peer_workload("metaschedule", name, hash + " " + name);
  group.header.target_identity = "metaschedule " + target;
  group.header.objective = scale_.objective;
  if (target_json.is_object())
    for (const char* key : {"mcpu", "model", "arch", "kind"})
      if (group.device.empty() && target_json.contains(key) && target_json[key].is_string())
        group.device = target_json[key].get<std::string>();
  return place->second;
}

/// The knobs of a group by name, in the order in which sketches first have them.
struct GroupKnobs {
  std::vector<std::string> names;
  std::map<size_t, std::vector<size_t>> of_plans;  ///< the knob of each step
  std::map<size_t, int64_t> sketches;              ///< of plans, numbered as they come
};

GroupKnobs knobs_of(const std::vector<TuningRecord>& records, const std::vector<TracePlan>& plans) {
  GroupKnobs all;
  std::map<std::string_view, size_t> places;
  std::map<std::string_view, int64_t> sketches;
  for (const TuningRecord& record : records) {
    const auto [knobs, is_new] = all.of_plans.try_emplace(record.plan);
    if (!is_new) continue;
    for (const TraceStep& step : plans[record.plan].steps) {
      const auto [place, added] = places.emplace(step.name, all.names.size());
      if (added) all.names.push_back(step.name);
      knobs->second.push_back(place->second);
    }
    const auto number = static_cast<int64_t>(sketches.size());
    all.sketches[record.plan] = sketches.emplace(plans[record.plan].sketch, number).first->second;
  }
  return all;
}

Result<TrialSet> DatabaseReader::set_of(RecordGroup group, const std::string& origin) const {
  const GroupKnobs knobs = knobs_of(group.records, plans_);
  std::vector<std::vector<uint32_t>> columns(knobs.names.size(),
                                             std::vector<uint32_t>(group.records.size(), KnownValues::kNone));
  std::vector<KnobValue> sketches;
  for (size_t row = 0; row < group.records.size(); ++row) {
    const TuningRecord& record = group.records[row];
    const std::vector<size_t>& steps = knobs.of_plans.at(record.plan);
    for (size_t i = 0; i < steps.size(); ++i) columns[steps[i]][row] = record.values[i];
    sketches.emplace_back(knobs.sketches.at(record.plan));
  }
  std::vector<Knob> all;
  const auto take = [&](RecordedKnob recorded) {
    for (size_t i = 0; i < group.records.size(); ++i)
      group.records[i].trial.config.choices.push_back(recorded.choices[i]);
    all.push_back(std::move(recorded.knob));
  };
  take(recorded_knob("sketch", sketches));
  for (size_t i = 0; i < columns.size(); ++i) take(values_.knob(knobs.names[i], columns[i]));
  auto space = Space::create(std::move(all));
  if (!space.ok()) return space.error().within(origin);
  group.header.space = std::move(*space);
  group.header.trials.reserve(group.records.size());
  for (TuningRecord& record : group.records) group.header.trials.push_back(std::move(record.trial));
  return std::move(group.header);
}

Result<StoredFile> DatabaseReader::finish() {
  StoredFile file;
  file.skipped = skipped_.sentences("line");
  file.left_out = skipped_.count();
  for (RecordGroup& group : groups_) {
    const std::string name = group.header.workload.name;
    auto set = set_of(std::move(group), name);
    if (set.ok()) {
      file.sets.push_back(stored(std::move(*set)));
    } else {
      file.skipped.push_back(set.error().message);
      ++file.left_out;
    }
  }
  if (!file.sets.empty()) return file;
  return corrupt(file.skipped.empty()
                     ? path_ + ": there are no records in this file"
                     : fmt::format("{}: none of its records can be used; {}", path_, file.skipped.front()));
}

Result<StoredFile> open_database(std::string_view text, const std::string& path, const ReadOptions& options) {
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
      reader.skip(number, status.error().message);
  }
  return reader.finish();
}

Result<TrialFile> read_database(const std::string& text, const std::string& path,
                                const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_database(text, path, options));
  return trial_file_of(std::move(file));
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
      nullptr,        "a JSON list a line: a number, then a trace, seconds, a target and arguments",
      open_database};
  return format;
}

}  // namespace tamis
