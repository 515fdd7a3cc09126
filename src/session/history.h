#pragma once

#include "base/result.h"
#include "log/log.h"
#include "search/strategy.h"
#include "session/session.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// A session that can be gone on with, and the related trials that it began with.
struct Resumable {
  SessionRecord session;
  std::vector<TrialSet> related;
};

/// Where a session keeps its trials: its rows of the log, or nowhere; and what they already hold when it is
/// resumed.
class History {
 public:
  /// The newest session of the log that can be gone on with: that would propose and measure the same as
  /// `record`, and whose related trials can be put together again from `related`. Errors: as Log.
  static Result<std::optional<Resumable>> find_resumable(const Log& log, const SessionRecord& record,
                                                         std::span<const TrialSet> related);
  /// Goes on with a session that the log holds. Its trials are read only where they are no more than
  /// `most_held`. Errors: as Log.
  static Result<History> resume(Log& log, SessionRecord session,
                                uint64_t most_held = std::numeric_limits<uint64_t>::max());
  /// Begins a new session; `record` says what it is, its id is filled in. Errors: as Log.
  static Result<History> begin(Log* log, SessionRecord record);

  const SessionRecord& session() const { return session_; }
  /// Whether the log already held so many trials that they were not read: visit() does.
  bool too_long_to_hold() const { return end_ > 0 && logged_.empty(); }
  /// The trial that the log already held under this number, or nullptr. Not where they are too many.
  const Trial* find(uint64_t number) const;
  /// The same, however many there are. Errors: as Log.
  Result<std::optional<Trial>> read(uint64_t number) const;
  /// As Log::visit_trials.
  Status visit(const TrialVisitor& visit) const;
  /// How many trials the log already held. Not where they are too many.
  size_t size() const { return logged_.size(); }
  /// One more than the largest number in the log when it was opened, 0 when there was none.
  uint64_t end() const { return end_; }
  /// Makes a trial durable.
  Status append(const Trial& trial);
  /// The newest finals of the session that the log holds. Errors: as Log.
  Result<std::optional<Finals>> finals() const;
  /// Makes finals durable.
  Status append(const Finals& finals);
  /// Waits until all of that is on disk.
  Status sync();
  /// The asks of the session that the log holds, in their order (session/study.h). Errors: as Log.
  Result<std::vector<AskRecord>> asks() const;
  /// Makes an ask durable.
  Status append(const AskRecord& ask);

 private:
  Log* log_ = nullptr;
  SessionRecord session_;
  uint64_t end_ = 0;
  std::map<uint64_t, Trial> logged_;
};

}  // namespace tamis
