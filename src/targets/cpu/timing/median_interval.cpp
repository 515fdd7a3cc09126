#include "targets/cpu/timing/median_interval.h"

#include <cmath>

namespace tamis::cpu {

std::optional<size_t> median_rank(size_t count, double confidence) {
  const double n = static_cast<double>(count);
  // Logarithms, because 2^-count is no number for many samples.
  double log_probability = -n * std::log(2.0);
  double below = 0;
  std::optional<size_t> rank;
  for (size_t r = 0; 2 * r + 1 < count; ++r) {
    below += std::exp(log_probability);
    if (1 - 2 * below < confidence) break;
    rank = r;
    log_probability += std::log((n - static_cast<double>(r)) / static_cast<double>(r + 1));
  }
  return rank;
}

std::optional<MedianInterval> median_interval(std::span<const double> sorted, double confidence) {
  const std::optional<size_t> rank = median_rank(sorted.size(), confidence);
  if (!rank) return std::nullopt;
  return MedianInterval{sorted[*rank], sorted[sorted.size() - 1 - *rank]};
}

}  // namespace tamis::cpu
