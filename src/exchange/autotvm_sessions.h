#pragma once

#include "base/result.h"
#include "exchange/autotvm_trials.h"
#include "log/log.h"
#include "space/space.h"
#include "trial/trial_set.h"
#include "workload/workload.h"

#include <span>
#include <string>
#include <vector>

namespace tamis {

/// How sessions and AutoTVM's tasks belong together. A task that tamis knows a template of (VTA's) is a
/// workload of ours, called like the member of a suite that it is; any other one is an external workload
/// whose source holds the task, so that it can be written again.

/// What a group of AutoTVM's records is as a set of trials: its identity is `autotvm TARGET`.
/// Errors: as Space::create.
Result<TrialSet> session_of(const AutotvmGroup& group);

/// The lines of trials of a session, each with a line end. Trials that are valid without a latency are left
/// out. Errors: unsupported when AutoTVM has no task for the session: it is not of the target vta with the
/// template's space, and was not imported from an AutoTVM log.
Result<std::string> autotvm_lines(const SessionRecord& session, const Space& space,
                                  std::span<const Trial> trials);

}  // namespace tamis
