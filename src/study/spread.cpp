#include "study/spread.h"

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

}  // namespace

Spread spread_of(std::span<const std::optional<uint64_t>> values) {
  std::vector<double> sorted;
  for (const std::optional<uint64_t>& value : values)
    if (value) sorted.push_back(static_cast<double>(*value));
  std::sort(sorted.begin(), sorted.end());
  Spread spread;
  spread.median = percentile(sorted, values.size(), 0.5);
  spread.p10 = percentile(sorted, values.size(), 0.1);
  spread.p90 = percentile(sorted, values.size(), 0.9);
  spread.failed = values.size() - sorted.size();
  return spread;
}

}  // namespace tamis
