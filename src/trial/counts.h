#pragma once

#include "trial/trial.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tamis {

/// How many trials of a session have this in common.
struct TrialCount {
  Verdict verdict = Verdict::valid;
  bool measured = false;  ///< Trial::measured
  bool flaky = false;     ///< is_flaky() (trial/flaky.h)
  uint64_t trials = 0;
};

/// Trials counted honestly, as DESIGN says.
struct Counts {
  uint64_t trials = 0;           ///< configs tried
  uint64_t measurements = 0;     ///< trials that reached the device
  uint64_t rejected_builds = 0;  ///< trials that building refused before the device
  uint64_t invalid = 0;          ///< trials whose verdict is not valid
  uint64_t flaky = 0;            ///< trials whose runs disagreed (trial/flaky.h), valid or not
  uint64_t finals = 0;           ///< times that a finalist was tried again: neither trials nor measurements
  std::vector<std::pair<Verdict, uint64_t>>
      by_verdict;  ///< every verdict that occurred, in the order of the enum
  void add(const Trial& trial);
  /// Adds trials that a log counted.
  void add(const TrialCount& some);
  /// Adds the counts of other trials.
  void add(const Counts& other);
};

}  // namespace tamis
