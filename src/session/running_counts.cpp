#include "session/running_counts.h"

#include <utility>

namespace tamis {

bool RunningCounts::add(const Trial& trial) {
  counts_.add(trial);
  if (trial.verdict != Verdict::valid) return false;
  const auto rank = [](const Trial& one) { return std::pair(one.latency_ns(), one.number); };
  if (best_ && rank(*best_) <= rank(trial)) return false;
  const bool faster = !best_ || trial.latency_ns() < best_->latency_ns();
  best_ = trial;
  return faster;
}

}  // namespace tamis
