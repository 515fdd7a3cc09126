#pragma once

#include "tamis/task.h"
#include "tamis/trial_set.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis::table {

/// The target `table`: trying a config looks up what came of it when the table was recorded, in about a
/// microsecond. A workload is a table's file (`FILE`, or `external:FILE`).
///
/// Strategies meet a black box: a trial has the recorded verdict, message and latency, and no features. Time
/// spent building is what the look-up takes, not what was recorded. The default config is the first in the
/// order of indexes: every knob at the least value that the table allows, the last knob counting most.
///
/// The setting `objective` is what a table's costs are to be (tamis/formats.h, ReadOptions), where the file
/// leaves it open or another measurement is meant.
///
/// Errors: invalid_input for a spec other than `table`, and as parse_objective_request.
Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings);

/// The settings of this target.
inline const std::vector<SettingKind>& setting_kinds() {
  static const std::vector<SettingKind> kinds = {
      {"objective", "what is optimised, NAME[:UNIT][:min|max]: energy:J, GFLOP/s, score:max", ""}};
  return kinds;
}

/// A task of a recorded table (tamis/trial_set.h) that was read already; the table is shared, not copied. Its
/// workload's source is the table's name.
///
/// With `noise` every run of a config gives one of its recorded costs, drawn with replacement, and the
/// target's latencies vary (TargetTraits::latencies_vary). What the nth run of a config gives depends on the
/// stream, the config and n alone, so strategies that share a stream meet the same noise. Errors: as
/// bind_task.
Result<SharedTask> bind_table(std::shared_ptr<const TrialSet> table, const BindOptions& options = {},
                              std::optional<uint64_t> noise = std::nullopt);

}  // namespace tamis::table
