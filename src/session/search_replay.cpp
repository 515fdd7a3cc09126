#include "base/clock.h"
#include "session/record.h"
#include "session/related.h"
#include "session/search_state.h"
#include "tamis/strategies.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Errors: invalid_input when the newest study of this name has another space, so that a changed space is not
/// taken for one that was never tuned.
Status check_space_of_log(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  // A session of run_session() on the same task is not a study, whatever its space.
  const auto same_name = [&](const SessionRecord& one) {
    return one.batch == 0 && !one.with_default && one.target_spec == record.target_spec &&
           one.workload.name == record.workload.name;
  };
  const auto newest = std::find_if(sessions.rbegin(), sessions.rend(), same_name);
  if (newest == sessions.rend() || newest->space_fingerprint == record.space_fingerprint) return {};
  return invalid_input(
      fmt::format("{}: session {} of the study {} has another space (other knobs, values or constraints), so "
                  "it cannot be resumed; give this one another name or log, or do not resume",
                  log.path(), newest->id, record.workload.name));
}

/// `the strategy autotvm opened by validity`.
std::string described_search(const SessionRecord& record) {
  const bool opened = !record.initializer.empty() && record.initializer != "none";
  return fmt::format("the strategy {}{}", record.strategy, opened ? " opened by " + record.initializer : "");
}

/// Why a session is not replayed; empty where it is.
std::string reason_to_learn_at_once(const SessionRecord& logged, const SessionRecord& now, uint64_t trials,
                                    uint64_t most_replayed) {
  if (trials > most_replayed)
    return fmt::format("its {} trials are more than the {} that are replayed", trials, most_replayed);
  if (trials > 0 && logged.generation != now.generation)
    return fmt::format("{} makes other proposals than when the session began (generation {}, now {})",
                       described_search(now), logged.generation, now.generation);
  return {};
}

}  // namespace

Result<std::unique_ptr<SearchState>> SearchState::make(Log* log, SearchSetup setup) {
  std::unique_ptr<SearchState> state(new SearchState(log, std::move(setup)));
  TAMIS_TRY(state->find_session());
  TAMIS_TRY(state->make_strategy());
  return state;
}

Status SearchState::find_session() {
  if (!setup_.uses_history) setup_.related = nullptr;
  if (log_ == nullptr) return {};
  std::span<const TrialSet> related;
  if (setup_.related != nullptr) related = *setup_.related;
  // Only a log wants to know, and it takes a while for a long history.
  setup_.record.learnt_from = describe_related(related);
  if (!setup_.resume) return {};
  TAMIS_ASSIGN(ResumeSearch search,
               History::find_resumable(*log_, setup_.record, related, setup_.uses_history));
  resumable_ = std::move(search.found);
  resume_note_ = std::move(search.note);
  if (resumable_) {
    recalled_ = std::move(resumable_->related);
    unlearnt_ = related.size() - recalled_.size();
    setup_.related = &recalled_;
  } else if (setup_.of_caller) {
    return check_space_of_log(*log_, setup_.record);
  }
  return {};
}

Status SearchState::make_strategy() {
  uint64_t at_once = 0;
  if (resumable_) {
    const SessionRecord& logged = resumable_->session;
    TAMIS_ASSIGN(const uint64_t end, log_->end(logged.id));
    at_once_reason_ = reason_to_learn_at_once(logged, setup_.record, end, setup_.most_replayed);
    if (!at_once_reason_.empty()) at_once = end;
  }
  SearchOptions options;
  options.seed = strategy_seed(setup_.record.seed, setup_.record.workload, at_once);
  TAMIS_TRY(convert_related());
  if (setup_.related != nullptr && !setup_.related->empty()) options.related = setup_.related;
  if (setup_.make_strategy) {
    TAMIS_ASSIGN(StrategyChoice own, split_strategy(setup_.record.strategy));
    options.options = std::move(own.options);
    TAMIS_ASSIGN(strategy_, setup_.make_strategy(task(), options));
    if (!strategy_)
      return invalid_input(
          fmt::format("the factory of the strategy {} gave none; return one or an error", own.name));
  } else {
    TAMIS_ASSIGN(StrategyChoice choice, parse_strategy(setup_.record.strategy));
    options.options = std::move(choice.options);
    TAMIS_ASSIGN(strategy_, tamis::make_strategy(choice.name, setup_.record.initializer, task(), options));
  }
  return {};
}

Status SearchState::convert_related() {
  if (setup_.related == nullptr) return {};
  const Objective& objective = task().objective();
  for (const TrialSet& set : *setup_.related) {
    const bool alike = set.objective.is_latency() ? objective.is_latency() : set.objective == objective;
    if (!alike && !set.trials.empty())
      return invalid_input(fmt::format(
          "what was measured of {} is {}, and here it is {}; learn from trials of the same objective",
          set.workload.name, to_string(set.objective), to_string(objective)));
  }
  if (positive_.keeps()) return {};
  converted_ = *setup_.related;
  for (TrialSet& set : converted_) set.trials = PositiveCosts(objective).convert(std::move(set.trials));
  setup_.related = &converted_;
  return {};
}

Status SearchState::start() {
  const bool at_once = !at_once_reason_.empty();
  TAMIS_ASSIGN(history_, resumable_ ? History::resume(*log_, std::move(resumable_->session), !at_once)
                                    : History::begin(log_, setup_.record));
  const bool resumed = resumable_.has_value();
  resumable_.reset();
  if (at_once) {
    TAMIS_TRY(learn_at_once());
  } else if (records_asks()) {
    TAMIS_TRY(replay_asks());
  } else {
    TAMIS_TRY(replay_batches());
  }
  if (resumed) {
    const uint64_t logged = resumed_ + history_->left();
    resume_note_ = fmt::format("session {} continues: {} in the log", session().id,
                               logged == 1 ? "1 trial is" : fmt::format("{} trials are", logged));
    if (at_once) resume_note_ += "; they are learnt at once, because " + at_once_reason_;
    if (unlearnt_ > 0)
      resume_note_ +=
          fmt::format("; it learns only from what it began with, not from the {} other set{} of trials given",
                      unlearnt_, unlearnt_ == 1 ? "" : "s");
  }
  return {};
}

Error SearchState::damaged(uint64_t number) const {
  return corrupt(
      fmt::format("{}: session {} of the log does not say how its trial {} came about; the log is "
                  "damaged: start anew without resuming",
                  history_->path(), session().id, number));
}

Status SearchState::replay_batches() {
  if (session().with_default) TAMIS_TRY(replay_default());
  if (setup_.by_steps) return {};
  // A batch that was not finished is the last: its configs wait to be given.
  while (is_behind_log()) TAMIS_TRY(propose(session().batch));
  return {};
}

Status SearchState::replay_default() {
  if (history_->end() == 0) {
    add_default();
    return take_logged(0);
  }
  // The one that the session began with, even if the task has another by now: all proposals follow from it.
  TAMIS_TRY(replay_told(1));
  told_.push_back(0);
  return {};
}

Status SearchState::replay_asks() {
  if (session().with_default && history_->end() == 0) {
    add_default();
    return take_logged(0);
  }
  TAMIS_ASSIGN(const std::vector<AskRecord> asks, history_->asks());
  for (const AskRecord& ask : asks) TAMIS_TRY(replay(ask));
  TAMIS_TRY(replay_told(history_->end()));
  told_.clear();
  for (uint64_t number = first_; number < end(); ++number)
    if (place(number).trial && !place(number).learnt) told_.push_back(static_cast<uint32_t>(number));
  return {};
}

Status SearchState::replay(const AskRecord& ask) {
  TAMIS_TRY(replay_told(ask.first));
  TAMIS_TRY(check_ask(ask));
  TAMIS_TRY(learn_and_propose(ask.learnt, ask.asked));
  if (end() - ask.first != ask.given) return damaged(ask.first);
  return take_logged(ask.first);
}

Status SearchState::take_logged(uint64_t from) {
  for (uint64_t number = from; number < end(); ++number) {
    std::optional<Trial> logged = history_->take(number);
    if (!logged) {
      waiting_.push_back(number);
      continue;
    }
    if (logged->config != place(number).config)
      return corrupt(
          fmt::format("trial {} of session {} of the log is {}, but the strategy {} now proposes {}; "
                      "the log was made by another version or other options: start anew without resuming",
                      number, session().id, name_config(space(), logged->config), strategy_->name(),
                      name_config(space(), place(number).config)));
    told_.push_back(static_cast<uint32_t>(number));
    ++resumed_;
    settle(std::move(*logged));
  }
  return {};
}

Status SearchState::replay_told(uint64_t end_number) {
  while (end() < end_number) {
    std::optional<Trial> logged = history_->take(end());
    if (!logged) return damaged(end());
    add_place(logged->config, logged->proposer);
    ++resumed_;
    settle(std::move(*logged), &space());
  }
  return {};
}

Status SearchState::give_up(uint64_t end_number) {
  // No ask is for more, so a wider gap is damage.
  if (end_number > end() + Study::kMostAsked) return damaged(end());
  while (end() < end_number) places_.emplace_back().given_up = true;
  return {};
}

Status SearchState::learn_at_once() {
  const auto learn = [&](std::vector<Trial>& trials) -> Status {
    const int64_t begin = monotonic_ns();
    TAMIS_TRY(teach(trials));
    search_ns_ += monotonic_ns() - begin;
    for (Trial& trial : trials) {
      TAMIS_TRY(give_up(trial.number));
      add_place(trial.config, trial.proposer);
      places_.back().learnt = true;
      settle(std::move(trial), &space());
      drop_learnt();
    }
    resumed_ += trials.size();
    return {};
  };
  TAMIS_TRY(history_->visit(learn));
  if (!records_asks()) return {};
  TAMIS_ASSIGN(const std::vector<AskRecord> asks, history_->asks());
  if (asks.empty()) return {};
  return give_up(asks.back().first + asks.back().given);
}

Status SearchState::check_ask(const AskRecord& ask) const {
  if (ask.first != end() || ask.asked > Study::kMostAsked) return damaged(ask.first);
  for (const uint32_t number : ask.learnt)
    if (number >= ask.first || !place(number).trial || place(number).learnt) return damaged(number);
  return {};
}

}  // namespace tamis
