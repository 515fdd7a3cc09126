#pragma once

#include "tamis/log.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// A session that can be gone on with, and the related trials that it began with.
struct Resumable {
  SessionRecord session;
  std::vector<TrialSet> related;
};

/// What looking for a session to go on with gave.
struct ResumeSearch {
  std::optional<Resumable> found;
  std::string note;  ///< where none was found: what differs from the session that is nearest, in a sentence
};

/// Where a session keeps its trials: its rows of the log, or nowhere; and what they already hold when it is
/// resumed.
class History {
 public:
  /// The newest session of the log that can be gone on with: that would propose and measure the same as
  /// `record`, and whose related trials can be put together again from `related`, where its strategy uses
  /// them. Errors: as Log.
  static Result<ResumeSearch> find_resumable(const Log& log, const SessionRecord& record,
                                             std::span<const TrialSet> related, bool uses_history);
  /// Goes on with a session that the log holds. With `hold` its trials are read, for take(). Errors: as Log.
  static Result<History> resume(Log& log, SessionRecord session, bool hold);
  /// Begins a new session; `record` says what it is. The log gets it, and gives it an id, with the first
  /// trial or ask, so that a session that fails before leaves nothing behind.
  static History begin(Log* log, SessionRecord record);

  const SessionRecord& session() const { return session_; }
  /// Hands over the trial that the log already held under this number, once; nothing where there is none.
  std::optional<Trial> take(uint64_t number);
  /// As Log::visit_trials.
  Status visit(const TrialVisitor& visit) const;
  /// One more than the largest number in the log when it was opened, 0 when there was none.
  uint64_t end() const { return end_; }
  /// Puts the session into the log unless it is there.
  Status write_session();
  /// How many trials of the log take() can still hand over.
  uint64_t left() const { return logged_.size(); }
  /// Makes a trial durable.
  Status append(const Trial& trial);
  /// The asks of the session that the log holds, in their order (tamis/study.h). Errors: as Log.
  Result<std::vector<AskRecord>> asks() const;
  /// Makes an ask durable.
  Status append(const AskRecord& ask);
  /// The path of the log, for messages; empty without one.
  std::string path() const { return log_ == nullptr ? std::string() : log_->path(); }

 private:
  Log* log_ = nullptr;
  SessionRecord session_;
  uint64_t end_ = 0;
  std::map<uint64_t, Trial> logged_;
};

}  // namespace tamis
