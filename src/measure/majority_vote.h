#pragma once

#include "trial/trial.h"

#include <cstddef>
#include <optional>

namespace tamis {

/// Whether trying a config again may tell its fault from its device's: not after a refused build, which does
/// not depend on a device, nor after a hang, because every repetition costs a whole deadline.
bool is_repeatable_failure(Verdict verdict);

/// The verdict of a config that is tried again where it fails: the best of 2 `repeats` + 1 runs, ended as
/// soon as it is decided. A hang, a lost device and a refused build are never repeated.
class MajorityVote {
 public:
  explicit MajorityVote(int repeats) : needed_(static_cast<size_t>(repeats) + 1) {}

  void add(Trial trial);
  bool reached() const { return ended_ || failed_ == needed_ || passed_ == needed_; }
  /// The trial that stands for all runs; where they disagreed its features say how many failed (kFailedRuns),
  /// and the message of a failure too. At least one trial was added.
  Trial result();

 private:
  size_t needed_;
  size_t failed_ = 0;
  size_t passed_ = 0;
  bool ended_ = false;  ///< by a run that decides alone
  std::optional<Trial> valid_;
  std::optional<Trial> invalid_;  ///< the first, or the one that decides alone
};

}  // namespace tamis
