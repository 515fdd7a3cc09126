#pragma once

#include "base/result.h"
#include "log/log.h"
#include "session/session.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace tamis {

/// Where a session keeps its trials: its rows of the log, or nowhere; and what they already hold when it is
/// resumed.
class History {
 public:
  /// Begins a new session or, when the options say so and the log has a matching one, goes on with the
  /// newest. `record` says what the session is; its id is filled in. Errors: as Log.
  static Result<History> open(Log* log, SessionRecord record, bool resume);

  const SessionRecord& session() const { return session_; }
  /// The trial that the log already held under this number, or nullptr.
  const Trial* find(uint64_t number) const;
  /// How many trials the log already held.
  size_t size() const { return logged_.size(); }
  /// One more than the largest number in the log, 0 when there is none.
  uint64_t end() const { return logged_.empty() ? 0 : logged_.rbegin()->first + 1; }
  /// Makes a trial durable.
  Status append(const Trial& trial);

 private:
  Log* log_ = nullptr;
  SessionRecord session_;
  std::map<uint64_t, Trial> logged_;
};

}  // namespace tamis
