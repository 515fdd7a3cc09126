#include "exchange/kernel_tuner.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_cursor.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"
#include "exchange/row_members.h"
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

constexpr double kNsPerOwnMs = 1e6;
/// The time of a failed config in caches older than the words for failures.
constexpr double kFailedTime = 1e20;

constexpr std::array<std::pair<std::string_view, Verdict>, 4> kFailureWords = {
    {{"InvalidConfig", Verdict::rejected},
     {"CompilationFailedConfig", Verdict::build_failed},
     {"RuntimeFailedConfig", Verdict::run_failed},
     {"ErrorConfig", Verdict::run_failed}}};

/// Members of an entry that are neither knobs nor measurements of the config.
constexpr std::array<std::string_view, 5> kTimings = {"compile_time", "verification_time", "benchmark_time",
                                                      "strategy_time", "framework_time"};

std::optional<Verdict> verdict_of(std::string_view word) {
  for (const auto& [name, verdict] : kFailureWords)
    if (name == word) return verdict;
  return std::nullopt;
}

/// The latency of an entry.
constexpr std::string_view kTime = "time";

/// What Kernel Tuner says of a measurement: its own times are in ms, and a name such as GB/s is its own unit.
ForeignObjective foreign_measurement(const std::string& name) {
  const bool is_own_time =
      name == kTime || std::find(kTimings.begin(), kTimings.end(), name) != kTimings.end();
  const bool is_unit = name.find('/') != std::string::npos;
  return {name, is_own_time ? "ms" : is_unit ? name : "", ""};
}

/// The member of entries that is the objective: the one that the user names, else the file's.
std::string measurement_of(const std::string& file, const ReadOptions& options) {
  if (!options.objective) return file.empty() ? std::string(kTime) : file;
  const bool own = asks_for_latency(options) && options.objective->name != file;
  return own ? std::string(kTime) : options.objective->name;
}

/// Everything of a cache but its entries.
struct Header {
  std::vector<std::string> knobs;
  std::string measurement;  ///< the member that is the objective
  ValueScale scale;         ///< of its values
  TrialSet set;
  std::string device;
  bool samples = false;    ///< whether costs are an entry's `times`
  bool run_times = false;  ///< whether the framework's time counts as one of running
};

Json parsed(const std::map<std::string, std::string_view>& members, const std::string& key) {
  const auto member = members.find(key);
  if (member == members.end()) return {};
  Result<Json> json = parse_python_json(member->second, key);
  return json.ok() ? std::move(*json) : Json();
}

/// The knobs in the order of the keys of the entries, with the values that were to be tried.
Status declare_knobs(const std::map<std::string, std::string_view>& members, Header& header,
                     RowCollector& rows) {
  RowMembers values;
  if (const auto declared = members.find("tune_params");
      declared != members.end() && !values.read(declared->second).ok())
    values = {};
  for (const Json& key : parsed(members, "tune_params_keys"))
    if (key.is_string()) header.knobs.push_back(key.get<std::string>());
  if (header.knobs.empty())
    for (const RowMembers::Member& member : values.all()) header.knobs.emplace_back(member.key);
  if (header.knobs.empty())
    return corrupt("this cache of Kernel Tuner names no tunable parameters (tune_params_keys)");
  for (const std::string& knob : header.knobs)
    if (const auto list = values.find(knob)) rows.declare_list(knob, *list);
  return {};
}

Result<Header> read_header(const std::map<std::string, std::string_view>& members, const ReadOptions& options,
                           RowCollector& rows) {
  Header header;
  TAMIS_TRY(declare_knobs(members, header, rows));
  header.measurement = measurement_of(json_text_of(members, "objective"), options);
  ForeignObjective file = foreign_measurement(header.measurement);
  ReadOptions meant = options;
  const auto written = parse_objective(json_text_of(members, kKernelTunerObjective));
  if (written.ok() && written->name == header.measurement) {
    if (!options.objective) meant.objective = *written;
    file.unit = written->unit;
    file.direction = written->direction;
  }
  TAMIS_ASSIGN(header.scale, plain_scale_of(file, meant));
  header.set.objective = header.scale.objective;
  header.samples = options.samples && header.measurement == kTime;
  header.run_times = options.run_times;
  header.device = json_text_of(members, "device_name");
  header.set.target_identity = std::string(kKernelTuner);
  if (!header.device.empty()) header.set.target_identity += " " + header.device;
  const std::string kernel = json_text_of(members, "kernel_name");
  const auto size = members.find("problem_size");
  const Json details = {{"kernel_name", kernel},
                        {"problem_size", size == members.end() ? Json() : parsed(members, "problem_size")}};
  header.set.workload = peer_workload(kKernelTuner, kernel, python_json(details));
  return header;
}

/// The inside of a short text of an entry; empty for other values.
std::string_view word_of(std::string_view value) {
  return value.size() >= 2 && value.starts_with('"') ? value.substr(1, value.size() - 2) : std::string_view();
}

void read_failure(const RowMembers& entry, const std::string& word, Trial& trial) {
  trial.verdict = verdict_of(word).value_or(Verdict::run_failed);
  if (const auto ours = parse_verdict(text_or_empty(entry.find(kKernelTunerVerdict)));
      ours.ok() && kernel_tuner_error(*ours) == word)
    trial.verdict = *ours;
  trial.message = text_or_empty(entry.find(kKernelTunerMessage));
  if (trial.message.empty()) trial.message = fmt::format("recorded as {}", word);
}

/// Reads entry after entry. What each member of one is, is found out once for all entries with these members.
class EntryReader {
 public:
  explicit EntryReader(const Header& header) : header_(header) {}

  Status read(size_t number, std::string_view text, RowCollector& rows) {
    TAMIS_TRY(entry_.read(text));
    if (roles_.size() != entry_.all().size() || layout_ != entry_.layout()) find_roles();
    values_.clear();
    for (size_t i = 0; i < header_.knobs.size(); ++i) {
      size_t place = i;
      const auto value = entry_.find(header_.knobs[i], place);
      if (!value) return corrupt(fmt::format("it lacks the parameter \"{}\"", header_.knobs[i]));
      values_.emplace_back(header_.knobs[i], *value);
    }
    TAMIS_ASSIGN(Trial trial, read_trial());
    return rows.add(number, values_, header_.set.objective, std::move(trial));
  }

  /// Whether no valid entry has the objective: what the first of them has, then.
  std::optional<std::string> others() const { return found_ ? std::nullopt : others_; }

 private:
  /// What a member is; the objective may be a knob or a timing, too.
  enum class Role { knob, compile_time, run_time, timing, timestamp, objective, error, other };

  void find_roles() {
    layout_ = entry_.layout();
    roles_.clear();
    for (const RowMembers::Member& member : entry_.all()) roles_.push_back(role_of(member.key));
  }

  Role role_of(std::string_view key) const {
    if (std::find(header_.knobs.begin(), header_.knobs.end(), key) != header_.knobs.end()) return Role::knob;
    if (key == "__error__") return Role::error;
    if (key == "compile_time") return Role::compile_time;
    if (key == "verification_time" || key == "benchmark_time") return Role::run_time;
    if (key == "framework_time" && header_.run_times) return Role::run_time;
    if (std::find(kTimings.begin(), kTimings.end(), key) != kTimings.end()) return Role::timing;
    if (key == "timestamp") return Role::timestamp;
    return key == header_.measurement ? Role::objective : Role::other;
  }

  Result<Trial> read_trial() {
    Trial trial;
    std::string word;
    for (size_t i = 0; i < roles_.size(); ++i) read_member(roles_[i], entry_.all()[i], word, trial);
    if (const auto error = entry_.find("__error__")) word = failure_of(*error);
    const auto text = entry_.find(header_.measurement);
    const double value = (text ? json_number(*text) : std::nullopt).value_or(std::nan(""));
    // A word that no release is known to write is a failure all the same.
    if (word.empty() && text && std::isnan(value)) word = text_or_empty(text);
    if (!word.empty()) {
      read_failure(entry_, word, trial);
    } else if (value == kFailedTime && header_.set.objective.is_latency()) {
      trial.verdict = Verdict::run_failed;
      trial.message = "recorded as a time of 1e20";
    } else if (!text) {
      if (!others_) others_ = measurements();
      return corrupt(fmt::format("it has neither \"{}\" nor \"__error__\"", header_.measurement));
    } else {
      found_ = true;
      trial.costs = {header_.scale.cost(value, header_.scale.plain)};
      if (header_.samples) take_samples(trial);
    }
    trial.measured = reaches_device(trial.verdict);
    if (trial.measured) trial.device = header_.device;
    return trial;
  }

  /// Makes the times of every run the costs, where all of them can be one.
  void take_samples(Trial& trial) const {
    const auto times = entry_.find("times");
    JsonCursor cursor(times.value_or(""));
    if (!times || !cursor.enter('[')) return;
    std::vector<double> costs;
    for (bool first = true; cursor.element(first);) {
      costs.push_back(json_number(cursor.raw()).value_or(-1) * kNsPerOwnMs);
      if (!header_.scale.objective.check(costs.back()).ok()) return;
    }
    if (!costs.empty()) trial.costs = std::move(costs);
  }

  /// In older files the word of a failure stands in the place of any measurement. `word` becomes the first.
  void read_member(Role role, const RowMembers::Member& member, std::string& word, Trial& trial) const {
    if (role == Role::knob || role == Role::error) return;
    if (role == Role::timestamp) trial.finished_unix_ms = unix_ms_of(text_or_empty(member.value));
    const std::optional<double> number = json_number(member.value);
    if (!number) {
      if (word.empty() && verdict_of(word_of(member.value))) word = word_of(member.value);
      return;
    }
    if (role == Role::compile_time) trial.build_ns = duration_ns(*number, kNsPerOwnMs);
    if (role == Role::run_time) trial.run_ns += duration_ns(*number, kNsPerOwnMs);
    // What observers and metrics measured beside the objective.
    if (role == Role::other && !member.key.empty() && std::isfinite(*number) && *number != kFailedTime)
      trial.features.set(std::string(member.key), *number);
  }

  /// What stands under `__error__`.
  static std::string failure_of(std::string_view value) {
    if (value.starts_with('"')) return text_or_empty(value);
    return std::string(value);
  }

  /// The names of the numbers of an entry, for people.
  std::string measurements() const {
    std::string names;
    for (size_t i = 0; i < roles_.size(); ++i)
      if (roles_[i] != Role::knob && json_number(entry_.all()[i].value))
        names += (names.empty() ? "" : ", ") + std::string(entry_.all()[i].key);
    return names.empty() ? "none" : names;
  }

  const Header& header_;
  RowMembers entry_;
  size_t layout_ = 0;
  std::vector<Role> roles_;
  NamedTexts values_;
  bool found_ = false;
  std::optional<std::string> others_;
};

Result<StoredFile> open_cache(std::string_view text, const std::string& path, const ReadOptions& options) {
  const std::map<std::string, std::string_view> members = json_members(text);
  RowCollector rows;
  auto header = read_header(members, options, rows);
  if (!header.ok()) return header.error().within(path);
  const auto cache = members.find("cache");
  if (cache == members.end())
    return corrupt(path +
                   ": this cache of Kernel Tuner ends before its entries; the run may have just begun");
  EntryReader reader(*header);
  JsonWalker entries(cache->second);
  size_t number = 0;
  while (entries.next()) {
    const std::string_view entry = entries.value();
    ++number;
    const Status status =
        entry.empty() ? Status(corrupt("the file is cut off within it")) : reader.read(number, entry, rows);
    if (!status.ok()) rows.skip(number, status.error().message);
  }
  if (const auto others = reader.others(); others && options.objective)
    return invalid_input(fmt::format("{}: no entry has a measurement \"{}\"; the first has {}", path,
                                     header->measurement, *others));
  if (entries.is_damaged()) rows.tell(fmt::format("what follows row {}: the file is damaged there", number));
  return rows.finish(std::move(header->set), path);
}

Result<TrialFile> read_cache(const std::string& text, const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_cache(text, path, options));
  return trial_file_of(std::move(file));
}

/// A `cache` beside the parameters' names or the kernel's, at the top of an object.
bool is_cache(std::string_view text) {
  JsonWalker walker(text);
  bool named = false, cached = false;
  while (walker.is_object() && walker.next()) {
    const std::string_view key = walker.key();
    if (key == "tune_params_keys") return true;
    named = named || key == "kernel_name" || key == "tune_params";
    cached = cached || (key == "cache" && walker.rest().starts_with('{'));
    if (named && cached) return true;
    if (key == "results" || key == "Results" || key == "history") return false;
  }
  return false;
}

}  // namespace

bool is_kernel_tuner_member(std::string_view name) {
  return name == "times" || name == "timestamp" || name == "__error__" || name == kKernelTunerVerdict ||
         name == kKernelTunerMessage || std::find(kTimings.begin(), kTimings.end(), name) != kTimings.end();
}

std::string_view kernel_tuner_error(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "";
    case Verdict::rejected:
      return "InvalidConfig";
    case Verdict::build_failed:
    case Verdict::build_timeout:
    case Verdict::resource_exceeded:
      return "CompilationFailedConfig";
    case Verdict::launch_failed:
    case Verdict::run_failed:
    case Verdict::crashed:
    case Verdict::run_timeout:
    case Verdict::wrong_result:
    case Verdict::device_lost:
      break;
  }
  return "RuntimeFailedConfig";
}

const Format& kernel_tuner_format() {
  static const Format format = {"kernel-tuner",
                                "cache of Kernel Tuner, JSON",
                                ".json",
                                false,
                                is_cache,
                                read_cache,
                                write_kernel_tuner,
                                "a JSON object with `tune_params_keys` and `cache`",
                                open_cache};
  return format;
}

}  // namespace tamis
