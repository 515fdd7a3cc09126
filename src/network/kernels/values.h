#pragma once

#include "targets/cpu/loop/value.h"

namespace tamis::network {

// Short ways to write expressions. All operands are of one type, numbers become of that of the value.

using Kind = cpu::Value::Kind;

inline cpu::Value number_like(const cpu::Value& value, double number) {
  return cpu::Value::constant(number, value->element);
}
inline cpu::Value maximum(const cpu::Value& a, const cpu::Value& b) {
  return cpu::Value::of(Kind::maximum, a, b);
}
inline cpu::Value minimum(const cpu::Value& a, const cpu::Value& b) {
  return cpu::Value::of(Kind::minimum, a, b);
}
inline cpu::Value less(const cpu::Value& a, const cpu::Value& b) { return cpu::Value::of(Kind::less, a, b); }
inline cpu::Value exponential(const cpu::Value& x) { return cpu::Value::of(Kind::exponential, x); }
inline cpu::Value logarithm(const cpu::Value& x) { return cpu::Value::of(Kind::logarithm, x); }
inline cpu::Value square_root(const cpu::Value& x) { return cpu::Value::of(Kind::square_root, x); }
/// 1 / (1 + exp(-x)).
inline cpu::Value sigmoid(const cpu::Value& x) {
  const cpu::Value one = number_like(x, 1);
  return one / (one + exponential(x * number_like(x, -1)));
}
/// log(1 + exp(x)), without overflow.
inline cpu::Value softplus(const cpu::Value& x) {
  const cpu::Value distance = cpu::Value::of(Kind::magnitude, x);
  const cpu::Value rest = logarithm(number_like(x, 1) + exponential(distance * number_like(x, -1)));
  return maximum(x, number_like(x, 0)) + rest;
}
/// Whether the boolean does not hold.
inline cpu::Value negated(const cpu::Value& condition) {
  return cpu::Value::of(Kind::equal, condition, number_like(condition, 0));
}
/// Whether x is a number.
inline cpu::Value is_number(const cpu::Value& x) { return cpu::Value::of(Kind::equal, x, x); }

}  // namespace tamis::network
