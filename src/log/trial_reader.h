#pragma once

#include "log/session_rows.h"
#include "log/sqlite.h"
#include "tamis/log.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tamis {

/// What a trial or finalist is read as that was logged as valid with a cost that cannot be
/// (Objective::check), as older releases logged some latencies.
inline constexpr Verdict kRefusedCost = Verdict::run_failed;

/// Makes one that failed, with the reason, of such a trial or finalist.
template <class Outcome>
void refuse_cost(Outcome& outcome, const Objective& objective) {
  if (outcome.verdict != Verdict::valid || outcome.costs.empty()) return;
  const Status checked = objective.check(outcome.cost());
  if (checked.ok()) return;
  outcome.verdict = kRefusedCost;
  outcome.costs.clear();
  outcome.message = checked.error().message;
}

/// The trials of a session by number. Here and below, costs that cannot be are refused (refuse_cost). Errors:
/// corrupt for a row that no tamis wrote; else as sqlite::Database.
Result<std::vector<Trial>> read_trial_rows(const sqlite::Database& database, int64_t session,
                                           const TrialFrame& frame);
/// The same some thousands at a time, from the trial of a number on, as Log::visit_trials has it.
Status visit_trial_rows(const sqlite::Database& database, int64_t session, const TrialFrame& frame,
                        uint64_t from, const TrialVisitor& visit);
/// One of them, nothing where there is none.
Result<std::optional<Trial>> read_trial_row(const sqlite::Database& database, int64_t session,
                                            const TrialFrame& frame, uint64_t number);

// What is asked of the trials of a session without reading all that is known of them. Errors of all: corrupt
// for a row that no tamis wrote; else as sqlite::Database.

/// The numbers of the fastest valid trials as Log::fastest has them.
Result<std::vector<uint64_t>> fastest_trial_rows(const sqlite::Database& database, int64_t session,
                                                 const Objective& objective, size_t count);

/// As Log::end.
Result<uint64_t> end_of_trial_rows(const sqlite::Database& database, int64_t session);

/// As Log::impossible.
Result<uint64_t> count_impossible_rows(const sqlite::Database& database, int64_t session,
                                       const Objective& objective);

/// As Log::counts.
Result<std::vector<TrialCount>> count_trial_rows(const sqlite::Database& database, int64_t session,
                                                 const Objective& objective);

}  // namespace tamis
