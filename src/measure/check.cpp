#include "base/text.h"
#include "tamis/measurer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace tamis {
namespace {

/// `n=0 c=3 y=1 x=2`: where an element of the output lies.
std::string position(const Workload& workload, size_t element) {
  const auto width = static_cast<size_t>(output_width(workload));
  const auto height = static_cast<size_t>(output_height(workload));
  if (workload.op == Operator::matmul)
    return fmt::format("batch={} m={} n={}", element / (width * height), element / width % height,
                       element % width);
  const auto channels = static_cast<size_t>(workload.shape.co);
  const auto pixels = static_cast<size_t>(output_depth(workload)) * width * height;
  const size_t image = element / (pixels * channels);
  const size_t rest = element % (pixels * channels);
  size_t block = 1;  // channels that lie together
  if (workload.layout == Layout::nhwc) block = channels;
  if (workload.layout == Layout::nchw16c) block = static_cast<size_t>(kLayoutBlock);
  const size_t channel = rest / (pixels * block) * block + rest % block;
  const size_t pixel = rest / block % pixels;
  const std::string plane =
      workload.op == Operator::conv3d ? fmt::format("z={} ", pixel / (width * height)) : std::string();
  return fmt::format("n={} c={} {}y={} x={}", image, channel, plane, pixel / width % height, pixel % width);
}

/// What a comparison of all elements found.
struct Differences {
  size_t count = 0;
  size_t first = 0;
  double largest = 0;  ///< not a number where an element is none
};

template <class Element>
Differences count_differences(const std::vector<Element>& expected, const std::vector<Element>& actual,
                              const WorkloadData& data) {
  Differences found;
  for (size_t i = expected.size(); i-- > 0;) {
    const double size = std::abs(static_cast<double>(expected[i]));
    const double tolerance =
        data.relative_tolerance > 0 ? data.tolerance + data.relative_tolerance * size : data.tolerance;
    const double error = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (error <= tolerance) continue;
    ++found.count;
    found.first = i;
    if (!(error <= found.largest)) found.largest = std::isnan(found.largest) ? found.largest : error;
  }
  return found;
}

template <class Element>
std::optional<std::string> compare(const Workload& workload, const WorkloadData& data, const Tensor& expected,
                                   const Tensor& actual) {
  const auto& expected_values = expected.values<Element>();
  const auto& actual_values = actual.values<Element>();
  const Differences found = count_differences(expected_values, actual_values, data);
  if (found.count == 0) return std::nullopt;
  std::string text =
      fmt::format("{} of {} differ{} from the reference; the first is at {}: {} instead of {}", found.count,
                  counted(expected_values.size(), "element"), found.count == 1 ? "s" : "",
                  position(workload, found.first), actual_values[found.first], expected_values[found.first]);
  if (expected.holds<float>())
    text += fmt::format("; the largest error is {:.3g}, allowed is {:.3g}", found.largest, data.tolerance);
  if (data.relative_tolerance > 0) text += fmt::format(" and {:.3g} of the element", data.relative_tolerance);
  return text;
}

}  // namespace

std::optional<std::string> find_difference(const Workload& workload, const WorkloadData& data,
                                           const Tensor& actual) {
  const Tensor& expected = data.output;
  const bool floats = expected.holds<float>(), halves = expected.holds<uint16_t>();
  const bool same = floats   ? actual.holds<float>()
                    : halves ? actual.holds<uint16_t>()
                             : actual.holds<int8_t>();
  if (!same) return fmt::format("the output is not of the reference's type {}", to_string(workload.type));
  if (expected.size() != actual.size())
    return fmt::format("the output has {}; the reference has {}", counted(actual.size(), "element"),
                       expected.size());
  // Equal bytes are equal elements: the reference has no NaN.
  if (expected.empty() || std::memcmp(expected.data(), actual.data(), expected.byte_count()) == 0)
    return std::nullopt;
  if (halves)
    return compare<float>(workload, data, widened(workload.type, expected), widened(workload.type, actual));
  return floats ? compare<float>(workload, data, expected, actual)
                : compare<int8_t>(workload, data, expected, actual);
}

}  // namespace tamis
