#pragma once

#include "base/result.h"
#include "log/log.h"
#include "trial/counts.h"
#include "trial/finals.h"

#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// A session of a log with its space and trials.
struct StoredSession {
  SessionRecord record;
  Space space;
  std::vector<Trial> trials;
  std::optional<Finals> finals;  ///< nothing where there were none, or something was tried since

  /// The winner of the finals, or the fastest trial; nothing when none was valid.
  std::optional<Trial> best() const { return best_trial(trials, finals); }
};

/// Which sessions of a log a command is about.
struct SessionFilter {
  std::string workload;  ///< only this workload; all when empty
  int64_t session = 0;   ///< only this session; all when 0
};

/// The matching sessions, oldest first, without their trials. Errors: not_found when none matches, naming
/// what there is.
Result<std::vector<SessionRecord>> select_sessions(const Log& log, const SessionFilter& filter);
/// One session with its trials.
Result<StoredSession> load_session(const Log& log, const SessionRecord& record);

/// The trials of a session counted, and the best of them, without reading them all.
Result<Counts> count_trials(const Log& log, const SessionRecord& record);
Result<std::optional<Trial>> best_of(const Log& log, const SessionRecord& record);

/// The best trial of one workload on one target over all sessions; of each session its winner counts.
struct BestRow {
  SessionRecord session;
  Space space;
  Trial trial;
};
/// The best of each workload and target identity among the matching sessions, in the order of the log; none
/// of those without a valid trial. Errors: as select_sessions.
Result<std::vector<BestRow>> find_best(const Log& log, const SessionFilter& filter);

/// Whether a file is to be read as a log: it is an SQLite database, or cannot be read, which opening the log
/// will explain. Anything else can only be a recorded table.
bool looks_like_log(const std::string& path);

}  // namespace tamis
