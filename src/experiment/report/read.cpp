#include "base/file.h"
#include "experiment/report/document.h"
#include "experiment/report/repeat.h"
#include "tamis/targets.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tamis::report {
namespace {

/// Adds trials to a session.
Status add_all(const std::vector<Trial>& trials, ReportSession& session) {
  for (const Trial& trial : trials) TAMIS_TRY(session.add(trial));
  return {};
}

Result<ReportLog> read_log(const std::string& path, const std::string& name, const SessionFilter& filter) {
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(std::vector<SessionRecord> records, log.sessions());
  if (!records.empty()) {
    TAMIS_ASSIGN(records, select_sessions(log, filter));
  }
  ReportLog report{name};
  for (const SessionRecord& record : records) {
    TAMIS_ASSIGN(ReportSession session, read_session(log, record, name));
    report.sessions.push_back(std::move(session));
  }
  TAMIS_ASSIGN(report.networks, log.networks());
  return report;
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

Result<ReportLog> read_foreign(const std::string& path, const std::string& name, const SessionFilter& filter,
                               const ReadOptions& options) {
  TAMIS_ASSIGN(TrialFile file, read_trials(path, options));
  ReportLog report{name};
  report.left_out = std::move(file.skipped);
  for (TrialSet& set : file.sets) {
    if (!filter.workload.empty() && set.workload.name != filter.workload) continue;
    const auto id = static_cast<int64_t>(report.sessions.size() + 1);
    TAMIS_ASSIGN(ReportSession session, ReportSession::create(record_of(set, id), name));
    TAMIS_TRY(add_all(set.trials, session));
    report.sessions.push_back(std::move(session));
  }
  if (report.sessions.empty())
    return not_found(fmt::format("{} has no workload \"{}\"", path, filter.workload));
  return report;
}

/// The least latency that the hardware allows; 0 where the task cannot be made again here or does not know.
double bound_of(const SessionRecord& record, const Space& space) {
  if (!record.objective.is_latency()) return 0;
  const auto task = recall_task(record.target_spec, record.target_identity, record.workload, space);
  return task.ok() ? (*task)->bound_ns() : 0;
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
  session.set_bound_ns(bound_of(record, session.space()));
  return session;
}

Result<ReportLog> read_report_log(const std::string& path, const SessionFilter& filter,
                                  const ReadOptions& options) {
  TAMIS_TRY(require_regular_file(path));
  const std::string name = std::filesystem::path(path).filename().string();
  return looks_like_log(path) ? read_log(path, name, filter) : read_foreign(path, name, filter, options);
}

}  // namespace tamis::report
