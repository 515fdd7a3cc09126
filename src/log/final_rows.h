#pragma once

#include "log/sqlite.h"
#include "tamis/result.h"
#include "tamis/trial.h"

#include <cstdint>
#include <optional>

namespace tamis {

/// Writes the finals of a session in one transaction. Errors: invalid_input for finals after as many trials
/// as others of the session; else as sqlite::Database.
Status add_final_rows(sqlite::Database& database, int64_t session, const Finals& finals);

/// The finals of a session after so many trials, the newest where no number is given; nothing where it has
/// none. Errors: corrupt for a row that no tamis wrote; else as sqlite::Database.
Result<std::optional<Finals>> read_final_rows(const sqlite::Database& database, int64_t session,
                                              std::optional<uint64_t> after_trials);

}  // namespace tamis
