#include "model/tree_grower.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tamis {

const TreeNode& find_leaf(const Tree& tree, std::span<const float> row) {
  const TreeNode* node = tree.data();
  while (node->feature >= 0)
    node = &tree[node->left + (row[static_cast<size_t>(node->feature)] > node->threshold ? 1 : 0)];
  return *node;
}

BinnedFeatures::BinnedFeatures(const FeatureMatrix& features)
    : rows_(features.rows()),
      codes_(features.values.size()),
      lowest_(features.columns),
      highest_(features.columns) {
  for (size_t column = 0; column < features.columns; ++column) {
    std::vector<float> sorted(rows_);
    for (size_t row = 0; row < rows_; ++row) sorted[row] = features.row(row)[column];
    std::sort(sorted.begin(), sorted.end());
    std::vector<float> distinct = sorted;
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<float>& highest = highest_[column];
    highest = distinct;
    if (distinct.size() > kBins) {
      highest.clear();
      for (size_t bin = 1; bin <= kBins; ++bin) highest.push_back(sorted[bin * rows_ / kBins - 1]);
      highest.erase(std::unique(highest.begin(), highest.end()), highest.end());
    }
    for (size_t bin = 0; bin < highest.size(); ++bin)
      lowest_[column].push_back(bin == 0
                                    ? distinct.front()
                                    : *std::upper_bound(distinct.begin(), distinct.end(), highest[bin - 1]));
    for (size_t row = 0; row < rows_; ++row) {
      const auto bin = std::lower_bound(highest.begin(), highest.end(), features.row(row)[column]);
      codes_[column * rows_ + row] = static_cast<uint8_t>(bin - highest.begin());
    }
  }
}

void TreeGrower::Sums::add(const Sums& other) {
  weight += other.weight;
  sum += other.sum;
  squares += other.squares;
  rows += other.rows;
}

double TreeGrower::Sums::error() const { return weight > 0 ? squares - sum * sum / weight : 0; }

TreeGrower::Sums TreeGrower::describe(std::span<const uint32_t> rows) const {
  Sums sums;
  for (const uint32_t row : rows) {
    const double weight = weights_[row];
    const double target = targets_[row];
    sums.add({weight, weight * target, weight * target * target, 1});
  }
  return sums;
}

void TreeGrower::try_feature(size_t column, std::span<const uint32_t> rows, const Sums& whole, Split& best) {
  const size_t bins = features_.bins(column);
  histogram_.assign(bins, Sums{});
  for (const uint32_t row : rows) {
    const double weight = weights_[row];
    const double target = targets_[row];
    histogram_[features_.bin(column, row)].add({weight, weight * target, weight * target * target, 1});
  }
  Sums left;
  size_t last = bins;  // the last bin that holds rows
  for (size_t bin = 0; bin < bins; ++bin) {
    if (histogram_[bin].rows == 0) continue;
    const Sums right = {whole.weight - left.weight, whole.sum - left.sum, whole.squares - left.squares,
                        whole.rows - left.rows};
    if (left.rows >= options_.min_leaf_rows && left.rows > 0 && right.rows >= options_.min_leaf_rows) {
      const double error = left.error() + right.error();
      if (best.feature < 0 || error < best.error) best = {static_cast<int>(column), last, bin, error};
    }
    left.add(histogram_[bin]);
    last = bin;
  }
}

TreeGrower::Split TreeGrower::find_split(std::span<const uint32_t> rows, const Sums& whole, Random& random) {
  Split best;
  const auto columns = static_cast<double>(features_.columns());
  const auto tried = static_cast<size_t>(std::max(1.0, std::round(options_.feature_share * columns)));
  random.shuffle(order_);
  // Further features only where those drawn do not tell the rows apart.
  for (size_t i = 0; i < order_.size() && (i < tried || best.feature < 0); ++i)
    try_feature(order_[i], rows, whole, best);
  return best;
}

float TreeGrower::threshold(const Split& split, Random& random) const {
  const auto column = static_cast<size_t>(split.feature);
  const float low = features_.highest(column, split.bin);
  const float high = features_.lowest(column, split.next);
  const double drawn = low + random.uniform() * (static_cast<double>(high) - low);
  return std::min(static_cast<float>(drawn), std::nextafter(high, low));
}

Tree TreeGrower::grow(std::vector<uint32_t> rows, Random& random) {
  order_.resize(features_.columns());
  std::iota(order_.begin(), order_.end(), 0U);
  Tree tree(1);
  std::vector<Part> parts = {{0, 0, rows.size()}};
  while (!parts.empty()) {
    const Part part = parts.back();
    parts.pop_back();
    const std::span<uint32_t> own(rows.data() + part.begin, part.end - part.begin);
    const Sums whole = describe(own);
    tree[part.node].mean = static_cast<float>(whole.sum / whole.weight);
    tree[part.node].variance = static_cast<float>(std::max(whole.error() / whole.weight, 0.0));
    const double negligible = 1e-9 * whole.squares;
    if (own.size() < options_.min_split_rows || whole.error() <= negligible) continue;
    const Split split = find_split(own, whole, random);
    if (split.feature < 0) continue;
    const auto column = static_cast<size_t>(split.feature);
    const auto middle = std::partition(own.begin(), own.end(),
                                       [&](uint32_t row) { return features_.bin(column, row) <= split.bin; });
    const auto left = static_cast<uint32_t>(tree.size());
    TreeNode& node = tree[part.node];
    node.feature = split.feature;
    node.threshold = threshold(split, random);
    node.left = left;
    tree.resize(tree.size() + 2);
    const size_t border = part.begin + static_cast<size_t>(middle - own.begin());
    parts.push_back({left, part.begin, border});
    parts.push_back({left + 1, border, part.end});
  }
  return tree;
}

}  // namespace tamis
