#include "space/python/wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace tamis::python {
namespace {

__extension__ using Unsigned = unsigned __int128;

constexpr double kTwoTo127 = 0x1.0p127;
constexpr Wide kLargest = static_cast<Wide>(~Unsigned{0} >> 1);
constexpr Wide kLeast = -kLargest - 1;
constexpr int kWideBits = 127;

Unsigned magnitude(Wide value) {
  return value < 0 ? ~static_cast<Unsigned>(value) + 1 : static_cast<Unsigned>(value);
}

OptionalReal checked(double value) {
  if (std::isnan(value)) return std::nullopt;
  return value;
}

bool fits_double(Wide value) { return value >= -(Wide{1} << 53) && value <= (Wide{1} << 53); }

/// The remainder with the sign of the divisor, as Python's float_rem.
double remainder_of(double a, double b) {
  const double remainder = std::fmod(a, b);
  if (remainder == 0.0) return std::copysign(0.0, b);
  return (remainder < 0.0) != (b < 0.0) ? remainder + b : remainder;
}

/// 10 to the power of `digits`; nothing where it does not fit.
OptionalWide power_of_ten(int digits) { return power(10, digits); }

/// The multiple of `unit` nearest to value + fraction, half to even; `fraction` is 0 or has the sign of value
/// and is below 1.
OptionalWide nearest_multiple(Wide value, double fraction, Wide unit) {
  const Wide quotient = value / unit;
  const Wide rest = value % unit;
  const Wide twice = (rest < 0 ? -rest : rest) * 2;  // below 2 * unit, which fits as unit is at most 10^37
  const bool above = twice > unit || (twice == unit && fraction != 0.0);
  const bool tie = twice == unit && fraction == 0.0;
  const bool away = above || (tie && quotient % 2 != 0);
  const bool negative = value < 0 || fraction < 0.0;
  return multiply(quotient + (away ? (negative ? -1 : 1) : 0), unit);
}

Wide magnitude_of(Wide value) { return value < 0 ? -value : value; }

/// What times `value` leaves 1 when divided by `size`, by Euclid's algorithm; nothing where they share a
/// factor.
OptionalWide inverse_of(Wide value, Wide size) {
  Wide divisor = size, rest = value;
  Wide before = 0, factor = 1;
  while (rest != 0) {
    const Wide quotient = divisor / rest;
    divisor = std::exchange(rest, divisor - quotient * rest);
    before = std::exchange(factor, before - quotient * factor);
  }
  if (divisor != 1) return std::nullopt;
  return before < 0 ? before + size : before;
}

}  // namespace

std::string to_string(Wide value) {
  std::string digits;
  Unsigned rest = magnitude(value);
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (value < 0) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

OptionalWide parse_wide(std::string_view digits, int base) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty()) return std::nullopt;
  Wide value = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 10
                      : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                             : base;
    if (digit >= base) return std::nullopt;
    if (__builtin_mul_overflow(value, Wide{base}, &value)) return std::nullopt;
    if (__builtin_sub_overflow(value, Wide{digit}, &value)) return std::nullopt;
  }
  return negative ? OptionalWide(value) : subtract(0, value);
}

OptionalWide add(Wide a, Wide b) {
  Wide sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

OptionalWide subtract(Wide a, Wide b) {
  Wide difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

OptionalWide multiply(Wide a, Wide b) {
  Wide product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

OptionalWide floor_divide(Wide a, Wide b) {
  if (b == 0) return std::nullopt;
  if (b == -1) return subtract(0, a);
  const Wide quotient = a / b;
  return quotient - (quotient * b != a && (a < 0) != (b < 0) ? 1 : 0);
}

OptionalWide modulo(Wide a, Wide b) {
  if (b == 0) return std::nullopt;
  if (b == -1) return 0;
  const Wide remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

OptionalWide power(Wide base, Wide exponent) {
  if (exponent < 0) return std::nullopt;
  if (base == 0 || base == 1) return exponent == 0 ? 1 : base;
  if (base == -1) return exponent % 2 == 0 ? 1 : -1;
  if (exponent > kWideBits) return std::nullopt;
  Wide result = 1;
  for (Wide i = 0; i < exponent; ++i)
    if (__builtin_mul_overflow(result, base, &result)) return std::nullopt;
  return result;
}

OptionalWide power_modulo(Wide base, Wide exponent, Wide modulus) {
  const Wide size = modulus < 0 ? -modulus : modulus;
  if (modulus == kLeast || exponent == kLeast || size == 0 || size > INT64_MAX) return std::nullopt;
  Wide result = 1 % size;
  Wide square = *modulo(base, size);
  if (exponent < 0 && size > 1) {
    const OptionalWide inverse = inverse_of(square, size);
    if (!inverse) return std::nullopt;
    square = *inverse;
  }
  exponent = magnitude_of(exponent);
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * square % size;
    square = square * square % size;
  }
  return modulo(result, modulus);
}

OptionalWide shift_left(Wide a, Wide places) {
  if (places < 0) return std::nullopt;
  if (a == 0) return 0;
  if (places > kWideBits) return std::nullopt;
  if (places == kWideBits) return a == -1 ? OptionalWide(kLeast) : std::nullopt;
  return multiply(a, Wide{1} << static_cast<int>(places));
}

OptionalWide shift_right(Wide a, Wide places) {
  if (places < 0) return std::nullopt;
  return a >> static_cast<int>(std::min<Wide>(places, kWideBits));
}

OptionalReal divide(Wide a, Wide b) {
  if (b == 0) return std::nullopt;
  if (fits_double(a) && fits_double(b)) return static_cast<double>(a) / static_cast<double>(b);
  // Long division until the quotient has 64 bits; what remains then decides only between neighbours.
  const Unsigned divisor = magnitude(b);
  Unsigned quotient = magnitude(a) / divisor;
  Unsigned rest = magnitude(a) % divisor;
  int exponent = 0;
  while (quotient >> 63 == 0 && (quotient != 0 || rest != 0)) {
    rest <<= 1;
    const bool bit = rest >= divisor;
    if (bit) rest -= divisor;
    quotient = quotient << 1 | (bit ? 1 : 0);
    --exponent;
  }
  bool more = rest != 0;
  for (; quotient >> 64 != 0; quotient >>= 1, ++exponent) more = more || (quotient & 1) != 0;
  const double size =
      std::ldexp(static_cast<double>(static_cast<uint64_t>(quotient) | (more ? 1 : 0)), exponent);
  return (a < 0) != (b < 0) ? -size : size;
}

OptionalReal real_floor_divide(double a, double b) {
  if (b == 0.0) return std::nullopt;
  // As Python's float_floor_div does it, with its roundings.
  double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0.0 && (remainder < 0.0) != (b < 0.0)) quotient -= 1.0;
  if (std::isnan(quotient)) return std::nullopt;
  if (quotient == 0.0) return checked(std::copysign(0.0, a / b));
  const double whole = std::floor(quotient);
  return checked(quotient - whole > 0.5 ? whole + 1.0 : whole);
}

OptionalReal real_modulo(double a, double b) {
  if (b == 0.0) return std::nullopt;
  return checked(remainder_of(a, b));
}

OptionalReal real_power(double a, double b) {
  if (a == 0.0 && b < 0.0) return std::nullopt;
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) return std::nullopt;
  return checked(result);
}

OptionalWide truncate(double value) {
  if (!(std::fabs(value) < kTwoTo127)) return std::nullopt;
  return static_cast<Wide>(value);
}

OptionalWide round_to_whole(double value) { return truncate(std::nearbyint(value)); }

OptionalReal round_to(double value, int digits) {
  if (!std::isfinite(value)) return value;
  if (digits > 323) return value;
  if (digits >= 0) {
    // Exact in glibc, half to even, as Python's dtoa.
    std::array<char, 700> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return std::strtod(text.data(), nullptr);
  }
  const double whole = std::trunc(value);
  const OptionalWide number = truncate(whole);
  const OptionalWide unit = digits < -37 ? std::nullopt : power_of_ten(-digits);
  if (!number || !unit) return std::nullopt;
  const OptionalWide rounded = nearest_multiple(*number, value - whole, *unit);
  if (!rounded) return std::nullopt;
  return std::copysign(static_cast<double>(*rounded), value);
}

OptionalWide round_to(Wide value, int digits) {
  if (digits >= 0) return value;
  const OptionalWide unit = digits < -37 ? std::nullopt : power_of_ten(-digits);
  if (!unit) return std::nullopt;
  return nearest_multiple(value, 0.0, *unit);
}

std::strong_ordering compare(Wide whole, double real) {
  if (real >= kTwoTo127) return std::strong_ordering::less;
  if (real < -kTwoTo127) return std::strong_ordering::greater;
  const auto cut = static_cast<Wide>(real);
  if (whole != cut) return whole <=> cut;
  const double rest = real - std::trunc(real);
  return rest > 0.0   ? std::strong_ordering::less
         : rest < 0.0 ? std::strong_ordering::greater
                      : std::strong_ordering::equal;
}

std::string real_text(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace tamis::python
