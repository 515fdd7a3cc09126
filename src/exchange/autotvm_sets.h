#pragma once

#include "exchange/autotvm_trials.h"
#include "tamis/formats.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <string>

namespace tamis {

/// How sets of trials and AutoTVM's tasks belong together. A task that tamis knows a template of (VTA's) is a
/// workload of ours, called like the member of a suite that it is; any other one is an external workload
/// whose source holds the task, so that it can be written again.

/// Logs of AutoTVM.
const Format& autotvm_format();

/// Reads a log: a set for each task whose configs have the same entities, of the identity `autotvm TARGET`.
/// Comments and empty lines count for nothing; a line that is damaged, cut off or of an older version is
/// skipped and told of. Errors: as the first line skipped, with its number, where no record could be read;
/// corrupt for a text without lines. Thread safe.
Result<StoredFile> open_autotvm(std::string_view text, const std::string& origin, const ReadOptions& options);

/// The lines of a set's trials, each with a line end. Trials that are valid without a latency are left out.
/// Errors: unsupported when AutoTVM has no task for the set: it is not of the target vta with the template's
/// space, and does not come from an AutoTVM log.
Result<std::string> autotvm_lines(const TrialSet& set);

}  // namespace tamis
