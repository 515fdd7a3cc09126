#pragma once

#include "model/config_grid.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// Logistic regression on the logarithms of a grid's ordered columns: what a limit on a product of knobs
/// looks like, such as that of a memory on a tile's elements. Weights have a normal prior (ridge regression),
/// found with Newton's method. Immutable, thread safe.
class GridLimits {
 public:
  /// `grid` must outlive this.
  explicit GridLimits(const ConfigGrid& grid);
  /// The probability of a target of 1 at every config of the grid, after targets of 0 or 1 at some configs;
  /// at least one must be known.
  std::vector<float> predict(std::span<const size_t> configs, std::span<const float> targets) const;

 private:
  const ConfigGrid& grid_;
  std::vector<size_t> columns_;              ///< the ordered ones that knobs chose
  std::vector<std::vector<double>> values_;  ///< of each of them the scaled value of a level, about 0
};

}  // namespace tamis
