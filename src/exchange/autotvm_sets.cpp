#include "exchange/autotvm_sets.h"

#include "base/json.h"
#include "exchange/autotvm_vta.h"
#include "exchange/foreign_objective.h"
#include "exchange/recognition.h"
#include "tamis/suite.h"
#include "tamis/task.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::string_view kIdentity = "autotvm ";
constexpr std::string_view kSource = "autotvm ";

/// The member of a suite that a workload is, or its own name.
std::string usual_name(const Workload& workload) {
  for (const std::string& name : suite_names()) {
    const Result<Suite> suite = find_suite(name);
    if (!suite.ok()) continue;  // one whose layers are all of another type
    for (Workload member : suite->workloads) {
      std::string called = std::exchange(member.name, workload.name);
      if (member == workload) return called;
    }
  }
  return workload.name;
}

/// A shape or an argument in few letters: 1x64x56x56 for a tensor or a list, the word or number itself.
std::string short_argument(const Json& argument) {
  const bool tensor = argument.is_array() && argument.size() == 3 && argument[0] == "TENSOR";
  const Json& json = tensor ? argument[1] : argument;
  if (json.is_string()) return json.get<std::string>();
  if (!json.is_array()) return json.dump();
  std::string text;
  for (const Json& one : json) text += (text.empty() ? "" : "x") + short_argument(one);
  return text;
}

/// `conv2d_nchw.cuda:1x64x56x56,64x64x3x3,1x1,1x1x1x1,1x1,float32`, for people.
std::string short_name(const AutotvmTask& task) {
  std::string name = task.name;
  const Result<Json> arguments = parse_json(task.args, task.name);
  char separator = ':';
  if (arguments.ok())
    for (const Json& argument : *arguments) {
      name += separator + short_argument(argument);
      separator = ',';
    }
  return name;
}

/// Everything of a task that its target is not, and the kinds of its entities, which a space does not tell.
std::string source_of(const AutotvmRows& rows) {
  Json signature = Json::array();
  for (const auto& [name, kind] : rows.signature()) signature.push_back(Json::array({name, to_string(kind)}));
  const AutotvmTask& task = rows.task();
  return fmt::format("{}[{}, {}, {}, {}, {}]", kSource, python_json(task.name), task.args, task.kwargs,
                     task.code_hash, python_json(signature));
}

struct ExternalTask {
  AutotvmTask task;
  AutotvmSignature signature;
};

Result<AutotvmSignature> read_signature(const Json& json) {
  AutotvmSignature signature;
  for (const Json& one : json) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_string() || !one[1].is_string())
      return corrupt("its entities are damaged");
    TAMIS_ASSIGN(const AutotvmKind kind, parse_autotvm_kind(one[1].get_ref<const std::string&>()));
    signature.emplace_back(one[0].get<std::string>(), kind);
  }
  return signature;
}

/// What source_of wrote, with the target that the set's identity names.
Result<ExternalTask> read_external(const TrialSet& set) {
  TAMIS_ASSIGN(const Json json, parse_json(set.workload.source.substr(kSource.size()), set.workload.name));
  if (!json.is_array() || json.size() != 5 || !json[0].is_string() || !json[4].is_array())
    return corrupt(fmt::format("{}: its AutoTVM task is damaged", set.workload.name));
  ExternalTask external;
  external.task = {set.target_identity.substr(kIdentity.size()), json[0].get<std::string>(),
                   python_json(json[1]), python_json(json[2]), python_json(json[3])};
  TAMIS_ASSIGN(external.signature, read_signature(json[4]));
  return external;
}

/// Of the imported sets the target's own words, of ours those for the device that it was tuned for.
Result<AutotvmTask> template_task(const TrialSet& set) {
  const bool imported = set.target_identity.starts_with(kIdentity);
  vta::Hardware hardware;
  const std::string target = imported ? set.target_identity.substr(kIdentity.size()) : "";
  if (imported) {
    TAMIS_ASSIGN(hardware, vta::hardware_of_target(target));
  } else {
    TAMIS_ASSIGN(hardware, vta::hardware_of_identity(set.target_identity));
  }
  TAMIS_ASSIGN(AutotvmTask task, vta::task_of(hardware, set.workload, set.space));
  if (imported) task.target = target;
  return task;
}

Result<ExternalTask> task_of(const TrialSet& set) {
  if (!set.objective.is_latency())
    return unsupported(fmt::format("{}: AutoTVM has latencies only, and its objective is {}",
                                   set.workload.name, set.objective.name));
  const bool imported = set.target_identity.starts_with(kIdentity);
  if (imported && set.workload.op == Operator::external && set.workload.source.starts_with(kSource))
    return read_external(set);
  const Result<TaskIdentity> identity = parse_identity(set.target_identity);
  if (!imported && !(identity.ok() && identity->kind == "vta"))
    return unsupported(
        fmt::format("{}: AutoTVM has no task for the target {}; it has for the target vta and for what was "
                    "imported from its logs",
                    set.workload.name, set.target_spec));
  TAMIS_ASSIGN(AutotvmTask task, template_task(set));
  return ExternalTask{std::move(task), signature_of(set.space)};
}

/// Ansor's records have some of the keys of AutoTVM 0.1.
bool recognises_autotvm(std::string_view text) { return looks_like_autotvm(text) && !looks_like_ansor(text); }

/// Gives every line of a log to its task.
class LogReader {
 public:
  void take(size_t number, std::string_view line, bool ended) {
    if (take_to_pieces(line, pieces_) && take_known()) return;
    auto record = parse_autotvm_record(line);
    if (!record.ok()) {
      const bool cut_off = !ended && record.error().kind == ErrorKind::corrupt;
      if (!first_) first_ = record.error().kind;
      skipped_.add(number, (cut_off ? "the last line is cut off: " : "") + record.error().message);
      return;
    }
    // What reads otherwise than it is usually written is taken as it is usually written.
    std::string usual;
    if (!take_to_pieces(line, pieces_)) {
      usual = write_autotvm_record(*record);
      if (!take_to_pieces(usual, pieces_))
        return skipped_.add(number, "it has values that cannot be written again");
    }
    AutotvmRows& rows = rows_of(*record);
    rows.meet(pieces_, *record);
    if (!rows.take(pieces_)) skipped_.add(number, "its entities are not those of its task");
  }

  std::vector<std::unique_ptr<AutotvmRows>>& groups() { return groups_; }
  const Skipped& skipped() const { return skipped_; }
  /// Of what kind the first error was.
  ErrorKind first_kind() const { return first_.value_or(ErrorKind::corrupt); }

 private:
  /// The text by which lines of one task are known before they are understood.
  std::string key_of_pieces() const { return fmt::format("{}\n{}", pieces_.input, pieces_.code_hash); }

  bool take_known() {
    if (known_ == nullptr || pieces_.input != input_ || pieces_.code_hash != code_hash_) {
      const auto found = by_text_.find(key_of_pieces());
      if (found == by_text_.end()) return false;
      known_ = &found->second;
      input_ = pieces_.input;
      code_hash_ = pieces_.code_hash;
    }
    return std::any_of(known_->begin(), known_->end(),
                       [&](const size_t group) { return groups_[group]->take(pieces_); });
  }

  AutotvmRows& rows_of(const AutotvmRecord& record) {
    const AutotvmTask& task = record.task;
    std::string key =
        fmt::format("{}\n{}\n{}\n{}\n{}", task.target, task.name, task.args, task.kwargs, task.code_hash);
    for (const AutotvmEntity& entity : record.entities)
      key += fmt::format("\n{} {}", to_string(entity.kind), entity.name);
    const auto [place, is_new] = places_.emplace(std::move(key), groups_.size());
    if (is_new) groups_.push_back(std::make_unique<AutotvmRows>(task, signature_of(record)));
    std::vector<size_t>& known = by_text_[key_of_pieces()];
    if (std::find(known.begin(), known.end(), place->second) == known.end()) known.push_back(place->second);
    return *groups_[place->second];
  }

  AutotvmPieces pieces_;
  std::vector<std::unique_ptr<AutotvmRows>> groups_;  // in the order in which they begin
  std::map<std::string, size_t> places_;
  std::unordered_map<std::string, std::vector<size_t>> by_text_;
  const std::vector<size_t>* known_ = nullptr;
  std::string input_, code_hash_;  // of known_
  Skipped skipped_;
  std::optional<ErrorKind> first_;
};

/// The workload of a task that tamis knows a template of, if the records are of the template's space and come
/// out again as they came.
bool make_known(AutotvmRows& rows, TrialSet& head) {
  auto known = vta::template_of(rows.task());
  if (!known.ok() || signature_of(known->space) != rows.signature()) return false;
  TrialSet set = head;
  set.workload = std::move(known->workload);
  set.workload.name = usual_name(set.workload);
  set.space = std::move(known->space);
  const Result<AutotvmTask> again = template_task(set);
  if (!again.ok() || *again != rows.task() || !rows.place(set.space, true).ok()) return false;
  head = std::move(set);
  return true;
}

Result<StoredSet> stored_set_of(std::unique_ptr<AutotvmRows> rows) {
  StoredSet set;
  set.head.target_identity = std::string(kIdentity) + rows->task().target;
  set.head.started_unix_ms = rows->started_unix_ms();
  if (!make_known(*rows, set.head)) {
    set.head.workload.op = Operator::external;
    set.head.workload.source = source_of(*rows);
    set.head.workload.name = short_name(rows->task());
    TAMIS_ASSIGN(set.head.space, rows->space());
    TAMIS_TRY(rows->place(set.head.space, false));
  }
  set.trials = std::move(rows);
  return set;
}

Result<TrialFile> read_file_of_autotvm(const std::string& text, const std::string& path,
                                       const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_autotvm(text, path, options));
  return trial_file_of(std::move(file));
}

/// Sets that AutoTVM has no task for are an error only where there are no others.
Result<TrialText> write_file_of_autotvm(std::span<const TrialSet> sets) {
  TrialText file;
  std::optional<Error> first;
  bool any = false;
  for (const TrialSet& set : sets) {
    auto lines = autotvm_lines(set);
    any = any || lines.ok();
    if (lines.ok()) {
      file.text += *lines;
    } else if (lines.error().kind != ErrorKind::unsupported) {
      return lines.error();
    } else {
      file.skipped.push_back(fmt::format("the {} trial{} of {}", set.trials.size(),
                                         set.trials.size() == 1 ? "" : "s", lines.error().message));
      ++file.sets_left_out;
      if (!first) first = lines.error();
    }
  }
  if (first && !any) return *first;
  return file;
}

}  // namespace

Result<StoredFile> open_autotvm(std::string_view text, const std::string& origin,
                                const ReadOptions& options) {
  // Nothing else is in a log; seconds are what AutoTVM writes.
  if (const auto scale = only_scale_of({"cost", "s", ""}, options); options.objective && !scale.ok())
    return scale.error().within(origin);
  LogReader reader;
  for_each_autotvm_line(
      text, [&](size_t number, std::string_view line, bool ended) { reader.take(number, line, ended); });
  const Skipped& skipped = reader.skipped();
  if (reader.groups().empty() && skipped.count() == 0)
    return corrupt(fmt::format("{}: this AutoTVM log has no records", origin));
  if (reader.groups().empty())
    return Error{reader.first_kind(), fmt::format("{}, {}", origin, skipped.first("line"))};
  StoredFile file{"", {}, skipped.sentences("line"), skipped.count()};
  for (std::unique_ptr<AutotvmRows>& rows : reader.groups()) {
    const size_t count = rows->size();
    if (count == 0) continue;
    const std::string name = rows->task().name;
    auto set = stored_set_of(std::move(rows));
    if (set.ok()) {
      file.sets.push_back(std::move(*set));
      continue;
    }
    file.skipped.push_back(fmt::format("{} records of {}: {}", count, name, set.error().message));
    file.left_out += count;
  }
  return file;
}

Result<std::string> autotvm_lines(const TrialSet& set) {
  TAMIS_ASSIGN(const ExternalTask external, task_of(set));
  const bool open_splits = set.workload.op != Operator::external;
  std::string text;
  for (const Trial& trial : set.trials) {
    if (trial.verdict == Verdict::valid && !std::isfinite(trial.cost())) continue;
    const AutotvmRecord record = record_of(external.task, external.signature, set.space, trial, open_splits);
    if (record.index == Space::kUncountable)
      return unsupported(
          fmt::format("{}: an AutoTVM record names a config by its index, and of {} configs not every one "
                      "has an index of 64 "
                      "bits; export to another format, such as csv",
                      set.workload.name, size_text(set.space)));
    text += write_autotvm_record(record) + '\n';
  }
  return text;
}

const Format& autotvm_format() {
  static const Format format = {"autotvm",
                                "log of AutoTVM 0.2, a JSON record a line",
                                ".log",
                                true,
                                recognises_autotvm,
                                read_file_of_autotvm,
                                write_file_of_autotvm,
                                "JSON records a line with `input`, `config` and `result`",
                                open_autotvm,
                                true};
  return format;
}

}  // namespace tamis
