#pragma once

#include "experiment/trial_columns.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::cli {

/// Which trials of a session are shown, and how.
struct TrialSelection {
  std::optional<Verdict> verdict;
  std::string proposer;              ///< only those that it proposed; all when empty
  std::string where;                 ///< a formula over columns (experiment/trial_columns.h); all when empty
  std::string sort;                  ///< a column; the order of proposal when empty
  bool descending = false;           ///< sort from the largest
  uint64_t limit = 0;                ///< at most so many, after sorting; all when 0
  std::string group;                 ///< a column: a row for each of its values instead of one for each trial
  std::vector<std::string> columns;  ///< instead of the usual ones
  /// Whether anything was asked for.
  bool given() const;
};

/// The columns that a selection names.
struct SelectedColumns {
  std::optional<TrialColumn> sort, group;
  std::vector<TrialColumn> columns;
};
/// Looks them up among those of all trials of the session, which must outlive them. Errors: as find_column.
Result<SelectedColumns> find_columns(const TrialSelection& selection, const TrialSet& session);

/// Leaves those trials of the session that were asked for, in the order asked for. Errors: as trials_where.
Status select_trials(const TrialSelection& selection, const SelectedColumns& columns, TrialSet& session);

/// The trials of the session, or their groups, as a table and as a JSON array.
std::string draw_trials(const SelectedColumns& columns, const TrialSet& session);
Json trials_json(const SelectedColumns& columns, const TrialSet& session);

}  // namespace tamis::cli
