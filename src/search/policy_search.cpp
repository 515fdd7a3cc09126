#include "search/policy_search.h"

#include "space/allowed_configs.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

std::vector<size_t> knobs_with_a_choice(const Space& space) {
  std::vector<size_t> movable;
  for (size_t i = 0; i < space.knobs().size(); ++i)
    if (space.knobs()[i].values.size() > 1) movable.push_back(i);
  return movable;
}

void append(Decisions& all, const Decisions& more) {
  all.moves.insert(all.moves.end(), more.moves.begin(), more.moves.end());
  all.log_probabilities.insert(all.log_probabilities.end(), more.log_probabilities.begin(),
                               more.log_probabilities.end());
  all.values.insert(all.values.end(), more.values.begin(), more.values.end());
}

/// Shifted and scaled to mean 0 and deviation 1, as PPO is commonly run.
void normalise(std::vector<float>& numbers) {
  double sum = 0;
  double squares = 0;
  for (const float number : numbers) sum += number;
  const double mean = sum / static_cast<double>(numbers.size());
  for (const float number : numbers) squares += (number - mean) * (number - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(numbers.size())) + 1e-8;
  for (float& number : numbers) number = static_cast<float>((number - mean) / deviation);
}

}  // namespace

/// Step by step, and in every step walker by walker.
struct PolicySearch::Episode {
  FeatureMatrix states;
  Decisions decisions;
  std::vector<float> rewards;
  std::vector<float> last_values;  ///< what the critic expects where the walkers ended
  std::vector<uint64_t> visited;
};

PolicySearch::PolicySearch(const Space& space, const PolicySearchOptions& options)
    : space_(space),
      options_(options),
      movable_(knobs_with_a_choice(space)),
      policy_(movable_.size(), movable_.size(), options.policy) {}

FeatureMatrix PolicySearch::states(const std::vector<uint64_t>& indexes) const {
  FeatureMatrix states;
  states.columns = movable_.size();
  for (const uint64_t index : indexes) {
    const Config config = space_.config(index);
    for (const size_t knob : movable_)
      states.values.push_back(static_cast<float>(config.choices[knob]) /
                              static_cast<float>(space_.knobs()[knob].values.size() - 1));
  }
  return states;
}

std::vector<uint64_t> PolicySearch::move(const std::vector<uint64_t>& indexes,
                                         const std::vector<uint8_t>& moves) const {
  std::vector<uint64_t> moved;
  for (size_t walker = 0; walker < indexes.size(); ++walker) {
    Config config = space_.config(indexes[walker]);
    for (size_t i = 0; i < movable_.size(); ++i) {
      uint32_t& choice = config.choices[movable_[i]];
      const uint8_t step = moves[walker * movable_.size() + i];
      if (step == 0 && choice > 0) --choice;
      if (step == 2 && choice + 1 < space_.knobs()[movable_[i]].values.size()) ++choice;
    }
    config = near_allowed(space_, config);
    moved.push_back(space_.allows(config) ? space_.index(config) : indexes[walker]);
  }
  return moved;
}

Result<PolicySearch::Episode> PolicySearch::run(const ScoreFunction& score, std::vector<uint64_t> places,
                                                Random& random) const {
  Episode episode;
  episode.states.columns = movable_.size();
  for (size_t step = 0; step < options_.steps; ++step) {
    const FeatureMatrix here = states(places);
    const Decisions decisions = policy_.decide(here, random);
    places = move(places, decisions.moves);
    TAMIS_ASSIGN(const std::vector<float> rewards, score(places));
    episode.states.values.insert(episode.states.values.end(), here.values.begin(), here.values.end());
    append(episode.decisions, decisions);
    episode.rewards.insert(episode.rewards.end(), rewards.begin(), rewards.end());
    episode.visited.insert(episode.visited.end(), places.begin(), places.end());
  }
  episode.last_values = policy_.decide(states(places), random).values;
  return episode;
}

Experience PolicySearch::judge(const Episode& episode) const {
  Experience experience{episode.states, episode.decisions, {}, {}};
  const size_t count = episode.rewards.size();
  const size_t walkers = episode.last_values.size();
  experience.advantages.resize(count);
  experience.returns.resize(count);
  for (size_t i = count; i-- > 0;) {
    const bool last = i + walkers >= count;
    const float next_value = last ? episode.last_values[i % walkers] : episode.decisions.values[i + walkers];
    const float next_advantage = last ? 0.0F : experience.advantages[i + walkers];
    const double surprise = episode.rewards[i] + options_.discount * next_value - episode.decisions.values[i];
    experience.advantages[i] =
        static_cast<float>(surprise + options_.discount * options_.smoothing * next_advantage);
    experience.returns[i] = experience.advantages[i] + episode.decisions.values[i];
  }
  normalise(experience.advantages);
  return experience;
}

Result<std::vector<uint64_t>> PolicySearch::walk(const ScoreFunction& score,
                                                 const std::vector<uint64_t>& starts, Random& random) {
  std::vector<uint64_t> visited;
  if (movable_.empty() || starts.empty()) return visited;
  size_t next = 0;
  for (size_t i = 0; i < options_.episodes; ++i) {
    std::vector<uint64_t> places;
    while (places.size() < options_.walkers) places.push_back(starts[next++ % starts.size()]);
    TAMIS_ASSIGN(const Episode episode, run(score, std::move(places), random));
    policy_.learn(judge(episode), random);
    visited.insert(visited.end(), episode.visited.begin(), episode.visited.end());
  }
  // The last visit of each counts, so that what the trained policy visited comes last.
  std::unordered_set<uint64_t> met;
  std::vector<uint64_t> once;
  for (auto it = visited.rbegin(); it != visited.rend(); ++it)
    if (met.insert(*it).second) once.push_back(*it);
  std::reverse(once.begin(), once.end());
  return once;
}

}  // namespace tamis
