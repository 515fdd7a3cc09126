#pragma once

#include "model/config_grid.h"
#include "tamis/random.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis {

struct GridTreesOptions {
  size_t trees = 32;
  size_t depth = 64;           ///< splits between the root and a leaf at most
  double feature_share = 0.5;  ///< features tried for a split, one random threshold each
  double smoothing = 2;        ///< rows that a node's parent counts as in the node's own mean
};

/// Extremely randomised trees (Geurts, Ernst and Wehenkel, Machine Learning 63, 2006) that predict for every
/// config of a grid at once: while a tree is grown on known configs, all configs of the grid fall down it,
/// so that no tree is kept. Values at the leaves are drawn towards those of their parents, as in m-estimates
/// (Cestnik 1990): a leaf of a single row is not sure of itself. Not thread safe.
class GridTrees {
 public:
  /// `grid` must outlive this.
  explicit GridTrees(const ConfigGrid& grid, const GridTreesOptions& options = {});

  /// What to expect at every config of the grid, after targets from 0 to 1 at some of its configs; at least
  /// one must be known.
  std::vector<float> predict(std::span<const size_t> configs, std::span<const float> targets, Random& random);

 private:
  /// A number for every level of a column, by which configs are told apart.
  struct Feature {
    size_t column = 0;
    std::vector<float> values;
  };
  struct Row {
    size_t config = 0;
    float target = 0;
  };
  /// The levels of the split's column that go left.
  struct Split {
    size_t column = 0;
    std::vector<uint8_t> left;
    double gain = 0;
  };
  /// Known rows, and configs to predict, that have come to one place of a tree.
  struct Node {
    std::span<Row> rows;
    std::span<uint32_t> configs;
    double parent_mean = 0.5;
    size_t depth = 0;  ///< splits above it
  };

  void add_features(size_t column);
  void grow(const Node& node, Random& random);
  Split find_split(std::span<const Row> rows, double mean, Random& random) const;
  void try_feature(const Feature& feature, std::span<const Row> rows, double mean, Split& best,
                   Random& random) const;
  size_t divide(std::span<uint32_t> configs, const Split& split);

  const ConfigGrid& grid_;
  GridTreesOptions options_;
  std::vector<Feature> features_;
  std::vector<float> sums_;
  std::vector<uint32_t> right_;  ///< room to divide configs in
};

}  // namespace tamis
