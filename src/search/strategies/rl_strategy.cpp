#include "search/strategies/rl_strategy.h"

#include "model/boosted_trees.h"
#include "search/candidates.h"
#include "search/model_strategy.h"
#include "search/scores.h"

#include <algorithm>
#include <utility>

namespace tamis {
namespace {

BoostedTreesOptions cost_model(const RlOptions& options) {
  BoostedTreesOptions trees;
  trees.objective = Objective::squared_error;
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

  Result<std::vector<uint64_t>> choose() override {
    known_at_plan_ = known().size();
    const auto score = [this](std::span<const uint64_t> indexes) { return scores_.at(indexes); };
    TAMIS_ASSIGN(std::vector<uint64_t> visited, search_.walk(score, starts(), random()));
    TAMIS_ASSIGN(const std::vector<float> rewards, scores_.at(visited));
    visited = ranked(visited, {rewards.begin(), rewards.end()});
    visited.resize(std::min(visited.size(), parameters_.trajectory));
    const std::vector<uint64_t> samples =
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
      append_knob_features(space(), space().config(observation.index), features);
      targets.push_back(static_cast<float>(observation.throughput / best));
    }
    scores_.forget();
    return model_.fit(features, targets);
  }

  std::vector<uint64_t> starts() {
    const size_t half = parameters_.search.walkers / 2;
    std::vector<uint64_t> starts = fastest(known(), half);
    for (size_t i = 0; i < half; ++i)
      if (const std::optional<uint64_t> index = memory().unseen().draw(random())) starts.push_back(*index);
    return starts;
  }

  RlOptions parameters_;
  BoostedTrees model_;
  PredictedScores scores_;
  PolicySearch search_;
  size_t known_at_plan_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> make_rl_strategy(const Task& task, const SearchOptions& options,
                                           const RlOptions& parameters) {
  return std::make_unique<RlStrategy>(task, options, parameters);
}

}  // namespace tamis
