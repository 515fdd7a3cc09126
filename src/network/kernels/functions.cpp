#include "network/kernels/generators.h"
#include "network/kernels/values.h"

#include <array>
#include <initializer_list>
#include <limits>

namespace tamis::network {
namespace {

// Functions that the IR has not, as polynomials of float32. The polynomials of Sin, Cos, Atan and Asin are
// least in their greatest error over the interval that arguments are brought to; the others are Taylor's.

constexpr double kHalfPi = 1.57079632679489661923;

cpu::Value size(const cpu::Value& x) { return cpu::Value::of(Kind::magnitude, x); }
cpu::Value where_less(const cpu::Value& a, double b, const cpu::Value& then, const cpu::Value& otherwise) {
  return cpu::Value::select(less(a, number_like(a, b)), then, otherwise);
}

/// c[0] + x * (c[1] + x * (...)).
cpu::Value polynomial(const cpu::Value& x, std::initializer_list<double> coefficients) {
  const double* coefficient = coefficients.end();
  cpu::Value sum = number_like(x, *--coefficient);
  while (coefficient != coefficients.begin())
    sum = cpu::Value::multiply_add(sum, x, number_like(x, *--coefficient));
  return sum;
}

/// x * (1 + s * (...)) of an odd function, with s the square of x.
cpu::Value odd(const cpu::Value& x, std::initializer_list<double> coefficients) {
  const cpu::Value s = x * x;
  return cpu::Value::multiply_add(polynomial(s, coefficients) * s, x, x);
}

/// A magnitude with the sign of x.
cpu::Value with_sign_of(const cpu::Value& x, const cpu::Value& magnitude) {
  return where_less(x, 0, magnitude * number_like(x, -1), magnitude);
}

/// An angle as a quarter turn, counted from 0 to 3, and what is left of it, up to half a quarter. A quarter
/// is subtracted in parts of few bits, whose products by the count are exact up to angles of 100,000.
struct Turned {
  cpu::Value quarter;
  cpu::Value left;
};

Turned turned(const cpu::Value& x) {
  const auto number = [&](double value) { return number_like(x, value); };
  const cpu::Value count = cpu::Value::of(Kind::round_even, x * number(1 / kHalfPi));
  cpu::Value left = x;
  for (const double part : {1.5703125, 4.837512969970703125e-4, 7.54978995489188216e-8})
    left = cpu::Value::multiply_add(count, number(-part), left);
  const cpu::Value whole = cpu::Value::of(Kind::round_down, count * number(0.25));
  return {count - whole * number(4), left};
}

/// The sine and the cosine of what is left of an angle.
cpu::Value small_sine(const cpu::Value& left) {
  return odd(left, {-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4});
}

cpu::Value small_cosine(const cpu::Value& left) {
  const cpu::Value square = left * left;
  const cpu::Value high =
      polynomial(square, {4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5});
  const cpu::Value low = number_like(left, 1) - square * number_like(left, 0.5);
  return cpu::Value::multiply_add(high, square * square, low);
}

cpu::Value is_odd_quarter(const cpu::Value& quarter) {
  const cpu::Value odd_one = where_less(quarter, 2, number_like(quarter, 1), number_like(quarter, 3));
  return cpu::Value::of(Kind::equal, quarter, odd_one);
}

/// The sine of an angle that is some quarters further.
cpu::Value sine_after(const cpu::Value& x, double quarters) {
  const auto number = [&](double value) { return number_like(x, value); };
  auto [quarter, left] = turned(x);
  quarter = quarter + number(quarters);
  quarter = where_less(quarter, 4, quarter, quarter - number(4));
  const cpu::Value result = cpu::Value::select(is_odd_quarter(quarter), small_cosine(left), small_sine(left));
  return where_less(quarter, 2, result, result * number(-1));
}

cpu::Value sine(const cpu::Value& x) { return sine_after(x, 0); }
cpu::Value cosine(const cpu::Value& x) { return sine_after(x, 1); }

cpu::Value tangent(const cpu::Value& x) {
  const auto [quarter, left] = turned(x);
  const cpu::Value ratio = small_sine(left) / small_cosine(left);
  return cpu::Value::select(is_odd_quarter(quarter), number_like(x, -1) / ratio, ratio);
}

cpu::Value arc_tangent(const cpu::Value& x) {
  const auto number = [&](double value) { return number_like(x, value); };
  const cpu::Value t = size(x);
  const cpu::Value one = number(1);
  // Beyond tan(3/8 pi) and tan(1/8 pi) the angle is counted from another one.
  const cpu::Value middle = (t - one) / (t + one);
  const cpu::Value far = number(-1) / t;
  const cpu::Value reduced =
      where_less(t, 0.4142135623730950, t, where_less(t, 2.414213562373095, middle, far));
  const cpu::Value from = where_less(t, 0.4142135623730950, number(0),
                                     where_less(t, 2.414213562373095, number(kHalfPi / 2), number(kHalfPi)));
  return with_sign_of(
      x, from + odd(reduced, {-3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2}));
}

/// The arc sine of a magnitude up to 0.5.
cpu::Value small_arc_sine(const cpu::Value& t) {
  return odd(t, {1.6666752422e-1, 7.4953002686e-2, 4.5470025998e-2, 2.4181311049e-2, 4.2163199048e-2});
}

/// Above a half, half of the arc whose sine is sqrt((1 - t) / 2) is missing to a right angle.
cpu::Value half_arc(const cpu::Value& t) {
  return small_arc_sine(square_root((number_like(t, 1) - t) * number_like(t, 0.5)));
}

cpu::Value arc_sine(const cpu::Value& x) {
  const cpu::Value t = size(x);
  const cpu::Value two = number_like(x, 2);
  return with_sign_of(x, where_less(t, 0.5, small_arc_sine(t), number_like(x, kHalfPi) - two * half_arc(t)));
}

cpu::Value arc_cosine(const cpu::Value& x) {
  const auto number = [&](double value) { return number_like(x, value); };
  const cpu::Value t = size(x);
  const cpu::Value far = number(2) * half_arc(t);
  const cpu::Value beyond = where_less(x, 0, number(2 * kHalfPi) - far, far);
  return where_less(t, 0.5, number(kHalfPi) - with_sign_of(x, small_arc_sine(t)), beyond);
}

/// From the power of half of x, which is finite a little longer than that of x.
cpu::Value hyperbolic_cosine(const cpu::Value& x) {
  const cpu::Value half = exponential(size(x) * number_like(x, 0.5));
  return half * number_like(x, 0.5) * half + number_like(x, 0.5) / half / half;
}

cpu::Value hyperbolic_sine(const cpu::Value& x) {
  const cpu::Value t = size(x);
  const cpu::Value half = exponential(t * number_like(x, 0.5));
  const cpu::Value large = half * number_like(x, 0.5) * half - number_like(x, 0.5) / half / half;
  const cpu::Value small = odd(t, {1.0 / 6, 1.0 / 120, 1.0 / 5040, 1.0 / 362880});
  return with_sign_of(x, where_less(t, 1, small, large));
}

/// log(1 + t): the error of 1 + t is made good.
cpu::Value log_of_one_and(const cpu::Value& t) {
  const cpu::Value one = number_like(t, 1);
  const cpu::Value sum = one + t;
  const cpu::Value missing = t - (sum - one);
  return where_less(sum, std::numeric_limits<double>::infinity(), logarithm(sum) + missing / sum, sum);
}

cpu::Value inverse_hyperbolic_sine(const cpu::Value& x) {
  const cpu::Value t = size(x);
  const cpu::Value one = number_like(x, 1);
  const cpu::Value near = log_of_one_and(t + t * t / (one + square_root(t * t + one)));
  const cpu::Value far = logarithm(t) + number_like(x, 0.69314718055994531);
  return with_sign_of(x, where_less(t, 1e-4, t, where_less(t, 1e4, near, far)));
}

cpu::Value inverse_hyperbolic_cosine(const cpu::Value& x) {
  const cpu::Value above = x - number_like(x, 1);
  const cpu::Value near = log_of_one_and(above + square_root(above * (x + number_like(x, 1))));
  const cpu::Value result = where_less(x, 1e4, near, logarithm(x) + number_like(x, 0.69314718055994531));
  return where_less(x, 1, number_like(x, std::numeric_limits<double>::quiet_NaN()), result);
}

cpu::Value inverse_hyperbolic_tangent(const cpu::Value& x) {
  const cpu::Value t = size(x);
  const cpu::Value one = number_like(x, 1);
  return with_sign_of(x, where_less(t, 1e-4, t, log_of_one_and((t + t) / (one - t)) * number_like(x, 0.5)));
}

template <cpu::Value (*function)(const cpu::Value&)>
Result<cpu::Value> of_fraction(const Call& call, const std::vector<cpu::Value>& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return function(inputs[0]);
}

constexpr std::array kFunctionGenerators{
    Generator{"Acos", of_fraction<arc_cosine>},  Generator{"Acosh", of_fraction<inverse_hyperbolic_cosine>},
    Generator{"Asin", of_fraction<arc_sine>},    Generator{"Asinh", of_fraction<inverse_hyperbolic_sine>},
    Generator{"Atan", of_fraction<arc_tangent>}, Generator{"Atanh", of_fraction<inverse_hyperbolic_tangent>},
    Generator{"Cos", of_fraction<cosine>},       Generator{"Cosh", of_fraction<hyperbolic_cosine>},
    Generator{"Sin", of_fraction<sine>},         Generator{"Sinh", of_fraction<hyperbolic_sine>},
    Generator{"Tan", of_fraction<tangent>},
};

}  // namespace

std::span<const Generator> function_generators() { return kFunctionGenerators; }

}  // namespace tamis::network
