#include "search/forest_strategy.h"

#include "search/expected_improvement.h"
#include "search/plan.h"
#include "search/training_set.h"
#include "search/trial_memory.h"

#include <cmath>

namespace tamis {
namespace {

RandomForestOptions seeded(RandomForestOptions options, uint64_t seed) {
  options.seed = seed;
  return options;
}

class ForestStrategy final : public Strategy {
 public:
  ForestStrategy(const SearchProblem& problem, const ForestOptions& options)
      : options_(options),
        random_(Random::stream(problem.seed, "forest strategy")),
        memory_(*problem.space),
        candidates_(*problem.space, options.candidates),
        forest_(seeded(options.forest, problem.seed)) {}

  std::string_view name() const override { return "forest"; }

  Result<std::vector<Config>> propose(size_t count) override {
    const Observations& known = memory_.observations();
    if (count > 0 && known.valid_count() > 0 && known.size() >= options_.opening && rhythm_.due(known.size()))
      TAMIS_TRY(make_plan());
    return memory_.propose(count, random_, [this]() -> Result<std::optional<uint64_t>> {
      if (random_.uniform() < options_.random_share) return std::optional<uint64_t>();
      return plan_.next(memory_.unseen());
    });
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(memory_.learn(trials));
    return {};
  }

 private:
  Status make_plan() {
    rhythm_.fitted(memory_.observations().size());
    TAMIS_TRY(fit());
    const std::vector<uint64_t> indexes = candidates_.gather(memory_, random_);
    TAMIS_ASSIGN(const std::vector<ForestEstimate> estimates,
                 forest_.estimate(knob_features(memory_.space(), indexes)));
    std::vector<double> improvements;
    improvements.reserve(estimates.size());
    for (const ForestEstimate& estimate : estimates)
      improvements.push_back(expected_improvement(best_, estimate.mean, std::sqrt(estimate.variance)));
    plan_.replace(ranked(indexes, improvements));
    return {};
  }

  /// On the logarithm of the latency, the slowest valid one's for what is not valid.
  Status fit() {
    const LatencyRange known = memory_.observations().log_latencies();
    best_ = known.fastest;
    FeatureMatrix features;
    std::vector<float> targets;
    for (const Observation& observation : choose_lessons(memory_.observations(), kMostLessons, random_)) {
      append_knob_features(memory_.space(), memory_.space().config(observation.index), features);
      targets.push_back(static_cast<float>(observation.timed() ? observation.log_latency() : known.slowest));
    }
    return forest_.fit(features, targets);
  }

  ForestOptions options_;
  Random random_;
  TrialMemory memory_;
  Candidates candidates_;
  RandomForest forest_;
  RefitSchedule rhythm_;
  Plan plan_;
  double best_ = 0;  ///< the smallest logarithm of a latency at the last fit
};

}  // namespace

std::unique_ptr<Strategy> make_forest_strategy(const SearchProblem& problem, const ForestOptions& options) {
  return std::make_unique<ForestStrategy>(problem, options);
}

}  // namespace tamis
