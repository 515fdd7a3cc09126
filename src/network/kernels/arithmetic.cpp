#include "network/kernels/generators.h"
#include "network/kernels/values.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace tamis::network {
namespace {

using Values = std::vector<cpu::Value>;

/// Errors: unsupported for a value that is not of float32, int32 or int64, whose arithmetic the IR has.
Status check_arithmetic(const Call& call, const cpu::Value& value) {
  if (value->element == cpu::Element::int32 || value->element == cpu::Element::int64) return {};
  return check_float(call, value);
}

template <Kind kind>
Result<cpu::Value> arithmetic(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  return cpu::Value::of(kind, inputs[0], inputs[1]);
}

template <Kind kind>
Result<cpu::Value> function(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return cpu::Value::of(kind, inputs[0]);
}

Result<cpu::Value> reciprocal(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return number_like(inputs[0], 1) / inputs[0];
}

Result<cpu::Value> negative(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  return inputs[0] * number_like(inputs[0], -1);
}

Result<cpu::Value> absolute(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  if (inputs[0]->element == cpu::Element::float32) return cpu::Value::of(Kind::magnitude, inputs[0]);
  return maximum(inputs[0], inputs[0] * number_like(inputs[0], -1));
}

Result<cpu::Value> sign(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  const cpu::Value& x = inputs[0];
  const cpu::Value zero = number_like(x, 0);
  const cpu::Value below = cpu::Value::select(less(x, zero), number_like(x, -1), x);
  return cpu::Value::select(less(zero, x), number_like(x, 1), below);
}

/// x to the power of a whole number from 1 on.
cpu::Value power_of(const cpu::Value& x, int exponent) {
  if (exponent == 1) return x;
  const cpu::Value half = power_of(x, exponent / 2);
  return exponent % 2 == 0 ? half * half : half * half * x;
}

/// A constant exponent that is a whole or a half number: products and a square root.
std::optional<cpu::Value> constant_power(const cpu::Value& x, double exponent) {
  constexpr double kMostExponent = 64;
  const double size = std::fabs(exponent);
  const double whole = std::floor(size);
  const bool is_half = size - whole == 0.5;
  if (size > kMostExponent || !(is_half || size == whole) || (is_half && exponent < -0.5))
    return std::nullopt;
  cpu::Value result = number_like(x, 1);
  // Minus infinity to the power of 0.5 is infinite, and its square root is none.
  if (is_half) {
    const double infinity = std::numeric_limits<double>::infinity();
    const cpu::Value lowest = cpu::Value::of(Kind::equal, x, number_like(x, -infinity));
    result = cpu::Value::select(lowest, number_like(x, infinity), square_root(x + number_like(x, 0)));
  }
  if (whole >= 1)
    result = is_half ? result * power_of(x, static_cast<int>(whole)) : power_of(x, static_cast<int>(whole));
  return exponent < 0 ? number_like(x, 1) / result : result;
}

/// Any exponent, by the logarithm of the magnitude: the error grows with the logarithm of the result. Below 0
/// only whole exponents have a result.
cpu::Value general_power(const cpu::Value& x, const cpu::Value& exponent) {
  const auto number = [&](double value) { return number_like(x, value); };
  const auto equal = [](const cpu::Value& a, const cpu::Value& b) {
    return cpu::Value::of(Kind::equal, a, b);
  };
  const cpu::Value size = exponential(logarithm(cpu::Value::of(Kind::magnitude, x)) * exponent);
  const cpu::Value half = cpu::Value::of(Kind::round_down, exponent * number(0.5));
  const cpu::Value is_whole = equal(cpu::Value::of(Kind::round_down, exponent), exponent);
  const cpu::Value is_even = equal(half + half, exponent);
  const cpu::Value none = number(std::numeric_limits<double>::quiet_NaN());
  // Minus zero and minus infinity have roots.
  const cpu::Value has_roots = cpu::Value::of(Kind::maximum, equal(x, number(0)),
                                              equal(x, number(-std::numeric_limits<double>::infinity())));
  const cpu::Value signed_size = cpu::Value::select(is_even, size, size * number(-1));
  const cpu::Value broken = cpu::Value::select(has_roots, size, none);
  const cpu::Value below = cpu::Value::select(is_whole, signed_size, broken);
  // The reciprocal tells a zero's sign.
  const cpu::Value is_below =
      cpu::Value::of(Kind::maximum, less(x, number(0)), less(number(1) / x, number(0)));
  const cpu::Value result = cpu::Value::select(is_below, below, size);
  const cpu::Value without_end =
      equal(cpu::Value::of(Kind::magnitude, exponent), number(std::numeric_limits<double>::infinity()));
  const cpu::Value turns = cpu::Value::of(Kind::minimum, equal(x, number(-1)), without_end);
  const cpu::Value is_one = cpu::Value::of(
      Kind::maximum, turns, cpu::Value::of(Kind::maximum, equal(x, number(1)), equal(exponent, number(0))));
  return cpu::Value::select(is_one, number(1), result);
}

Result<cpu::Value> power(const Call& call, const Values& inputs) {
  const cpu::Value& x = inputs[0];
  const bool is_known = inputs[1]->kind == Kind::constant;
  TAMIS_TRY(check_arithmetic(call, x));
  if (x->element != cpu::Element::float32) {
    const double exponent = is_known ? inputs[1]->number : -1;
    const auto result =
        exponent >= 0 && std::floor(exponent) == exponent ? constant_power(x, exponent) : std::nullopt;
    if (result) return *result;
    return without_generator(call, "Pow of integers by what is no known whole number");
  }
  if (is_known)
    if (const auto result = constant_power(x, inputs[1]->number)) return *result;
  const cpu::Value& given = inputs[1];
  return general_power(
      x, given->element == cpu::Element::float32 ? given : cpu::Value::convert(given, cpu::Element::float32));
}

/// What is left of magnitudes, by a quotient that may be one off where it was rounded. One of more than 24
/// bits is further off than that.
cpu::Value remainder_of_fractions(const cpu::Value& x, const cpu::Value& divisor) {
  const cpu::Value zero = number_like(x, 0);
  const cpu::Value a = cpu::Value::of(Kind::magnitude, x);
  const cpu::Value b = cpu::Value::of(Kind::magnitude, divisor);
  const cpu::Value times = cpu::Value::of(Kind::round_down, a / b);
  const cpu::Value left = cpu::Value::multiply_add(times * number_like(x, -1), b, a);
  const cpu::Value held = cpu::Value::select(less(left, zero), left + b, left);
  const cpu::Value within = cpu::Value::select(less(held, b), held, held - b);
  // No part of an infinite divisor is a number to be taken away.
  const cpu::Value rest = cpu::Value::select(less(a, b), a, within);
  return cpu::Value::select(less(x, zero), rest * number_like(x, -1), rest);
}

/// The remainder has the sign of the divisor, or with `fmod` that of what is divided.
Result<cpu::Value> modulo(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  TAMIS_ASSIGN(const int64_t as_in_c, call.integer("fmod", 0));
  const cpu::Value& x = inputs[0];
  const cpu::Value& divisor = inputs[1];
  const cpu::Value zero = number_like(x, 0);
  const bool is_fraction = x->element == cpu::Element::float32;
  const cpu::Value left = is_fraction ? remainder_of_fractions(x, divisor) : x - x / divisor * divisor;
  if (as_in_c != 0) return left;
  const cpu::Value signs_differ = negated(cpu::Value::of(Kind::equal, less(left, zero), less(divisor, zero)));
  const cpu::Value differs =
      cpu::Value::of(Kind::minimum, signs_differ, negated(cpu::Value::of(Kind::equal, left, zero)));
  return cpu::Value::select(differs, left + divisor, left);
}

Result<cpu::Value> sum(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  cpu::Value total = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) total = total + inputs[i];
  return total;
}

Result<cpu::Value> mean(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const cpu::Value total, sum(call, inputs));
  return total / number_like(total, static_cast<double>(inputs.size()));
}

/// The largest or smallest; NaN where one is.
template <Kind kind>
Result<cpu::Value> extreme(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_arithmetic(call, inputs[0]));
  cpu::Value best = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) {
    const cpu::Value& other = inputs[i];
    best = cpu::Value::of(kind, best, other);
    if (other->element == cpu::Element::float32 && other->kind != Kind::constant)
      best = cpu::Value::select(is_number(other), best, other);
  }
  return best;
}

Result<cpu::Value> same(const Call&, const Values& inputs) { return inputs[0]; }

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
