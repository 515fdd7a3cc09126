#pragma once

#include "network/kernels/values.h"

namespace tamis::network {

// Expressions of quantised numbers, with the rounding of ONNX: half to even, then saturated, in float32.

/// A uint8 or int8 from a float32 in steps of its scale, counted from the zero point, which is a float32.
/// What is no number gives the least, as in onnxruntime.
cpu::Value saturated(const cpu::Value& steps, const cpu::Value& zero_point, cpu::Element to);
/// The same without a zero point.
cpu::Value saturated(const cpu::Value& steps, cpu::Element to);

/// How far a uint8, int8 or int32 lies above its zero point of the same type, as a float32. The subtraction
/// is exact, and its result is rounded once.
cpu::Value above_zero_point(const cpu::Value& x, const cpu::Value& zero_point);

/// A value as another element type; itself where it is of that.
inline cpu::Value as(const cpu::Value& value, cpu::Element element) {
  return value->element == element ? value : cpu::Value::convert(value, element);
}

/// What is added to int8 activations and subtracted from uint8 weights, as products are of uint8 by int8.
inline constexpr int64_t kByteShift = 128;
/// A byte of activations as a uint8, and one of weights as an int8: its distance from the zero point of
/// another type stays the same when that is shifted as well.
inline cpu::Value shifted_activation(const cpu::Value& x) {
  if (x->element == cpu::Element::uint8) return x;
  return as(x, cpu::Element::uint8) + cpu::Value::constant(kByteShift, cpu::Element::uint8);
}
inline cpu::Value shifted_weight(const cpu::Value& x) {
  if (x->element == cpu::Element::int8) return x;
  return as(x, cpu::Element::int8) + cpu::Value::constant(-kByteShift, cpu::Element::int8);
}

}  // namespace tamis::network
