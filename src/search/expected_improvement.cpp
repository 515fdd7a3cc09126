#include "search/expected_improvement.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace tamis {

double expected_improvement(double best, double mean, double deviation) {
  const double gain = best - mean;
  if (deviation <= 0) return std::max(gain, 0.0);
  const double z = gain / deviation;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  const double below = std::erfc(-z / std::numbers::sqrt2) / 2;
  return gain * below + deviation * density;
}

double unit_improvement(double z) {
  constexpr double kLeast = -12;
  constexpr double kMost = 12;
  constexpr size_t kSteps = 6144;
  constexpr double kStep = (kMost - kLeast) / kSteps;
  static const std::vector<double> table = [] {
    std::vector<double> values;
    for (size_t i = 0; i <= kSteps + 1; ++i)
      values.push_back(expected_improvement(kLeast + kStep * static_cast<double>(i), 0, 1));
    return values;
  }();
  if (z >= kMost) return z;
  const double place = std::max(0.0, (z - kLeast) / kStep);
  const auto below = static_cast<size_t>(place);
  const double part = place - static_cast<double>(below);
  return table[below] * (1 - part) + table[below + 1] * part;
}

}  // namespace tamis
