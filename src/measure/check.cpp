#include "measure/check.h"

#include <cstring>

#include <fmt/format.h>

namespace tamis {
namespace {

/// `n=0 c=3 y=1 x=2`: where an element of an NCHW tensor lies.
std::string position(const Workload& workload, size_t element) {
  const auto width = static_cast<size_t>(output_width(workload));
  const auto height = static_cast<size_t>(output_height(workload));
  const auto channels = static_cast<size_t>(workload.shape.co);
  return fmt::format("n={} c={} y={} x={}", element / (width * height * channels),
                     element / (width * height) % channels, element / width % height, element % width);
}

}  // namespace

std::optional<std::string> find_difference(const Workload& workload, const std::vector<int8_t>& expected,
                                           const std::vector<int8_t>& actual) {
  if (expected.size() != actual.size())
    return fmt::format("the output has {} elements; the reference has {}", actual.size(), expected.size());
  if (expected.empty() || std::memcmp(expected.data(), actual.data(), expected.size()) == 0)
    return std::nullopt;
  size_t differing = 0;
  size_t first = 0;
  for (size_t i = expected.size(); i-- > 0;) {
    if (expected[i] == actual[i]) continue;
    ++differing;
    first = i;
  }
  return fmt::format("{} of {} elements differ from the reference; the first is at {}: {} instead of {}",
                     differing, expected.size(), position(workload, first), actual[first], expected[first]);
}

}  // namespace tamis
