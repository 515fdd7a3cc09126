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

float InvalidCost::weigh(float valid) const {
  if (relative_ == 1) return valid;
  return valid / (valid + (1 - valid) * static_cast<float>(relative_));
}

std::vector<float> InvalidCost::weigh(std::vector<float> valid) const {
  for (float& probability : valid) probability = weigh(probability);
  return valid;
}

std::vector<float> InvalidCost::most(std::span<const float> valid) const {
  constexpr float kRounding = 1 + 1e-6F;
  std::vector<float> result(valid.begin(), valid.end());
  if (relative_ == 1) return result;
  for (float& probability : result) probability = std::min(1.0F, kRounding * weigh(probability));
  return result;
}

bool may_heed_times(const Task& task) {
  const TargetTraits& traits = task.target().traits();
  return traits.latencies_vary || traits.times_recorded;
}

}  // namespace tamis
