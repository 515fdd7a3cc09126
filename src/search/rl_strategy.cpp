#include "search/rl_strategy.h"

#include "model/boosted_trees.h"
#include "search/candidates.h"
#include "search/plan.h"
#include "search/predicted_scores.h"
#include "search/training_set.h"
#include "search/trial_memory.h"

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

class RlStrategy final : public Strategy {
 public:
  RlStrategy(const SearchProblem& problem, const RlOptions& options)
      : options_(options),
        random_(Random::stream(problem.seed, "rl strategy")),
        memory_(*problem.space),
        model_(cost_model(options)),
        scores_(*problem.space, model_),
        search_(*problem.space, seeded(options.search, problem.seed)) {}

  std::string_view name() const override { return "rl"; }

  Result<std::vector<Config>> propose(size_t count) override {
    if (count == 0) return std::vector<Config>();
    const Observations& known = memory_.observations();
    if (!known_at_start_) known_at_start_ = known.size();
    const bool opened = *known_at_start_ > 0 || known.size() >= options_.opening;
    const bool can_fit = opened && known.valid_count() > 0;
    return memory_.propose(count, random_, [&, this]() -> Result<std::optional<uint64_t>> {
      const std::optional<uint64_t> index = plan_.next(memory_.unseen());
      if (index || !can_fit || known.size() <= known_at_plan_) return index;
      TAMIS_TRY(make_plan());
      return plan_.next(memory_.unseen());
    });
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(memory_.learn(trials));
    return {};
  }

 private:
  Status make_plan() {
    known_at_plan_ = memory_.observations().size();
    if (rhythm_.due(known_at_plan_)) TAMIS_TRY(fit());
    const auto score = [this](std::span<const uint64_t> indexes) { return scores_.at(indexes); };
    TAMIS_ASSIGN(std::vector<uint64_t> visited, search_.walk(score, starts(), random_));
    TAMIS_ASSIGN(const std::vector<float> rewards, scores_.at(visited));
    visited = ranked(visited, {rewards.begin(), rewards.end()});
    visited.resize(std::min(visited.size(), options_.trajectory));
    const std::vector<uint64_t> samples =
        sample_adaptively(memory_.space(), visited, memory_.unseen(), options_.sampling, random_);
    TAMIS_ASSIGN(const std::vector<float> predicted, scores_.at(samples));
    plan_.replace(ranked(samples, {predicted.begin(), predicted.end()}));
    return {};
  }

  /// Teaches the cost model throughput relative to the best.
  Status fit() {
    const Observations& known = memory_.observations();
    rhythm_.fitted(known.size());
    double best = 0;
    for (const Observation& observation : known.all()) best = std::max(best, observation.throughput);
    FeatureMatrix features;
    std::vector<float> targets;
    for (const Observation& observation : choose_lessons(known, kMostLessons, random_)) {
      append_knob_features(memory_.space(), memory_.space().config(observation.index), features);
      targets.push_back(static_cast<float>(observation.throughput / best));
    }
    scores_.forget();
    return model_.fit(features, targets);
  }

  std::vector<uint64_t> starts() {
    const size_t half = options_.search.walkers / 2;
    std::vector<uint64_t> starts = fastest(memory_.observations(), half);
    for (size_t i = 0; i < half; ++i)
      if (const std::optional<uint64_t> index = memory_.unseen().draw(random_)) starts.push_back(*index);
    return starts;
  }

  RlOptions options_;
  Random random_;
  TrialMemory memory_;
  BoostedTrees model_;
  PredictedScores scores_;
  PolicySearch search_;
  std::optional<size_t> known_at_start_;  ///< more than 0 when an initializer or a log opened
  size_t known_at_plan_ = 0;
  RefitSchedule rhythm_;
  Plan plan_;
};

}  // namespace

std::unique_ptr<Strategy> make_rl_strategy(const SearchProblem& problem, const RlOptions& options) {
  return std::make_unique<RlStrategy>(problem, options);
}

}  // namespace tamis
