#pragma once

#include "base/result.h"
#include "log/sqlite.h"
#include "trial/finals.h"

#include <cstdint>
#include <optional>

namespace tamis {

/// Writes the finals of a session in one transaction. Errors: invalid_input for finals after as many trials
/// as others of the session; else as sqlite::Database.
Status add_final_rows(sqlite::Database& database, int64_t session, const Finals& finals);

/// The newest finals of a session, nothing where it has none. Errors: corrupt for a row that no tamis wrote;
/// else as sqlite::Database.
Result<std::optional<Finals>> read_final_rows(const sqlite::Database& database, int64_t session);

}  // namespace tamis
