#include "base/quantity.h"

#include "base/text.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A number and the unit behind it.
struct Quantity {
  int64_t number = 0;
  int64_t unit = 1;
};

/// A number from 1 to 10 million, and one of the units; the first one where there is none.
std::optional<Quantity> parse_quantity(const std::string& text,
                                       const std::vector<std::pair<std::string_view, int64_t>>& units) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view name = std::string_view(text).substr(digits);
  const std::optional<int64_t> number = parse_integer(text.substr(0, digits));
  if (!number || *number < 1 || *number > 10'000'000) return std::nullopt;
  for (const auto& [word, unit] : units)
    if (name == word || name.empty()) return Quantity{*number, unit};
  return std::nullopt;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(const std::string& text, const std::string& flag) {
  const auto quantity = parse_quantity(text, {{"s", 1000}, {"ms", 1}, {"m", 60'000}, {"h", 3'600'000}});
  if (quantity) return std::chrono::milliseconds(quantity->number * quantity->unit);
  return invalid_input(fmt::format("{} must be a duration such as 90s, 15m or 2h, found \"{}\"", flag, text));
}

Result<uint64_t> parse_size(const std::string& text, const std::string& flag) {
  if (text == "none") return uint64_t{0};
  constexpr int64_t kKibi = 1024;
  const auto quantity = parse_quantity(text, {{"B", 1},
                                              {"K", kKibi},
                                              {"M", kKibi * kKibi},
                                              {"G", kKibi * kKibi * kKibi},
                                              {"T", kKibi * kKibi * kKibi * kKibi}});
  if (quantity && quantity->number <= std::numeric_limits<int64_t>::max() / quantity->unit)
    return static_cast<uint64_t>(quantity->number * quantity->unit);
  return invalid_input(
      fmt::format("{} must be a size such as 512M or 4G, or `none`, found \"{}\"", flag, text));
}

}  // namespace tamis
