#include "model/grid_trees.h"

#include "base/cpu_clones.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tamis {
namespace {

constexpr size_t kWord = 64;

size_t words(size_t bits) { return (bits + kWord - 1) / kWord; }

void set(std::vector<uint64_t>& bits, size_t i) { bits[i / kWord] |= uint64_t{1} << i % kWord; }

/// Without a branch or an instruction that not every processor has (Warren, "Hacker's Delight", 2012,
/// section 5-1).
uint64_t count_word(uint64_t word) {
  constexpr uint64_t kPairs = 0x5555555555555555;
  constexpr uint64_t kFours = 0x3333333333333333;
  constexpr uint64_t kBytes = 0x0f0f0f0f0f0f0f0f;
  constexpr uint64_t kOnes = 0x0101010101010101;
  word -= word >> 1 & kPairs;
  word = (word & kFours) + (word >> 2 & kFours);
  return ((word + (word >> 4)) & kBytes) * kOnes >> 56;
}

size_t count_common(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += count_word(a[i] & b[i]);
  return count;
}

size_t count_common(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b,
                    const std::vector<uint64_t>& c) {
  size_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += count_word(a[i] & b[i] & c[i]);
  return count;
}

bool any_common(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if ((a[i] & b[i]) != 0) return true;
  return false;
}

bool all_in(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if ((a[i] & ~b[i]) != 0) return false;
  return true;
}

/// result = a and b, or a without b; returns whether any is left.
TAMIS_CLONES bool intersect(const uint64_t* a, const uint64_t* b, size_t count, bool without,
                            uint64_t* result) {
  const uint64_t flip = without ? ~uint64_t{0} : 0;
  uint64_t any = 0;
  for (size_t i = 0; i < count; ++i) {
    result[i] = a[i] & (b[i] ^ flip);
    any |= result[i];
  }
  return any != 0;
}

}  // namespace

GridTrees::GridTrees(const ConfigGrid& grid, const GridTreesOptions& options)
    : grid_(grid), options_(options) {
  for (size_t i = 0; i < grid.columns().size(); ++i) add_features(i);
}

void GridTrees::add_features(size_t column) {
  const GridColumn& values = grid_.columns()[column];
  if (values.ordered) {
    const std::vector<double> scaled = scaled_values(values);
    add_feature(column, {scaled.begin(), scaled.end()});
    const std::vector<double> aligned = alignments(values);
    if (!aligned.empty()) add_feature(column, {aligned.begin(), aligned.end()});
    return;
  }
  for (size_t level = 0; level < values.values.size(); ++level) {
    std::vector<float> is_level(values.values.size(), 0);
    is_level[level] = 1;
    add_feature(column, is_level);
  }
}

void GridTrees::add_feature(size_t column, const std::vector<float>& value_of_level) {
  Feature feature{column, value_of_level, {}, {}, {}};
  std::sort(feature.values.begin(), feature.values.end());
  feature.values.erase(std::unique(feature.values.begin(), feature.values.end()), feature.values.end());
  for (const float value : value_of_level) {
    const auto at = std::lower_bound(feature.values.begin(), feature.values.end(), value);
    feature.order_of.push_back(static_cast<uint8_t>(at - feature.values.begin()));
  }
  feature.configs.resize(feature.values.size());
  features_.push_back(std::move(feature));
}

std::vector<float> GridTrees::predict(std::span<const size_t> configs, std::span<const float> targets,
                                      Random& random) {
  know(configs, targets);
  sums_.assign(grid_.size(), 0);
  for (size_t tree = 0; tree < options_.trees; ++tree) grow({}, random);
  std::vector<float> means = sums_;
  for (float& mean : means) mean /= static_cast<float>(options_.trees);
  return means;
}

/// Notes the rows, and puts all of them and all configs at the root.
void GridTrees::know(std::span<const size_t> configs, std::span<const float> targets) {
  const size_t row_words = words(configs.size());
  valid_.assign(row_words, 0);
  if (places_.empty()) places_.emplace_back();
  places_[0].rows.assign(row_words, 0);
  places_[0].configs.assign(words(grid_.size()), 0);
  for (size_t i = 0; i < grid_.size(); ++i) set(places_[0].configs, i);
  for (size_t i = 0; i < configs.size(); ++i) {
    set(places_[0].rows, i);
    if (targets[i] > 0) set(valid_, i);
  }
  for (Feature& feature : features_) {
    const std::vector<uint8_t>& levels = grid_.columns()[feature.column].levels;
    feature.rows.assign(feature.values.size(), Bits(row_words, 0));
    for (size_t i = 0; i < configs.size(); ++i) set(feature.rows[feature.order_of[levels[configs[i]]]], i);
    for (size_t value = 1; value < feature.rows.size(); ++value)
      for (size_t i = 0; i < row_words; ++i) feature.rows[value][i] |= feature.rows[value - 1][i];
  }
}

void GridTrees::grow(const Node& node, Random& random) {
  if (places_.size() <= node.depth + 1) places_.emplace_back();
  // Where places_ grows further down, what it holds stays in place, but its places move.
  const auto here = [&]() -> Place& { return places_[node.depth]; };
  const Totals totals{static_cast<double>(count_common(here().rows, here().rows)),
                      static_cast<double>(count_common(here().rows, valid_))};
  const double smoothed =
      (totals.sum + options_.smoothing * node.parent_mean) / (totals.count + options_.smoothing);
  const bool leaf = totals.sum == 0 || totals.sum == totals.count || node.depth >= options_.depth;
  const Split split = leaf ? Split{} : find_split(here().rows, totals, random);
  if (split.feature == nullptr) {
    add_to_sums(here().configs, static_cast<float>(smoothed));
    return;
  }
  const Bits& left_rows = split.feature->rows[split.value];
  const Bits& left_configs = configs_of(split);
  for (const bool right : {false, true}) {
    Place& child = places_[node.depth + 1];
    child.rows.resize(left_rows.size());
    child.configs.resize(left_configs.size());
    const Bits& configs = here().configs;
    if (!intersect(configs.data(), left_configs.data(), configs.size(), right, child.configs.data()))
      continue;
    intersect(here().rows.data(), left_rows.data(), left_rows.size(), right, child.rows.data());
    grow({node.depth + 1, smoothed}, random);
  }
}

void GridTrees::add_to_sums(const Bits& configs, float mean) {
  for (size_t i = 0; i < configs.size(); ++i)
    for (uint64_t word = configs[i]; word != 0; word &= word - 1)
      sums_[i * kWord + static_cast<size_t>(std::countr_zero(word))] += mean;
}

GridTrees::Split GridTrees::find_split(const Bits& rows, const Totals& totals, Random& random) {
  Split best;
  const auto tries =
      static_cast<size_t>(std::ceil(options_.feature_share * static_cast<double>(features_.size())));
  for (size_t i = 0; i < tries; ++i)
    try_feature(features_[random.below(features_.size())], rows, totals, best, random);
  return best;
}

void GridTrees::try_feature(Feature& feature, const Bits& rows, const Totals& totals, Split& best,
                            Random& random) const {
  size_t lowest = 0;
  while (!any_common(rows, feature.rows[lowest])) ++lowest;
  size_t highest = lowest;
  while (!all_in(rows, feature.rows[highest])) ++highest;
  if (lowest == highest) return;
  const float low = feature.values[lowest];
  const float high = feature.values[highest];
  // Below `high`, so that both sides keep a row however the product is rounded.
  const float threshold =
      std::min(low + static_cast<float>(random.uniform()) * (high - low), std::nextafter(high, low));
  const auto above = std::upper_bound(feature.values.begin(), feature.values.end(), threshold);
  const auto value = static_cast<size_t>(above - feature.values.begin()) - 1;
  const auto left_count = static_cast<double>(count_common(rows, feature.rows[value]));
  const auto left_sum = static_cast<double>(count_common(rows, feature.rows[value], valid_));
  const double right_sum = totals.sum - left_sum;
  const double mean = totals.sum / totals.count;
  const double gain = left_sum * left_sum / left_count + right_sum * right_sum / (totals.count - left_count) -
                      mean * mean * totals.count;
  if (gain <= best.gain + 1e-12) return;
  best = {&feature, value, gain};
}

/// The configs that go left, found where a split is made for the first time.
const GridTrees::Bits& GridTrees::configs_of(const Split& split) {
  Feature& feature = *split.feature;
  Bits& found = feature.configs[split.value];
  if (!found.empty()) return found;
  found.assign(words(grid_.size()), 0);
  const std::vector<uint8_t>& levels = grid_.columns()[feature.column].levels;
  for (size_t i = 0; i < levels.size(); ++i)
    if (feature.order_of[levels[i]] <= split.value) set(found, i);
  return found;
}

}  // namespace tamis
