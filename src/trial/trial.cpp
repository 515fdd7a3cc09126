#include "trial/trial.h"

#include <algorithm>

namespace tamis {

double Trial::latency_ns() const {
  if (latencies_ns.empty()) return std::numeric_limits<double>::infinity();
  std::vector<double> sorted = latencies_ns;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  if (sorted.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(sorted.begin(), middle)) / 2.0;
}

}  // namespace tamis
