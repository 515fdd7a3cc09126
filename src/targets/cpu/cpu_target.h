#pragma once

#include "tamis/task.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::cpu {

/// `threads`: of a run, 0 for one per core that the process may use; `caches`: `warm` or `cold` before a
/// timed run; `layout`: of workloads that do not say theirs.
const std::vector<SettingKind>& setting_kinds();

/// The target of a spec: `cpu` for this machine, `cpu:mcpu=NAME` for code for another processor, which can be
/// built and emitted, not run. Errors: invalid_input, unsupported.
Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings);

/// A task as a log recorded it, whose machine need not be this one. Errors: as machine_of_identity.
Result<SharedTask> recall_task(const TaskIdentity& identity, const Workload& workload, const Space& space);

}  // namespace tamis::cpu
