#include "search/tamis/invalid_cost.h"

#include <algorithm>
#include <cmath>

namespace tamis {

InvalidCost::InvalidCost(std::optional<double> given, bool heeds_times)
    : learns_(!given && heeds_times), relative_(std::max(given.value_or(1), kFree)) {}

void InvalidCost::learn(const Trial& trial) {
  if (!learns_ || trial.same_code_as) return;
  const auto took = static_cast<double>(trial.build_ns) + static_cast<double>(trial.run_ns);
  if (took <= 0) return;
  Times& times = trial.verdict == Verdict::valid ? valid_ : invalid_;
  times.sum_ns += took;
  ++times.count;
  if (valid_.count < kEnough || invalid_.count < kEnough) return;
  const double ratio = (invalid_.sum_ns / static_cast<double>(invalid_.count)) /
                       (valid_.sum_ns / static_cast<double>(valid_.count));
  relative_ = std::clamp(std::exp2(std::round(std::log2(ratio))), kLeast, kMost);
}

std::span<const float> InvalidCost::weigh(std::span<const float> valid) {
  if (relative_ == 1) return valid;
  const auto cost = static_cast<float>(relative_);
  weighed_.resize(valid.size());
  std::transform(valid.begin(), valid.end(), weighed_.begin(),
                 [cost](float p) { return p / (p + (1 - p) * cost); });
  return weighed_;
}

bool may_heed_times(const Task& task) {
  const TargetTraits& traits = task.target().traits();
  return traits.latencies_vary || traits.times_recorded;
}

}  // namespace tamis
