#include "space/enumeration/range.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace tamis::enumeration {
namespace {

using expression::Comparison;
using expression::Operation;

bool finite(const Range& range) { return range.low > -kInfinity && range.high < kInfinity; }

/// Rounded outwards where integers are no longer exact.
Range made(Bounds bounds, bool whole, bool sure) {
  const double size = std::max(std::fabs(bounds.low), std::fabs(bounds.high));
  const bool exact = size < kExact;
  if (size >= 0x1.0p126) sure = false;  // as an integer it would be undefined
  if (!exact) bounds = {std::nextafter(bounds.low, -kInfinity), std::nextafter(bounds.high, kInfinity)};
  return {bounds.low, bounds.high, whole && exact, sure};
}

/// What is left of bounds where a calculation with infinities gave no number.
Bounds cleaned(Bounds bounds) {
  return {std::isnan(bounds.low) ? -kInfinity : bounds.low,
          std::isnan(bounds.high) ? kInfinity : bounds.high};
}

Bounds around(std::initializer_list<double> corners) {
  Bounds all{kInfinity, -kInfinity};
  for (const double corner : corners) {
    all.low = std::min(all.low, corner);
    all.high = std::max(all.high, corner);
  }
  return all;
}

double times(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }
double over(double a, double b) { return std::isinf(b) ? 0 : a / b; }

Range boolean(bool may_hold, bool may_fail, bool sure) {
  return {may_fail ? 0.0 : 1.0, may_hold ? 1.0 : 0.0, true, sure};
}

Range divide(Operation operation, const Range& a, const Range& b, bool sure) {
  if (b.contains(0)) return {-kInfinity, kInfinity, false, false};
  const Bounds exact = quotient(bounds(a), bounds(b));
  if (operation == Operation::divide) return made(exact, false, sure);
  // More on each side for what rounding may have done to a quotient close to an integer.
  const auto margin = [](double bound) { return 1 + std::fabs(bound) * 1e-15; };
  return made({std::floor(exact.low) - margin(exact.low), std::floor(exact.high) + margin(exact.high)},
              a.whole && b.whole, sure);
}

Range modulo(const Range& a, const Range& b, bool sure) {
  const bool whole = a.whole && b.whole;
  const bool defined = sure && !b.contains(0);
  if (b.low > 0 && a.low >= 0 && a.high < b.low) return {a.low, a.high, whole, defined};
  const double most = whole ? b.high - 1 : b.high;
  const double least = whole ? b.low + 1 : b.low;
  return made({b.low < 0 ? std::min(least, 0.0) : 0, b.high > 0 ? std::max(most, 0.0) : 0}, whole, defined);
}

Range power(const Range& a, const Range& b, bool sure) {
  if (b.low < 0 || (a.low < 0 && !b.whole)) return {-kInfinity, kInfinity, false, false};
  const double largest = std::max(std::fabs(a.low), std::fabs(a.high));
  const double most = std::max(std::pow(std::max(largest, 1.0), b.high), 1.0) * (1 + 1e-12);
  if (a.low < 0) return made({-most, most}, false, false);
  return made({a.low < 1 ? 0 : std::pow(a.low, b.low) * (1 - 1e-12), most}, false, sure && a.low >= 1);
}

/// Of integers; that both are cannot be seen here, so it is never sure.
Range bits(Operation operation, const Range& a, const Range& b) {
  if (operation == Operation::shift_left) {
    if (b.low < 0 || !finite(a)) return {-kInfinity, kInfinity, false, false};
    const double least = std::exp2(b.low);
    const double most = std::exp2(b.high);
    const Bounds all =
        around({times(a.low, least), times(a.low, most), times(a.high, least), times(a.high, most)});
    return made(all, true, false);
  }
  if (operation == Operation::shift_right)
    return {std::min(a.low, 0.0), std::max(a.high, 0.0), a.whole, false};
  if (!finite(a) || !finite(b)) return {-kInfinity, kInfinity, false, false};
  double size = 1;
  for (const double bound : {a.low, a.high, b.low, b.high})
    while (size <= std::fabs(bound)) size *= 2;
  const bool positive = a.low >= 0 && b.low >= 0;
  const double most = positive && operation == Operation::bit_and ? std::min(a.high, b.high) : size - 1;
  return made({positive ? 0 : -size, most}, true, false);
}

Range absolute(const Range& a, bool sure) {
  const Bounds both = around({std::fabs(a.low), std::fabs(a.high)});
  return {a.contains(0) ? 0 : both.low, both.high, a.whole, sure};
}

}  // namespace

Bounds sum(Bounds a, Bounds b) { return cleaned({a.low + b.low, a.high + b.high}); }
Bounds difference(Bounds a, Bounds b) { return cleaned({a.low - b.high, a.high - b.low}); }
Bounds product(Bounds a, Bounds b) {
  return around({times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)});
}
Bounds quotient(Bounds a, Bounds b) {
  return around({over(a.low, b.low), over(a.low, b.high), over(a.high, b.low), over(a.high, b.high)});
}

Range range_of(const expression::OptionalNumber& number) {
  if (!number) return {};
  const double value = number->as_real();
  return made({value, value}, !number->is_real || value == std::trunc(value), true);
}

Range hull(const Range& a, const Range& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {std::min(a.low, b.low), std::max(a.high, b.high), a.whole && b.whole, a.sure && b.sure};
}

Range apply(Operation operation, const Range& a, const Range& b) {
  if (a.empty() || b.empty()) return {};
  // Calculating with infinities may give no number.
  const bool sure = a.sure && b.sure && finite(a) && finite(b);
  const bool whole = a.whole && b.whole;
  switch (operation) {
    case Operation::add:
      return made(sum(bounds(a), bounds(b)), whole, sure);
    case Operation::subtract:
      return made(difference(bounds(a), bounds(b)), whole, sure);
    case Operation::multiply:
      return made(product(bounds(a), bounds(b)), whole, sure);
    case Operation::divide:
    case Operation::floor_divide:
      return divide(operation, a, b, sure);
    case Operation::modulo:
      return modulo(a, b, sure);
    case Operation::power:
      return power(a, b, sure);
    case Operation::shift_left:
    case Operation::shift_right:
    case Operation::bit_and:
    case Operation::bit_xor:
    case Operation::bit_or:
      return bits(operation, a, b);
    case Operation::invert:
      return made({-a.high - 1, -a.low - 1}, a.whole, false);
    case Operation::to_whole:
      return made({std::trunc(a.low), std::trunc(a.high)}, true, a.sure && finite(a));
    case Operation::round:
      return made({std::nearbyint(a.low), std::nearbyint(a.high)}, true, a.sure && finite(a));
    case Operation::to_real:
      return a;
    case Operation::to_boolean:
      return boolean(a.may_hold(), a.may_fail(), a.sure);
    case Operation::negate:
      return {-a.high, -a.low, a.whole, a.sure};
    case Operation::absolute:
      return absolute(a, a.sure);
    case Operation::minimum:
      return {std::min(a.low, b.low), std::min(a.high, b.high), whole, sure};
    case Operation::maximum:
      return {std::max(a.low, b.low), std::max(a.high, b.high), whole, sure};
    case Operation::negate_boolean:
      return boolean(a.may_fail(), a.may_hold(), a.sure);
    default:
      return {-kInfinity, kInfinity, false, false};
  }
}

Range apply(Comparison comparison, const Range& a, const Range& b) {
  if (a.empty() || b.empty()) return {};
  const bool sure = a.sure && b.sure;
  const bool may_differ = !(a.point() && b.point() && a.low == b.low);
  const bool may_equal = a.low <= b.high && b.low <= a.high;
  switch (comparison) {
    case Comparison::less:
      return boolean(a.low < b.high, a.high >= b.low, sure);
    case Comparison::less_equal:
      return boolean(a.low <= b.high, a.high > b.low, sure);
    case Comparison::greater:
      return boolean(a.high > b.low, a.low <= b.high, sure);
    case Comparison::greater_equal:
      return boolean(a.high >= b.low, a.low < b.high, sure);
    case Comparison::equal:
      return boolean(may_equal, may_differ, sure);
    default:
      return boolean(may_differ, may_equal, sure);
  }
}

Range conjoin(const Range& a, const Range& b) {
  if (a.empty()) return {};
  Range all = a.may_hold() ? b : Range{};
  if (a.may_fail()) all = hull(all, {0, 0, true, true});
  all.sure = a.sure && (b.sure || !a.may_hold());
  return all;
}

Range disjoin(const Range& a, const Range& b) {
  if (a.empty()) return {};
  Range all = a.may_fail() ? b : Range{};
  if (a.may_hold()) all = hull(all, a);
  all.sure = a.sure && (b.sure || !a.may_fail());
  return all;
}

Range choose(const Range& condition, const Range& a, const Range& b) {
  Range all;
  if (condition.empty()) return all;
  if (condition.may_hold()) all = a;
  if (condition.may_fail()) all = condition.may_hold() ? hull(a, b) : b;
  all.sure = condition.sure && (a.sure || !condition.may_hold()) && (b.sure || !condition.may_fail());
  return all;
}

}  // namespace tamis::enumeration
