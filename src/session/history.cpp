#include "session/history.h"

#include <algorithm>

namespace tamis {
namespace {

/// Whether two sessions would make the same proposals and measure the same; names of workloads do not matter.
bool same_session(const SessionRecord& a, const SessionRecord& b) {
  return a.target_identity == b.target_identity && a.workload.op == b.workload.op &&
         a.workload.shape == b.workload.shape && a.workload.epilogue == b.workload.epilogue &&
         a.space_fingerprint == b.space_fingerprint && a.strategy == b.strategy &&
         a.initializer == b.initializer && a.seed == b.seed && a.batch == b.batch;
}

}  // namespace

Result<History> History::open(Log* log, SessionRecord record, bool resume) {
  History history;
  history.log_ = log;
  history.session_ = std::move(record);
  if (log == nullptr) return history;
  if (resume) {
    TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log->sessions());
    const auto same = [&](const SessionRecord& one) { return same_session(one, history.session_); };
    if (const auto newest = std::find_if(sessions.rbegin(), sessions.rend(), same);
        newest != sessions.rend()) {
      history.session_ = *newest;
      TAMIS_ASSIGN(std::vector<Trial> trials, log->trials(newest->id));
      for (Trial& trial : trials) history.logged_.emplace(trial.number, std::move(trial));
      return history;
    }
  }
  TAMIS_ASSIGN(history.session_.id, log->add_session(history.session_));
  return history;
}

const Trial* History::find(uint64_t number) const {
  const auto found = logged_.find(number);
  return found == logged_.end() ? nullptr : &found->second;
}

Status History::append(const Trial& trial) {
  if (log_ == nullptr) return {};
  return log_->append(session_.id, std::span(&trial, 1));
}

}  // namespace tamis
