#include "space/file/python_value.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis::python {
namespace {

using expression::Number;

struct Arithmetic {
  std::string_view symbol;
  expression::OptionalNumber (*function)(Number, Number);
};
constexpr std::array<Arithmetic, 7> kArithmetic = {{{"+", expression::add},
                                                    {"-", expression::subtract},
                                                    {"*", expression::multiply},
                                                    {"/", expression::divide},
                                                    {"//", expression::floor_divide},
                                                    {"%", expression::modulo},
                                                    {"**", expression::power}}};

Error too_many() { return invalid_input(fmt::format("there are more than {} values", kMostValues)); }

size_t weight_of(const Values& values) {
  size_t sum = 0;
  for (const Value& value : values) sum += value.weight();
  return sum;
}

Result<Value> concatenate(const Values& a, const Values& b) {
  if (weight_of(a) + weight_of(b) > kMostValues) return too_many();
  Values all = a;
  all.insert(all.end(), b.begin(), b.end());
  return Value(std::move(all));
}

Result<Value> repeat(const Values& values, Number times) {
  const int64_t count = times.is_real ? 0 : std::max<int64_t>(times.whole, 0);
  if (times.is_real) return invalid_input("a list can be repeated only by an integer");
  if (!values.empty() && count > static_cast<int64_t>(kMostValues / weight_of(values))) return too_many();
  Values all;
  for (int64_t i = 0; i < count && !values.empty(); ++i) all.insert(all.end(), values.begin(), values.end());
  return Value(std::move(all));
}

std::optional<int> order_of(const Value& a, const Value& b) {
  if (a.number() != nullptr && b.number() != nullptr) return expression::compare(*a.number(), *b.number());
  if (a.text() != nullptr && b.text() != nullptr) return a.text()->compare(*b.text());
  return std::nullopt;
}

bool equal(const Value& a, const Value& b) {
  if (a.list() == nullptr || b.list() == nullptr) return order_of(a, b) == 0;
  return std::equal(a.list()->begin(), a.list()->end(), b.list()->begin(), b.list()->end(), equal);
}

std::optional<int64_t> whole_argument(const Value& value) {
  if (value.number() == nullptr || value.number()->is_real) return std::nullopt;
  return value.number()->whole;
}

Result<Value> range(std::span<const Value> arguments) {
  std::array<int64_t, 3> bounds = {0, 0, 1};  // from, to, step
  if (arguments.empty() || arguments.size() > 3) return invalid_input("range takes one to three numbers");
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::optional<int64_t> number = whole_argument(arguments[i]);
    if (!number) return invalid_input("range takes integers");
    bounds[arguments.size() == 1 ? 1 : i] = *number;
  }
  const auto [from, to, step] = bounds;
  if (step == 0) return invalid_input("the step of a range cannot be 0");
  Values values;
  for (int64_t value = from; step > 0 ? value < to : value > to;) {
    if (values.size() >= kMostValues) return too_many();
    values.push_back(Value::whole(value));
    if (__builtin_add_overflow(value, step, &value)) break;
  }
  return Value(std::move(values));
}

Result<Value> sorted(Values values) {
  for (const Value& value : values)
    if (!order_of(values.front(), value)) return invalid_input("these values have no common order");
  std::stable_sort(values.begin(), values.end(),
                   [](const Value& a, const Value& b) { return order_of(a, b).value_or(0) < 0; });
  return Value(std::move(values));
}

/// min and max, of the arguments or of one list.
Result<Value> extreme(std::span<const Value> arguments, bool largest) {
  std::span<const Value> values = arguments;
  if (arguments.size() == 1 && arguments[0].list() != nullptr) values = *arguments[0].list();
  if (values.empty()) return invalid_input("there is no value to choose from");
  TAMIS_ASSIGN(const Value ordered, sorted({values.begin(), values.end()}));
  return largest ? ordered.list()->back() : ordered.list()->front();
}

Result<Value> convert(std::string_view function, const Value& value) {
  if (value.number() == nullptr) return invalid_input(fmt::format("{} takes a number", function));
  const Number number = *value.number();
  if (function == "abs")
    return expression::compare(number, Number::from_whole(0)) < 0 ? calculate("-", Value::whole(0), value)
                                                                  : Result<Value>(value);
  if (function == "float") return Value(Number::from_real(number.as_real()));
  if (!number.is_real) return value;
  if (!(std::fabs(number.real) < 9e18)) return invalid_input("this number is too large for a whole one");
  return Value::whole(static_cast<int64_t>(number.real));
}

}  // namespace

bool Value::is_true() const {
  if (number() != nullptr) return number()->is_true();
  return text() != nullptr ? !text()->empty() : !list()->empty();
}

size_t Value::weight() const {
  if (text() != nullptr) return 1 + text()->size() / 16;
  return list() == nullptr ? 1 : 1 + weight_of(*list());
}

KnobValue Value::knob_value() const {
  if (text() != nullptr) return *text();
  if (number() == nullptr) return repr();
  if (number()->is_real) return number()->real;
  return number()->whole;
}

std::string Value::repr() const {
  if (text() != nullptr) return fmt::format("'{}'", *text());
  if (number() != nullptr) return to_string(knob_value());
  const bool tuple = std::get<List>(plain_).tuple;
  std::string all;
  for (const Value& value : *list()) all += (all.empty() ? "" : ", ") + value.repr();
  if (tuple && list()->size() == 1) all += ",";
  return tuple ? "(" + all + ")" : "[" + all + "]";
}

Result<Value> calculate(std::string_view symbol, const Value& a, const Value& b) {
  if (symbol == "+" && a.list() != nullptr && b.list() != nullptr) return concatenate(*a.list(), *b.list());
  if (symbol == "+" && a.text() != nullptr && b.text() != nullptr) {
    if (a.text()->size() + b.text()->size() > kMostValues) return invalid_input("this text is too long");
    return Value(*a.text() + *b.text());
  }
  if (symbol == "*" && a.list() != nullptr && b.number() != nullptr) return repeat(*a.list(), *b.number());
  if (symbol == "*" && b.list() != nullptr && a.number() != nullptr) return repeat(*b.list(), *a.number());
  if (a.number() == nullptr || b.number() == nullptr)
    return invalid_input(fmt::format("`{}` cannot join these two", symbol));
  const auto* const found = std::find_if(kArithmetic.begin(), kArithmetic.end(),
                                         [&](const Arithmetic& one) { return one.symbol == symbol; });
  const expression::OptionalNumber result = found->function(*a.number(), *b.number());
  if (!result) return invalid_input("this is not defined, such as a division by zero");
  return Value(*result);
}

std::optional<bool> compare(std::string_view symbol, const Value& a, const Value& b) {
  if (symbol == "==") return equal(a, b);
  if (symbol == "!=") return !equal(a, b);
  if (symbol.ends_with("in")) {
    if (b.list() == nullptr) return std::nullopt;
    const bool member =
        std::any_of(b.list()->begin(), b.list()->end(), [&](const Value& one) { return equal(a, one); });
    return member == (symbol == "in");
  }
  const std::optional<int> order = order_of(a, b);
  if (!order) return std::nullopt;
  if (symbol == "<") return *order < 0;
  if (symbol == "<=") return *order <= 0;
  return symbol == ">" ? *order > 0 : *order >= 0;
}

Result<Value> call(std::string_view function, std::span<const Value> arguments) {
  const Value* first = arguments.size() == 1 ? &arguments[0] : nullptr;
  const bool of_list = first != nullptr && first->list() != nullptr;
  if (function == "range") return range(arguments);
  if (function == "min" || function == "max") return extreme(arguments, function == "max");
  if (function == "list" || function == "tuple" || function == "sorted" || function == "len") {
    if (!of_list) return invalid_input(fmt::format("{} takes one list", function));
    if (function == "len") return Value::whole(static_cast<int64_t>(first->list()->size()));
    if (function == "sorted") return sorted(*first->list());
    return Value(*first->list(), function == "tuple");
  }
  if (function == "int" || function == "float" || function == "abs") {
    if (first == nullptr) return invalid_input(fmt::format("{} takes one number", function));
    return convert(function, *first);
  }
  return invalid_input(fmt::format("there is no function \"{}\"{}", function,
                                   did_you_mean(function, {"list", "tuple", "sorted", "range", "len", "min",
                                                           "max", "abs", "int", "float"})));
}

}  // namespace tamis::python
