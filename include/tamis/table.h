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
/// Strategies meet a black box: a trial has the recorded verdict, message and latency, and no features but
/// those that are revealed (TableOptions). Time
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

/// How a recorded table stands for the device that it was recorded on.
struct TableOptions {
  /// With a stream of noise every run of a config gives one of its recorded costs, drawn with replacement,
  /// and the target's latencies vary (TargetTraits::latencies_vary). What the nth run of a config gives
  /// depends on the stream, the config and n alone, so strategies that share a stream meet the same noise.
  std::optional<uint64_t> noise = std::nullopt;
  /// Features of the table that building a config shows, and that building costs next to nothing
  /// (TargetTraits::builds_freely); none: strategies meet a black box. A row that was recorded without a
  /// feature shows that of the row most like it, so that a gap does not tell that the row is invalid.
  std::vector<std::string> revealed = {};
};

/// A task of a recorded table (tamis/trial_set.h) that was read already; the table is shared, not copied. Its
/// workload's source is the table's name. Errors: as bind_task; invalid_input for a feature that no row has.
Result<SharedTask> bind_table(std::shared_ptr<const TrialSet> table, const BindOptions& options = {},
                              const TableOptions& how = {});

}  // namespace tamis::table
