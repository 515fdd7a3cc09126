#include "search/strategies/forest_strategy.h"

#include "search/model_strategy.h"
#include "search/scores.h"

#include <cmath>

namespace tamis {
namespace {

RandomForestOptions seeded(RandomForestOptions options, uint64_t seed) {
  options.seed = seed;
  return options;
}

class ForestStrategy final : public ModelStrategy {
 public:
  ForestStrategy(const Task& task, const SearchOptions& options, const ForestOptions& parameters)
      : ModelStrategy("forest", task, options, parameters.initial_trials, Replan::when_refit),
        parameters_(parameters),
        candidates_(task.space(), parameters.candidates),
        forest_(seeded(parameters.forest, options.seed)) {}

 private:
  /// On the logarithm of the latency, the slowest valid one's for what is not valid.
  Status fit() override {
    const LatencyRange range = known().log_latencies();
    best_ = range.fastest;
    FeatureMatrix features;
    std::vector<float> targets;
    for (const Observation& observation : training_set()) {
      append_knob_features(space(), space().config(observation.key), features);
      targets.push_back(static_cast<float>(observation.timed() ? observation.log_latency() : range.slowest));
    }
    return forest_.fit(features, targets);
  }

  Result<std::vector<ConfigKey>> choose() override {
    const std::vector<ConfigKey> keys = candidates_.gather(memory(), random());
    TAMIS_ASSIGN(const std::vector<ForestEstimate> estimates, forest_.estimate(knob_features(space(), keys)));
    std::vector<double> improvements;
    improvements.reserve(estimates.size());
    for (const ForestEstimate& estimate : estimates)
      improvements.push_back(expected_improvement(best_, estimate.mean, std::sqrt(estimate.variance)));
    return ranked(keys, improvements);
  }

  std::optional<ConfigKey> next_planned() override {
    if (random().uniform() < parameters_.random_share) return std::nullopt;
    return ModelStrategy::next_planned();
  }

  ForestOptions parameters_;
  Candidates candidates_;
  RandomForest forest_;
  double best_ = 0;  ///< the smallest logarithm of a latency at the last fit
};

}  // namespace

std::unique_ptr<Strategy> make_forest_strategy(const Task& task, const SearchOptions& options,
                                               const ForestOptions& parameters) {
  return std::make_unique<ForestStrategy>(task, options, parameters);
}

}  // namespace tamis
