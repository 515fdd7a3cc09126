#include "base/clock.h"
#include "search/strategy_table.h"
#include "session/proposals.h"
#include "session/related.h"
#include "session/study_state.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

Status check_options(const Space& space, const StudyOptions& options) {
  if (space.size() == 0) return invalid_input("a study needs a space with at least one config");
  if (options.name.empty()) return invalid_input("a study needs a name, for its log and for people");
  return {};
}

SessionRecord describe(const Space& space, const StudyOptions& options) {
  SessionRecord record;
  record.target_spec = "study";
  record.target_identity = options.identity;
  record.workload.name = options.name;
  record.workload.op = Operator::external;
  record.workload.source = options.name;
  describe_space(space, record);
  record.strategy = options.strategy;
  record.initializer = resolve_initializer(options.strategy, options.initializer);
  record.seed = options.seed;
  record.batch = 0;  // every ask has its own size
  record.started_unix_ms = unix_ms();
  return record;
}

/// Errors: invalid_input when the newest study of this name has another space, so that a changed space is not
/// taken for one that was never tuned.
Status check_space_of_log(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  const auto same_name = [&](const SessionRecord& one) {
    return one.target_spec == record.target_spec && one.workload.name == record.workload.name;
  };
  const auto newest = std::find_if(sessions.rbegin(), sessions.rend(), same_name);
  if (newest == sessions.rend() || newest->space_fingerprint == record.space_fingerprint) return {};
  return invalid_input(
      fmt::format("{}: session {} of the study {} has another space (other knobs, values or constraints), so "
                  "it cannot be resumed; give this one another name or log, or do not resume",
                  log.path(), newest->id, record.workload.name));
}

}  // namespace

Status Study::State::open() {
  TAMIS_TRY(check_options(space_, options_));
  SessionRecord record = describe(space_, options_);
  TAMIS_TRY(validate(record.workload));
  if (!options_.log.empty()) {
    TAMIS_ASSIGN(log_, Log::open(options_.log, LogMode::read_write));
    record.learnt_from = describe_related(options_.related);
  }
  related_ = std::move(options_.related);
  std::optional<Resumable> resumable;
  if (log_ && options_.resume) {
    TAMIS_ASSIGN(resumable, History::find_resumable(*log_, record, related_));
    if (!resumable) TAMIS_TRY(check_space_of_log(*log_, record));
  }
  if (resumable) related_ = std::move(resumable->related);
  uint64_t logged = 0;
  if (resumable) {
    TAMIS_ASSIGN(logged, log_->end(resumable->session.id));
  }
  const bool at_once = logged > options_.most_replayed;
  SearchProblem problem{&space_, strategy_seed(record.seed, record.workload, at_once ? logged : 0)};
  if (!related_.empty()) problem.related = &related_;
  TAMIS_ASSIGN(strategy_, make_strategy(record.strategy, record.initializer, problem));
  TAMIS_ASSIGN(history_, resumable
                             ? History::resume(*log_, std::move(resumable->session), options_.most_replayed)
                             : History::begin(log_ ? &*log_ : nullptr, std::move(record)));
  return history_->too_long_to_hold() ? learn_at_once() : replay();
}

Error Study::State::damaged(uint64_t number) const {
  return corrupt(
      fmt::format("{}: session {} of the log does not say how its trial {} came about; the log is "
                  "damaged: start anew without resuming",
                  options_.log, history_->session().id, number));
}

Status Study::State::replay() {
  TAMIS_ASSIGN(const std::vector<AskRecord> asks, history_->asks());
  for (const AskRecord& ask : asks) TAMIS_TRY(replay(ask));
  TAMIS_TRY(replay_told(history_->end()));
  for (uint64_t number = 0; number < places_.size(); ++number)
    if (places_[number].trial && !places_[number].learnt) told_.push_back(static_cast<uint32_t>(number));
  std::erase_if(waiting_, [&](uint64_t number) { return places_[number].trial.has_value(); });
  resumed_ = history_->size();
  return {};
}

Status Study::State::replay(const AskRecord& ask) {
  TAMIS_TRY(replay_told(ask.first));
  TAMIS_TRY(check_ask(ask));
  TAMIS_TRY(learn_and_propose(ask.learnt, ask.asked));
  if (places_.size() - ask.first != ask.given) return damaged(ask.first);
  for (uint64_t number = ask.first; number < places_.size(); ++number) {
    const Trial* logged = history_->find(number);
    if (logged == nullptr) continue;
    TAMIS_TRY(check_logged(space_, history_->session(), strategy_->name(), places_[number].config, *logged));
    settle(*logged);
  }
  return {};
}

Status Study::State::replay_told(uint64_t end) {
  while (places_.size() < end) {
    const Trial* logged = history_->find(places_.size());
    if (logged == nullptr) return damaged(places_.size());
    add_place(logged->config, logged->proposer);
    settle(*logged);
  }
  return {};
}

Status Study::State::give_up(uint64_t end) {
  // No ask is for more, so a wider gap is damage.
  if (end > places_.size() + kMostAsked) return damaged(places_.size());
  while (places_.size() < end) places_.emplace_back().given_up = true;
  return {};
}

Status Study::State::learn_at_once() {
  const auto learn = [&](std::vector<Trial>& trials) -> Status {
    TAMIS_TRY(teach(*strategy_, trials));
    for (Trial& trial : trials) {
      TAMIS_TRY(give_up(trial.number));
      add_place(trial.config, trial.proposer);
      places_.back().learnt = true;
      settle(std::move(trial));
    }
    resumed_ += trials.size();
    return {};
  };
  TAMIS_TRY(history_->visit(learn));
  TAMIS_ASSIGN(const std::vector<AskRecord> asks, history_->asks());
  if (asks.empty()) return {};
  return give_up(asks.back().first + asks.back().given);
}

Status Study::State::check_ask(const AskRecord& ask) const {
  if (ask.first != places_.size() || ask.asked > kMostAsked) return damaged(ask.first);
  for (const uint32_t number : ask.learnt)
    if (number >= ask.first || !places_[number].trial || places_[number].learnt) return damaged(number);
  return {};
}

}  // namespace tamis
