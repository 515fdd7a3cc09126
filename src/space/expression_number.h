#pragma once

#include <cstdint>
#include <optional>

namespace tamis::expression {

/// What a formula computes with: an integer as long as it is exact in 64 bits, else a real one that is
/// not NaN. A text is the number of its row in Program::texts.
struct Number {
  // Without initializers, so that a stack of numbers costs nothing to make; `Number{}` is 0.
  bool is_real;
  union {
    int64_t whole;
    double real;
  };

  static Number from_whole(int64_t value);
  static Number from_real(double value);
  double as_real() const { return is_real ? real : static_cast<double>(whole); }
  bool is_true() const { return is_real ? real != 0.0 : whole != 0; }
};

/// Python's arithmetic. Nothing where a result is not defined (a division by zero, NaN, a root of a negative
/// number), and where integers give one that does not fit 64 bits: space/python/wide.h has those.
using OptionalNumber = std::optional<Number>;
OptionalNumber add(Number a, Number b);
OptionalNumber subtract(Number a, Number b);
OptionalNumber multiply(Number a, Number b);
OptionalNumber divide(Number a, Number b);
OptionalNumber floor_divide(Number a, Number b);
OptionalNumber modulo(Number a, Number b);
OptionalNumber power(Number a, Number b);
OptionalNumber negate(Number a);
/// Of integers only.
OptionalNumber shift_left(Number a, Number b);
OptionalNumber shift_right(Number a, Number b);
OptionalNumber bit_and(Number a, Number b);
OptionalNumber bit_xor(Number a, Number b);
OptionalNumber bit_or(Number a, Number b);
OptionalNumber invert(Number a);
/// Python's int() and round().
OptionalNumber truncate(Number a);
OptionalNumber round_to_whole(Number a);

/// -1, 0 or 1 as a is less than, equal to or greater than b; exact between whole and real numbers.
int compare(Number a, Number b);

}  // namespace tamis::expression
