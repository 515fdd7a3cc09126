#include "search/autotvm_strategy.h"

#include "model/boosted_trees.h"
#include "model/recall.h"
#include "search/observations.h"
#include "search/predicted_scores.h"
#include "search/unseen.h"

#include <algorithm>
#include <numeric>
#include <optional>

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
        unseen_(*problem.space),
        model_(trees_for(options.plan)),
        scores_(*problem.space, model_),
        annealer_(*problem.space, options.annealing) {}

  std::string_view name() const override { return "autotvm"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    if (count == 0) return proposals;
    if (!known_at_start_) known_at_start_ = observations_.size();
    if (observations_.valid_count() > 0 && observations_.size() >= next_fit()) TAMIS_TRY(make_plan());
    while (proposals.size() < count) {
      std::optional<uint64_t> index = next_planned();
      if (!index) index = unseen_.draw(random_);
      if (!index) break;
      unseen_.mark(*index);
      proposals.push_back(space_.config(*index));
    }
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    for (const Trial& trial : trials) {
      TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
      unseen_.mark(observation.index);
      observations_.add(observation);
    }
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
    TAMIS_ASSIGN(plan_, annealer_.find_best(score, options_.plan, unseen_, random_));
    planned_ = 0;
    return {};
  }

  /// Trains on everything known: throughput relative to the best, in an order shuffled as AutoTVM shuffles
  /// it.
  Status fit() {
    std::vector<Observation> shuffled = observations_.all();
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
    while (planned_ < plan_.size() && !unseen_.contains(plan_[planned_])) ++planned_;
    const auto left_to_chance =
        static_cast<size_t>(options_.random_share * static_cast<double>(options_.plan));
    if (planned_ + left_to_chance >= plan_.size()) return std::nullopt;
    return plan_[planned_];
  }

  const Space& space_;
  AutotvmOptions options_;
  Random random_;
  UnseenConfigs unseen_;
  Observations observations_;
  BoostedTrees model_;
  PredictedScores scores_;
  Annealer annealer_;
  std::optional<size_t> known_at_start_;  ///< trials known when the first proposal was asked
  size_t fits_ = 0;
  std::vector<uint64_t> plan_;  ///< best first
  size_t planned_ = 0;          ///< the first config of the plan that was not passed yet
};

}  // namespace

std::unique_ptr<Strategy> make_autotvm_strategy(const SearchProblem& problem, const AutotvmOptions& options) {
  return std::make_unique<AutotvmStrategy>(problem, options);
}

}  // namespace tamis
