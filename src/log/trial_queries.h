#pragma once

#include "log/sqlite.h"
#include "tamis/log.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis {

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
