#include "session/history.h"

#include "session/related.h"

#include <algorithm>
#include <utility>

namespace tamis {
namespace {

/// Whether two sessions would make the same proposals and measure the same, what they learnt from aside.
/// Names matter only for external workloads, whose searches they tell apart.
bool same_session(const SessionRecord& a, const SessionRecord& b) {
  return a.target_identity == b.target_identity && a.workload.op == b.workload.op &&
         a.workload.shape == b.workload.shape && a.workload.epilogue == b.workload.epilogue &&
         (a.workload.op != Operator::external || a.workload.name == b.workload.name) &&
         a.space_fingerprint == b.space_fingerprint && a.strategy == b.strategy &&
         a.initializer == b.initializer && a.seed == b.seed && a.batch == b.batch;
}

}  // namespace

Result<std::optional<Resumable>> History::find_resumable(const Log& log, const SessionRecord& record,
                                                         std::span<const TrialSet> related) {
  TAMIS_ASSIGN(std::vector<SessionRecord> sessions, log.sessions());
  std::reverse(sessions.begin(), sessions.end());
  for (SessionRecord& session : sessions) {
    if (!same_session(session, record)) continue;
    auto recalled = recall_related(related, session.learnt_from);
    if (recalled.ok()) return std::optional<Resumable>({std::move(session), std::move(*recalled)});
  }
  return std::optional<Resumable>();
}

Result<History> History::resume(Log& log, SessionRecord session, uint64_t most_held) {
  History history;
  history.log_ = &log;
  history.session_ = std::move(session);
  TAMIS_ASSIGN(history.end_, log.end(history.session_.id));
  if (history.end_ > most_held) return history;
  TAMIS_ASSIGN(std::vector<Trial> trials, log.trials(history.session_.id));
  for (Trial& trial : trials) history.logged_.emplace(trial.number, std::move(trial));
  return history;
}

Result<History> History::begin(Log* log, SessionRecord record) {
  History history;
  history.log_ = log;
  history.session_ = std::move(record);
  if (log == nullptr) return history;
  TAMIS_ASSIGN(history.session_.id, log->add_session(history.session_));
  return history;
}

const Trial* History::find(uint64_t number) const {
  const auto found = logged_.find(number);
  return found == logged_.end() ? nullptr : &found->second;
}

Result<std::optional<Trial>> History::read(uint64_t number) const {
  if (const Trial* logged = find(number)) return std::optional<Trial>(*logged);
  if (!too_long_to_hold()) return std::optional<Trial>();
  return log_->trial(session_.id, number);
}

Status History::visit(const TrialVisitor& visit) const {
  return log_ == nullptr ? Status() : log_->visit_trials(session_.id, visit);
}

Status History::sync() { return log_ == nullptr ? Status() : log_->sync(); }

Status History::append(const Trial& trial) {
  if (log_ == nullptr) return {};
  return log_->append(session_.id, std::span(&trial, 1));
}

Result<std::optional<Finals>> History::finals() const {
  if (log_ == nullptr) return std::optional<Finals>();
  return log_->finals(session_.id);
}

Status History::append(const Finals& finals) {
  if (log_ == nullptr) return {};
  return log_->append(session_.id, finals);
}

Result<std::vector<AskRecord>> History::asks() const {
  if (log_ == nullptr) return std::vector<AskRecord>();
  return log_->asks(session_.id);
}

Status History::append(const AskRecord& ask) {
  if (log_ == nullptr) return {};
  return log_->append(session_.id, ask);
}

}  // namespace tamis
