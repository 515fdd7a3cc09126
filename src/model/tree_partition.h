#pragma once

#include "model/features.h"
#include "model/tree_grower.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis {

/// The values of a space's knobs as numbers that trees split: a number knob has its rank among the knob's
/// numbers, a name its position, a split for every factor but the outermost the factor's rank. Knobs of one
/// value have none. Immutable and so thread safe.
class KnobColumns {
 public:
  explicit KnobColumns(const Space& space);
  size_t knobs() const { return values_.size(); }
  /// The number of values of a knob.
  size_t values(size_t knob) const { return values_[knob]; }
  size_t columns() const { return knob_of_.size(); }
  size_t knob_of(size_t column) const { return knob_of_[column]; }
  /// A knob's columns are those from first(knob) up to first(knob + 1).
  size_t first(size_t knob) const { return first_[knob]; }
  float number(size_t column, size_t value) const { return numbers_[column][value]; }
  /// How many values of the knob have at most this number in the column.
  size_t count_up_to(size_t column, float number) const;
  /// Appends the config's numbers as one row.
  void append(const Config& config, FeatureMatrix& matrix) const;

 private:
  std::vector<size_t> values_;
  std::vector<size_t> first_;
  std::vector<size_t> knob_of_;
  std::vector<std::vector<float>> numbers_;  // by column and value
  std::vector<std::vector<float>> sorted_;   // the same, ascending
};

/// What one regression tree says of all combinations of the knobs' values, each counting the same: a leaf is
/// the product of one set of values for each knob, so that means over the other knobs are exact sums over the
/// leaves (Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance",
/// ICML 2014, algorithm 2). Values of a knob that the tree never tells apart share a cell. Immutable and so
/// thread safe.
class TreePartition {
 public:
  /// Of a tree that was grown on rows of these columns, which must outlive this.
  TreePartition(const Tree& tree, const KnobColumns& columns);

  /// Over all combinations.
  double mean() const { return mean_; }
  double variance() const { return variance_; }
  /// How much of the variance splits by this knob explain, alone or below others: over all knobs they add up
  /// to it.
  double gain(size_t knob) const { return gains_[knob]; }

  size_t cells(size_t knob) const { return weights_[knob].size(); }
  size_t cell(size_t knob, size_t value) const;
  /// The share of the knob's values that lie in each cell.
  std::span<const double> weights(size_t knob) const { return weights_[knob]; }

  /// The mean over the other knobs, by the cells of one.
  std::vector<double> marginal(size_t knob) const;
  /// The same by the cells of two, those of the second varying fastest.
  std::vector<double> marginal(size_t first, size_t second) const;
  /// About how many steps that takes.
  size_t work(size_t first, size_t second) const;

 private:
  /// Neighbouring cells.
  struct Run {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  /// The values of one knob that a leaf admits.
  struct Side {
    size_t knob = 0;
    double share = 1;  ///< of all its values
    size_t begin = 0;  ///< of its runs
    size_t end = 0;
  };
  struct Leaf {
    double value = 0;
    double weight = 0;  ///< share of all combinations
    size_t begin = 0;   ///< of its sides, one for each knob that it restricts
    size_t end = 0;
  };
  class Walk;

  void make_cells(const Tree& tree);
  void sort_into_cells(size_t knob);
  std::span<const Side> sides(const Leaf& leaf) const {
    return std::span(sides_).subspan(leaf.begin, leaf.end - leaf.begin);
  }
  std::span<const Run> runs(const Side& side) const {
    return std::span(runs_).subspan(side.begin, side.end - side.begin);
  }
  const Side* find(const Leaf& leaf, size_t knob) const;

  const KnobColumns* columns_;
  std::vector<std::vector<float>> thresholds_;    // by column, ascending
  std::vector<std::vector<double>> weights_;      // by knob and cell
  std::vector<std::vector<uint32_t>> cell_of_;    // by knob of several columns, and value
  std::vector<std::vector<uint32_t>> corner_of_;  // by such a knob: where each cell lies among the thresholds
  std::vector<Leaf> leaves_;
  std::vector<Side> sides_;
  std::vector<Run> runs_;
  std::vector<double> gains_;
  double mean_ = 0;
  double variance_ = 0;
};

}  // namespace tamis
