#pragma once

#include "model/grid_kernel.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tamis {

/// A Gaussian process that knows the values of a function at some configs of a grid and tells what is to be
/// expected of all others, or of some (Rasmussen and Williams 2006, section 2.2). It takes in one config
/// after the other, at a cost of known() operations for every config that it tells of, and can take back the
/// last ones.
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
  /// From now on tells of these configs of the grid alone, however many were known before; at a cost of
  /// known() squared operations for each of them.
  void tell_of(std::span<const size_t> configs);
  /// What to expect of a channel, for every config that this tells of: of the grid, or in the order of
  /// tell_of().
  std::span<const float> mean(size_t channel) const;
  /// The variance of what to expect, for the same configs, between 0 and 1.
  std::span<const float> variance() const;
  /// Of every config that this tells of the largest covariance, before anything was known, with one of these
  /// configs of the grid; 0 where there are none.
  std::vector<float> closeness(std::span<const size_t> configs) const;
  /// What to expect of a channel at any config of the grid.
  double mean_at(size_t config, size_t channel) const;
  /// The variance of what to expect at any config of the grid.
  double variance_at(size_t config) const;
  /// Roughly what to expect at every config of the grid: the mean of the channels times their `weights`, and
  /// of the variance no less than what knowing all leaves, that which knowing only the likest config would.
  /// Costs known() evaluations of the kernel for every config, where telling of it costs as many operations
  /// for each known one.
  struct Rough {
    std::vector<float> mean;
    std::vector<float> variance;
  };
  Rough look_over(std::span<const double> weights) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tamis
