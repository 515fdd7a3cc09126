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
  const size_t image = element / (width * height * channels);
  const size_t rest = element % (width * height * channels);
  size_t block = 1;  // channels that lie together
  if (workload.layout == Layout::nhwc) block = channels;
  if (workload.layout == Layout::nchw16c) block = static_cast<size_t>(kLayoutBlock);
  const size_t channel = rest / (width * height * block) * block + rest % block;
  return fmt::format("n={} c={} y={} x={}", image, channel, rest / block / width % height,
                     rest / block % width);
}

/// What a comparison of all elements found.
struct Differences {
  size_t count = 0;
  size_t first = 0;
  double largest = 0;  ///< not a number where an element is none
};

template <class Element>
Differences count_differences(const std::vector<Element>& expected, const std::vector<Element>& actual,
                              double tolerance) {
  Differences found;
  for (size_t i = expected.size(); i-- > 0;) {
    const double error = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (error <= tolerance) continue;
    ++found.count;
    found.first = i;
    if (!(error <= found.largest)) found.largest = std::isnan(found.largest) ? found.largest : error;
  }
  return found;
}

template <class Element>
std::optional<std::string> compare(const Workload& workload, const WorkloadData& data, const Tensor& actual) {
  const auto& expected_values = data.output.values<Element>();
  const auto& actual_values = actual.values<Element>();
  const Differences found = count_differences(expected_values, actual_values, data.tolerance);
  if (found.count == 0) return std::nullopt;
  std::string text =
      fmt::format("{} of {} differ{} from the reference; the first is at {}: {} instead of {}", found.count,
                  counted(expected_values.size(), "element"), found.count == 1 ? "s" : "",
                  position(workload, found.first), actual_values[found.first], expected_values[found.first]);
  if (data.output.holds<float>())
    text += fmt::format("; the largest error is {:.3g}, allowed is {:.3g}", found.largest, data.tolerance);
  return text;
}

}  // namespace

std::optional<std::string> find_difference(const Workload& workload, const WorkloadData& data,
                                           const Tensor& actual) {
  const Tensor& expected = data.output;
  const bool floats = expected.holds<float>();
  if (floats ? !actual.holds<float>() : !actual.holds<int8_t>())
    return fmt::format("the output is not of the reference's type {}", floats ? "float32" : "int8");
  if (expected.size() != actual.size())
    return fmt::format("the output has {}; the reference has {}", counted(actual.size(), "element"),
                       expected.size());
  // Equal bytes are equal elements: the reference has no NaN.
  if (expected.empty() || std::memcmp(expected.data(), actual.data(), expected.byte_count()) == 0)
    return std::nullopt;
  return floats ? compare<float>(workload, data, actual) : compare<int8_t>(workload, data, actual);
}

}  // namespace tamis
