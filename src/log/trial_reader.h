#pragma once

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

/// The trials of a session by number. One that is valid with a latency that cannot be (check_latency_ns), as
/// older releases logged some, is read as failed, with the reason; likewise by all below. Errors: corrupt for
/// a row that no tamis wrote; else as sqlite::Database.
Result<std::vector<Trial>> read_trial_rows(const sqlite::Database& database, int64_t session,
                                           const Space& space);
/// The same some thousands at a time, as Log::visit_trials has it.
Status visit_trial_rows(const sqlite::Database& database, int64_t session, const Space& space,
                        const TrialVisitor& visit);
/// One of them, nothing where there is none.
Result<std::optional<Trial>> read_trial_row(const sqlite::Database& database, int64_t session,
                                            const Space& space, uint64_t number);

// What is asked of the trials of a session without reading all that is known of them. Errors of all: corrupt
// for a row that no tamis wrote; else as sqlite::Database.

/// The numbers of the fastest valid trials as Log::fastest has them.
Result<std::vector<uint64_t>> fastest_trial_rows(const sqlite::Database& database, int64_t session,
                                                 size_t count);

/// As Log::end.
Result<uint64_t> end_of_trial_rows(const sqlite::Database& database, int64_t session);

/// As Log::counts.
Result<std::vector<TrialCount>> count_trial_rows(const sqlite::Database& database, int64_t session);

}  // namespace tamis
