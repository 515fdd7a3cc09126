#include "network/kernels/generators.h"
#include "network/kernels/values.h"

#include <array>
#include <cmath>

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

/// The exponents that networks have: whole ones up to 8 and halves, positive or negative.
Result<cpu::Value> power(const Call& call, const Values& inputs) {
  constexpr double kMostExponent = 8;
  TAMIS_TRY(check_float(call, inputs[0]));
  const cpu::Value& x = inputs[0];
  if (inputs[1]->kind != Kind::constant) return without_generator(call, "Pow of an exponent that varies");
  const double exponent = std::fabs(inputs[1]->number);
  const double whole = std::floor(exponent);
  const bool is_half = exponent - whole == 0.5;
  if (exponent > kMostExponent || !(is_half || exponent == whole) || (is_half && inputs[1]->number < -0.5))
    return without_generator(call, "Pow of the exponent " + std::to_string(inputs[1]->number));
  cpu::Value result = number_like(x, 1);
  // Minus infinity to the power of 0.5 is infinite, and its square root is none.
  if (is_half) {
    const double infinity = std::numeric_limits<double>::infinity();
    const cpu::Value lowest = cpu::Value::of(Kind::equal, x, number_like(x, -infinity));
    result = cpu::Value::select(lowest, number_like(x, infinity), square_root(x + number_like(x, 0)));
  }
  if (whole >= 1)
    result = is_half ? result * power_of(x, static_cast<int>(whole)) : power_of(x, static_cast<int>(whole));
  return inputs[1]->number < 0 ? number_like(x, 1) / result : result;
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
