#include "exchange/autotvm_sets.h"

#include "base/json.h"
#include "exchange/autotvm_vta.h"
#include "exchange/recognition.h"
#include "tamis/suite.h"
#include "tamis/task.h"

#include <cmath>
#include <optional>
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
std::string source_of(const AutotvmGroup& group) {
  Json signature = Json::array();
  for (const auto& [name, kind] : group.signature) signature.push_back(Json::array({name, to_string(kind)}));
  return fmt::format("{}[{}, {}, {}, {}, {}]", kSource, python_json(group.task.name), group.task.args,
                     group.task.kwargs, group.task.code_hash, python_json(signature));
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

Result<TrialFile> read_file_of_autotvm(const std::string& text, const std::string& path) {
  TAMIS_ASSIGN(const AutotvmLog log, read_autotvm_log(text, path));
  TrialFile file;
  for (const SkippedLine& line : log.skipped)
    file.skipped.push_back(fmt::format("line {}: {}", line.line, line.reason));
  for (const AutotvmGroup& group : group_records(log.records)) {
    auto set = autotvm_set(group);
    if (set.ok()) {
      file.sets.push_back(std::move(*set));
    } else {
      file.skipped.push_back(
          fmt::format("{} records of {}: {}", group.records.size(), group.task.name, set.error().message));
    }
  }
  return file;
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
      if (!first) first = lines.error();
    }
  }
  if (first && !any) return *first;
  return file;
}

}  // namespace

Result<TrialSet> autotvm_set(const AutotvmGroup& group) {
  TrialSet set;
  set.target_identity = std::string(kIdentity) + group.task.target;
  if (auto known = vta::template_of(group.task); known.ok()) {
    // Configs of another version of the template are not of this space; then the task is a foreign one.
    auto trials = trials_of_records(group, known->space);
    if (trials.ok()) {
      set.workload = std::move(known->workload);
      set.workload.name = usual_name(set.workload);
      set.space = std::move(known->space);
      set.trials = std::move(*trials);
      return set;
    }
  }
  set.workload.op = Operator::external;
  set.workload.source = source_of(group);
  set.workload.name = short_name(group.task);
  TAMIS_ASSIGN(set.space, space_of_records(group));
  TAMIS_ASSIGN(set.trials, trials_of_records(group, set.space));
  return set;
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
                                nullptr,
                                "JSON records a line with `input`, `config` and `result`"};
  return format;
}

}  // namespace tamis
