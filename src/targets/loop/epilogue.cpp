#include "targets/loop/epilogue.h"

#include <cmath>
#include <numbers>

namespace tamis::loop {
namespace {

/// x / 6 + 1/2 between 0 and 1.
Value hard_sigmoid(const Value& x) {
  const Value line = Value::multiply_add(x, Value::constant(1.0 / 6.0), Value::constant(0.5));
  return Value::of(Value::Kind::minimum, Value::of(Value::Kind::maximum, line, Value::constant(0)),
                   Value::constant(1));
}

/// 1 + exp(-x), which the sigmoid is the inverse of.
Value inverse_sigmoid(const Value& x) {
  return Value::constant(1) + Value::of(Value::Kind::exponential, Value::constant(0) - x);
}

/// An activation, as Activation defines it.
Value activated(Activation activation, const Value& x) {
  switch (activation) {
    case Activation::none:
      break;
    case Activation::hard_swish:
      return x * hard_sigmoid(x);
    case Activation::silu:
      return x / inverse_sigmoid(x);
    case Activation::gelu: {
      const Value scaled = x * Value::constant(1 / std::numbers::sqrt2);
      const Value half = x * Value::constant(0.5);
      return Value::multiply_add(half, Value::of(Value::Kind::error_function, scaled), half);
    }
    case Activation::sigmoid:
      return Value::constant(1) / inverse_sigmoid(x);
    case Activation::hard_sigmoid:
      return hard_sigmoid(x);
    case Activation::tanh:
      return Value::of(Value::Kind::hyperbolic_tangent, x);
  }
  return x;
}

}  // namespace

Element element_of(DataType type) {
  switch (type) {
    case DataType::int8:
      return Element::int8;
    case DataType::float32:
      break;
    case DataType::float16:
      return Element::float16;
    case DataType::bfloat16:
      return Element::bfloat16;
  }
  return Element::float32;
}

Element sum_element_of(DataType type) { return type == DataType::int8 ? Element::int32 : Element::float32; }

Value computable(const Value& value) {
  return is_half(value->element) ? Value::convert(value, Element::float32) : value;
}

Value load_computable(Access access, DataType type) {
  return computable(Value::load(std::move(access), element_of(type)));
}

Value finish_value(const Epilogue& epilogue, DataType type, const Value& sum, const Affine& channel,
                   const Access& output) {
  const bool real = is_real(type);
  const Element element = real ? Element::float32 : Element::int32;
  Value value = sum;
  if (!real) {
    if (epilogue.shift > 0)
      value = Value::of(Value::Kind::shift_right, value,
                        Value::constant(static_cast<double>(epilogue.shift), element));
    if (epilogue.bias) value = value + Value::load({"bias", {channel}}, element);
  }
  if (epilogue.residual) value = value + load_computable({"residual", output.index}, type);
  value = activated(epilogue.activation, value);
  if (std::isfinite(epilogue.clip_min))
    value = Value::of(Value::Kind::maximum, value, Value::constant(epilogue.clip_min, element));
  if (std::isfinite(epilogue.clip_max))
    value = Value::of(Value::Kind::minimum, value, Value::constant(epilogue.clip_max, element));
  return type == DataType::float32 ? value : Value::convert(value, element_of(type));
}

}  // namespace tamis::loop
