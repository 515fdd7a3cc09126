#include "session/study_state.h"

#include "session/outcome.h"
#include "session/proposals.h"
#include "space/membership.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The proposer of trials that nobody proposed.
constexpr const char* kTold = "told";

}  // namespace

void Study::State::add_place(Config config, std::string proposer) {
  newest_.insert_or_assign(space_.index(config), places_.size());
  places_.push_back({std::move(config), std::move(proposer), std::nullopt});
}

void Study::State::settle(Trial trial) {
  tally_.add(trial);
  std::optional<Trial>& place = places_[trial.number].trial;
  place = std::move(trial);
}

Status Study::State::learn_and_propose(std::span<const uint32_t> learnt, uint64_t asked) {
  std::vector<Trial> lessons;
  for (const uint32_t number : learnt) {
    lessons.push_back(*places_[number].trial);
    places_[number].learnt = true;
  }
  TAMIS_TRY(teach(*strategy_, lessons));
  TAMIS_ASSIGN(std::vector<Config> proposals, strategy_->propose(asked));
  TAMIS_TRY(check_proposals(space_, proposals, asked, strategy_->name()));
  exhausted_ = proposals.size() < asked;
  for (Config& config : proposals) {
    waiting_.push_back(places_.size());
    add_place(std::move(config), std::string(strategy_->name()));
  }
  return {};
}

Status Study::State::check_room(size_t count) const {
  if (places_.size() + count <= std::numeric_limits<uint32_t>::max()) return {};
  return unsupported("a study has at most 2^32 trials; begin another");
}

Status Study::State::propose(size_t count) {
  TAMIS_TRY(check_room(count));
  std::sort(told_.begin(), told_.end());
  AskRecord ask{places_.size(), count, 0, std::move(told_)};
  told_.clear();
  if (Status proposed = learn_and_propose(ask.learnt, count); !proposed.ok()) {
    failed_ = proposed.error();
    return proposed;
  }
  ask.given = places_.size() - ask.first;
  // An ask that gave nothing is the last, so nothing follows from it.
  if (ask.given > 0) unwritten_ = std::move(ask);
  return {};
}

Status Study::State::write_ask() {
  if (!unwritten_) return {};
  TAMIS_TRY(history_->append(*unwritten_));
  unwritten_.reset();
  return {};
}

Result<std::vector<AskedConfig>> Study::State::ask(size_t count) {
  if (count == 0 || count > kMostAsked)
    return invalid_input(
        fmt::format("{} configs were asked for; it must be between 1 and {}", count, kMostAsked));
  if (failed_) return *failed_;
  if (waiting_.empty() && !exhausted_) TAMIS_TRY(propose(count));
  TAMIS_TRY(write_ask());
  std::vector<AskedConfig> asked;
  for (; asked.size() < count && !waiting_.empty(); waiting_.pop_front())
    asked.push_back({waiting_.front(), places_[waiting_.front()].config});
  return asked;
}

Status Study::State::tell(uint64_t number, Outcome outcome) {
  if (number >= places_.size())
    return invalid_input(
        fmt::format("trial {} was never asked for; there are {} so far", number, places_.size()));
  const StudyPlace& place = places_[number];
  if (place.given_up)
    return invalid_input(fmt::format(
        "trial {} was asked before a long log was resumed, and is not known any more; tell it by its config",
        number));
  if (place.trial)
    return invalid_input(fmt::format("trial {} ({}) was told already: it is {}", number,
                                     space_.describe(place.config), to_string(place.trial->verdict)));
  TAMIS_TRY(check_outcome(space_, place.config, outcome));
  TAMIS_TRY(write_ask());
  Trial trial = trial_of({number, place.config}, place.proposer, std::move(outcome), options_.device);
  TAMIS_TRY(history_->append(trial));
  std::erase(waiting_, number);  // it may have been known before it was given again
  settle(std::move(trial));
  told_.push_back(static_cast<uint32_t>(number));
  return {};
}

Status Study::State::tell(const Config& config, Outcome outcome) {
  if (!belongs(space_, config))
    return invalid_input("a config was told that has no value of the space for every knob");
  const auto known = newest_.find(space_.index(config));
  if (known != newest_.end()) {
    const std::optional<Trial>& trial = places_[known->second].trial;
    if (!trial || trial->verdict != Verdict::device_lost) return tell(known->second, std::move(outcome));
  }
  if (!space_.allows(config))
    return invalid_input(
        fmt::format("the config {} is outside the space: it is not listed there, or a constraint excludes it",
                    space_.describe(config)));
  TAMIS_TRY(check_outcome(space_, config, outcome));
  TAMIS_TRY(check_room(1));
  TAMIS_TRY(write_ask());  // first, so that the numbers in the log have no gap
  const uint64_t number = places_.size();
  Trial trial = trial_of({number, config}, kTold, std::move(outcome), options_.device);
  TAMIS_TRY(history_->append(trial));
  add_place(config, kTold);
  settle(std::move(trial));
  told_.push_back(static_cast<uint32_t>(number));
  return {};
}

}  // namespace tamis
