#pragma once

#include "tamis/trial.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// The standard deviation of runs, as a share of their median, from how far apart they are in pairs; one that
/// lies far off counts less than in the deviation itself. Nothing for fewer than two runs or a median of 0.
/// Pure, so thread safe.
std::optional<double> relative_spread(std::span<const double> runs);

/// The standard deviation of the median of so many runs, in units of that of one run.
double deviation_of_median(uint64_t runs);

/// How much the cost of the same config differs from run to run, learnt from trials that were tried again
/// (kLeaderRuns). What the samples of one run differ by does not tell. Not thread safe.
class NoiseEstimate {
 public:
  /// Takes in a trial; one that was tried once is passed over.
  void add(const Trial& trial);
  /// The standard deviation of the cost that one more run gives, as a share of it: the median over the newest
  /// kKept trials that were tried again. Nothing before the first.
  std::optional<double> relative() const;
  /// Trials that were tried again.
  uint64_t repeated() const { return repeated_; }

 private:
  static constexpr size_t kKept = 256;
  std::vector<double> newest_;
  uint64_t repeated_ = 0;
};

}  // namespace tamis
