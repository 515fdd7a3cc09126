#include "targets/gpu/kernel/description.h"
#include "targets/gpu/kernel/element.h"

#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

/// Calls `visit` with the offset and the number of each element, without what fills a fourth place.
template <class Visit>
void for_each_element(const ArgumentValue& argument, size_t bytes, Visit&& visit) {
  const size_t size = element_size(argument.type);
  const size_t each = size * static_cast<size_t>(argument.places);
  size_t number = 0;
  for (size_t begin = 0; begin + each <= bytes; begin += each)
    for (int lane = 0; lane < argument.lanes; ++lane)
      visit(begin + static_cast<size_t>(lane) * size, number++);
}

/// The root of the mean square of those elements that are finite.
double root_mean_square(const ArgumentValue& argument, const std::vector<std::byte>& bytes) {
  double sum = 0;
  double count = 0;
  for_each_element(argument, bytes.size(), [&](size_t offset, size_t) {
    const double element = load(argument.type, bytes.data() + offset);
    if (!std::isfinite(element)) return;
    sum += element * element;
    ++count;
  });
  return count > 0 ? std::sqrt(sum / count) : 0;
}

/// Whether two elements that differ in their bits are the same for the user.
bool near(double actual, double expected, double absolute, double relative) {
  if (std::isnan(actual) || std::isnan(expected)) return std::isnan(actual) && std::isnan(expected);
  if (std::isinf(actual) || std::isinf(expected)) return actual == expected;
  return std::abs(actual - expected) <= absolute + relative * std::abs(expected);
}

std::string tolerance_text(const ArgumentValue& argument, double absolute) {
  if (absolute == 0 && argument.relative_tolerance == 0) return "no tolerance";
  std::string text = fmt::format("tolerance {:.3g}", absolute);
  if (argument.relative_tolerance > 0)
    text += fmt::format(" and {:.3g} of the element", argument.relative_tolerance);
  return text;
}

}  // namespace

bool is_nan_everywhere(const ArgumentValue& argument, const std::vector<std::byte>& bytes) {
  if (!is_real(argument.type) || bytes.empty()) return false;
  bool number = false;
  for_each_element(argument, bytes.size(), [&](size_t offset, size_t) {
    number = number || !std::isnan(load(argument.type, bytes.data() + offset));
  });
  return !number;
}

std::optional<std::string> find_output_difference(const ArgumentValue& argument,
                                                  const std::vector<std::byte>& expected,
                                                  const std::vector<std::byte>& actual) {
  if (expected.size() != actual.size())
    return fmt::format("{}: {} bytes instead of {}", argument.name, actual.size(), expected.size());
  if (expected == actual) return std::nullopt;
  const double scaled =
      argument.scaled_tolerance > 0 ? argument.scaled_tolerance * root_mean_square(argument, expected) : 0;
  const double absolute = argument.tolerance + (std::isfinite(scaled) ? scaled : 0);
  const size_t size = element_size(argument.type);
  size_t count = 0;
  size_t different = 0;
  size_t first = 0;
  size_t first_offset = 0;
  const bool exact = absolute == 0 && argument.relative_tolerance == 0 && !is_real(argument.type);
  for_each_element(argument, expected.size(), [&](size_t offset, size_t number) {
    ++count;
    if (std::memcmp(expected.data() + offset, actual.data() + offset, size) == 0) return;
    if (!exact && near(load(argument.type, actual.data() + offset),
                       load(argument.type, expected.data() + offset), absolute, argument.relative_tolerance))
      return;
    if (different++ > 0) return;
    first = number;
    first_offset = offset;
  });
  if (different == 0) return std::nullopt;
  return fmt::format(
      "{}: {} of {} elements {}, the first at {}: {} instead of {} ({})", argument.name, different, count,
      different == 1 ? "differs" : "differ", first, element_text(argument.type, actual.data() + first_offset),
      element_text(argument.type, expected.data() + first_offset), tolerance_text(argument, absolute));
}

}  // namespace tamis::gpu
