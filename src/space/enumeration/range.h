#pragma once

#include "base/text.h"
#include "space/expression_program.h"

#include <limits>

namespace tamis::enumeration {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What a part of a formula may be worth while some knobs are not chosen: all its defined values lie between
/// `low` and `high`; where low is above high there is none. Bounds are doubles; integers beyond 2^53 are
/// rounded outwards.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  bool whole = false;  ///< all values are whole and exact, be they integers or reals
  bool sure = false;   ///< it is defined whatever is chosen

  bool empty() const { return !(low <= high); }
  bool point() const { return low == high; }
  bool contains(double value) const { return low <= value && value <= high; }
  bool may_hold() const { return !empty() && !(low == 0 && high == 0); }
  bool may_fail() const { return contains(0); }
  /// Whether it is surely defined and true.
  bool must_hold() const { return sure && !empty() && !contains(0); }
};

/// The range of one value; of none, which is undefined, the empty one.
Range range_of(const expression::OptionalNumber& number);
/// The smallest range that holds both.
Range hull(const Range& a, const Range& b);

/// The range of `a operation b` (with one or two operands, no comparison).
Range apply(expression::Operation operation, const Range& a, const Range& b);
/// That of the outcome of a comparison, 0 or 1.
Range apply(expression::Comparison comparison, const Range& a, const Range& b);
/// That of `a and b`, as Python has it.
Range conjoin(const Range& a, const Range& b);
/// That of `a or b`.
Range disjoin(const Range& a, const Range& b);

/// That of `a if condition else b`.
Range choose(const Range& condition, const Range& a, const Range& b);

/// The bounds of a sum, a difference, a product and a quotient, for ranges that are not empty; 0 must not be
/// in the divisor. Not rounded outwards.
struct Bounds {
  double low;
  double high;
};
inline Bounds bounds(const Range& range) { return {range.low, range.high}; }
Bounds sum(Bounds a, Bounds b);
Bounds difference(Bounds a, Bounds b);
Bounds product(Bounds a, Bounds b);
Bounds quotient(Bounds a, Bounds b);

}  // namespace tamis::enumeration
