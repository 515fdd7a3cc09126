#include "tamis/comparison.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tamis {
namespace {

/// `sorted` lacks the failed ones, of `count` in all.
std::optional<double> percentile(const std::vector<double>& sorted, size_t count, double fraction) {
  const double place = fraction * static_cast<double>(count - 1);
  const auto low = static_cast<size_t>(std::floor(place));
  const double weight = place - std::floor(place);
  const size_t high = weight > 0 ? low + 1 : low;
  if (high >= sorted.size()) return std::nullopt;
  return sorted[low] + weight * (sorted[high] - sorted[low]);
}

Spread spread_of_sorted(const std::vector<double>& sorted, size_t count) {
  return {percentile(sorted, count, 0.5), percentile(sorted, count, 0.1), percentile(sorted, count, 0.9),
          count - sorted.size()};
}

}  // namespace

Spread spread_of(std::span<const std::optional<uint64_t>> values) {
  std::vector<double> sorted;
  for (const std::optional<uint64_t>& value : values)
    if (value) sorted.push_back(static_cast<double>(*value));
  std::sort(sorted.begin(), sorted.end());
  return spread_of_sorted(sorted, values.size());
}

Spread spread_of(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return spread_of_sorted(sorted, sorted.size());
}

}  // namespace tamis
