#include "space/expression_number.h"

#include "space/python/wide.h"

#include <cmath>

namespace tamis::expression {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

OptionalNumber checked(double value) {
  if (std::isnan(value)) return std::nullopt;
  return Number::from_real(value);
}

bool both_whole(Number a, Number b) { return !a.is_real && !b.is_real; }

OptionalNumber checked(python::OptionalReal value) {
  if (!value) return std::nullopt;
  return Number::from_real(*value);
}

OptionalNumber narrowed(python::OptionalWide value) {
  if (!value || *value > INT64_MAX || *value < INT64_MIN) return std::nullopt;
  return Number::from_whole(static_cast<int64_t>(*value));
}

int64_t whole_modulo(int64_t a, int64_t b) {
  if (b == -1) return 0;  // INT64_MIN % -1 traps
  const int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

/// base to the power of an exponent of at least 0; nothing when it overflows.
std::optional<int64_t> whole_power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (;;) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return std::nullopt;
    exponent >>= 1;
    if (exponent == 0) return result;
    if (__builtin_mul_overflow(base, base, &base)) return std::nullopt;
  }
}

int compare_reals(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

int compare_whole_with_real(int64_t a, double b) {
  if (b >= kTwoTo63) return -1;
  if (b < -kTwoTo63) return 1;
  const auto truncated = static_cast<int64_t>(b);
  if (a != truncated) return a < truncated ? -1 : 1;
  return compare_reals(0.0, b - std::trunc(b));
}

}  // namespace

Number Number::from_whole(int64_t value) {
  Number number{};
  number.whole = value;
  return number;
}

Number Number::from_real(double value) {
  Number number{};
  number.is_real = true;
  number.real = value;
  return number;
}

OptionalNumber add(Number a, Number b) {
  if (!both_whole(a, b)) return checked(a.as_real() + b.as_real());
  int64_t sum = 0;
  if (__builtin_add_overflow(a.whole, b.whole, &sum)) return std::nullopt;
  return Number::from_whole(sum);
}

OptionalNumber subtract(Number a, Number b) {
  if (!both_whole(a, b)) return checked(a.as_real() - b.as_real());
  int64_t difference = 0;
  if (__builtin_sub_overflow(a.whole, b.whole, &difference)) return std::nullopt;
  return Number::from_whole(difference);
}

OptionalNumber multiply(Number a, Number b) {
  if (!both_whole(a, b)) return checked(a.as_real() * b.as_real());
  int64_t product = 0;
  if (__builtin_mul_overflow(a.whole, b.whole, &product)) return std::nullopt;
  return Number::from_whole(product);
}

OptionalNumber divide(Number a, Number b) {
  if (!b.is_true()) return std::nullopt;
  if (both_whole(a, b)) return checked(python::divide(a.whole, b.whole));
  return checked(a.as_real() / b.as_real());
}

OptionalNumber floor_divide(Number a, Number b) {
  if (!b.is_true()) return std::nullopt;
  if (!both_whole(a, b)) return checked(python::real_floor_divide(a.as_real(), b.as_real()));
  if (a.whole == INT64_MIN && b.whole == -1) return std::nullopt;
  const int64_t quotient = a.whole / b.whole;
  return Number::from_whole(quotient - (quotient * b.whole != a.whole && (a.whole < 0) != (b.whole < 0)));
}

OptionalNumber modulo(Number a, Number b) {
  if (!b.is_true()) return std::nullopt;
  if (both_whole(a, b)) return Number::from_whole(whole_modulo(a.whole, b.whole));
  return checked(python::real_modulo(a.as_real(), b.as_real()));
}

OptionalNumber power(Number a, Number b) {
  if (!both_whole(a, b) || b.whole < 0) return checked(python::real_power(a.as_real(), b.as_real()));
  const std::optional<int64_t> exact = whole_power(a.whole, b.whole);
  if (!exact) return std::nullopt;
  return Number::from_whole(*exact);
}

OptionalNumber negate(Number a) {
  if (a.is_real) return Number::from_real(-a.real);
  return subtract(Number::from_whole(0), a);
}

OptionalNumber shift_left(Number a, Number b) {
  if (!both_whole(a, b)) return std::nullopt;
  return narrowed(python::shift_left(a.whole, b.whole));
}

OptionalNumber shift_right(Number a, Number b) {
  if (!both_whole(a, b)) return std::nullopt;
  return narrowed(python::shift_right(a.whole, b.whole));
}

OptionalNumber bit_and(Number a, Number b) {
  if (!both_whole(a, b)) return std::nullopt;
  return Number::from_whole(a.whole & b.whole);
}

OptionalNumber bit_xor(Number a, Number b) {
  if (!both_whole(a, b)) return std::nullopt;
  return Number::from_whole(a.whole ^ b.whole);
}

OptionalNumber bit_or(Number a, Number b) {
  if (!both_whole(a, b)) return std::nullopt;
  return Number::from_whole(a.whole | b.whole);
}

OptionalNumber invert(Number a) {
  if (a.is_real) return std::nullopt;
  return Number::from_whole(~a.whole);
}

OptionalNumber truncate(Number a) {
  return a.is_real ? narrowed(python::truncate(a.real)) : OptionalNumber(a);
}

OptionalNumber round_to_whole(Number a) {
  return a.is_real ? narrowed(python::round_to_whole(a.real)) : OptionalNumber(a);
}

int compare(Number a, Number b) {
  if (both_whole(a, b)) return a.whole < b.whole ? -1 : a.whole > b.whole ? 1 : 0;
  if (a.is_real && b.is_real) return compare_reals(a.real, b.real);
  return a.is_real ? -compare_whole_with_real(b.whole, a.real) : compare_whole_with_real(a.whole, b.real);
}

}  // namespace tamis::expression
