#include "session/search_state.h"

#include "base/clock.h"
#include "tamis/space.h"
#include "tamis/strategies.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis {

SearchState::SearchState(Log* log, SearchSetup setup)
    : log_(log), setup_(std::move(setup)), positive_(setup_.task->objective()), seen_(setup_.finalists) {}

std::optional<uint64_t> SearchState::newest(const Config& config) const {
  const auto found = newest_.find(space().key(config));
  return found == newest_.end() ? std::nullopt : std::optional(found->second);
}

void SearchState::add_place(Config config, std::string proposer) {
  // Only a study is told by config.
  if (setup_.of_caller) newest_.insert_or_assign(space().key(config), end());
  places_.push_back({std::move(config), std::move(proposer)});
}

void SearchState::add_default() { add_place(task().default_config(), kDefaultProposer); }

Told SearchState::settle(Trial trial, const Space* unchecked) {
  Told told;
  told.improved = seen_.add(trial, unchecked);
  const bool known = default_trial_ && default_trial_->verdict != Verdict::device_lost;
  if (!known && trial.config == task().default_config()) default_trial_ = trial;
  std::optional<Trial>& place = place_of(trial.number).trial;
  place = std::move(trial);
  told.trial = &*place;
  // Without batches a slow config must not keep from view what came after it.
  if (records_asks()) count_in(*place);
  advance();
  return told;
}

void SearchState::count_in(const Trial& trial) {
  without_gain_ = trial.cost() < best_so_far_.cost ? 0 : without_gain_ + 1;
  best_so_far_.take(trial);
  noise_so_far_.add(trial);
}

void SearchState::advance() {
  for (; in_order_ < end(); ++in_order_) {
    const SearchPlace& place = places_[in_order_ - first_];
    if (place.given_up) continue;
    if (!place.trial) return;
    if (!records_asks()) count_in(*place.trial);
  }
}

void SearchState::drop_learnt() {
  if (setup_.keep_trials) return;
  for (; first_ < in_order_ && (places_.front().learnt || places_.front().given_up); ++first_)
    places_.pop_front();
}

Status SearchState::teach(std::span<const Trial> trials) {
  if (trials.empty()) return {};
  for (const Trial& trial : trials) programs_.add(trial);
  // A lost device says nothing of the config.
  const auto is_lost = [](const Trial& trial) { return trial.verdict == Verdict::device_lost; };
  if (positive_.keeps() && std::none_of(trials.begin(), trials.end(), is_lost))
    return strategy_->learn(trials);
  std::vector<Config> lost;
  for (const Trial& trial : trials)
    if (is_lost(trial)) lost.push_back(trial.config);
  strategy_->give_up(lost);
  std::vector<Trial> known;
  std::remove_copy_if(trials.begin(), trials.end(), std::back_inserter(known), is_lost);
  return strategy_->learn(positive_.convert(std::move(known)));
}

Status SearchState::check_proposals(std::span<const Config> proposals, uint64_t most) const {
  // Those of tamis keep to what the space allows; a user's own may not know how.
  const bool own = static_cast<bool>(setup_.make_strategy);
  const auto fits = [&](const Config& config) {
    return belongs(space(), config) && (!own || space().allows(config));
  };
  if (proposals.size() <= most && std::all_of(proposals.begin(), proposals.end(), fits)) return {};
  return Error{ErrorKind::internal,
               fmt::format("the strategy {} proposed more configs than it was asked for, or some "
                           "that are not of the space",
                           strategy_->name())};
}

Status SearchState::learn_and_propose(std::span<const uint32_t> learnt, uint64_t asked) {
  std::vector<Trial> batch;
  batch.reserve(learnt.size());
  for (const uint32_t number : learnt) {
    SearchPlace& place = place_of(number);
    place.learnt = true;
    if (setup_.keep_trials) {
      batch.push_back(*place.trial);
    } else {
      batch.push_back(std::move(*place.trial));
    }
  }
  drop_learnt();
  incumbent_ = best_so_far_;
  incumbent_.noise = noise_so_far_.relative();
  incumbent_.repeated = noise_so_far_.repeated();
  const int64_t begin = monotonic_ns();
  TAMIS_TRY(teach(batch));
  TAMIS_ASSIGN(std::vector<Config> proposals, strategy_->propose(asked));
  search_ns_ += monotonic_ns() - begin;
  TAMIS_TRY(check_proposals(proposals, asked));
  exhausted_ = proposals.empty();
  for (Config& config : proposals) add_place(std::move(config), std::string(strategy_->name()));
  return {};
}

Status SearchState::check_room(size_t count) const {
  if (end() + count <= std::numeric_limits<uint32_t>::max()) return {};
  return unsupported("a session has at most 2^32 trials; begin another");
}

Status SearchState::make_proposals(size_t count) {
  TAMIS_TRY(check_room(count));
  std::sort(told_.begin(), told_.end());
  AskRecord ask{end(), count, 0, std::move(told_)};
  told_.clear();
  if (Status proposed = learn_and_propose(ask.learnt, count); !proposed.ok()) {
    failed_ = proposed.error();
    return proposed;
  }
  ask.given = end() - ask.first;
  if (ask.given == 0 && is_behind_log())
    return corrupt(fmt::format(
        "session {} of the log goes on after trial {}, where the strategy {} has no more configs; "
        "it was made by another version or other options: start anew without resuming",
        session().id, end(), strategy_->name()));
  ahead_ = ask.first;
  // An ask that gave nothing is the last, so nothing follows from it.
  if (records_asks() && ask.given > 0) unwritten_ = std::move(ask);
  return {};
}

Status SearchState::propose(size_t count) {
  if (!ahead_) TAMIS_TRY(make_proposals(count));
  const uint64_t first = *ahead_;
  ahead_.reset();
  return take_logged(first);
}

Status SearchState::fill(size_t count) {
  if (!records_asks()) {
    while (waiting_.empty() && (ahead_ || !exhausted_)) TAMIS_TRY(propose(count));
    return {};
  }
  // Who opens a search may have fewer to propose than whoever takes over from there.
  while (waiting_.size() < count && !exhausted_) {
    TAMIS_TRY(write_ask());
    TAMIS_TRY(propose(count - waiting_.size()));
  }
  return {};
}

Status SearchState::look_ahead() {
  if (failed_) return *failed_;
  if (ahead_ || exhausted_ || !waiting_.empty()) return {};
  return make_proposals(session().batch);
}

std::optional<double> SearchState::expected_gain() const {
  return ahead_ && positive_.keeps() ? strategy_->expected_gain() : std::nullopt;
}

Status SearchState::take_back_batch() {
  if (failed_) return *failed_;
  return is_behind_log() ? propose(session().batch) : Status();
}

Status SearchState::write_ask() {
  if (!unwritten_) return {};
  TAMIS_TRY(history_->append(*unwritten_));
  unwritten_.reset();
  return {};
}

Result<std::vector<AskedConfig>> SearchState::ask(size_t count) {
  if (failed_) return *failed_;
  // What was asked and not told before an interruption comes alone.
  if (waiting_.empty()) TAMIS_TRY(fill(count));
  TAMIS_TRY(write_ask());
  std::vector<AskedConfig> asked;
  asked.reserve(std::min(count, waiting_.size()));
  for (; asked.size() < count && !waiting_.empty(); waiting_.pop_front())
    asked.push_back({waiting_.front(), place(waiting_.front()).config});
  return asked;
}

Result<Told> SearchState::tell(Trial trial) {
  const uint64_t number = trial.number;
  if (number < first_ || number >= end() || place(number).trial || place(number).given_up)
    return Error{ErrorKind::internal, fmt::format("trial {} was finished but not asked for", number)};
  TAMIS_TRY(write_ask());
  TAMIS_TRY(history_->append(trial));
  std::erase(waiting_, number);  // it may have been known before it was given again
  told_.push_back(static_cast<uint32_t>(number));
  return settle(std::move(trial));
}

Result<Told> SearchState::tell_unasked(Trial trial) {
  TAMIS_TRY(check_room(1));
  TAMIS_TRY(write_ask());  // first, so that the numbers in the log have no gap
  TAMIS_TRY(history_->append(trial));
  add_place(trial.config, trial.proposer);
  told_.push_back(static_cast<uint32_t>(trial.number));
  return settle(std::move(trial));
}

std::vector<Trial> SearchState::trials() const {
  std::vector<Trial> trials;
  for (uint64_t number = first_; number < known_end(); ++number)
    if (const SearchPlace& one = place(number); one.trial) trials.push_back(*one.trial);
  return trials;
}

std::vector<Trial> SearchState::take_trials() {
  std::vector<Trial> trials;
  for (uint64_t number = first_; number < known_end(); ++number) {
    SearchPlace& place = place_of(number);
    if (place.trial) trials.push_back(std::move(*place.trial));
  }
  return trials;
}

}  // namespace tamis
