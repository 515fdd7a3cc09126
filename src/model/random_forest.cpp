#include "model/random_forest.h"

#include "model/tree_grower.h"
#include "tamis/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis {

Status RandomForest::fit(const FeatureMatrix& features, std::span<const float> targets) {
  return fit_weighted(features, targets, std::vector<float>(targets.size(), 1.0F));
}

Status RandomForest::fit_weighted(const FeatureMatrix& features, std::span<const float> targets,
                                  std::span<const float> weights) {
  TAMIS_TRY(check_training(features, targets));
  if (weights.size() != targets.size())
    return invalid_input(fmt::format("a forest was given {} targets but {} weights; give one weight per row",
                                     targets.size(), weights.size()));
  const BinnedFeatures bins(features);
  TreeGrower grower(bins, targets, weights, options_);
  Random random = Random::stream(options_.seed, "random forest");
  trees_.clear();
  for (size_t i = 0; i < options_.trees; ++i) {
    std::vector<uint32_t> rows(features.rows());
    std::iota(rows.begin(), rows.end(), 0U);
    if (options_.bootstrap)
      for (uint32_t& row : rows) row = static_cast<uint32_t>(random.below(features.rows()));
    trees_.push_back(grower.grow(std::move(rows), random));
  }
  columns_ = features.columns;
  return {};
}

Result<std::vector<float>> RandomForest::predict(const FeatureMatrix& features) const {
  TAMIS_ASSIGN(const std::vector<ForestEstimate> estimates, estimate(features));
  std::vector<float> means;
  means.reserve(estimates.size());
  for (const ForestEstimate& estimate : estimates) means.push_back(estimate.mean);
  return means;
}

Result<std::vector<ForestEstimate>> RandomForest::estimate(const FeatureMatrix& features) const {
  TAMIS_TRY(check_asked(features, columns_));
  const size_t rows = features.rows();
  std::vector<ForestEstimate> estimates(rows);
  std::vector<double> squares(rows, 0.0);
  // Tree by tree, so that one tree at a time stays in the cache.
  for (const Tree& tree : trees_) {
    for (size_t i = 0; i < rows; ++i) {
      const TreeNode& leaf = find_leaf(tree, features.row(i));
      estimates[i].mean += leaf.mean;
      squares[i] += leaf.variance + static_cast<double>(leaf.mean) * leaf.mean;
    }
  }
  const auto count = static_cast<float>(std::max<size_t>(trees_.size(), 1));
  for (size_t i = 0; i < rows; ++i) {
    const float mean = estimates[i].mean / count;
    const double variance = squares[i] / count - static_cast<double>(mean) * mean;
    estimates[i] = {mean, static_cast<float>(std::max(variance, 0.0))};
  }
  return estimates;
}

}  // namespace tamis
