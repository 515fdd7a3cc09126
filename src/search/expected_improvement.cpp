#include "search/expected_improvement.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tamis {

double expected_improvement(double best, double mean, double deviation) {
  const double gain = best - mean;
  if (deviation <= 0) return std::max(gain, 0.0);
  const double z = gain / deviation;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  const double below = std::erfc(-z / std::numbers::sqrt2) / 2;
  return gain * below + deviation * density;
}

}  // namespace tamis
