#pragma once

#include "model/model.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace tamis {

/// What boosted trees are trained for.
enum class TrainingObjective {
  pairwise_rank,  ///< the order of the targets; predictions have no unit
  squared_error,  ///< the targets themselves
  logistic,       ///< the probability that a target of 0 or 1 is 1; predictions lie between 0 and 1
};

/// Training of boosted trees; defaults are those of AutoTVM 0.9's cost model.
struct BoostedTreesOptions {
  TrainingObjective objective = TrainingObjective::pairwise_rank;
  int max_depth = 3;
  double learning_rate = 0.3;    ///< XGBoost's eta
  double min_split_gain = 1e-4;  ///< XGBoost's gamma
  double min_child_weight = 1;
  double l2_penalty = 1;  ///< XGBoost's lambda
  int max_rounds = 8000;  ///< trees at most
  /// Judges the training predictions after every round, larger is better; training ends after `patience`
  /// rounds without a gain of at least 1e-6. All trees are kept, as AutoTVM keeps them. Not set: max_rounds
  /// are made.
  std::function<double(std::span<const float> predictions, std::span<const float> targets)> score;
  int patience = 20;
};

/// Whether this build can learn boosted trees. Errors: unsupported for a build without XGBoost
/// (TAMIS_WITH_XGBOOST=OFF), of which fit and predict fail in the same words.
Status boosted_trees_supported();

/// Gradient-boosted trees by XGBoost (Chen and Guestrin, KDD 2016), on one thread, so that results repeat
/// exactly.
class BoostedTrees final : public Model {
 public:
  explicit BoostedTrees(BoostedTreesOptions options);
  ~BoostedTrees() override;
  Status fit(const FeatureMatrix& features, std::span<const float> targets) override;
  Result<std::vector<float>> predict(const FeatureMatrix& features) const override;
  /// Rounds made by the last successful fit().
  int rounds() const { return rounds_; }

 private:
  struct Booster;
  BoostedTreesOptions options_;
  std::unique_ptr<Booster> booster_;
  size_t columns_ = 0;
  int rounds_ = 0;
};

}  // namespace tamis
