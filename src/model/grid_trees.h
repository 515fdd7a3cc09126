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

/// Extremely randomised trees (Geurts, Ernst and Wehenkel, Machine Learning 63, 2006) that learn from some
/// configs of a grid what to expect at any of them. Values at the leaves are drawn towards those of their
/// parents, as in m-estimates (Cestnik 1990): a leaf of a single row is not sure of itself.
///
/// Known rows that have come to a place of a tree are a set of bits, divided and counted a word at a time. Of
/// the trees is kept, for every level of every column, which leaves of each tree that leaves over
/// (QuickScorer: Lucchese et al., SIGIR 2015): a config falls into the first leaf that all its levels leave
/// over. Not thread safe.
class GridTrees {
 public:
  /// `grid` must outlive this.
  explicit GridTrees(const ConfigGrid& grid, const GridTreesOptions& options = {});

  /// Learns a target of 0 or 1 each at some configs of the grid, at least one, and nothing else that was
  /// learnt before.
  void fit(std::span<const size_t> configs, std::span<const float> targets, Random& random);
  /// What to expect at a config of the grid; after fit().
  float at(size_t config) const;

 private:
  using Bits = std::vector<uint64_t>;
  static constexpr size_t kNoFeature = ~size_t{0};
  /// Numbers by which the configs of a column are told apart, ascending.
  struct Feature {
    size_t column = 0;
    std::vector<float> values;
    std::vector<uint8_t> order_of;  ///< for every level of the column, which of the values it has
    std::vector<uint8_t> known;     ///< for every known row
  };
  /// Rows as bits.
  struct Rows {
    size_t words = 0;
    Bits valid;               ///< those whose target is 1
    std::vector<Bits> below;  ///< for every feature, for every value, those that have it or a smaller one
  };
  /// How many rows there are, and how many of them have the target 1.
  struct Totals {
    size_t count = 0;
    size_t sum = 0;
  };
  /// Rows with at most the feature's value of this position go left.
  struct Split {
    size_t feature = kNoFeature;
    size_t value = 0;
    double gain = 0;
    Totals left;
  };
  /// What is known of one place of a tree.
  struct Node {
    size_t depth = 0;  ///< splits above it; its rows are at rows_at(depth)
    Totals totals;
    double parent_mean = 0.5;
  };
  /// A split of the tree that grows: configs that go right leave these leaves.
  struct Turn {
    const Feature* feature = nullptr;
    size_t value = 0;
    size_t first_leaf = 0;
    size_t end_leaf = 0;
  };
  void add_features(size_t column);
  void add_feature(size_t column, const std::vector<float>& value_of_level);
  void know(std::span<const size_t> configs, std::span<const float> targets);
  void arrange(std::span<const size_t> known, Rows& rows) const;
  uint64_t* rows_at(size_t depth) { return places_of_rows_.data() + depth * all_rows_.words; }
  void grow(const Node& node, const Rows& rows, Random& random);
  void grow_among_few(const Node& node, Random& random);
  Split find_split(const uint64_t* here, const Rows& rows, const Totals& totals, Random& random) const;
  void try_feature(size_t number, const uint64_t* here, const Rows& rows, const Totals& totals, Split& best,
                   Random& random) const;
  uint64_t* masks_at(size_t word, size_t column, size_t level);
  void keep_masks(size_t tree);
  float find_leaf(size_t tree) const;

  const ConfigGrid& grid_;
  GridTreesOptions options_;
  std::vector<Feature> features_;
  std::vector<bool> known_valid_;
  Rows all_rows_;                      ///< those known
  Rows few_rows_;                      ///< of one place of a tree and what is below it
  Bits places_of_rows_;                ///< for every depth, those that have come there
  std::vector<Turn> turns_;            ///< of the tree that grows
  std::vector<float> first_leaves_;    ///< of each tree as many as a word has bits
  std::vector<float> leaves_;          ///< of one tree after the other
  std::vector<size_t> first_leaf_;     ///< of each tree
  std::vector<size_t> first_level_;    ///< of each column among the levels of all
  size_t levels_ = 0;                  ///< of all columns together
  Bits masks_;                         ///< for each word of leaves, for each level, a word for each tree
  std::vector<bool> split_;            ///< the columns that some tree splits on ...
  std::vector<size_t> split_columns_;  ///< ... and their numbers
  // Of the config that at() was asked for: which levels it has among those of all columns, and for each tree
  // the leaves that are left over.
  mutable std::vector<size_t> places_;
  mutable Bits left_over_;
  mutable std::vector<float> found_;  ///< and of each tree the leaf; 0 beyond them
};

}  // namespace tamis
