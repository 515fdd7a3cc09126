#include "model/grid_trees.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tamis {

GridTrees::GridTrees(const ConfigGrid& grid, const GridTreesOptions& options)
    : grid_(grid), options_(options) {
  for (size_t i = 0; i < grid.columns().size(); ++i) add_features(i);
}

void GridTrees::add_features(size_t column) {
  const GridColumn& values = grid_.columns()[column];
  if (values.ordered) {
    const std::vector<double> scaled = scaled_values(values);
    features_.push_back({column, {scaled.begin(), scaled.end()}});
    const std::vector<double> aligned = alignments(values);
    if (!aligned.empty()) features_.push_back({column, {aligned.begin(), aligned.end()}});
    return;
  }
  for (size_t level = 0; level < values.values.size(); ++level) {
    features_.push_back({column, std::vector<float>(values.values.size(), 0)});
    features_.back().values[level] = 1;
  }
}

std::vector<float> GridTrees::predict(std::span<const size_t> configs, std::span<const float> targets,
                                      Random& random) {
  sums_.assign(grid_.size(), 0);
  right_.resize(grid_.size());
  std::vector<Row> rows(configs.size());
  std::vector<uint32_t> all(grid_.size());
  for (size_t tree = 0; tree < options_.trees; ++tree) {
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = {configs[i], targets[i]};
    std::iota(all.begin(), all.end(), 0U);
    grow({rows, all, 0.5, 0}, random);
  }
  std::vector<float> means = sums_;
  for (float& mean : means) mean /= static_cast<float>(options_.trees);
  return means;
}

void GridTrees::grow(const Node& node, Random& random) {
  if (node.configs.empty()) return;
  const auto count = static_cast<double>(node.rows.size());
  double sum = 0;
  bool pure = true;
  for (const Row& row : node.rows) {
    sum += row.target;
    pure = pure && row.target == node.rows.front().target;
  }
  const double smoothed = (sum + options_.smoothing * node.parent_mean) / (count + options_.smoothing);
  const bool leaf = pure || node.depth >= options_.depth;
  const Split split = leaf ? Split{} : find_split(node.rows, sum / count, random);
  if (split.gain <= 0) {
    for (const uint32_t config : node.configs) sums_[config] += static_cast<float>(smoothed);
    return;
  }
  const std::vector<uint8_t>& levels = grid_.columns()[split.column].levels;
  const auto middle = std::partition(node.rows.begin(), node.rows.end(),
                                     [&](const Row& row) { return split.left[levels[row.config]] != 0; });
  const auto left_rows = static_cast<size_t>(middle - node.rows.begin());
  const size_t left = divide(node.configs, split);
  grow({node.rows.first(left_rows), node.configs.first(left), smoothed, node.depth + 1}, random);
  grow({node.rows.subspan(left_rows), node.configs.subspan(left), smoothed, node.depth + 1}, random);
}

GridTrees::Split GridTrees::find_split(std::span<const Row> rows, double mean, Random& random) const {
  Split best;
  const auto tries =
      static_cast<size_t>(std::ceil(options_.feature_share * static_cast<double>(features_.size())));
  for (size_t i = 0; i < tries; ++i)
    try_feature(features_[random.below(features_.size())], rows, mean, best, random);
  return best;
}

void GridTrees::try_feature(const Feature& feature, std::span<const Row> rows, double mean, Split& best,
                            Random& random) const {
  const std::vector<uint8_t>& levels = grid_.columns()[feature.column].levels;
  float low = feature.values[levels[rows.front().config]];
  float high = low;
  for (const Row& row : rows) {
    low = std::min(low, feature.values[levels[row.config]]);
    high = std::max(high, feature.values[levels[row.config]]);
  }
  if (low == high) return;
  // Below `high`, so that both sides keep a row however the product is rounded.
  const float threshold =
      std::min(low + static_cast<float>(random.uniform()) * (high - low), std::nextafter(high, low));
  double left_sum = 0;
  double left_count = 0;
  double sum = 0;
  for (const Row& row : rows) {
    sum += row.target;
    if (feature.values[levels[row.config]] > threshold) continue;
    left_sum += row.target;
    left_count += 1;
  }
  const auto count = static_cast<double>(rows.size());
  const double right_sum = sum - left_sum;
  const double gain =
      left_sum * left_sum / left_count + right_sum * right_sum / (count - left_count) - mean * mean * count;
  if (gain <= best.gain + 1e-12) return;
  best.gain = gain;
  best.column = feature.column;
  best.left.assign(feature.values.size(), 0);
  for (size_t level = 0; level < feature.values.size(); ++level)
    best.left[level] = feature.values[level] <= threshold;
}

/// Moves the configs that go left to the front, without branches: which way a config goes is anybody's guess.
size_t GridTrees::divide(std::span<uint32_t> configs, const Split& split) {
  const uint8_t* levels = grid_.columns()[split.column].levels.data();
  size_t left = 0;
  size_t right = 0;
  for (const uint32_t config : configs) {
    const size_t goes_left = split.left[levels[config]];
    configs[left] = config;
    right_[right] = config;
    left += goes_left;
    right += 1 - goes_left;
  }
  std::copy_n(right_.begin(), right, configs.begin() + static_cast<std::ptrdiff_t>(left));
  return left;
}

}  // namespace tamis
