#include "search/trial_memory.h"

#include "space/allowed_configs.h"
#include "tamis/space.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis {

Result<Observation> observe(const Space& space, const Trial& trial) {
  if (!belongs(space, trial.config))
    return invalid_input(fmt::format(
        "trial {} has a config that is not of this space of {} knobs; learn only trials of the same space",
        trial.number, space.knobs().size()));
  Observation observation{space.index(trial.config), 0};
  if (trial.verdict != Verdict::valid) return observation;
  const double latency = trial.cost();
  // A valid trial without a usable latency teaches validity only: it ranks behind every one that has a
  // latency.
  observation.throughput =
      std::isfinite(latency) && latency > 0 ? 1.0 / latency : std::numeric_limits<double>::min();
  return observation;
}

void Observations::add(const Observation& observation) {
  const auto [place, is_new] = positions_.try_emplace(observation.index, all_.size());
  if (is_new) {
    all_.push_back(observation);
  } else {
    valid_count_ -= all_[*place].valid() ? 1 : 0;
    all_[*place] = observation;
  }
  valid_count_ += observation.valid() ? 1 : 0;
}

LatencyRange Observations::log_latencies() const {
  LatencyRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Observation& observation : all_) {
    if (!observation.timed()) continue;
    range.fastest = std::min(range.fastest, observation.log_latency());
    range.slowest = std::max(range.slowest, observation.log_latency());
  }
  return range.fastest <= range.slowest ? range : LatencyRange{};
}

const Observation* Observations::find(uint64_t index) const {
  const size_t* found = positions_.find(index);
  return found == nullptr ? nullptr : &all_[*found];
}

std::vector<Observation> choose_training_set(const Observations& observations, size_t most, Random& random) {
  const std::vector<Observation>& all = observations.all();
  if (all.size() <= most) return all;
  std::vector<size_t> places(all.size());
  std::iota(places.begin(), places.end(), size_t{0});
  const size_t fastest = std::min(most / 2, observations.valid_count());
  std::nth_element(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(fastest), places.end(),
                   [&](size_t a, size_t b) {
                     return all[a].throughput != all[b].throughput ? all[a].throughput > all[b].throughput
                                                                   : a < b;
                   });
  // What is behind them is in an order that the library chose: put in one of its own before it is drawn from.
  std::sort(places.begin() + static_cast<std::ptrdiff_t>(fastest), places.end());
  for (size_t i = fastest; i < most; ++i) std::swap(places[i], places[i + random.below(places.size() - i)]);
  places.resize(most);
  std::sort(places.begin(), places.end());
  std::vector<Observation> chosen;
  chosen.reserve(most);
  for (const size_t place : places) chosen.push_back(all[place]);
  return chosen;
}

bool UnseenConfigs::contains(uint64_t index) const {
  return index < space_->size() && !marked_.contains(index) &&
         ((space_->constraints().empty() && !space_->listed()) || space_->allows(space_->config(index)));
}

std::optional<uint64_t> UnseenConfigs::draw(Random& random) {
  if (listed_) return draw_listed(random);
  const uint64_t size = space_->size();
  if (size == 0) return std::nullopt;
  if (space_->enumeration() != nullptr) return draw_enumerated(random);
  if (space_->listed()) {
    list_what_is_left();
    return draw_listed(random);
  }
  // A space that can be listed is listed as soon as draws miss often enough that the list pays.
  const int draws = size <= kEnumerable ? 64 : kDraws;
  for (int i = 0; i < draws; ++i)
    if (const uint64_t index = random.below(size); contains(index)) return index;
  if (size <= kEnumerable) {
    list_what_is_left();
    return draw_listed(random);
  }
  const uint64_t start = random.below(size);
  for (uint64_t i = 0; i < kEnumerable; ++i)
    if (const uint64_t index = (start + i) % size; contains(index)) return index;
  return std::nullopt;
}

std::optional<uint64_t> UnseenConfigs::next(uint64_t& position) {
  if (enumerated_and_large()) {
    while (position < space_->enumeration()->count())
      if (const uint64_t index = index_at(position++); !marked(index)) return index;
    return std::nullopt;
  }
  if (space_->enumeration() != nullptr && order_.empty()) order_ = *space_->allowed_indexes(kEnumerable);
  const std::vector<uint64_t>* listed = space_->enumeration() != nullptr ? &order_ : space_->listed();
  if (listed == nullptr) {
    while (position < space_->size())
      if (const uint64_t index = position++; contains(index)) return index;
    return std::nullopt;
  }
  for (auto at = std::lower_bound(listed->begin(), listed->end(), position); at != listed->end(); ++at) {
    position = *at + 1;
    if (contains(*at)) return *at;
  }
  return std::nullopt;
}

bool UnseenConfigs::enumerated_and_large() const {
  return space_->enumeration() != nullptr && space_->enumeration()->count() > kEnumerable;
}

uint64_t UnseenConfigs::index_at(uint64_t rank) const {
  return space_->index(space_->enumeration()->config(rank));
}

/// As draw() does with indexes, with ranks.
std::optional<uint64_t> UnseenConfigs::draw_enumerated(Random& random) {
  const uint64_t count = space_->enumeration()->count();
  const int draws = enumerated_and_large() ? kDraws : 64;
  for (int i = 0; i < draws && count > 0; ++i)
    if (const uint64_t index = index_at(random.below(count)); !marked(index)) return index;
  if (!enumerated_and_large()) {
    list_what_is_left();
    return draw_listed(random);
  }
  const uint64_t start = random.below(count);
  for (uint64_t i = 0; i < kEnumerable; ++i)
    if (const uint64_t index = index_at((start + i) % count); !marked(index)) return index;
  return std::nullopt;
}

std::optional<uint64_t> UnseenConfigs::draw_listed(Random& random) {
  while (!left_.empty()) {
    const uint64_t position = random.below(left_.size());
    if (contains(left_[position])) return left_[position];
    std::swap(left_[position], left_.back());
    left_.pop_back();
  }
  return std::nullopt;
}

void UnseenConfigs::list_what_is_left() {
  listed_ = true;
  if (space_->listed()) {
    left_ = *space_->listed();
    return;
  }
  if (space_->enumeration() != nullptr) {
    left_ = *space_->allowed_indexes(kEnumerable);
    return;
  }
  for (uint64_t index = 0; index < space_->size(); ++index)
    if (contains(index)) left_.push_back(index);
}

Result<std::vector<Observation>> TrialMemory::learn(std::span<const Trial> trials) {
  std::vector<Observation> learnt;
  learnt.reserve(trials.size());
  for (const Trial& trial : trials) {
    TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
    unseen_.mark(observation.index);
    observations_.add(observation);
    learnt.push_back(observation);
  }
  return learnt;
}

Config TrialMemory::take(uint64_t index) {
  unseen_.mark(index);
  return space_.config(index);
}

Result<std::vector<Config>> TrialMemory::propose(
    size_t count, Random& random, const std::function<Result<std::optional<uint64_t>>()>& next) {
  std::vector<Config> proposals;
  while (proposals.size() < count) {
    TAMIS_ASSIGN(std::optional<uint64_t> index, next());
    if (!index) index = unseen_.draw(random);
    if (!index) break;
    proposals.push_back(take(*index));
  }
  return proposals;
}

void TrialMemory::fill_at_random(std::vector<Config>& proposals, size_t count, Random& random) {
  while (proposals.size() < count) {
    const std::optional<uint64_t> index = unseen_.draw(random);
    if (!index) return;
    proposals.push_back(take(*index));
  }
}

}  // namespace tamis
