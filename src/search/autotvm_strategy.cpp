#include "search/autotvm_strategy.h"

#include "model/boosted_trees.h"
#include "model/recall.h"
#include "search/plan.h"
#include "search/predicted_scores.h"
#include "search/training_set.h"
#include "search/trial_memory.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tamis {
namespace {

BoostedTreesOptions trees_for(size_t plan) {
  BoostedTreesOptions options;
  options.score = [plan](std::span<const float> predictions, std::span<const float> targets) {
    return average_recall(predictions, targets, plan);
  };
  return options;
}

class AutotvmStrategy final : public Strategy {
 public:
  AutotvmStrategy(const SearchProblem& problem, const AutotvmOptions& options)
      : space_(*problem.space),
        options_(options),
        random_(Random::stream(problem.seed, "autotvm strategy")),
        memory_(*problem.space),
        model_(trees_for(options.plan)),
        scores_(*problem.space, model_),
        annealer_(*problem.space, options.annealing) {}

  std::string_view name() const override { return "autotvm"; }

  Result<std::vector<Config>> propose(size_t count) override {
    if (count == 0) return std::vector<Config>();
    if (!known_at_start_) known_at_start_ = memory_.observations().size();
    if (memory_.observations().valid_count() > 0 && memory_.observations().size() >= next_fit())
      TAMIS_TRY(make_plan());
    return memory_.propose(count, random_,
                           [this] { return Result<std::optional<uint64_t>>(next_planned()); });
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(memory_.learn(trials));
    return {};
  }

 private:
  /// The number of known trials that the next fit waits for: AutoTVM's plan, twice the plan, ... after a
  /// random opening, and the same rhythm counted from the hand-over when that came with fewer trials.
  size_t next_fit() const {
    const size_t opening = *known_at_start_ == 0 ? options_.plan : std::min(*known_at_start_, options_.plan);
    return opening + fits_ * options_.plan;
  }

  Status make_plan() {
    ++fits_;
    TAMIS_TRY(fit());
    scores_.forget();
    const auto score = [this](std::span<const uint64_t> indexes) { return scores_.at(indexes); };
    TAMIS_ASSIGN(std::vector<uint64_t> best,
                 annealer_.find_best(score, options_.plan, memory_.unseen(), random_));
    plan_.replace(std::move(best));
    return {};
  }

  /// Trains on everything known (of very much, on lessons): throughput relative to the best, in an order
  /// shuffled as AutoTVM shuffles it.
  Status fit() {
    std::vector<Observation> shuffled = choose_lessons(memory_.observations(), kMostLessons, random_);
    random_.shuffle(shuffled);
    double best = 0;
    for (const Observation& observation : shuffled) best = std::max(best, observation.throughput);
    FeatureMatrix features;
    std::vector<float> targets;
    for (const Observation& observation : shuffled) {
      append_knob_features(space_, space_.config(observation.index), features);
      targets.push_back(static_cast<float>(observation.throughput / best));
    }
    return model_.fit(features, targets);
  }

  /// The next unseen config of the plan; nothing in its last few places, which are left to random configs.
  std::optional<uint64_t> next_planned() {
    const double left_to_chance = options_.random_share * static_cast<double>(options_.plan);
    return plan_.next(memory_.unseen(), static_cast<size_t>(left_to_chance));
  }

  const Space& space_;
  AutotvmOptions options_;
  Random random_;
  TrialMemory memory_;
  BoostedTrees model_;
  PredictedScores scores_;
  Annealer annealer_;
  std::optional<size_t> known_at_start_;  ///< trials known when the first proposal was asked
  size_t fits_ = 0;
  Plan plan_;
};

}  // namespace

std::unique_ptr<Strategy> make_autotvm_strategy(const SearchProblem& problem, const AutotvmOptions& options) {
  return std::make_unique<AutotvmStrategy>(problem, options);
}

}  // namespace tamis
