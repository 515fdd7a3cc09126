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

loop::Value size(const loop::Value& x) { return loop::Value::of(Kind::magnitude, x); }
loop::Value where_less(const loop::Value& a, double b, const loop::Value& then,
                       const loop::Value& otherwise) {
  return loop::Value::select(less(a, number_like(a, b)), then, otherwise);
}

/// c[0] + x * (c[1] + x * (...)).
loop::Value polynomial(const loop::Value& x, std::initializer_list<double> coefficients) {
  const double* coefficient = coefficients.end();
  loop::Value sum = number_like(x, *--coefficient);
  while (coefficient != coefficients.begin())
    sum = loop::Value::multiply_add(sum, x, number_like(x, *--coefficient));
  return sum;
}

/// x * (1 + s * (...)) of an odd function, with s the square of x.
loop::Value odd(const loop::Value& x, std::initializer_list<double> coefficients) {
  const loop::Value s = x * x;
  return loop::Value::multiply_add(polynomial(s, coefficients) * s, x, x);
}

/// A magnitude with the sign of x.
loop::Value with_sign_of(const loop::Value& x, const loop::Value& magnitude) {
  return where_less(x, 0, magnitude * number_like(x, -1), magnitude);
}

/// An angle as a quarter turn, counted from 0 to 3, and what is left of it, up to half a quarter. A quarter
/// is subtracted in parts of few bits, whose products by the count are exact up to angles of 100,000.
struct Turned {
  loop::Value quarter;
  loop::Value left;
};

Turned turned(const loop::Value& x) {
  const auto number = [&](double value) { return number_like(x, value); };
  const loop::Value count = loop::Value::of(Kind::round_even, x * number(1 / kHalfPi));
  loop::Value left = x;
  for (const double part : {1.5703125, 4.837512969970703125e-4, 7.54978995489188216e-8})
    left = loop::Value::multiply_add(count, number(-part), left);
  const loop::Value whole = loop::Value::of(Kind::round_down, count * number(0.25));
  return {count - whole * number(4), left};
}

/// The sine and the cosine of what is left of an angle.
loop::Value small_sine(const loop::Value& left) {
  return odd(left, {-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4});
}

loop::Value small_cosine(const loop::Value& left) {
  const loop::Value square = left * left;
  const loop::Value high =
      polynomial(square, {4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5});
  const loop::Value low = number_like(left, 1) - square * number_like(left, 0.5);
  return loop::Value::multiply_add(high, square * square, low);
}

loop::Value is_odd_quarter(const loop::Value& quarter) {
  const loop::Value odd_one = where_less(quarter, 2, number_like(quarter, 1), number_like(quarter, 3));
  return loop::Value::of(Kind::equal, quarter, odd_one);
}

/// The sine of an angle that is some quarters further.
loop::Value sine_after(const loop::Value& x, double quarters) {
  const auto number = [&](double value) { return number_like(x, value); };
  auto [quarter, left] = turned(x);
  quarter = quarter + number(quarters);
  quarter = where_less(quarter, 4, quarter, quarter - number(4));
  const loop::Value result =
      loop::Value::select(is_odd_quarter(quarter), small_cosine(left), small_sine(left));
  return where_less(quarter, 2, result, result * number(-1));
}

loop::Value sine(const loop::Value& x) { return sine_after(x, 0); }
loop::Value cosine(const loop::Value& x) { return sine_after(x, 1); }

loop::Value tangent(const loop::Value& x) {
  const auto [quarter, left] = turned(x);
  const loop::Value ratio = small_sine(left) / small_cosine(left);
  return loop::Value::select(is_odd_quarter(quarter), number_like(x, -1) / ratio, ratio);
}

loop::Value arc_tangent(const loop::Value& x) {
  const auto number = [&](double value) { return number_like(x, value); };
  const loop::Value t = size(x);
  const loop::Value one = number(1);
  // Beyond tan(3/8 pi) and tan(1/8 pi) the angle is counted from another one.
  const loop::Value middle = (t - one) / (t + one);
  const loop::Value far = number(-1) / t;
  const loop::Value reduced =
      where_less(t, 0.4142135623730950, t, where_less(t, 2.414213562373095, middle, far));
  const loop::Value from = where_less(t, 0.4142135623730950, number(0),
                                      where_less(t, 2.414213562373095, number(kHalfPi / 2), number(kHalfPi)));
  return with_sign_of(
      x, from + odd(reduced, {-3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2}));
}

/// The arc sine of a magnitude up to 0.5.
loop::Value small_arc_sine(const loop::Value& t) {
  return odd(t, {1.6666752422e-1, 7.4953002686e-2, 4.5470025998e-2, 2.4181311049e-2, 4.2163199048e-2});
}

/// Above a half, half of the arc whose sine is sqrt((1 - t) / 2) is missing to a right angle.
loop::Value half_arc(const loop::Value& t) {
  return small_arc_sine(square_root((number_like(t, 1) - t) * number_like(t, 0.5)));
}

loop::Value arc_sine(const loop::Value& x) {
  const loop::Value t = size(x);
  const loop::Value two = number_like(x, 2);
  return with_sign_of(x, where_less(t, 0.5, small_arc_sine(t), number_like(x, kHalfPi) - two * half_arc(t)));
}

loop::Value arc_cosine(const loop::Value& x) {
  const auto number = [&](double value) { return number_like(x, value); };
  const loop::Value t = size(x);
  const loop::Value far = number(2) * half_arc(t);
  const loop::Value beyond = where_less(x, 0, number(2 * kHalfPi) - far, far);
  return where_less(t, 0.5, number(kHalfPi) - with_sign_of(x, small_arc_sine(t)), beyond);
}

/// From the power of half of x, which is finite a little longer than that of x.
loop::Value hyperbolic_cosine(const loop::Value& x) {
  const loop::Value half = exponential(size(x) * number_like(x, 0.5));
  return half * number_like(x, 0.5) * half + number_like(x, 0.5) / half / half;
}

loop::Value hyperbolic_sine(const loop::Value& x) {
  const loop::Value t = size(x);
  const loop::Value half = exponential(t * number_like(x, 0.5));
  const loop::Value large = half * number_like(x, 0.5) * half - number_like(x, 0.5) / half / half;
  const loop::Value small = odd(t, {1.0 / 6, 1.0 / 120, 1.0 / 5040, 1.0 / 362880});
  return with_sign_of(x, where_less(t, 1, small, large));
}

/// log(1 + t): the error of 1 + t is made good.
loop::Value log_of_one_and(const loop::Value& t) {
  const loop::Value one = number_like(t, 1);
  const loop::Value sum = one + t;
  const loop::Value missing = t - (sum - one);
  return where_less(sum, std::numeric_limits<double>::infinity(), logarithm(sum) + missing / sum, sum);
}

loop::Value inverse_hyperbolic_sine(const loop::Value& x) {
  const loop::Value t = size(x);
  const loop::Value one = number_like(x, 1);
  const loop::Value near = log_of_one_and(t + t * t / (one + square_root(t * t + one)));
  const loop::Value far = logarithm(t) + number_like(x, 0.69314718055994531);
  return with_sign_of(x, where_less(t, 1e-4, t, where_less(t, 1e4, near, far)));
}

loop::Value inverse_hyperbolic_cosine(const loop::Value& x) {
  const loop::Value above = x - number_like(x, 1);
  const loop::Value near = log_of_one_and(above + square_root(above * (x + number_like(x, 1))));
  const loop::Value result = where_less(x, 1e4, near, logarithm(x) + number_like(x, 0.69314718055994531));
  return where_less(x, 1, number_like(x, std::numeric_limits<double>::quiet_NaN()), result);
}

loop::Value inverse_hyperbolic_tangent(const loop::Value& x) {
  const loop::Value t = size(x);
  const loop::Value one = number_like(x, 1);
  return with_sign_of(x, where_less(t, 1e-4, t, log_of_one_and((t + t) / (one - t)) * number_like(x, 0.5)));
}

template <loop::Value (*function)(const loop::Value&)>
Result<loop::Value> of_fraction(const Call& call, const std::vector<loop::Value>& inputs) {
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
