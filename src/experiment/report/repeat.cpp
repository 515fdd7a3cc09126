#include "experiment/report/repeat.h"

#include "base/shell.h"
#include "tamis/targets.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::report {
namespace {

/// How the workload is named on a command line: what came from a file by that file, what a suite has by its
/// name there, else by its spec.
std::string workload_argument(const TargetKind& kind, const SessionRecord& session) {
  const Workload& workload = session.workload;
  if (workload.op == Operator::external) return workload.source;
  std::string spec = to_spec(workload);
  const auto target = kind.make(session.target_spec, {});
  if (!target.ok()) return spec;
  const Result<std::vector<Workload>> named = (*target)->resolve(workload.name);
  return named.ok() && named->size() == 1 && to_spec(named->front()) == spec ? workload.name : spec;
}

/// The settings of the target that its identity has under their own names: threads, caches, ...
std::string setting_arguments(const TargetKind& kind, const std::string& identity) {
  const Result<TaskIdentity> parsed = parse_identity(identity);
  if (!parsed.ok()) return "";
  std::string text;
  for (const std::pair<std::string, std::string>& property : parsed->properties) {
    const auto names_it = [&](const SettingKind& one) { return one.name == property.first; };
    if (std::any_of(kind.settings.begin(), kind.settings.end(), names_it))
      text += fmt::format(" --{} {}", property.first, shell_word(property.second));
  }
  return text;
}

}  // namespace

std::string repeat_command(const SessionRecord& session) {
  const Result<const TargetKind*> kind = find_target_kind(session.target_spec);
  if (!kind.ok() || (*kind)->name == "table") return "";
  const std::string workload = workload_argument(**kind, session);
  if (workload.empty()) return "";
  return fmt::format("tamis tune {} --target {}{} --log none --config {{config}}", shell_word(workload),
                     shell_word(session.target_spec), setting_arguments(**kind, session.target_identity));
}

}  // namespace tamis::report
