#pragma once

#include "session/session.h"
#include "trial/trial.h"

#include <optional>

namespace tamis {

/// Counts the trials of a session and keeps the best of them. Not thread safe.
class RunningCounts {
 public:
  /// Takes in a trial; whether it is faster than every one before.
  bool add(const Trial& trial);

  const Counts& counts() const { return counts_; }
  /// The valid trial of least latency, and of equally fast ones the first proposed, so that timing does not
  /// choose. Nothing when none was valid.
  const std::optional<Trial>& best() const { return best_; }

 private:
  Counts counts_;
  std::optional<Trial> best_;
};

}  // namespace tamis
