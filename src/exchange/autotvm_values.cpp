#include "exchange/autotvm_values.h"

#include "base/json.h"
#include "space/file/python_json.h"

#include <cmath>

namespace tamis {
namespace {

constexpr double kExact = 0x1.0p53;  // up to here a double holds every whole number

/// Only what reads as JSON, or begins like it, has to be told apart from JSON.
bool looks_like_json(const std::string& text) {
  if (text.empty()) return false;
  if (std::string_view("[{\"").find(text.front()) != std::string_view::npos) return true;
  return Json::accept(text);
}

Result<KnobValue> split_value(const Json& json) {
  if (!json.is_array() || json.empty()) return corrupt("a split (sp) must be a list of factors");
  std::vector<int64_t> factors;
  for (const Json& one : json) {
    if (!one.is_number_integer()) return corrupt("a factor of a split (sp) must be a whole number");
    const auto factor = one.get<int64_t>();
    const bool open = factor == -1 && factors.empty();
    if ((factor < 1 && !open) || static_cast<double>(factor) > kExact)
      return corrupt("a factor of a split (sp) must be at least 1; only the first may be -1");
    factors.push_back(factor);
  }
  return KnobValue(std::move(factors));
}

Result<KnobValue> number_value(const Json& json) {
  const auto number = json.get<double>();
  if (!std::isfinite(number) || std::abs(number) > kExact) return corrupt("a number is beyond 2^53");
  if (json.is_number_integer()) return KnobValue(json.get<int64_t>());
  return KnobValue(number);
}

}  // namespace

Result<KnobValue> autotvm_value(AutotvmKind kind, const Json& json) {
  if (kind == AutotvmKind::split) return split_value(json);
  if (json.is_number()) return number_value(json);
  if (json.is_string() && !looks_like_json(json.get_ref<const std::string&>()))
    return KnobValue(json.get<std::string>());
  return KnobValue(python_json(json));
}

Json autotvm_json(AutotvmKind kind, const KnobValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || (kind == AutotvmKind::other && !looks_like_json(*text))) return to_json(value);
  Result<Json> json = parse_json(*text, "the value");
  return json.ok() ? std::move(*json) : Json(*text);
}

}  // namespace tamis
