#include "space/file/space_parts.h"

#include "base/json.h"
#include "base/text.h"
#include "space/expression_number.h"
#include "space/file/python_values.h"
#include "tamis/expression.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using Factors = std::vector<int64_t>;

Result<KnobValue> factors_from_json(const Json& json, const std::string& origin) {
  Factors factors;
  for (const Json& factor : json) {
    if (!factor.is_number_integer() || factor.get<int64_t>() < 1)
      return invalid_input(fmt::format("{}: the factors of a split are integers of at least 1", origin));
    factors.push_back(factor.get<int64_t>());
  }
  return KnobValue(std::move(factors));
}

/// The extent that factors split; nothing where it does not fit 64 bits.
std::optional<int64_t> extent_of(const Factors& factors) {
  int64_t extent = 1;
  for (const int64_t factor : factors)
    if (__builtin_mul_overflow(extent, factor, &extent)) return std::nullopt;
  return extent;
}

Status check_splits(const std::vector<KnobValue>& values, const std::string& origin) {
  const auto* first = std::get_if<Factors>(&values.front());
  for (const KnobValue& value : values) {
    const auto* factors = std::get_if<Factors>(&value);
    if (factors == nullptr || first == nullptr)
      return invalid_input(fmt::format("{}: splits cannot be mixed with other values", origin));
    if (factors->size() < 2 || factors->size() != first->size() || !extent_of(*factors) ||
        extent_of(*factors) != extent_of(*first))
      return invalid_input(fmt::format(
          "{}: all splits must have the same product and the same number of factors, at least two", origin));
  }
  return {};
}

struct NumberBefore {
  bool operator()(const expression::Number& a, const expression::Number& b) const {
    return expression::compare(a, b) < 0;
  }
};

Status check_distinct(const std::vector<KnobValue>& values, const std::string& origin) {
  std::set<std::string> texts;
  std::map<expression::Number, const KnobValue*, NumberBefore> numbers;
  for (const KnobValue& value : values) {
    if (!texts.insert(to_string(value)).second)
      return invalid_input(fmt::format("{}: the value {} is listed twice", origin, to_string(value)));
    const auto* whole = std::get_if<int64_t>(&value);
    const auto* real = std::get_if<double>(&value);
    if (whole == nullptr && real == nullptr) continue;
    const auto number =
        whole != nullptr ? expression::Number::from_whole(*whole) : expression::Number::from_real(*real);
    if (const auto [same, added] = numbers.try_emplace(number, &value); !added)
      return invalid_input(fmt::format("{}: the values {} and {} are the same number", origin,
                                       to_string(*same->second), to_string(value)));
  }
  return {};
}

/// What a text of a number that cannot be held begins with, which no JSON or YAML of people has.
constexpr std::string_view kUnheld = "\x01number ";

bool is_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// The digits of a decimal number without zeros around them.
std::string significant_digits(std::string_view literal) {
  std::string digits;
  for (const char c : literal.substr(0, literal.find_first_of("eE")))
    if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) digits += c;
  while (digits.ends_with('0')) digits.pop_back();
  return digits;
}

constexpr size_t kMostConstraints = 10'000;
constexpr size_t kMostListedValues = 4'000'000;

}  // namespace

std::optional<std::string> unheld_number(std::string_view literal) {
  const std::string_view digits = literal.starts_with('+') ? literal.substr(1) : literal;
  const bool numeric = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_of_number) &&
                       digits.find_first_of("0123456789") != std::string_view::npos;
  if (!numeric || parse_integer(digits)) return std::nullopt;
  const bool whole = digits.find_first_of(".eE") == std::string_view::npos;
  double value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) return std::nullopt;
  const bool held = !whole && code == std::errc{} &&
                    significant_digits(digits) == significant_digits(fmt::format("{}", value));
  if (held) return std::nullopt;
  return marked_number(literal);
}

std::string marked_number(std::string_view literal) { return std::string(kUnheld) + std::string(literal); }

Json unmarked_numbers(Json json) {
  if (json.is_string() && json.get_ref<const std::string&>().starts_with(kUnheld))
    return json.get_ref<const std::string&>().substr(kUnheld.size());
  if (json.is_structured())
    for (Json& part : json) part = unmarked_numbers(std::move(part));
  return json;
}

std::string mark_unheld_numbers(const std::string& json) {
  std::string marked;
  size_t copied = 0;
  for (size_t i = 0; i < json.size();) {
    if (json[i] == '"') {
      for (++i; i < json.size() && json[i] != '"'; ++i)
        if (json[i] == '\\') ++i;
      ++i;
      continue;
    }
    if (json[i] != '-' && (json[i] < '0' || json[i] > '9')) {
      // A letter that numbers have too may be in true or false.
      ++i;
      continue;
    }
    size_t end = i;
    while (end < json.size() && is_of_number(json[end])) ++end;
    if (const auto text = unheld_number(std::string_view(json).substr(i, end - i))) {
      marked += json.substr(copied, i - copied) + Json(*text).dump();
      copied = end;
    }
    i = end;
  }
  return copied == 0 ? json : marked + json.substr(copied);
}

Result<KnobValue> knob_value_from_json(const Json& json, const std::string& origin) {
  if (json.is_boolean()) return KnobValue(int64_t{json.get<bool>()});
  if (json.is_string() && json.get_ref<const std::string&>().starts_with(kUnheld)) {
    const std::string literal = json.get_ref<const std::string&>().substr(kUnheld.size());
    if (const auto number = parse_number(literal); number && !unheld_number(literal))
      return invalid_input(fmt::format(
          "{}: the number {} would reach a program as {}; write that, or put quotes around it, and "
          "it is a text",
          origin, literal,
          parse_integer(literal) ? std::to_string(*parse_integer(literal)) : fmt::format("{}", *number)));
    return invalid_input(
        fmt::format("{}: the number {} cannot be held as it stands: integers have 64 bits, real numbers 15 "
                    "to 17 digits; put "
                    "quotes around it, and it is a text",
                    origin, literal));
  }
  if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    return invalid_input(
        fmt::format("{}: the integer {} does not fit 64 bits; put quotes around it, and it is a text", origin,
                    json.get<uint64_t>()));
  if (json.is_number_integer()) return KnobValue(json.get<int64_t>());
  if (json.is_number() && std::isfinite(json.get<double>())) return KnobValue(json.get<double>());
  if (json.is_string()) return KnobValue(json.get<std::string>());
  if (json.is_array()) return factors_from_json(json, origin);
  return invalid_input(fmt::format("{}: a value must be a number, a text or true or false, found {}", origin,
                                   json.type_name()));
}

Result<Knob> knob_of_values(std::string name, std::vector<KnobValue> values, const std::string& origin) {
  const auto is = [&]<class T>(T /*of the alternative*/) {
    return std::any_of(values.begin(), values.end(),
                       [](const KnobValue& value) { return std::holds_alternative<T>(value); });
  };
  if (values.empty()) return invalid_input(fmt::format("{}: there are no values", origin));
  Knob knob{std::move(name), KnobKind::number, {}};
  if (is(Factors())) {
    TAMIS_TRY(check_splits(values, origin));
    knob.kind = KnobKind::split;
  } else if (is(std::string())) {
    for (KnobValue& value : values) value = to_string(value);
    knob.kind = KnobKind::name;
  }
  TAMIS_TRY(check_distinct(values, origin));
  knob.values = std::move(values);
  return knob;
}

Result<Knob> knob_from_json(std::string name, const Json& values, const std::string& origin) {
  std::vector<KnobValue> all;
  if (values.is_string()) {
    TAMIS_ASSIGN(all, parse_python_values(values.get<std::string>(), origin));
  } else if (values.is_array()) {
    for (const Json& value : values) {
      TAMIS_ASSIGN(KnobValue one, knob_value_from_json(value, origin));
      all.push_back(std::move(one));
    }
  } else {
    return invalid_input(
        fmt::format("{}: a list of values is expected, found {}", origin, values.type_name()));
  }
  return knob_of_values(std::move(name), std::move(all), origin);
}

Status ConstraintList::add(const std::string& formula, const std::string& place) {
  if (constraints_.size() >= kMostConstraints)
    return invalid_input(fmt::format("{}: there are more than {} constraints", place, kMostConstraints));
  Result<Constraint> constraint = parse_constraint(formula, knobs_);
  if (!constraint.ok()) return constraint.error().within(place);
  for (const std::string& name : constraint->knobs) {
    const auto knob =
        std::find_if(knobs_.begin(), knobs_.end(), [&](const Knob& one) { return one.name == name; });
    values_ += knob->values.size();
  }
  if (values_ > kMostListedValues)
    return invalid_input(fmt::format(
        "{}: too many constraints over knobs with many values; all that constraints look at may be {} values",
        place, kMostListedValues));
  constraints_.push_back(std::move(*constraint));
  return {};
}

}  // namespace tamis
