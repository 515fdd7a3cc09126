#pragma once

#include "model/config_grid.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// Logistic regression on the logarithms of a grid's ordered columns: what a limit on a product of knobs
/// looks like, such as that of a memory on a tile's elements. Weights have a normal prior (ridge regression),
/// found with Newton's method. Not thread safe while it learns.
class GridLimits {
 public:
  /// `grid` must outlive this.
  explicit GridLimits(const ConfigGrid& grid);
  /// Learns a target of 0 or 1 each at some configs of the grid, at least one, and nothing else that was
  /// learnt before.
  void fit(std::span<const size_t> configs, std::span<const float> targets);
  /// The probability of a target of 1 at a config of the grid; after fit().
  float at(size_t config) const;
  /// The logarithm of its odds.
  double log_odds(size_t config) const;

 private:
  const ConfigGrid& grid_;
  std::vector<size_t> columns_;              ///< the ordered ones that knobs chose
  std::vector<std::vector<double>> values_;  ///< of each of them the scaled value of a level, about 0
  std::vector<double> weights_;              ///< of each of them, and the intercept
};

}  // namespace tamis
