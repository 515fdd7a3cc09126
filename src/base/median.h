#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace tamis {

/// The middle value, or the mean of the two in the middle; infinity when there is none. No value may be NaN.
inline double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::infinity();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2.0;
}

}  // namespace tamis
