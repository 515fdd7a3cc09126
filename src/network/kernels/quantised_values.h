#pragma once

#include "network/kernels/values.h"

namespace tamis::network {

// Expressions of quantised numbers, with the rounding of ONNX: half to even, then saturated, in float32.

/// A uint8 or int8 from a float32 in steps of its scale, counted from the zero point, which is a float32.
/// What is no number gives the least, as in onnxruntime.
loop::Value saturated(const loop::Value& steps, const loop::Value& zero_point, loop::Element to);
/// The same without a zero point.
loop::Value saturated(const loop::Value& steps, loop::Element to);

/// How far a uint8, int8 or int32 lies above its zero point of the same type, as a float32. The subtraction
/// is exact, and its result is rounded once.
loop::Value above_zero_point(const loop::Value& x, const loop::Value& zero_point);

/// A value as another element type; itself where it is of that.
inline loop::Value as(const loop::Value& value, loop::Element element) {
  return value->element == element ? value : loop::Value::convert(value, element);
}

/// What is added to int8 activations and subtracted from uint8 weights, as products are of uint8 by int8.
inline constexpr int64_t kByteShift = 128;
/// A byte of activations as a uint8, and one of weights as an int8: its distance from the zero point of
/// another type stays the same when that is shifted as well.
inline loop::Value shifted_activation(const loop::Value& x) {
  if (x->element == loop::Element::uint8) return x;
  return as(x, loop::Element::uint8) + loop::Value::constant(kByteShift, loop::Element::uint8);
}
inline loop::Value shifted_weight(const loop::Value& x) {
  if (x->element == loop::Element::int8) return x;
  return as(x, loop::Element::int8) + loop::Value::constant(-kByteShift, loop::Element::int8);
}

}  // namespace tamis::network
