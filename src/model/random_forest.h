#pragma once

#include "model/model.h"
#include "model/tree_grower.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis {

/// What the trees of a forest say of one row.
struct ForestEstimate {
  float mean = 0;
  /// Of the targets in the leaves of all trees about that mean: large where trees disagree or leaves are
  /// mixed.
  float variance = 0;
};

/// A random forest for regression (Breiman, Machine Learning 45, 2001) that also tells how sure it is: the
/// variance of the mixture of its leaves (Hutter, Xu, Hoos and Leyton-Brown, "Algorithm runtime prediction:
/// Methods & evaluation", AIJ 206, 2014, section 4.3.2). On targets of 0 and 1 its mean estimates a
/// probability, and its splits are those of the Gini impurity. Splits fall at random between two values of a
/// feature, as in that paper, so that uncertainty grows between known values.
class RandomForest final : public Model {
 public:
  explicit RandomForest(const RandomForestOptions& options = {}) : options_(options) {}
  Status fit(const FeatureMatrix& features, std::span<const float> targets) override;
  /// The same with a positive weight for each row. Errors: as fit, and invalid_input for another number of
  /// weights.
  Status fit_weighted(const FeatureMatrix& features, std::span<const float> targets,
                      std::span<const float> weights);
  Result<std::vector<float>> predict(const FeatureMatrix& features) const override;
  /// One estimate a row. Errors: as predict.
  Result<std::vector<ForestEstimate>> estimate(const FeatureMatrix& features) const;

 private:
  RandomForestOptions options_;
  size_t columns_ = 0;
  std::vector<Tree> trees_;
};

}  // namespace tamis
