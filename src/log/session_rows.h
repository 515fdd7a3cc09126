#pragma once

#include "log/sqlite.h"
#include "tamis/log.h"
#include "tamis/result.h"

#include <cstdint>
#include <map>
#include <vector>

namespace tamis {

/// Writes a session and returns its id. Errors: as sqlite::Database.
Result<int64_t> add_session_row(const sqlite::Database& database, const SessionRecord& session);
/// All sessions by id. Errors: corrupt for a row that no tamis wrote.
Result<std::vector<SessionRecord>> read_session_rows(const sqlite::Database& database);

/// The spaces of the sessions, read once each: what turns choices into an index and back.
class SessionRows {
 public:
  /// Lives as long as this. Errors: not_found for a session that the log does not hold, corrupt.
  Result<const Space*> space_of(const sqlite::Database& database, int64_t session);

 private:
  std::map<int64_t, Space> spaces_;
};

}  // namespace tamis
