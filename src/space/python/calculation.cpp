#include "space/python/calculation.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tamis::python {
namespace {

Error undefined() { return invalid_input("this is not defined, such as a division by zero"); }
Error too_many() { return invalid_input(fmt::format("there are more than {} values", kMostValues)); }

Result<Value> value_of(OptionalWide number) {
  if (!number) return undefined();
  return Value(*number);
}

Result<Value> value_of(OptionalReal number) {
  if (!number) return undefined();
  return Value(*number);
}

bool is_list_or_tuple(const Value& value) {
  return value.sequence() != nullptr && value.sequence()->kind != Sequence::Kind::set;
}

bool is_set(const Value& value) {
  return value.sequence() != nullptr && value.sequence()->kind == Sequence::Kind::set;
}

/// `<` and `<=` ask whether one is a part of the other.
bool compare_sets(Operator operation, const Value& a, const Value& b) {
  if (operation == Operator::equal) return equal(a, b);
  if (operation == Operator::not_equal) return !equal(a, b);
  const bool turned = operation == Operator::greater || operation == Operator::greater_equal;
  const Value& part = turned ? b : a;
  const Value& all = turned ? a : b;
  const Values& items = part.sequence()->items;
  const bool strict = operation == Operator::less || operation == Operator::greater;
  if (items.size() + (strict ? 1 : 0) > all.sequence()->items.size()) return false;
  return std::all_of(items.begin(), items.end(),
                     [&](const Value& one) { return contains(all, one).value_or(false); });
}

Result<Value> concatenate(const Sequence& a, const Sequence& b) {
  size_t weight = 0;
  for (const Sequence* one : {&a, &b})
    for (const Value& value : one->items) weight += value.weight();
  if (weight > kMostValues) return too_many();
  Sequence all = a;
  all.is_unordered = a.is_unordered || b.is_unordered;
  all.items.insert(all.items.end(), b.items.begin(), b.items.end());
  return Value(std::move(all));
}

Result<Value> repeat(const Value& sequence, Wide times) {
  const Sequence& values = *sequence.sequence();
  const Wide weight = std::max<Wide>(static_cast<Wide>(sequence.weight()) - 1, 1);
  if (times > static_cast<Wide>(kMostValues) / weight && !values.items.empty()) return too_many();
  Sequence all{values.kind, {}, values.is_unordered};
  for (Wide i = 0; i < times && !values.items.empty(); ++i)
    all.items.insert(all.items.end(), values.items.begin(), values.items.end());
  return Value(std::move(all));
}

Result<Value> whole_power(Wide a, Wide b) {
  if (b >= 0) return value_of(power(a, b));
  return value_of(real_power(static_cast<double>(a), static_cast<double>(b)));
}

Result<Value> calculate_whole(Operator operation, Wide a, Wide b) {
  switch (operation) {
    case Operator::add:
      return value_of(add(a, b));
    case Operator::subtract:
      return value_of(subtract(a, b));
    case Operator::multiply:
      return value_of(multiply(a, b));
    case Operator::divide:
      return value_of(divide(a, b));
    case Operator::floor_divide:
      return value_of(floor_divide(a, b));
    case Operator::modulo:
      return value_of(modulo(a, b));
    case Operator::power:
      return whole_power(a, b);
    case Operator::shift_left:
      return value_of(shift_left(a, b));
    case Operator::shift_right:
      return value_of(shift_right(a, b));
    case Operator::bit_and:
      return Value(a & b);
    case Operator::bit_xor:
      return Value(a ^ b);
    default:
      return Value(a | b);
  }
}

bool is_of_bits(Operator operation) {
  return operation >= Operator::shift_left && operation <= Operator::bit_or;
}

Result<Value> calculate_real(Operator operation, double a, double b) {
  const auto number = [](double value) {
    return value_of(value == value ? OptionalReal(value) : std::nullopt);
  };
  switch (operation) {
    case Operator::add:
      return number(a + b);
    case Operator::subtract:
      return number(a - b);
    case Operator::multiply:
      return number(a * b);
    case Operator::divide:
      if (b == 0.0) return undefined();
      return number(a / b);
    case Operator::floor_divide:
      return value_of(real_floor_divide(a, b));
    case Operator::modulo:
      return value_of(real_modulo(a, b));
    default:
      return value_of(real_power(a, b));
  }
}

Result<Value> calculate_numbers(Operator operation, const Value& a, const Value& b) {
  if (!a.is_real() && !b.is_real()) {
    const bool booleans = a.is_boolean() && b.is_boolean();
    Result<Value> result = calculate_whole(operation, *a.whole(), *b.whole());
    const bool stays =
        operation == Operator::bit_and || operation == Operator::bit_xor || operation == Operator::bit_or;
    if (booleans && stays && result.ok()) return Value(result->is_true());
    return result;
  }
  if (is_of_bits(operation))
    return invalid_input(fmt::format("`{}` is of integers only, not of real numbers", symbol_of(operation)));
  return calculate_real(operation, *a.real(), *b.real());
}

}  // namespace

Result<Value> calculate(Operator operation, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return calculate_numbers(operation, a, b);
  if (operation == Operator::add && is_list_or_tuple(a) && is_list_or_tuple(b) &&
      a.sequence()->kind == b.sequence()->kind)
    return concatenate(*a.sequence(), *b.sequence());
  if (operation == Operator::add && a.text() != nullptr && b.text() != nullptr) {
    if (a.text()->size() + b.text()->size() > kMostValues) return invalid_input("this text is too long");
    return Value(*a.text() + *b.text());
  }
  if (operation == Operator::multiply && is_list_or_tuple(a) && b.whole()) return repeat(a, *b.whole());
  if (operation == Operator::multiply && is_list_or_tuple(b) && a.whole()) return repeat(b, *a.whole());
  return invalid_input(fmt::format("`{}` cannot join these two", symbol_of(operation)));
}

Result<bool> compare(Operator operation, const Value& a, const Value& b) {
  if (is_set(a) && is_set(b) && operation != Operator::in && operation != Operator::not_in)
    return compare_sets(operation, a, b);
  const bool sameness = operation == Operator::equal || operation == Operator::not_equal;
  if (sameness && (is_list_or_tuple(a) || is_list_or_tuple(b)) && (!has_order(a) || !has_order(b)) &&
      !is_set(a) && !is_set(b))
    return invalid_input("the order of a set is not known; sorted() gives one");
  if (operation == Operator::equal) return equal(a, b);
  if (operation == Operator::not_equal) return !equal(a, b);
  if (operation == Operator::in || operation == Operator::not_in) {
    const std::optional<bool> member = contains(b, a);
    if (!member) return invalid_input("after `in` a list is expected, such as (1, 2, 3)");
    return *member == (operation == Operator::in);
  }
  const std::optional<int> order = order_of(a, b);
  if (!order) return invalid_input("these two cannot be compared");
  if (operation == Operator::less) return *order < 0;
  if (operation == Operator::less_equal) return *order <= 0;
  return operation == Operator::greater ? *order > 0 : *order >= 0;
}

Result<Value> calculate(Form sign, const Value& a) {
  if (sign == Form::negation) return Value(!a.is_true());
  if (!a.is_number()) return invalid_input("a sign belongs before a number");
  if (sign == Form::inverted) {
    if (a.is_real()) return invalid_input("`~` is of integers only, not of real numbers");
    return Value(~*a.whole());
  }
  if (a.is_real()) return Value(sign == Form::negative ? -*a.real() : *a.real());
  if (sign == Form::positive) return Value(*a.whole());
  return value_of(subtract(0, *a.whole()));
}

Result<Values> items(const Value& value) {
  std::optional<Values> all = items_of(value);
  if (all) return std::move(*all);
  if (value.range() != nullptr || value.text() != nullptr) return too_many();
  return invalid_input("a list or a range is expected");
}

Result<Value> make_set(Values values) {
  Sequence set{Sequence::Kind::set, {}};
  constexpr size_t kMostOfASet = 1000;  // each is compared with all others
  for (Value& value : values) {
    if (value.sequence() != nullptr && value.sequence()->kind != Sequence::Kind::tuple)
      return invalid_input("a set holds no lists");
    if (std::any_of(set.items.begin(), set.items.end(), [&](const Value& one) { return equal(one, value); }))
      continue;
    if (set.items.size() >= kMostOfASet)
      return invalid_input(fmt::format("a set may hold {} values", kMostOfASet));
    set.items.push_back(std::move(value));
  }
  return Value(std::move(set));
}

}  // namespace tamis::python
