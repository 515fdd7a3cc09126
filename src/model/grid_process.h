#pragma once

#include "model/grid_kernel.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tamis {

/// A Gaussian process that knows the values of a function at some configs of a grid and tells what is to be
/// expected of all others (Rasmussen and Williams 2006, section 2.2). It takes in one config after the other,
/// at a cost of known() operations for every config of the grid, and can take back the last ones.
///
/// Several functions, its channels, are learnt side by side under the same kernel; as expectations are linear
/// in what was measured, a strategy forms those of any mixture of channels from them for free. The prior mean
/// is 0. Deterministic. Not thread safe.
class GridProcess {
 public:
  /// Nothing known yet. `noise` is the variance of what is measured about the function; that of the function
  /// is 1. `kernel` is copied; its grid must outlive this.
  GridProcess(const GridKernel& kernel, double noise, size_t channels);
  GridProcess(GridProcess&& other) noexcept;
  GridProcess& operator=(GridProcess&& other) noexcept;
  ~GridProcess();

  /// How many values are known.
  size_t known() const;
  /// Takes in values: one per channel for each of the configs, config by config.
  void learn(std::span<const size_t> configs, std::span<const double> values);
  /// Takes back all but the first `count` values.
  void keep(size_t count);
  /// What to expect of a channel, for every config of the grid.
  std::span<const float> mean(size_t channel) const;
  /// The variance of what to expect, for every config of the grid, between 0 and 1.
  std::span<const float> variance() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tamis
