#include "session/history.h"

#include "session/record.h"
#include "session/related.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Of the sessions of the same workload the newest of those that differ in least.
class Nearest {
 public:
  void see(const SessionRecord& session, std::vector<std::string> differing) {
    if (id_ != 0 && differing_.size() <= differing.size()) return;
    id_ = session.id;
    differing_ = std::move(differing);
  }
  std::string describe(const std::string& log, const std::string& workload) const {
    if (id_ == 0) return fmt::format("no session of {} is of {}; a new session begins", log, workload);
    return fmt::format("no session of {} fits: session {} differs in {}; a new session begins", log, id_,
                       enumerate(differing_));
  }

 private:
  int64_t id_ = 0;
  std::vector<std::string> differing_;
};

}  // namespace

Result<ResumeSearch> History::find_resumable(const Log& log, const SessionRecord& record,
                                             std::span<const TrialSet> related, bool uses_history) {
  TAMIS_ASSIGN(std::vector<SessionRecord> sessions, log.sessions());
  Nearest nearest;
  std::reverse(sessions.begin(), sessions.end());
  for (SessionRecord& session : sessions) {
    if (!same_workload(session.workload, record.workload)) continue;
    std::vector<std::string> differing = differences(session, record);
    if (differing.empty()) {
      // Last, because it takes a while for a long history.
      Result<std::vector<TrialSet>> recalled =
          recall_related(related, uses_history ? session.learnt_from : std::string());
      if (recalled.ok()) return ResumeSearch{Resumable{std::move(session), std::move(*recalled)}, {}};
      differing.emplace_back("what it learnt from");
    }
    nearest.see(session, std::move(differing));
  }
  return ResumeSearch{std::nullopt, nearest.describe(log.path(), record.workload.name)};
}

Result<History> History::resume(Log& log, SessionRecord session, bool hold) {
  History history;
  history.log_ = &log;
  history.session_ = std::move(session);
  TAMIS_ASSIGN(history.end_, log.end(history.session_.id));
  if (!hold) return history;
  TAMIS_ASSIGN(std::vector<Trial> trials, log.trials(history.session_.id));
  for (Trial& trial : trials)
    history.logged_.emplace_hint(history.logged_.end(), trial.number, std::move(trial));
  return history;
}

History History::begin(Log* log, SessionRecord record) {
  History history;
  history.log_ = log;
  history.session_ = std::move(record);
  history.session_.id = 0;
  return history;
}

Status History::write_session() {
  if (log_ == nullptr || session_.id != 0) return {};
  TAMIS_ASSIGN(session_.id, log_->add_session(session_));
  return {};
}

std::optional<Trial> History::take(uint64_t number) {
  auto found = logged_.extract(number);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

Status History::visit(const TrialVisitor& visit) const {
  return log_ == nullptr ? Status() : log_->visit_trials(session_.id, visit);
}

Status History::append(const Trial& trial) {
  if (log_ == nullptr) return {};
  TAMIS_TRY(write_session());
  return log_->append(session_.id, std::span(&trial, 1));
}

Result<std::vector<AskRecord>> History::asks() const {
  if (log_ == nullptr) return std::vector<AskRecord>();
  return log_->asks(session_.id);
}

Status History::append(const AskRecord& ask) {
  if (log_ == nullptr) return {};
  TAMIS_TRY(write_session());
  return log_->append(session_.id, ask);
}

}  // namespace tamis
