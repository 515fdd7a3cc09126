#include "experiment/report/columns.h"

#include "base/bytes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::report {
namespace {

static_assert(std::endian::native == std::endian::little, "columns hold what lies in memory");

template <class Element>
std::string encode(std::span<const Element> elements) {
  return to_base64({reinterpret_cast<const char*>(elements.data()), elements.size_bytes()});
}

template <class Element>
std::string encode_narrow(std::span<const uint32_t> values) {
  std::vector<Element> elements(values.size());
  std::transform(values.begin(), values.end(), elements.begin(),
                 [](uint32_t value) { return static_cast<Element>(value); });
  return encode(std::span<const Element>(elements));
}

bool fits_single(double value) {
  const double size = std::abs(value);
  return std::isnan(value) || value == 0 ||
         (size <= static_cast<double>(std::numeric_limits<float>::max()) &&
          size >= static_cast<double>(std::numeric_limits<float>::min()));
}

}  // namespace

Json whole_column(std::span<const uint32_t> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (values.empty() || *least == *most) return {{"all", values.empty() ? 0U : *least}};
  if (*most <= std::numeric_limits<uint8_t>::max())
    return {{"type", "u8"}, {"data", encode_narrow<uint8_t>(values)}};
  if (*most <= std::numeric_limits<uint16_t>::max())
    return {{"type", "u16"}, {"data", encode_narrow<uint16_t>(values)}};
  return {{"type", "u32"}, {"data", encode(values)}};
}

Json time_column(std::span<const int64_t> times_ms) {
  std::vector<int32_t> steps(times_ms.size());
  int64_t before = 0;  // as a reader adds the steps up
  for (size_t i = 0; i < times_ms.size(); ++i) {
    const int64_t step = std::clamp<int64_t>(times_ms[i] - before, std::numeric_limits<int32_t>::min(),
                                             std::numeric_limits<int32_t>::max());
    steps[i] = static_cast<int32_t>(step);
    before += step;
  }
  return {{"type", "i32"}, {"data", encode(std::span<const int32_t>(steps))}, {"delta", true}};
}

Json value_column(std::span<const double> values) {
  if (!std::all_of(values.begin(), values.end(), fits_single))
    return {{"type", "f64"}, {"data", encode(values)}};
  const std::vector<float> single(values.begin(), values.end());
  return {{"type", "f32"}, {"data", encode(std::span<const float>(single))}};
}

Json length_column(std::span<const float> lengths) { return {{"type", "f32"}, {"data", encode(lengths)}}; }

}  // namespace tamis::report
