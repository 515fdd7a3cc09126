#pragma once

#include "base/result.h"
#include "trial/trial.h"

#include <cstddef>
#include <optional>
#include <span>

namespace tamis {

/// How often a config may be tried. Whoever tries configs asks here, and no other file holds a number:
///
/// **A config is tried once, unless it fails as a faulty device would make it fail, when the best of 2 x
/// `failure_repeats` + 1 runs decides, or its device is lost, when it is tried at most `device_lost_retries`
/// times more, or its device fails the canary, when it is tried at most kCanaryRetries times more; each time
/// by a job that did not have it yet, where one is left.**
///
/// What a device is quarantined over is not counted against the config, nor is an attempt that its worker
/// never heard of.
struct RetryPolicy {
  /// See is_repeatable_failure(); 0 to 10. A failure that does not come back is the device's, not the
  /// config's (trial/flaky.h).
  int failure_repeats = 0;
  /// After device_lost; not negative.
  int device_lost_retries = 2;

  /// After its device failed the canary, and with it may have failed the config.
  static constexpr size_t kCanaryRetries = 2;
  /// How often a config is sent to a worker that may have ended since the last one.
  static constexpr int kDeliveries = 2;

  /// Errors: invalid_input for numbers out of range.
  Status check() const;
  /// Whether a config that was passed on so often before is tried again after a verdict that is not believed.
  bool tries_again(Verdict verdict, size_t passes) const;
};

/// Whether trying a config again may tell its fault from its device's: not after a refused build, which does
/// not depend on a device, nor after a hang, because every repetition costs a whole deadline.
bool is_repeatable_failure(Verdict verdict);

/// Whether a job may try a config that the jobs `passed_by` passed on: not one of them, unless every job that
/// is `left` passed it on.
bool may_try(size_t job, std::span<const size_t> passed_by, std::span<const size_t> left);

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
