#pragma once

#include "exchange/recorded_table.h"
#include "task/target.h"

#include <memory>
#include <string>

namespace tamis::table {

/// The target `table`: trying a config looks up what came of it when the table was recorded, in about a
/// microsecond. A workload is a table's file (`FILE`, or `external:FILE`), read once.
///
/// Strategies meet a black box: a trial has the recorded verdict, message and latency, and no features. Time
/// spent building is what the look-up takes, not what was recorded. The default config is the first in the
/// order of indexes: every knob at the least value that the table allows, the last knob counting most.
///
/// Errors: invalid_input for a spec other than `table` and for settings, which this target has none of.
Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options);

/// The same for a table that was read already: the workload of `workload_of(table)` finds it without reading
/// a file.
std::unique_ptr<Target> make_target(const std::shared_ptr<const TrialSet>& table);

/// The workload of a table; `source` is what recognises it on its target, the table's name by default.
Workload workload_of(const TrialSet& table, const std::string& source = {});

/// Looking up cannot fail.
bool needs_isolation(const TargetOptions& options);

}  // namespace tamis::table
