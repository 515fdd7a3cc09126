#pragma once

#include "log/sqlite.h"
#include "tamis/log.h"
#include "tamis/result.h"
#include "tamis/trial.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace tamis {

/// Writes a session and returns its id. Errors: as sqlite::Database.
Result<int64_t> add_session_row(const sqlite::Database& database, const SessionRecord& session);
/// The sessions whose ids are above `after`, by id. Errors: corrupt for a row that no tamis wrote.
Result<std::vector<SessionRecord>> read_session_rows(const sqlite::Database& database, int64_t after);
/// As Log::ends. Errors: as sqlite::Database.
Result<std::vector<SessionEnd>> read_session_ends(const sqlite::Database& database);

/// What the trials of a session are read and written by.
struct TrialFrame {
  Space space;  ///< turns choices into an index and back
  Objective objective;
};

/// The frames of the sessions, read once each.
class SessionRows {
 public:
  /// Lives as long as this. Errors: not_found for a session that the log does not hold, corrupt.
  Result<const TrialFrame*> frame_of(const sqlite::Database& database, int64_t session);

 private:
  std::map<int64_t, TrialFrame> frames_;
};

/// Writes an ask of a session. Errors: invalid_input for a second one with the same first number; else as
/// sqlite::Database.
Status add_ask_row(const sqlite::Database& database, int64_t session, const AskRecord& ask);

/// The asks of a session in their order. Errors: corrupt for a row that no tamis wrote; else as
/// sqlite::Database.
Result<std::vector<AskRecord>> read_ask_rows(const sqlite::Database& database, int64_t session);

/// Writes the finals of a session in one transaction. Errors: invalid_input for finals after as many trials
/// as others of the session; else as sqlite::Database.
Status add_final_rows(sqlite::Database& database, int64_t session, const Finals& finals);

/// The finals of a session of this objective after so many trials, the newest where no number is given;
/// nothing where it has none. Errors: corrupt for a row that no tamis wrote; else as sqlite::Database.
Result<std::optional<Finals>> read_final_rows(const sqlite::Database& database, int64_t session,
                                              const Objective& objective,
                                              std::optional<uint64_t> after_trials);

}  // namespace tamis
