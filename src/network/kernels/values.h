#pragma once

#include "targets/loop/value.h"

namespace tamis::network {

// Short ways to write expressions. All operands are of one type, numbers become of that of the value.

using Kind = loop::Value::Kind;

inline loop::Value number_like(const loop::Value& value, double number) {
  return loop::Value::constant(number, value->element);
}
inline loop::Value maximum(const loop::Value& a, const loop::Value& b) {
  return loop::Value::of(Kind::maximum, a, b);
}
inline loop::Value minimum(const loop::Value& a, const loop::Value& b) {
  return loop::Value::of(Kind::minimum, a, b);
}
inline loop::Value less(const loop::Value& a, const loop::Value& b) {
  return loop::Value::of(Kind::less, a, b);
}
inline loop::Value exponential(const loop::Value& x) { return loop::Value::of(Kind::exponential, x); }
inline loop::Value logarithm(const loop::Value& x) { return loop::Value::of(Kind::logarithm, x); }
inline loop::Value square_root(const loop::Value& x) { return loop::Value::of(Kind::square_root, x); }
/// 1 / (1 + exp(-x)).
inline loop::Value sigmoid(const loop::Value& x) {
  const loop::Value one = number_like(x, 1);
  return one / (one + exponential(x * number_like(x, -1)));
}
/// log(1 + exp(x)), without overflow.
inline loop::Value softplus(const loop::Value& x) {
  const loop::Value distance = loop::Value::of(Kind::magnitude, x);
  const loop::Value rest = logarithm(number_like(x, 1) + exponential(distance * number_like(x, -1)));
  return maximum(x, number_like(x, 0)) + rest;
}
/// Whether the boolean does not hold.
inline loop::Value negated(const loop::Value& condition) {
  return loop::Value::of(Kind::equal, condition, number_like(condition, 0));
}
/// Whether x is a number.
inline loop::Value is_number(const loop::Value& x) { return loop::Value::of(Kind::equal, x, x); }

}  // namespace tamis::network
