#include "base/file.h"
#include "experiment/report/document.h"
#include "experiment/report/repeat.h"
#include "tamis/import.h"

#include <filesystem>

namespace tamis::report {
namespace {

/// Adds trials to a session.
Status add_all(const std::vector<Trial>& trials, ReportSession& session) {
  for (const Trial& trial : trials) TAMIS_TRY(session.add(trial));
  return {};
}

Result<std::vector<ReportSession>> read_log(const std::string& path, const std::string& name,
                                            const SessionFilter& filter) {
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(std::vector<SessionRecord> records, log.sessions());
  if (!records.empty()) {
    TAMIS_ASSIGN(records, select_sessions(log, filter));
  }
  std::vector<ReportSession> sessions;
  for (const SessionRecord& record : records) {
    TAMIS_ASSIGN(ReportSession session, read_session(log, record, name));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

/// A set of another program's file as a session would be recorded.
SessionRecord record_of(const TrialSet& set, int64_t id) {
  SessionRecord record;
  record.id = id;
  record.target_spec = set.target_spec;
  record.target_identity = set.target_identity;
  record.workload = set.workload;
  record.knobs = knobs_to_text(set.space);
  record.space_fingerprint = set.space.fingerprint();
  record.constraints = constraints_to_text(set.space);
  record.strategy = "recorded";
  record.started_unix_ms = set.started_unix_ms;
  record.objective = set.objective;
  return record;
}

Result<std::vector<ReportSession>> read_foreign(const std::string& path, const std::string& name,
                                                const SessionFilter& filter, const ReadOptions& options) {
  TAMIS_ASSIGN(TrialFile file, read_trials(path, options));
  std::vector<ReportSession> sessions;
  for (TrialSet& set : file.sets) {
    const auto id = static_cast<int64_t>(sessions.size() + 1);
    if (!filter.workload.empty() && set.workload.name != filter.workload) continue;
    TAMIS_ASSIGN(ReportSession session, ReportSession::create(record_of(set, id), name));
    TAMIS_TRY(add_all(set.trials, session));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

}  // namespace

Result<ReportSession> read_session(const Log& log, const SessionRecord& record, const std::string& log_name) {
  TAMIS_ASSIGN(std::optional<Finals> finals, log.finals(record.id));
  TAMIS_ASSIGN(const Counts counts, count_trials(log, record));
  TAMIS_ASSIGN(ReportSession session,
               ReportSession::create(record, log_name, discard_if_stale(std::move(finals), counts.trials)));
  TAMIS_TRY(log.visit_trials(record.id,
                             [&](const std::vector<Trial>& trials) { return add_all(trials, session); }));
  session.set_repeat_command(repeat_command(record));
  return session;
}

Result<std::vector<ReportSession>> read_sessions(const std::string& path, const SessionFilter& filter,
                                                 const ReadOptions& options) {
  const std::string name = std::filesystem::path(path).filename().string();
  return looks_like_log(path) ? read_log(path, name, filter) : read_foreign(path, name, filter, options);
}

}  // namespace tamis::report
