#pragma once

#include "tamis/counts.h"
#include "tamis/evidence.h"
#include "tamis/log.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// Which sessions of a log a command is about.
struct SessionFilter {
  std::string workload;  ///< only this workload; all when empty
  int64_t session = 0;   ///< only this session; all when 0
};

/// The matching sessions, oldest first, without their trials. Errors: not_found when none matches, naming
/// what there is.
Result<std::vector<SessionRecord>> select_sessions(const Log& log, const SessionFilter& filter);
/// Trials of a session, without finals.
TrialSet trial_set_of(const SessionRecord& record, Space space, std::vector<Trial> trials);
/// One session with its trials, and with its finals unless something was tried since. Errors: as Log,
/// corrupt.
Result<TrialSet> load_session(const Log& log, const SessionRecord& record);

/// The trials of a session counted, and the best of them, without reading them all.
Result<Counts> count_trials(const Log& log, const SessionRecord& record);
Result<std::optional<Trial>> best_of(const Log& log, const SessionRecord& record);

/// By what of its samples a trial is ranked. AutoTVM applies the record of least mean.
enum class RankBy { median, mean };

/// The best trial of one workload on one target by one objective over all sessions; of each session its
/// winner counts.
struct BestRow {
  SessionRecord session;
  Space space;
  Trial trial;
  /// How sure the session's finals are of it; nothing where it had none, or the mean counts.
  std::optional<Evidence> evidence = std::nullopt;
};
/// The best of each workload, target identity and objective among the matching sessions, in the order of the
/// log; none of those without a valid trial. By the mean finals do not count, and all trials are read.
/// Errors: as select_sessions.
Result<std::vector<BestRow>> find_best(const Log& log, const SessionFilter& filter,
                                       RankBy by = RankBy::median);

/// Whether a file is an SQLite database.
bool is_log(const std::string& path);
/// Whether a file is to be read as a log: it is an SQLite database, or cannot be read, which opening the log
/// will explain. Anything else can only be a recorded table.
bool looks_like_log(const std::string& path);

}  // namespace tamis
