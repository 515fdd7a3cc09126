#include "search/strategies/autotvm_strategy.h"

#include "model/boosted_trees.h"
#include "model/recall.h"
#include "search/model_strategy.h"
#include "search/scores.h"

#include <algorithm>
#include <optional>

namespace tamis {
namespace {

BoostedTreesOptions trees_for(const AutotvmOptions& parameters) {
  BoostedTreesOptions options;
  options.max_depth = parameters.max_depth;
  options.score = [plan = parameters.plan](std::span<const float> predictions,
                                           std::span<const float> targets) {
    return average_recall(predictions, targets, plan);
  };
  return options;
}

class AutotvmStrategy final : public ModelStrategy {
 public:
  AutotvmStrategy(const Task& task, const SearchOptions& options, const AutotvmOptions& parameters)
      : ModelStrategy("autotvm", task, options, 0, Replan::when_refit),
        parameters_(parameters),
        model_(trees_for(parameters)),
        scores_(task.space(), model_),
        annealer_(task.space(), parameters.annealing) {}

 private:
  /// AutoTVM waits for a plan's worth of random trials, for two of them, ...; after trials of an initializer
  /// or a log the same intervals count from the hand-over when that came with fewer.
  bool refit_due() const override {
    const size_t initial =
        known_at_start() == 0 ? parameters_.plan : std::min(known_at_start(), parameters_.plan);
    return known().size() >= initial + fits() * parameters_.plan;
  }

  /// Trains on everything known (of very much, on a choice): throughput relative to the best, in an order
  /// shuffled as AutoTVM shuffles it.
  Status fit() override {
    std::vector<Observation> shuffled = training_set();
    random().shuffle(shuffled);
    double best = 0;
    for (const Observation& observation : shuffled) best = std::max(best, observation.throughput);
    FeatureMatrix features;
    std::vector<float> targets;
    for (const Observation& observation : shuffled) {
      append_knob_features(space(), space().config(observation.index), features);
      targets.push_back(static_cast<float>(observation.throughput / best));
    }
    scores_.forget();
    return model_.fit(features, targets);
  }

  Result<std::vector<uint64_t>> choose() override {
    const auto score = [this](std::span<const uint64_t> indexes) { return scores_.at(indexes); };
    return annealer_.find_best(score, parameters_.plan, memory().unseen(), random());
  }

  /// Nothing in the last few places of the plan, which are left to random configs.
  std::optional<uint64_t> next_planned() override {
    const double left_to_chance = parameters_.random_share * static_cast<double>(parameters_.plan);
    return plan().next(memory().unseen(), static_cast<size_t>(left_to_chance));
  }

  AutotvmOptions parameters_;
  BoostedTrees model_;
  PredictedScores scores_;
  Annealer annealer_;
};

}  // namespace

std::unique_ptr<Strategy> make_autotvm_strategy(const Task& task, const SearchOptions& options,
                                                const AutotvmOptions& parameters) {
  return std::make_unique<AutotvmStrategy>(task, options, parameters);
}

}  // namespace tamis
