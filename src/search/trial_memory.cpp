#include "search/trial_memory.h"

#include "space/allowed_configs.h"
#include "tamis/space.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The first knob that must change, in a config that constraints exclude, before one may hold that does not:
/// those before it are of no account. 0 where the config is allowed, or nothing is known of a constraint.
size_t first_to_change(const Space& space, const Config& config) {
  size_t first = 0;
  for (const Constraint& constraint : space.constraints()) {
    if (constraint.holds(space, config)) continue;
    size_t least = constraint.knobs.empty() ? 0 : config.choices.size();
    for (const std::string& name : constraint.knobs) least = std::min(least, space.find(name).value_or(0));
    first = std::max(first, least);
  }
  return first;
}

}  // namespace

Result<Observation> observe(const Space& space, const Trial& trial) {
  if (!belongs(space, trial.config))
    return invalid_input(fmt::format(
        "trial {} has a config that is not of this space of {} knobs; learn only trials of the same space",
        trial.number, space.knobs().size()));
  Observation observation{space.key(trial.config), 0};
  if (trial.verdict != Verdict::valid) return observation;
  const double latency = trial.cost();
  // A valid trial without a usable latency teaches validity only: it ranks behind every one that has a
  // latency.
  observation.throughput =
      std::isfinite(latency) && latency > 0 ? 1.0 / latency : std::numeric_limits<double>::min();
  return observation;
}

void Observations::add(const Observation& observation) {
  const auto [place, is_new] = positions_.try_emplace(observation.key, all_.size());
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

const Observation* Observations::find(const ConfigKey& key) const {
  const size_t* found = positions_.find(key);
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

bool UnseenConfigs::contains(const ConfigKey& key) const {
  if (space_->countable() && key.index() >= space_->size()) return false;
  return !marked_.contains(key) &&
         ((space_->constraints().empty() && !space_->listed()) || space_->allows(space_->config(key)));
}

std::optional<ConfigKey> UnseenConfigs::draw(Random& random) {
  if (listed_) return draw_listed(random);
  const uint64_t size = space_->size();
  if (size == 0) return std::nullopt;
  if (space_->enumeration() != nullptr) return draw_enumerated(random);
  if (space_->listed()) {
    list_what_is_left();
    return draw_listed(random);
  }
  if (!space_->countable()) return draw_of_many(random);
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

std::optional<ConfigKey> UnseenConfigs::draw_of_many(Random& random) {
  for (int i = 0; i < kDraws; ++i)
    if (const ConfigKey key = space_->key(space_->draw(random)); contains(key)) return key;
  Walk walk{.config = space_->draw(random)};
  return next_of_many(walk);
}

std::optional<ConfigKey> UnseenConfigs::next(uint64_t& position) {
  if (enumerated_and_large()) {
    while (position < space_->enumeration()->count())
      if (const ConfigKey key = key_at(position++); !marked(key)) return key;
    return std::nullopt;
  }
  if (space_->enumeration() != nullptr && order_.empty()) order_ = *space_->allowed_keys(kEnumerable);
  const std::vector<ConfigKey>* listed = space_->enumeration() != nullptr ? &order_ : space_->listed();
  if (listed == nullptr) {
    while (position < space_->size())
      if (const uint64_t index = position++; contains(index)) return index;
    return std::nullopt;
  }
  for (auto at = std::lower_bound(listed->begin(), listed->end(), ConfigKey(position)); at != listed->end();
       ++at) {
    position = at->index() + 1;
    if (contains(*at)) return *at;
  }
  return std::nullopt;
}

std::optional<ConfigKey> UnseenConfigs::next(Walk& walk) {
  const AllowedConfigs* enumeration = space_->enumeration();
  const bool ranked = enumeration != nullptr && enumeration->countable();
  if (space_->countable() || (ranked && enumerated_and_large())) return next(walk.position);
  if (ranked && order_.empty()) order_ = *space_->allowed_keys(kEnumerable);
  const std::vector<ConfigKey>* listed = ranked ? &order_ : space_->listed();
  if (listed == nullptr) return next_of_many(walk);
  while (walk.position < listed->size())
    if (const ConfigKey& key = (*listed)[walk.position++]; contains(key)) return key;
  return std::nullopt;
}

std::optional<ConfigKey> UnseenConfigs::next_of_many(Walk& walk) {
  for (uint64_t i = 0; i < kEnumerable && advance(walk); ++i) {
    if (space_->enumeration() == nullptr && !space_->allows(*walk.config)) continue;
    if (ConfigKey key = space_->key(*walk.config); !marked(key)) return key;
  }
  return std::nullopt;
}

/// Goes on to the next config, or the first; whether there is one. Not enumerated, configs of which the
/// constraints tell that they exclude them are passed over.
bool UnseenConfigs::advance(Walk& walk) const {
  if (walk.over) return false;
  if (const AllowedConfigs* enumeration = space_->enumeration()) {
    walk.over = walk.config ? !enumeration->advance(*walk.config) : enumeration->count() == 0;
    if (!walk.config && !walk.over) walk.config = enumeration->first();
    return !walk.over;
  }
  if (!walk.config) {
    walk.config = space_->config(uint64_t{0});
    return true;
  }
  // Whatever the knobs before this one are, the constraints exclude it.
  const size_t first = first_to_change(*space_, *walk.config);
  std::vector<uint32_t>& choices = walk.config->choices;
  std::fill(choices.begin(), choices.begin() + static_cast<std::ptrdiff_t>(first), 0U);
  for (size_t knob = first; knob < choices.size(); ++knob) {
    if (++choices[knob] < space_->knobs()[knob].values.size()) return true;
    choices[knob] = 0;
  }
  walk.over = true;
  return false;
}

bool UnseenConfigs::enumerated_and_large() const {
  return space_->enumeration() != nullptr && space_->enumeration()->count() > kEnumerable;
}

ConfigKey UnseenConfigs::key_at(uint64_t rank) const {
  return space_->key(space_->enumeration()->config(rank));
}

/// As draw() does with indexes, with ranks.
std::optional<ConfigKey> UnseenConfigs::draw_enumerated(Random& random) {
  const AllowedConfigs& enumeration = *space_->enumeration();
  const uint64_t count = enumeration.count();
  const int draws = enumerated_and_large() ? kDraws : 64;
  for (int i = 0; i < draws && count > 0; ++i) {
    const ConfigKey key =
        enumeration.countable() ? key_at(random.below(count)) : space_->key(*enumeration.sample(random));
    if (!marked(key)) return key;
  }
  if (!enumeration.countable()) return std::nullopt;  // chance alone cannot have missed so many
  if (!enumerated_and_large()) {
    list_what_is_left();
    return draw_listed(random);
  }
  const uint64_t start = random.below(count);
  for (uint64_t i = 0; i < kEnumerable; ++i)
    if (const ConfigKey key = key_at((start + i) % count); !marked(key)) return key;
  return std::nullopt;
}

std::optional<ConfigKey> UnseenConfigs::draw_listed(Random& random) {
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
    left_ = *space_->allowed_keys(kEnumerable);
    return;
  }
  for (uint64_t index = 0; index < space_->size(); ++index)
    if (contains(index)) left_.emplace_back(index);
}

Result<std::vector<Observation>> TrialMemory::learn(std::span<const Trial> trials) {
  std::vector<Observation> learnt;
  learnt.reserve(trials.size());
  for (const Trial& trial : trials) {
    TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
    unseen_.mark(observation.key);
    observations_.add(observation);
    learnt.push_back(observation);
  }
  return learnt;
}

Config TrialMemory::take(const ConfigKey& key) {
  unseen_.mark(key);
  return space_.config(key);
}

Result<std::vector<Config>> TrialMemory::propose(
    size_t count, Random& random, const std::function<Result<std::optional<ConfigKey>>()>& next) {
  std::vector<Config> proposals;
  while (proposals.size() < count) {
    TAMIS_ASSIGN(std::optional<ConfigKey> key, next());
    if (!key) key = unseen_.draw(random);
    if (!key) break;
    proposals.push_back(take(*key));
  }
  return proposals;
}

void TrialMemory::fill_at_random(std::vector<Config>& proposals, size_t count, Random& random) {
  while (proposals.size() < count) {
    const std::optional<ConfigKey> key = unseen_.draw(random);
    if (!key) return;
    proposals.push_back(take(*key));
  }
}

}  // namespace tamis
