#pragma once

#include "model/features.h"
#include "tamis/random.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis {

/// Defaults are those of SMAC's forest.
struct RandomForestOptions {
  size_t trees = 10;
  double feature_share = 5.0 / 6.0;  ///< of the features, drawn anew for every split
  size_t min_split_rows = 3;         ///< a node of fewer rows is not split
  size_t min_leaf_rows = 1;          ///< rows that both sides of a split keep
  bool bootstrap = true;             ///< whether each tree gets rows drawn with replacement, else all rows
  uint64_t seed = 0;
};

/// One node of a regression tree.
struct TreeNode {
  int feature = -1;     ///< -1 in a leaf
  float threshold = 0;  ///< larger values go right
  uint32_t left = 0;    ///< the position of the left child; the right one is next to it
  float mean = 0;       ///< of the targets of its rows
  float variance = 0;   ///< of the targets of its rows
};

/// The nodes of a tree, the root first.
using Tree = std::vector<TreeNode>;

/// The leaf that a row falls into.
const TreeNode& find_leaf(const Tree& tree, std::span<const float> row);

/// Features as small integers: knobs have few values, so that splits are found by counting instead of
/// sorting. A feature of more than kBins values is cut where about equally many rows lie.
class BinnedFeatures {
 public:
  static constexpr size_t kBins = 64;

  explicit BinnedFeatures(const FeatureMatrix& features);
  size_t columns() const { return lowest_.size(); }
  size_t bins(size_t column) const { return lowest_[column].size(); }
  uint8_t bin(size_t column, uint32_t row) const { return codes_[column * rows_ + row]; }
  /// The smallest and the largest value of a bin.
  float lowest(size_t column, size_t bin) const { return lowest_[column][bin]; }
  float highest(size_t column, size_t bin) const { return highest_[column][bin]; }

 private:
  size_t rows_ = 0;
  std::vector<uint8_t> codes_;  ///< column by column
  std::vector<std::vector<float>> lowest_;
  std::vector<std::vector<float>> highest_;
};

/// Grows regression trees that lower the squared error. Not thread safe.
class TreeGrower {
 public:
  /// What is given must outlive this; there are as many targets and weights as rows.
  TreeGrower(const BinnedFeatures& features, std::span<const float> targets, std::span<const float> weights,
             const RandomForestOptions& options)
      : features_(features), targets_(targets), weights_(weights), options_(options) {}

  /// A tree of the given rows, of which there is at least one; a row may occur twice.
  Tree grow(std::vector<uint32_t> rows, Random& random);

 private:
  struct Sums {
    double weight = 0;
    double sum = 0;      ///< of weighted targets
    double squares = 0;  ///< of weighted squared targets
    size_t rows = 0;
    void add(const Sums& other);
    /// The weighted sum of squared differences from the mean.
    double error() const;
  };
  struct Split {
    int feature = -1;
    size_t bin = 0;   ///< the last that goes left
    size_t next = 0;  ///< the first that goes right
    double error = 0;
  };
  struct Part {
    uint32_t node = 0;
    size_t begin = 0;
    size_t end = 0;
  };

  Sums describe(std::span<const uint32_t> rows) const;
  /// A random value that parts the two sides.
  float threshold(const Split& split, Random& random) const;
  Split find_split(std::span<const uint32_t> rows, const Sums& whole, Random& random);
  void try_feature(size_t column, std::span<const uint32_t> rows, const Sums& whole, Split& best);

  const BinnedFeatures& features_;
  std::span<const float> targets_;
  std::span<const float> weights_;
  RandomForestOptions options_;
  std::vector<Sums> histogram_;
  std::vector<size_t> order_;  ///< of the features, shuffled for every split
};

}  // namespace tamis
