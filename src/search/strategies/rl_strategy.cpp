#include "search/strategies/rl_strategy.h"

#include "model/boosted_trees.h"
#include "model/k_means.h"
#include "search/candidates.h"
#include "search/model_strategy.h"
#include "search/scores.h"
#include "tamis/space.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

/// Configs by the positions of their choices, each scaled to reach from 0 to 1.
FeatureMatrix positions(const Space& space, const std::vector<ConfigKey>& keys) {
  FeatureMatrix rows;
  rows.columns = std::max<size_t>(space.knobs().size(), 1);
  rows.values.reserve(rows.columns * keys.size());
  for (const ConfigKey& key : keys) {
    const Config config = space.config(key);
    for (size_t knob = 0; knob < config.choices.size(); ++knob) {
      const auto last = static_cast<float>(std::max<size_t>(space.knobs()[knob].values.size() - 1, 1));
      rows.values.push_back(static_cast<float>(config.choices[knob]) / last);
    }
    if (config.choices.empty()) rows.values.push_back(0);
  }
  return rows;
}

/// The config whose choices are nearest to a point of positions(); an allowed one where they are enumerated.
ConfigKey nearest_config(const Space& space, std::span<const float> point) {
  Config config;
  for (size_t knob = 0; knob < space.knobs().size(); ++knob) {
    const auto last = static_cast<float>(space.knobs()[knob].values.size() - 1);
    config.choices.push_back(static_cast<uint32_t>(std::lround(std::clamp(point[knob], 0.0F, 1.0F) * last)));
  }
  return space.key(near_allowed(space, config));
}

/// A config of which each knob is that of a random one of the given configs, so that frequent choices are
/// likely.
ConfigKey synthesise(const Space& space, const std::vector<ConfigKey>& configs, Random& random) {
  Config config;
  for (size_t knob = 0; knob < space.knobs().size(); ++knob)
    config.choices.push_back(space.config(configs[random.below(configs.size())]).choices[knob]);
  return space.key(near_allowed(space, config));
}

/// More clusters until the loss has a knee.
Clusters find_clusters(const FeatureMatrix& rows, const AdaptiveSamplingOptions& options, Random& random) {
  Clusters best = k_means(rows, options.fewest, options.rounds, random);
  for (size_t count = options.fewest + options.step; count <= options.most; count += options.step) {
    Clusters more = k_means(rows, count, options.rounds, random);
    const bool past_the_knee = more.loss * options.knee >= best.loss;
    best = std::move(more);
    if (past_the_knee) break;
  }
  return best;
}

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

BoostedTreesOptions cost_model(const RlOptions& options) {
  BoostedTreesOptions trees;
  trees.objective = TrainingObjective::squared_error;
  trees.max_rounds = options.trees;
  trees.max_depth = options.max_depth;
  return trees;
}

PolicySearchOptions seeded(PolicySearchOptions options, uint64_t seed) {
  options.policy.seed = seed;
  return options;
}

class RlStrategy final : public ModelStrategy {
 public:
  RlStrategy(const Task& task, const SearchOptions& options, const RlOptions& parameters)
      : ModelStrategy("rl", task, options, parameters.initial_trials, Replan::when_exhausted),
        parameters_(parameters),
        model_(cost_model(parameters)),
        scores_(task.space(), model_),
        search_(task.space(), seeded(parameters.search, options.seed)) {}

 private:
  bool initial_design_done() const override {
    return known_at_start() > 0 || ModelStrategy::initial_design_done();
  }
  bool can_replan() const override { return known().size() > known_at_plan_; }

  Result<std::vector<ConfigKey>> choose() override {
    known_at_plan_ = known().size();
    const auto score = [this](std::span<const ConfigKey> keys) { return scores_.at(keys); };
    TAMIS_ASSIGN(std::vector<ConfigKey> visited, search_.walk(score, starts(), random()));
    TAMIS_ASSIGN(const std::vector<float> rewards, scores_.at(visited));
    visited = ranked(visited, {rewards.begin(), rewards.end()});
    visited.resize(std::min(visited.size(), parameters_.trajectory));
    const std::vector<ConfigKey> samples =
        sample_adaptively(space(), visited, memory().unseen(), parameters_.sampling, random());
    TAMIS_ASSIGN(const std::vector<float> predicted, scores_.at(samples));
    return ranked(samples, {predicted.begin(), predicted.end()});
  }

  /// Teaches the cost model throughput relative to the best.
  Status fit() override {
    double best = 0;
    for (const Observation& observation : known().all()) best = std::max(best, observation.throughput);
    FeatureMatrix features;
    std::vector<float> targets;
    for (const Observation& observation : training_set()) {
      append_knob_features(space(), space().config(observation.key), features);
      targets.push_back(static_cast<float>(observation.throughput / best));
    }
    scores_.forget();
    return model_.fit(features, targets);
  }

  std::vector<ConfigKey> starts() {
    const size_t half = parameters_.search.walkers / 2;
    std::vector<ConfigKey> starts = fastest(known(), half);
    for (size_t i = 0; i < half; ++i)
      if (const std::optional<ConfigKey> key = memory().unseen().draw(random())) starts.push_back(*key);
    return starts;
  }

  RlOptions parameters_;
  BoostedTrees model_;
  PredictedScores scores_;
  PolicySearch search_;
  size_t known_at_plan_ = 0;
};

}  // namespace

std::vector<ConfigKey> sample_adaptively(const Space& space, const std::vector<ConfigKey>& visited,
                                         const UnseenConfigs& unseen, const AdaptiveSamplingOptions& options,
                                         Random& random) {
  const Clusters clusters = find_clusters(positions(space, visited), options, random);
  std::vector<std::vector<ConfigKey>> members(clusters.centres.rows());
  for (size_t i = 0; i < visited.size(); ++i) members[clusters.members[i]].push_back(visited[i]);
  std::unordered_set<ConfigKey> taken;
  std::vector<ConfigKey> samples;
  const auto offer = [&](const ConfigKey& key) {
    if (!unseen.contains(key) || !taken.insert(key).second) return false;
    samples.push_back(key);
    return true;
  };
  for (size_t cluster = 0; cluster < members.size(); ++cluster) {
    if (members[cluster].empty()) continue;
    bool found = offer(nearest_config(space, clusters.centres.row(cluster)));
    for (int i = 0; i < options.syntheses && !found; ++i)
      found = offer(synthesise(space, members[cluster], random));
    for (size_t i = 0; i < members[cluster].size() && !found; ++i) found = offer(members[cluster][i]);
  }
  return samples;
}

/// Step by step, and in every step walker by walker.
struct PolicySearch::Episode {
  FeatureMatrix states;
  Decisions decisions;
  std::vector<float> rewards;
  std::vector<float> last_values;  ///< what the critic expects where the walkers ended
  std::vector<ConfigKey> visited;
};

PolicySearch::PolicySearch(const Space& space, const PolicySearchOptions& options)
    : space_(space),
      options_(options),
      movable_(knobs_with_a_choice(space)),
      policy_(movable_.size(), movable_.size(), options.policy) {}

FeatureMatrix PolicySearch::states(const std::vector<ConfigKey>& keys) const {
  FeatureMatrix states;
  states.columns = movable_.size();
  for (const ConfigKey& key : keys) {
    const Config config = space_.config(key);
    for (const size_t knob : movable_)
      states.values.push_back(static_cast<float>(config.choices[knob]) /
                              static_cast<float>(space_.knobs()[knob].values.size() - 1));
  }
  return states;
}

std::vector<ConfigKey> PolicySearch::move(const std::vector<ConfigKey>& keys,
                                          const std::vector<uint8_t>& moves) const {
  std::vector<ConfigKey> moved;
  for (size_t walker = 0; walker < keys.size(); ++walker) {
    Config config = space_.config(keys[walker]);
    for (size_t i = 0; i < movable_.size(); ++i) {
      uint32_t& choice = config.choices[movable_[i]];
      const uint8_t step = moves[walker * movable_.size() + i];
      if (step == 0 && choice > 0) --choice;
      if (step == 2 && choice + 1 < space_.knobs()[movable_[i]].values.size()) ++choice;
    }
    config = near_allowed(space_, config);
    moved.push_back(space_.allows(config) ? space_.key(config) : keys[walker]);
  }
  return moved;
}

Result<PolicySearch::Episode> PolicySearch::run(const ScoreFunction& score, std::vector<ConfigKey> places,
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

Result<std::vector<ConfigKey>> PolicySearch::walk(const ScoreFunction& score,
                                                  const std::vector<ConfigKey>& starts, Random& random) {
  std::vector<ConfigKey> visited;
  if (movable_.empty() || starts.empty()) return visited;
  size_t next = 0;
  for (size_t i = 0; i < options_.episodes; ++i) {
    std::vector<ConfigKey> places;
    while (places.size() < options_.walkers) places.push_back(starts[next++ % starts.size()]);
    TAMIS_ASSIGN(const Episode episode, run(score, std::move(places), random));
    policy_.learn(judge(episode), random);
    visited.insert(visited.end(), episode.visited.begin(), episode.visited.end());
  }
  // The last visit of each counts, so that what the trained policy visited comes last.
  std::unordered_set<ConfigKey> met;
  std::vector<ConfigKey> once;
  for (auto it = visited.rbegin(); it != visited.rend(); ++it)
    if (met.insert(*it).second) once.push_back(*it);
  std::reverse(once.begin(), once.end());
  return once;
}

std::unique_ptr<Strategy> make_rl_strategy(const Task& task, const SearchOptions& options,
                                           const RlOptions& parameters) {
  return std::make_unique<RlStrategy>(task, options, parameters);
}

}  // namespace tamis
