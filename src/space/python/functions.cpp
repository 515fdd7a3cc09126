#include "base/not_finite.h"
#include "base/text.h"
#include "space/python/calculation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tamis::python {
namespace {

using Arguments = std::span<const Value>;
using Function = Result<Value> (*)(Arguments);

constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

Error too_large() { return invalid_input("this number is too large, or not a number"); }

std::string_view trimmed_text(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

/// The text without the `_` that Python allows between digits, which may be letters in the bases that have
/// such; nothing where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text, int (*is_of_digits)(int)) {
  const auto is_digit = [&](size_t i) {
    return i < text.size() && is_of_digits(static_cast<unsigned char>(text[i])) != 0;
  };
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_')
      plain += text[i];
    else if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1))
      return std::nullopt;
  }
  return plain;
}

/// What float() makes of a text, but NaN, which formulas have not.
std::optional<double> parse_real(std::string_view text) {
  std::optional<std::string> plain = without_underscores(trimmed_text(text), std::isdigit);
  if (!plain) return std::nullopt;
  if (plain->starts_with('+') && !plain->starts_with("+-")) plain->erase(0, 1);
  const std::optional<double> number = parse_any_number(*plain);
  return number && std::isnan(*number) ? std::nullopt : number;
}

Result<Value> absolute(Arguments arguments) {
  if (!arguments[0].is_number()) return invalid_input("abs takes a number");
  if (arguments[0].is_real())
    return Value(*arguments[0].real() < 0 ? -*arguments[0].real() : *arguments[0].real() + 0.0);
  const OptionalWide number =
      *arguments[0].whole() < 0 ? subtract(0, *arguments[0].whole()) : arguments[0].whole();
  if (!number) return too_large();
  return Value(*number);
}

Result<Value> all_of_items(Arguments arguments) {
  TAMIS_ASSIGN(const Values values, items(arguments[0]));
  return Value(std::all_of(values.begin(), values.end(), std::mem_fn(&Value::is_true)));
}

Result<Value> any_of_items(Arguments arguments) {
  TAMIS_ASSIGN(const Values values, items(arguments[0]));
  return Value(std::any_of(values.begin(), values.end(), std::mem_fn(&Value::is_true)));
}

Result<Value> to_boolean(Arguments arguments) { return Value(!arguments.empty() && arguments[0].is_true()); }

Result<Value> to_real(Arguments arguments) {
  if (arguments.empty()) return Value(0.0);
  if (arguments[0].is_number()) return Value(*arguments[0].real());
  if (arguments[0].text() == nullptr) return invalid_input("float takes a number or a text");
  const std::optional<double> number = parse_real(*arguments[0].text());
  if (!number) return invalid_input("this text is no number");
  return Value(*number);
}

/// `int(text, base)`: a prefix may repeat what the base says, and says it where that is 0.
Result<Value> to_whole_of_base(const Value& text, const Value& base) {
  if (text.text() == nullptr || !base.whole()) return invalid_input("int takes a text and a base");
  const Wide asked = *base.whole();
  if (asked != 0 && (asked < 2 || asked > 36)) return invalid_input("a base is 0 or 2 to 36");
  std::string digits(trimmed_text(*text.text()));
  const size_t sign = digits.starts_with('-') || digits.starts_with('+') ? 1 : 0;
  int radix = static_cast<int>(asked);
  bool prefixed = false;
  for (const auto& [letter, value] : {std::pair('x', 16), std::pair('o', 8), std::pair('b', 2)}) {
    const bool is_there = digits.size() > sign + 1 && digits[sign] == '0' &&
                          std::tolower(static_cast<unsigned char>(digits[sign + 1])) == letter;
    if (!is_there || (asked != 0 && asked != value)) continue;
    radix = value;
    digits.erase(sign, 2);
    prefixed = true;
    break;
  }
  // After a prefix `_` may stand at once: 0x_10.
  if (prefixed && digits.size() > sign + 1 && digits[sign] == '_') digits.erase(sign, 1);
  const std::optional<std::string> plain = without_underscores(digits, std::isalnum);
  if (!plain) return invalid_input("this text is no number");
  const bool zeros = plain->find_first_not_of('0', sign) == std::string::npos;
  if (radix == 0 && !zeros && plain->size() > sign && (*plain)[sign] == '0')
    return invalid_input("a number of base 0 begins with no 0");
  const OptionalWide number = parse_wide(*plain, radix == 0 ? 10 : radix);
  if (!number) return invalid_input("this text is no number of this base, or too large");
  return Value(*number);
}

Result<Value> to_whole(Arguments arguments) {
  if (arguments.empty()) return Value(Wide{0});
  if (arguments.size() == 2) return to_whole_of_base(arguments[0], arguments[1]);
  OptionalWide number = arguments[0].whole();
  if (arguments[0].is_real()) number = truncate(*arguments[0].real());
  if (arguments[0].text() != nullptr)
    if (const auto plain = without_underscores(trimmed_text(*arguments[0].text()), std::isdigit))
      number = parse_wide(*plain);
  if (number) return Value(*number);
  if (arguments[0].is_number()) return too_large();
  return invalid_input("int takes a number, or a text of one");
}

Result<Value> length_of(Arguments arguments) {
  const std::optional<Wide> count = length(arguments[0]);
  if (!count) return invalid_input("len takes one list");
  return Value(*count);
}

Result<Value> to_sequence(Arguments arguments, Sequence::Kind kind) {
  if (arguments.empty()) return Value(Sequence{kind, {}});
  TAMIS_ASSIGN(Values values, items(arguments[0]));
  if (kind == Sequence::Kind::set) return make_set(std::move(values));
  return Value(Sequence{kind, std::move(values), !has_order(arguments[0])});
}

Result<Value> to_list(Arguments arguments) { return to_sequence(arguments, Sequence::Kind::list); }
Result<Value> to_tuple(Arguments arguments) { return to_sequence(arguments, Sequence::Kind::tuple); }
Result<Value> to_set(Arguments arguments) { return to_sequence(arguments, Sequence::Kind::set); }

Result<Value> sorted(Arguments arguments) {
  TAMIS_ASSIGN(Values values, items(arguments[0]));
  // Two without an order stand beside others like them in the end, so that some such two are compared.
  bool all_ordered = true;
  std::stable_sort(values.begin(), values.end(), [&](const Value& a, const Value& b) {
    const std::optional<int> order = order_of(a, b);
    all_ordered = all_ordered && order.has_value();
    return order.value_or(0) < 0;
  });
  if (!all_ordered) return invalid_input("these values have no common order");
  return Value(Sequence{Sequence::Kind::list, std::move(values)});
}

Result<Value> extreme(Arguments arguments, int sign) {
  Values values(arguments.begin(), arguments.end());
  if (arguments.size() == 1) {
    TAMIS_ASSIGN(values, items(arguments[0]));
  }
  if (values.empty()) return invalid_input("there is no value to choose from");
  const Value* best = &values.front();
  for (const Value& value : values) {
    const std::optional<int> order = order_of(value, *best);
    if (!order) return invalid_input("these values have no common order");
    if (*order == sign) best = &value;
  }
  return *best;
}

Result<Value> least(Arguments arguments) { return extreme(arguments, -1); }
Result<Value> largest(Arguments arguments) { return extreme(arguments, 1); }

Result<Value> to_power(Arguments arguments) {
  if (arguments.size() == 2) return calculate(Operator::power, arguments[0], arguments[1]);
  for (const Value& one : arguments)
    if (!one.whole()) return invalid_input("pow takes three integers");
  const OptionalWide rest = power_modulo(*arguments[0].whole(), *arguments[1].whole(), *arguments[2].whole());
  if (!rest) return invalid_input("this is not defined, or too large");
  return Value(*rest);
}

Result<Value> range(Arguments arguments) {
  std::array<Wide, 3> bounds = {0, 0, 1};  // from, to, step
  if (arguments.empty() || arguments.size() > 3) return invalid_input("range takes one to three numbers");
  for (size_t i = 0; i < arguments.size(); ++i) {
    const OptionalWide number = arguments[i].whole();
    if (!number) return invalid_input("range takes integers");
    if (*number > INT64_MAX || *number < INT64_MIN) return too_large();
    bounds[arguments.size() == 1 ? 1 : i] = *number;
  }
  const auto [from, to, step] = bounds;
  if (step == 0) return invalid_input("the step of a range cannot be 0");
  const bool empty = step > 0 ? from >= to : from <= to;
  const Wide count = empty ? 0 : step > 0 ? (to - from - 1) / step + 1 : (from - to - 1) / -step + 1;
  return Value(Range{from, step, count});
}

Result<Value> rounded(Arguments arguments) {
  const Value& number = arguments[0];
  const bool to_digits = arguments.size() == 2 && !arguments[1].is_none();
  const OptionalWide digits = to_digits ? arguments[1].whole() : OptionalWide(0);
  if (!number.is_number() || !digits) return invalid_input("round takes a number, and how many digits");
  const int places = static_cast<int>(std::clamp<Wide>(*digits, -1000, 1000));
  if (number.is_real() && to_digits) {
    const OptionalReal result = round_to(*number.real(), places);
    if (!result) return too_large();
    return Value(*result);
  }
  const OptionalWide result =
      number.is_real() ? round_to_whole(*number.real()) : round_to(*number.whole(), places);
  if (!result) return too_large();
  return Value(*result);
}

Result<Value> to_text(Arguments arguments) {
  if (arguments.empty()) return Value(std::string());
  const std::optional<std::string> text = arguments[0].str();
  if (!text) return invalid_input("str of a set or a range is not read");
  if (text->size() > kMostValues) return invalid_input("this text is too long");
  return Value(*text);
}

Result<Value> sum(Arguments arguments) {
  TAMIS_ASSIGN(const Values values, items(arguments[0]));
  Value total = arguments.size() == 2 ? arguments[1] : Value(Wide{0});
  if (total.text() != nullptr) return invalid_input("sum takes no texts");
  for (const Value& value : values) {
    TAMIS_ASSIGN(total, calculate(Operator::add, total, value));
  }
  return total;
}

struct Entry {
  std::string_view name;
  Arity arity;
  Function function;
};
constexpr std::array<Entry, 18> kFunctions = {{{"abs", {1, 1}, absolute},
                                               {"all", {1, 1}, all_of_items},
                                               {"any", {1, 1}, any_of_items},
                                               {"bool", {0, 1}, to_boolean},
                                               {"float", {0, 1}, to_real},
                                               {"int", {0, 2}, to_whole},
                                               {"len", {1, 1}, length_of},
                                               {"list", {0, 1}, to_list},
                                               {"max", {1, kAnyNumber}, largest},
                                               {"min", {1, kAnyNumber}, least},
                                               {"pow", {2, 3}, to_power},
                                               {"range", {0, kAnyNumber}, range},
                                               {"round", {1, 2}, rounded},
                                               {"set", {0, 1}, to_set},
                                               {"sorted", {1, 1}, sorted},
                                               {"str", {0, 1}, to_text},
                                               {"sum", {1, 2}, sum},
                                               {"tuple", {0, 1}, to_tuple}}};

const Entry* find_function(std::string_view name) {
  const auto* const found =
      std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Entry& one) { return one.name == name; });
  return found == kFunctions.end() ? nullptr : found;
}

}  // namespace

std::optional<Arity> arity_of(std::string_view function) {
  const Entry* entry = find_function(function);
  if (entry == nullptr) return std::nullopt;
  return entry->arity;
}

std::string nearest_function(std::string_view function) {
  std::vector<std::string_view> known;
  known.reserve(std::size(kFunctions));
  for (const Entry& one : kFunctions) known.push_back(one.name);
  return did_you_mean(function, known);
}

Result<Value> call(std::string_view function, Arguments arguments) {
  const Entry* entry = find_function(function);
  if (entry == nullptr || arguments.size() < entry->arity.least || arguments.size() > entry->arity.most)
    return invalid_input(fmt::format("{} does not take these arguments", function));
  return entry->function(arguments);
}

}  // namespace tamis::python
