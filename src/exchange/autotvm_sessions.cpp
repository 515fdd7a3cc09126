#include "exchange/autotvm_sessions.h"

#include "base/json.h"
#include "exchange/autotvm_vta.h"
#include "space/file/python_json.h"
#include "workload/suite.h"

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
      const std::string called = std::exchange(member.name, workload.name);
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

/// What source_of wrote, with the target that the session's identity names.
Result<ExternalTask> read_external(const SessionRecord& session) {
  TAMIS_ASSIGN(const Json json,
               parse_json(session.workload.source.substr(kSource.size()), session.workload.name));
  if (!json.is_array() || json.size() != 5 || !json[0].is_string() || !json[4].is_array())
    return corrupt(fmt::format("{}: its AutoTVM task is damaged", session.workload.name));
  ExternalTask external;
  external.task = {session.target_identity.substr(kIdentity.size()), json[0].get<std::string>(),
                   python_json(json[1]), python_json(json[2]), python_json(json[3])};
  TAMIS_ASSIGN(external.signature, read_signature(json[4]));
  return external;
}

/// Of the imported sessions the target's own words, of ours those for the device that it was tuned for.
Result<AutotvmTask> template_task(const SessionRecord& session, const Space& space) {
  const bool imported = session.target_identity.starts_with(kIdentity);
  vta::Hardware hardware;
  const std::string target = imported ? session.target_identity.substr(kIdentity.size()) : "";
  if (imported) {
    TAMIS_ASSIGN(hardware, vta::hardware_of_target(target));
  } else {
    TAMIS_ASSIGN(hardware, vta::hardware_of_identity(session.target_identity));
  }
  TAMIS_ASSIGN(AutotvmTask task, vta::task_of(hardware, session.workload, space));
  if (imported) task.target = target;
  return task;
}

Result<ExternalTask> task_of(const SessionRecord& session, const Space& space) {
  const bool imported = session.target_identity.starts_with(kIdentity);
  if (imported && session.workload.op == Operator::external && session.workload.source.starts_with(kSource))
    return read_external(session);
  if (!imported && !session.target_identity.starts_with("vta "))
    return unsupported(
        fmt::format("{}: AutoTVM has no task for the target {}; it has for the target vta and for what was "
                    "imported from its logs",
                    session.workload.name, session.target_spec));
  TAMIS_ASSIGN(AutotvmTask task, template_task(session, space));
  return ExternalTask{std::move(task), signature_of(space)};
}

}  // namespace

Result<TrialSet> session_of(const AutotvmGroup& group) {
  TrialSet session;
  session.target_identity = std::string(kIdentity) + group.task.target;
  if (auto known = vta::template_of(group.task); known.ok()) {
    // Configs of another version of the template are not of this space; then the task is a foreign one.
    auto trials = trials_of_records(group, known->space);
    if (trials.ok()) {
      session.workload = std::move(known->workload);
      session.workload.name = usual_name(session.workload);
      session.space = std::move(known->space);
      session.trials = std::move(*trials);
      return session;
    }
  }
  session.workload.op = Operator::external;
  session.workload.source = source_of(group);
  session.workload.name = short_name(group.task);
  TAMIS_ASSIGN(session.space, space_of_records(group));
  TAMIS_ASSIGN(session.trials, trials_of_records(group, session.space));
  return session;
}

Result<std::string> autotvm_lines(const SessionRecord& session, const Space& space,
                                  std::span<const Trial> trials) {
  TAMIS_ASSIGN(const ExternalTask external, task_of(session, space));
  const bool open_splits = session.workload.op != Operator::external;
  std::string text;
  for (const Trial& trial : trials) {
    if (trial.verdict == Verdict::valid && !std::isfinite(trial.latency_ns())) continue;
    text += write_autotvm_record(record_of(external.task, external.signature, space, trial, open_splits));
    text += '\n';
  }
  return text;
}

}  // namespace tamis
