#pragma once

#include "tamis/task.h"
#include "tamis/trial_set.h"

#include <memory>
#include <string>

namespace tamis::table {

/// The target `table`: trying a config looks up what came of it when the table was recorded, in about a
/// microsecond. A workload is a table's file (`FILE`, or `external:FILE`).
///
/// Strategies meet a black box: a trial has the recorded verdict, message and latency, and no features. Time
/// spent building is what the look-up takes, not what was recorded. The default config is the first in the
/// order of indexes: every knob at the least value that the table allows, the last knob counting most.
///
/// Errors: invalid_input for a spec other than `table`.
Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings);

/// A task of a recorded table (tamis/trial_set.h) that was read already; the table is shared, not copied. Its
/// workload's source is the table's name. Errors: as bind_task.
Result<SharedTask> bind_table(std::shared_ptr<const TrialSet> table, const BindOptions& options = {});

}  // namespace tamis::table
