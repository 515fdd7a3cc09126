#include "session/running_counts.h"

#include <utility>

namespace tamis {

bool RunningCounts::add(const Trial& trial, const Space* unchecked) {
  counts_.add(trial);
  reasons_.add(trial);
  if (trial.verdict != Verdict::valid) return false;
  const auto rank = [](const Trial& one) { return std::pair(one.latency_ns(), one.number); };
  const bool leads = !best_ || rank(trial) < rank(*best_);
  if (!leads && !shortlist_.wants(trial)) return false;
  if (unchecked != nullptr && !unchecked->allows(trial.config)) return false;
  shortlist_.add(trial);
  if (!leads) return false;
  const bool faster = !best_ || trial.latency_ns() < best_->latency_ns();
  best_ = trial;
  return faster;
}

}  // namespace tamis
