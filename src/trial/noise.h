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

/// How much the cost of the same config differs from run to run, learnt from trials. Not thread safe.
class NoiseEstimate {
 public:
  /// Takes in a trial: the runs of one that was tried again (kLeaderRuns); of any other its samples. Trials
  /// without a spread are passed over.
  void add(const Trial& trial);
  /// The standard deviation of the cost that one more run gives, as a share of it: the median over the newest
  /// kKept trials that were tried again; without such the same of samples, which says nothing of what differs
  /// from run to run. Nothing before either.
  std::optional<double> relative() const;
  /// Trials that were tried again.
  uint64_t repeated() const { return runs_.count; }

 private:
  static constexpr size_t kKept = 256;
  struct Spreads {
    std::vector<double> newest;
    uint64_t count = 0;
    void add(double spread);
  };
  Spreads runs_;
  Spreads samples_;
};

}  // namespace tamis
