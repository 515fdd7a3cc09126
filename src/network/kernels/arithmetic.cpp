#include "network/kernels/generators.h"
#include "network/kernels/values.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace tamis::network {
namespace {

using Values = std::vector<loop::Value>;

bool is_integer(const loop::Value& value) {
  return value->element == loop::Element::int32 || value->element == loop::Element::int64;
}

/// Errors: unsupported for a value that is not of float32, int32 or int64, whose arithmetic the IR has.
Status check_arithmetic(const Call& call, const loop::Value& value) {
  if (is_integer(value)) return {};
  return check_float(call, value);
}

template <Kind kind>
Result<loop::Value> arithmetic(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  return loop::Value::of(kind, inputs[0], inputs[1]);
}

template <Kind kind>
Result<loop::Value> function(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return loop::Value::of(kind, inputs[0]);
}

Result<loop::Value> reciprocal(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return number_like(inputs[0], 1) / inputs[0];
}

Result<loop::Value> negative(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  return inputs[0] * number_like(inputs[0], -1);
}

Result<loop::Value> absolute(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  if (inputs[0]->element == loop::Element::float32) return loop::Value::of(Kind::magnitude, inputs[0]);
  return maximum(inputs[0], inputs[0] * number_like(inputs[0], -1));
}

Result<loop::Value> sign(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  const loop::Value& x = inputs[0];
  const loop::Value zero = number_like(x, 0);
  const loop::Value below = loop::Value::select(less(x, zero), number_like(x, -1), x);
  return loop::Value::select(less(zero, x), number_like(x, 1), below);
}

/// x to the power of a whole number from 1 on.
loop::Value power_of(const loop::Value& x, int exponent) {
  if (exponent == 1) return x;
  const loop::Value half = power_of(x, exponent / 2);
  return exponent % 2 == 0 ? half * half : half * half * x;
}

/// A constant exponent that is a whole or a half number: products and a square root.
std::optional<loop::Value> constant_power(const loop::Value& x, double exponent) {
  constexpr double kMostExponent = 64;
  const double size = std::fabs(exponent);
  const double whole = std::floor(size);
  const bool is_half = size - whole == 0.5;
  if (size > kMostExponent || !(is_half || size == whole) || (is_half && exponent < -0.5))
    return std::nullopt;
  loop::Value result = number_like(x, 1);
  // Minus infinity to the power of 0.5 is infinite, and its square root is none.
  if (is_half) {
    const double infinity = std::numeric_limits<double>::infinity();
    const loop::Value lowest = loop::Value::of(Kind::equal, x, number_like(x, -infinity));
    result = loop::Value::select(lowest, number_like(x, infinity), square_root(x + number_like(x, 0)));
  }
  if (whole >= 1)
    result = is_half ? result * power_of(x, static_cast<int>(whole)) : power_of(x, static_cast<int>(whole));
  return exponent < 0 ? number_like(x, 1) / result : result;
}

/// Whether a whole exponent is even, told in its own type: float32 rounds integers of more than 24 bits.
loop::Value is_even(const loop::Value& exponent) {
  const bool by_integers = is_integer(exponent);
  const loop::Value half = by_integers
                               ? exponent / number_like(exponent, 2)
                               : loop::Value::of(Kind::round_down, exponent * number_like(exponent, 0.5));
  return loop::Value::of(Kind::equal, half + half, exponent);
}

/// Any exponent, by the logarithm of the magnitude: the error grows with the logarithm of the result. Below 0
/// only whole exponents have a result. The exponent may be an integer.
loop::Value general_power(const loop::Value& x, const loop::Value& given) {
  const auto number = [&](double value) { return number_like(x, value); };
  const auto equal = [](const loop::Value& a, const loop::Value& b) {
    return loop::Value::of(Kind::equal, a, b);
  };
  const loop::Value exponent =
      is_integer(given) ? loop::Value::convert(given, loop::Element::float32) : given;
  const loop::Value size = exponential(logarithm(loop::Value::of(Kind::magnitude, x)) * exponent);
  const loop::Value is_whole = equal(loop::Value::of(Kind::round_down, exponent), exponent);
  const loop::Value none = number(std::numeric_limits<double>::quiet_NaN());
  // Minus zero and minus infinity have roots.
  const loop::Value has_roots = loop::Value::of(Kind::maximum, equal(x, number(0)),
                                                equal(x, number(-std::numeric_limits<double>::infinity())));
  const loop::Value signed_size = loop::Value::select(is_even(given), size, size * number(-1));
  const loop::Value broken = loop::Value::select(has_roots, size, none);
  const loop::Value below = loop::Value::select(is_whole, signed_size, broken);
  // The reciprocal tells a zero's sign.
  const loop::Value is_below =
      loop::Value::of(Kind::maximum, less(x, number(0)), less(number(1) / x, number(0)));
  const loop::Value result = loop::Value::select(is_below, below, size);
  const loop::Value without_end =
      equal(loop::Value::of(Kind::magnitude, exponent), number(std::numeric_limits<double>::infinity()));
  const loop::Value turns = loop::Value::of(Kind::minimum, equal(x, number(-1)), without_end);
  const loop::Value is_one = loop::Value::of(
      Kind::maximum, turns, loop::Value::of(Kind::maximum, equal(x, number(1)), equal(exponent, number(0))));
  return loop::Value::select(is_one, number(1), result);
}

/// Integers to a negative whole power, cut: 0 but of 1 and -1, and the least integer of 0, as in the
/// reference.
loop::Value negative_power_of_integer(const loop::Value& x, double exponent) {
  const auto number = [&](double value) { return number_like(x, value); };
  const auto is = [&](double value) { return loop::Value::of(Kind::equal, x, number(value)); };
  const double least = x->element == loop::Element::int32 ? -0x1p31 : -0x1p63;
  const double of_minus_one = std::fmod(exponent, 2) == 0 ? 1 : -1;
  const loop::Value of_zero = loop::Value::select(is(0), number(least), number(0));
  const loop::Value of_others = loop::Value::select(is(-1), number(of_minus_one), of_zero);
  return loop::Value::select(is(1), number(1), of_others);
}

Result<loop::Value> power_of_integer(const Call& call, const loop::Value& x, const loop::Value& exponent) {
  if (exponent->kind != Kind::constant || std::floor(exponent->number) != exponent->number)
    return without_generator(call, "Pow of integers by what is no known whole number");
  if (exponent->number < 0) return negative_power_of_integer(x, exponent->number);
  if (const auto result = constant_power(x, exponent->number)) return *result;
  return without_generator(call, "Pow of integers by a number above 64");
}

Result<loop::Value> power(const Call& call, const Values& inputs) {
  const loop::Value& x = inputs[0];
  const loop::Value& given = inputs[1];
  TAMIS_TRY(check_arithmetic(call, x));
  if (is_integer(x)) return power_of_integer(call, x, given);
  if (given->kind == Kind::constant)
    if (const auto result = constant_power(x, given->number)) return *result;
  const bool is_narrow = given->element != loop::Element::float32 && !is_integer(given);
  return general_power(x, is_narrow ? loop::Value::convert(given, loop::Element::float32) : given);
}

/// What is left of magnitudes, by a quotient that may be one off where it was rounded. One of more than 24
/// bits is further off than that.
loop::Value remainder_of_fractions(const loop::Value& x, const loop::Value& divisor) {
  const loop::Value zero = number_like(x, 0);
  const loop::Value a = loop::Value::of(Kind::magnitude, x);
  const loop::Value b = loop::Value::of(Kind::magnitude, divisor);
  const loop::Value times = loop::Value::of(Kind::round_down, a / b);
  const loop::Value left = loop::Value::multiply_add(times * number_like(x, -1), b, a);
  const loop::Value held = loop::Value::select(less(left, zero), left + b, left);
  const loop::Value within = loop::Value::select(less(held, b), held, held - b);
  // No part of an infinite divisor is a number to be taken away.
  const loop::Value rest = loop::Value::select(less(a, b), a, within);
  return loop::Value::select(less(x, zero), rest * number_like(x, -1), rest);
}

/// The remainder has the sign of the divisor, or with `fmod` that of what is divided.
Result<loop::Value> modulo(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  TAMIS_ASSIGN(const int64_t as_in_c, call.integer("fmod", 0));
  const loop::Value& x = inputs[0];
  const loop::Value& divisor = inputs[1];
  const loop::Value zero = number_like(x, 0);
  const bool is_fraction = x->element == loop::Element::float32;
  const loop::Value left = is_fraction ? remainder_of_fractions(x, divisor) : x - x / divisor * divisor;
  if (as_in_c != 0) return left;
  const loop::Value signs_differ =
      negated(loop::Value::of(Kind::equal, less(left, zero), less(divisor, zero)));
  const loop::Value differs =
      loop::Value::of(Kind::minimum, signs_differ, negated(loop::Value::of(Kind::equal, left, zero)));
  return loop::Value::select(differs, left + divisor, left);
}

Result<loop::Value> sum(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  loop::Value total = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) total = total + inputs[i];
  return total;
}

Result<loop::Value> mean(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const loop::Value total, sum(call, inputs));
  return total / number_like(total, static_cast<double>(inputs.size()));
}

/// The largest or smallest; NaN where one is.
template <Kind kind>
Result<loop::Value> extreme(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  loop::Value best = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) {
    const loop::Value& other = inputs[i];
    best = loop::Value::of(kind, best, other);
    if (other->element == loop::Element::float32 && other->kind != Kind::constant)
      best = loop::Value::select(is_number(other), best, other);
  }
  return best;
}

Result<loop::Value> same(const Call&, const Values& inputs) { return inputs[0]; }

constexpr std::array kArithmeticGenerators{
    Generator{"Abs", absolute},
    Generator{"Add", arithmetic<Kind::add>},
    Generator{"Ceil", function<Kind::round_up>},
    Generator{"Div", arithmetic<Kind::divide>},
    Generator{"Erf", function<Kind::error_function>},
    Generator{"Exp", function<Kind::exponential>},
    Generator{"Floor", function<Kind::round_down>},
    Generator{"Identity", same},
    Generator{"Log", function<Kind::logarithm>},
    Generator{"Max", extreme<Kind::maximum>},
    Generator{"Mean", mean},
    Generator{"Min", extreme<Kind::minimum>},
    Generator{"Mod", modulo},
    Generator{"Mul", arithmetic<Kind::multiply>},
    Generator{"Neg", negative},
    Generator{"Pow", power},
    Generator{"Reciprocal", reciprocal},
    Generator{"Round", function<Kind::round_even>},
    Generator{"Sign", sign},
    Generator{"Sqrt", function<Kind::square_root>},
    Generator{"Sub", arithmetic<Kind::subtract>},
    Generator{"Sum", sum},
    Generator{"Tanh", function<Kind::hyperbolic_tangent>},
};

}  // namespace

std::span<const Generator> arithmetic_generators() { return kArithmeticGenerators; }

}  // namespace tamis::network
