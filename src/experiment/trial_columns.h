#pragma once

#include "tamis/objective.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// Trials of one session as a table whose columns have names: the knobs, the features that occur, and
/// `number`, `index`, `verdict`, `latency_ns`, `value` (of the objective, in its unit), `cost` (of which the
/// least is the best), `proposer`, `device`, `measured` (1 or 0), `message`, `build_ns`, `run_ns`,
/// `finished_unix_ms` and `config`. Where names meet, a knob goes before a feature, and that before the rest.
/// What is asked with a column must be asked about trials of the same space.
struct TrialColumn {
  std::string name;
  bool is_text = false;  ///< whether its cells are names, for alignment and formulas
  /// The cell of a trial; nothing where it has none: a latency of what is not valid, a feature that was not
  /// measured.
  std::function<std::optional<KnobValue>(const Trial&)> cell;
};

/// The column of a name. `space` must outlive it. Errors: not_found, with the nearest.
Result<TrialColumn> find_column(const Space& space, std::span<const Trial> trials, const std::string& name,
                                const Objective& objective = {});

/// The trials for which a formula (docs/reference/constraint-expressions) over the columns holds, in their
/// order. It does not hold where a cell that it names is missing. Errors: as Expression::parse.
Result<std::vector<Trial>> trials_where(const Space& space, std::vector<Trial> trials,
                                        const std::string& formula, const Objective& objective = {});

/// Sorts by a column, smallest first or the other way round; trials without a cell come last, equal ones stay
/// in their order.
void sort_by(const TrialColumn& column, bool descending, std::vector<Trial>& trials);

/// The trials that share a cell.
struct TrialGroup {
  std::optional<KnobValue> key;
  uint64_t trials = 0;
  uint64_t valid = 0;
  double best = 0;    ///< least cost of the valid ones; infinity where there are none
  double median = 0;  ///< median of the costs of the valid ones; infinity where there are none
};
/// By cell, smallest first; trials without one together first.
std::vector<TrialGroup> group_by(const TrialColumn& column, std::span<const Trial> trials);

}  // namespace tamis
