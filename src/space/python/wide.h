#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Python's values and what they are calculated to, where 64 bits and the stack machine of
/// space/expression_program are not enough. Functions are pure and thread safe.
namespace tamis::python {

/// An integer of Python as far as it is held here: what does not fit 128 bits is undefined, never wrong.
__extension__ using Wide = __int128;
using OptionalWide = std::optional<Wide>;
using OptionalReal = std::optional<double>;

std::string to_string(Wide value);
/// A decimal integer with an optional sign; nothing for anything else or what does not fit.
OptionalWide parse_wide(std::string_view digits, int base = 10);

OptionalWide add(Wide a, Wide b);
OptionalWide subtract(Wide a, Wide b);
OptionalWide multiply(Wide a, Wide b);
/// Rounded towards negative infinity, and what remains with the sign of `b`; nothing for b = 0.
OptionalWide floor_divide(Wide a, Wide b);
OptionalWide modulo(Wide a, Wide b);
/// `exponent` must be at least 0.
OptionalWide power(Wide base, Wide exponent);
/// `base ** exponent % modulus` of a modulus below 2^63, with the inverse of the base where the exponent is
/// below 0; nothing where there is none.
OptionalWide power_modulo(Wide base, Wide exponent, Wide modulus);
OptionalWide shift_left(Wide a, Wide places);
OptionalWide shift_right(Wide a, Wide places);
/// `a / b` of Python: the real number nearest to the exact quotient.
OptionalReal divide(Wide a, Wide b);

/// Of reals as Python has them; nothing where Python raises or the result is NaN or complex.
OptionalReal real_floor_divide(double a, double b);
OptionalReal real_modulo(double a, double b);
OptionalReal real_power(double a, double b);

/// The integer that a real number is cut or rounded to (half to even); nothing where it is too large.
OptionalWide truncate(double value);
OptionalWide round_to_whole(double value);
/// `round(value, digits)`.
OptionalReal round_to(double value, int digits);
OptionalWide round_to(Wide value, int digits);

/// Exact between integers and reals; `real` is not NaN.
std::strong_ordering compare(Wide whole, double real);

/// A real number as Python's repr() writes it: `2.0`, `1e-05`.
std::string real_text(double value);

}  // namespace tamis::python
