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
/// (Cestnik 1990): a leaf of a single row is not sure of itself. Known rows and configs that have come to a
/// place of a tree are sets of bits, divided and counted a word at a time. Not thread safe.
class GridTrees {
 public:
  /// `grid` must outlive this.
  explicit GridTrees(const ConfigGrid& grid, const GridTreesOptions& options = {});

  /// What to expect at every config of the grid, after a target of 0 or 1 each at some of its configs; at
  /// least one must be known.
  std::vector<float> predict(std::span<const size_t> configs, std::span<const float> targets, Random& random);

 private:
  using Bits = std::vector<uint64_t>;
  /// Numbers by which the configs of a column are told apart, ascending.
  struct Feature {
    size_t column = 0;
    std::vector<float> values;
    std::vector<uint8_t> order_of;  ///< for every level of the column, which of the values it has
    std::vector<Bits> rows;         ///< for every value, the known rows that have it or a smaller one
    std::vector<Bits> configs;      ///< the same of the grid's configs; empty as long as nothing split there
  };
  /// Rows with at most the feature's value of this position go left.
  struct Split {
    Feature* feature = nullptr;
    size_t value = 0;
    double gain = 0;
  };
  /// What is known of one place of a tree.
  struct Node {
    size_t depth = 0;  ///< splits above it; its rows and its configs are at places_[depth]
    double parent_mean = 0.5;
  };
  struct Totals {
    double count = 0;  ///< of rows
    double sum = 0;    ///< of their targets
  };
  struct Place {
    Bits rows;
    Bits configs;
  };

  void add_features(size_t column);
  void add_feature(size_t column, const std::vector<float>& value_of_level);
  void know(std::span<const size_t> configs, std::span<const float> targets);
  void grow(const Node& node, Random& random);
  void add_to_sums(const Bits& configs, float mean);
  Split find_split(const Bits& rows, const Totals& totals, Random& random);
  void try_feature(Feature& feature, const Bits& rows, const Totals& totals, Split& best,
                   Random& random) const;
  const Bits& configs_of(const Split& split);

  const ConfigGrid& grid_;
  GridTreesOptions options_;
  std::vector<Feature> features_;
  Bits valid_;  ///< the known rows whose target is 1
  std::vector<Place> places_;
  std::vector<float> sums_;
};

}  // namespace tamis
