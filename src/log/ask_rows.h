#pragma once

#include "log/sqlite.h"
#include "tamis/log.h"
#include "tamis/result.h"

#include <cstdint>
#include <vector>

namespace tamis {

/// Writes an ask of a session. Errors: invalid_input for a second one with the same first number; else as
/// sqlite::Database.
Status add_ask_row(const sqlite::Database& database, int64_t session, const AskRecord& ask);

/// The asks of a session in their order. Errors: corrupt for a row that no tamis wrote; else as
/// sqlite::Database.
Result<std::vector<AskRecord>> read_ask_rows(const sqlite::Database& database, int64_t session);

}  // namespace tamis
