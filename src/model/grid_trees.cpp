#include "model/grid_trees.h"

#include "base/cpu_clones.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

namespace tamis {
namespace {

constexpr size_t kWord = 64;
constexpr uint64_t kAll = ~uint64_t{0};
constexpr uint64_t kLastBit = uint64_t{1} << 63;
constexpr size_t kSums = 4;
/// From so many words on it pays to arrange rows anew where a single word holds all that have come to a
/// place.
constexpr size_t kManyWords = 3;

size_t words(size_t bits) { return (bits + kWord - 1) / kWord; }

void set(uint64_t* bits, size_t i) { bits[i / kWord] |= uint64_t{1} << i % kWord; }

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

/// Known rows, compared with those that have a value or a smaller one: for each value `words` words. Where
/// there are few, as a rule, the compiler knows how many.
struct RowSets {
  const uint64_t* rows;
  const uint64_t* below;
  size_t words;
};

template <size_t Words>
bool any_below(const RowSets& sets, size_t value) {
  const size_t count = Words > 0 ? Words : sets.words;
  for (size_t i = 0; i < count; ++i)
    if ((sets.rows[i] & sets.below[value * count + i]) != 0) return true;
  return false;
}

template <size_t Words>
bool all_below(const RowSets& sets, size_t value) {
  const size_t count = Words > 0 ? Words : sets.words;
  for (size_t i = 0; i < count; ++i)
    if ((sets.rows[i] & ~sets.below[value * count + i]) != 0) return false;
  return true;
}

/// The smallest and the largest of the values that the rows have.
struct Reach {
  size_t lowest = 0;
  size_t highest = 0;
};

template <size_t Words>
Reach reach_of(const RowSets& sets) {
  Reach reach;
  while (!any_below<Words>(sets, reach.lowest)) ++reach.lowest;
  reach.highest = reach.lowest;
  while (!all_below<Words>(sets, reach.highest)) ++reach.highest;
  return reach;
}

Reach reach_of(const RowSets& sets) {
  switch (sets.words) {
    case 1:
      return reach_of<1>(sets);
    case 2:
      return reach_of<2>(sets);
    default:
      return reach_of<0>(sets);
  }
}

/// Which bits of a word of so many lie from `begin` to, but without, `end`.
uint64_t bits_of_word(size_t word, size_t begin, size_t end) {
  uint64_t bits = kAll;
  if (begin > word * kWord) bits &= kAll << begin % kWord;
  if (end < (word + 1) * kWord) bits &= ~(kAll << end % kWord);
  return bits;
}

/// Bits for so many rows.
std::vector<uint64_t> everything(size_t rows) {
  std::vector<uint64_t> bits(words(rows));
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = bits_of_word(i, 0, rows);
  return bits;
}

/// The masks of as many trees as a register of AVX-512 holds.
constexpr size_t kSideBySideTrees = 8;
using Words = uint64_t __attribute__((vector_size(kSideBySideTrees * sizeof(uint64_t))));

/// For each tree the leaves that are left over at all of some places, for each of which there is a mask for
/// each tree; returns whether every tree has any. `trees` is a multiple of kSideBySideTrees.
TAMIS_WIDE_CLONES bool keep_common(const uint64_t* masks, std::span<const size_t> places, size_t trees,
                                   uint64_t* result) {
  for (size_t first = 0; first < trees; first += kSideBySideTrees) {
    Words common = ~Words{};
    for (const size_t place : places) {
      Words of_place;
      std::memcpy(&of_place, masks + place * trees + first, sizeof of_place);
      common &= of_place;
    }
    std::memcpy(result + first, &common, sizeof common);
  }
  uint64_t without = 0;
  for (size_t i = 0; i < trees; ++i) without |= result[i] == 0 ? kAll : 0;
  return without == 0;
}

/// Where there are as many places for masks as whole registers have.
size_t room_for(size_t trees) { return (trees + kSideBySideTrees - 1) / kSideBySideTrees * kSideBySideTrees; }

}  // namespace

GridTrees::GridTrees(const ConfigGrid& grid, const GridTreesOptions& options)
    : grid_(grid),
      options_(options),
      split_(grid.columns().size()),
      left_over_(room_for(options.trees)),
      found_(room_for(options.trees), 0) {
  for (const GridColumn& column : grid.columns()) {
    first_level_.push_back(levels_);
    levels_ += column.values.size();
  }
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
  Feature feature{column, value_of_level, {}, {}};
  std::sort(feature.values.begin(), feature.values.end());
  feature.values.erase(std::unique(feature.values.begin(), feature.values.end()), feature.values.end());
  for (const float value : value_of_level) {
    const auto at = std::lower_bound(feature.values.begin(), feature.values.end(), value);
    feature.order_of.push_back(static_cast<uint8_t>(at - feature.values.begin()));
  }
  features_.push_back(std::move(feature));
}

void GridTrees::fit(std::span<const size_t> configs, std::span<const float> targets, Random& random) {
  know(configs, targets);
  Totals all{configs.size(), 0};
  for (const uint64_t word : all_rows_.valid) all.sum += count_word(word);
  leaves_.clear();
  first_leaf_.clear();
  first_leaves_.assign(options_.trees * kWord, 0);
  masks_.clear();
  split_.assign(split_.size(), false);
  for (size_t tree = 0; tree < options_.trees; ++tree) {
    first_leaf_.push_back(leaves_.size());
    turns_.clear();
    places_of_rows_ = everything(configs.size());
    grow({0, all, 0.5}, all_rows_, random);
    keep_masks(tree);
  }
  split_columns_.clear();
  for (size_t i = 0; i < split_.size(); ++i)
    if (split_[i]) split_columns_.push_back(i);
}

void GridTrees::know(std::span<const size_t> configs, std::span<const float> targets) {
  known_valid_.assign(targets.size(), false);
  for (size_t i = 0; i < targets.size(); ++i) known_valid_[i] = targets[i] > 0;
  for (Feature& feature : features_) {
    const std::vector<uint8_t>& levels = grid_.columns()[feature.column].levels;
    feature.known.clear();
    for (const size_t config : configs) feature.known.push_back(feature.order_of[levels[config]]);
  }
  std::vector<size_t> known(configs.size());
  std::iota(known.begin(), known.end(), size_t{0});
  arrange(known, all_rows_);
}

/// Makes bits of some of the known rows, in their order.
void GridTrees::arrange(std::span<const size_t> known, Rows& rows) const {
  rows.words = words(known.size());
  rows.valid.assign(rows.words, 0);
  for (size_t i = 0; i < known.size(); ++i)
    if (known_valid_[known[i]]) set(rows.valid.data(), i);
  rows.below.resize(features_.size());
  for (size_t number = 0; number < features_.size(); ++number) {
    const Feature& feature = features_[number];
    Bits& below = rows.below[number];
    below.assign(feature.values.size() * rows.words, 0);
    for (size_t i = 0; i < known.size(); ++i) set(below.data() + feature.known[known[i]] * rows.words, i);
    for (size_t i = rows.words; i < below.size(); ++i) below[i] |= below[i - rows.words];
  }
}

void GridTrees::grow(const Node& node, const Rows& rows, Random& random) {
  const auto sum = static_cast<double>(node.totals.sum);
  const auto count = static_cast<double>(node.totals.count);
  const double smoothed = (sum + options_.smoothing * node.parent_mean) / (count + options_.smoothing);
  const bool leaf =
      node.totals.sum == 0 || node.totals.sum == node.totals.count || node.depth >= options_.depth;
  const size_t end = (node.depth + 2) * all_rows_.words;
  if (places_of_rows_.size() < end) places_of_rows_.resize(end);
  if (!leaf && rows.words >= kManyWords && node.totals.count <= kWord) return grow_among_few(node, random);
  const Split split = leaf ? Split{} : find_split(rows_at(node.depth), rows, node.totals, random);
  if (split.feature == kNoFeature) {
    leaves_.push_back(static_cast<float>(smoothed));
    return;
  }
  const Totals right{node.totals.count - split.left.count, node.totals.sum - split.left.sum};
  const uint64_t* below = rows.below[split.feature].data() + split.value * rows.words;
  const auto descend = [&](const Totals& totals, uint64_t flip) {
    // Where places_of_rows_ grows further down, it moves.
    const uint64_t* here = rows_at(node.depth);
    uint64_t* child = rows_at(node.depth + 1);
    for (size_t i = 0; i < rows.words; ++i) child[i] = here[i] & (below[i] ^ flip);
    grow({node.depth + 1, totals, smoothed}, rows, random);
  };
  const size_t root_leaf = first_leaf_.back();
  const size_t first_leaf = leaves_.size() - root_leaf;
  descend(split.left, 0);
  turns_.push_back({&features_[split.feature], split.value, first_leaf, leaves_.size() - root_leaf});
  descend(right, kAll);
}

/// Goes on with the rows of a place alone, of which there are few among many.
void GridTrees::grow_among_few(const Node& node, Random& random) {
  uint64_t* here = rows_at(node.depth);
  std::vector<size_t> few;
  few.reserve(node.totals.count);
  for (size_t i = 0; i < all_rows_.words; ++i)
    for (uint64_t word = here[i]; word != 0; word &= word - 1)
      few.push_back(i * kWord + static_cast<size_t>(std::countr_zero(word)));
  arrange(few, few_rows_);
  here[0] = bits_of_word(0, 0, few.size());
  grow(node, few_rows_, random);
}

GridTrees::Split GridTrees::find_split(const uint64_t* here, const Rows& rows, const Totals& totals,
                                       Random& random) const {
  Split best;
  const auto tries =
      static_cast<size_t>(std::ceil(options_.feature_share * static_cast<double>(features_.size())));
  for (size_t i = 0; i < tries; ++i)
    try_feature(random.below(features_.size()), here, rows, totals, best, random);
  return best;
}

void GridTrees::try_feature(size_t number, const uint64_t* here, const Rows& rows, const Totals& totals,
                            Split& best, Random& random) const {
  const Feature& feature = features_[number];
  const Bits& all_below = rows.below[number];
  const auto [lowest, highest] = reach_of({here, all_below.data(), rows.words});
  if (lowest == highest) return;
  const float low = feature.values[lowest];
  const float high = feature.values[highest];
  float threshold = low + static_cast<float>(random.uniform()) * (high - low);
  // Below `high`, so that both sides keep a row however the product is rounded.
  if (threshold >= high) threshold = std::nextafter(high, low);
  size_t value = lowest;
  while (feature.values[value + 1] <= threshold) ++value;
  Totals left;
  const uint64_t* below = all_below.data() + value * rows.words;
  for (size_t i = 0; i < rows.words; ++i) {
    const uint64_t word = here[i] & below[i];
    left.count += count_word(word);
    left.sum += count_word(word & rows.valid[i]);
  }
  const auto left_count = static_cast<double>(left.count);
  const auto left_sum = static_cast<double>(left.sum);
  const auto count = static_cast<double>(totals.count);
  const auto sum = static_cast<double>(totals.sum);
  const double right_sum = sum - left_sum;
  const double mean = sum / count;
  const double gain =
      left_sum * left_sum / left_count + right_sum * right_sum / (count - left_count) - mean * mean * count;
  if (gain <= best.gain + 1e-12) return;
  best = {number, value, gain, left};
}

/// Of a level of a column, for the leaves of one word, a mask for each tree.
uint64_t* GridTrees::masks_at(size_t word, size_t column, size_t level) {
  return masks_.data() + ((word * levels_ + first_level_[column]) + level) * left_over_.size();
}

/// Turns the splits of a tree, which is the last one, into masks of its leaves.
void GridTrees::keep_masks(size_t tree) {
  const size_t leaves = leaves_.size() - first_leaf_[tree];
  std::copy_n(leaves_.begin() + static_cast<std::ptrdiff_t>(first_leaf_[tree]), std::min(leaves, kWord),
              first_leaves_.begin() + static_cast<std::ptrdiff_t>(tree * kWord));
  const size_t leaf_words = words(leaves);
  masks_.resize(std::max(masks_.size(), leaf_words * levels_ * left_over_.size()), kAll);
  for (const Turn& turn : turns_) {
    const Feature& feature = *turn.feature;
    split_[feature.column] = true;
    for (size_t word = turn.first_leaf / kWord; word * kWord < turn.end_leaf; ++word) {
      const uint64_t kept = ~bits_of_word(word, turn.first_leaf, turn.end_leaf);
      for (size_t level = 0; level < feature.order_of.size(); ++level)
        if (feature.order_of[level] > turn.value) masks_at(word, feature.column, level)[tree] &= kept;
    }
  }
}

float GridTrees::at(size_t config) const {
  const size_t trees = options_.trees;
  places_.clear();
  for (const size_t i : split_columns_)
    places_.push_back(first_level_[i] + grid_.columns()[i].levels[config]);
  const bool all_found = keep_common(masks_.data(), places_, left_over_.size(), left_over_.data());
  const float* leaves = first_leaves_.data();
  for (size_t tree = 0; tree < trees; ++tree, leaves += kWord)
    found_[tree] = leaves[static_cast<unsigned>(std::countr_zero(left_over_[tree] | kLastBit))];
  for (size_t tree = 0; tree < trees && !all_found; ++tree)
    if (left_over_[tree] == 0) found_[tree] = find_leaf(tree);
  // Several sums, so that none waits for another.
  std::array<float, kSums> sums{};
  for (size_t i = 0; i < found_.size(); i += kSums)
    for (size_t k = 0; k < kSums; ++k) sums[k] += found_[i + k];
  return (sums[0] + sums[1] + (sums[2] + sums[3])) / static_cast<float>(trees);
}

/// Of the config with the places, beyond the first word of leaves. The last leaf is never left, as nothing
/// lies to the right of it.
float GridTrees::find_leaf(size_t tree) const {
  for (size_t word = 1;; ++word) {
    uint64_t left_over = kAll;
    for (const size_t place : places_)
      left_over &= masks_[(word * levels_ + place) * left_over_.size() + tree];
    if (left_over != 0)
      return leaves_[first_leaf_[tree] + word * kWord + static_cast<size_t>(std::countr_zero(left_over))];
  }
}

}  // namespace tamis
