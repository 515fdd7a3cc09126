#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// What an improvement is worth: its expectation times a power of the probability of being valid.
struct WorthOptions {
  float incumbent = 1;  ///< the throughput that is to be improved on
  float caution = 1;    ///< by what deviations are multiplied
  double power = 1;     ///< of the probability of being valid
};

/// Numbers that the worth of configs does not exceed and that few come near of which the worth is far below:
/// many candidates are passed over by these, which take a fraction of the time. There is one config for each
/// mean of throughput, deviation, above 0, and probability of being valid, from 0 to 1. What is worth less
/// than single precision can tell from nothing has the bound 0. Thread safe.
std::vector<float> worth_bounds(std::span<const float> means, std::span<const float> deviations,
                                std::span<const float> valid, const WorthOptions& options);

}  // namespace tamis
