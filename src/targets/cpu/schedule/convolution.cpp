#include "targets/cpu/schedule/convolution.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

/// Pixels that are treated alike and lie side by side need no rows and columns.
void join_pixels(Convolution& conv) {
  const bool pointwise = conv.kernel_h == 1 && conv.kernel_w == 1 && conv.stride_h == 1 &&
                         conv.stride_w == 1 && !conv.padded() && conv.groups == 1 && !conv.depthwise;
  if (!pointwise || conv.layout != Layout::nhwc) return;
  conv.pixels = true;
  conv.h = conv.out_h = conv.n * conv.h * conv.w;
  conv.n = conv.w = conv.out_w = 1;
}

/// The same sums as those of a transposed convolution, but for the zeros among them: the kernel is turned,
/// and the input spread by the stride.
std::string nearest_convolution(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  const int64_t pad_h = shape.kernel_h - 1 - shape.pad_h, pad_w = shape.kernel_w - 1 - shape.pad_w;
  if (shape.groups != 1 || pad_h < 0 || pad_w < 0) return "; the target vta has, in int8";
  Workload spread = workload;
  spread.op = Operator::conv2d;
  spread.shape.h = (shape.h - 1) * shape.stride_h + 1 + shape.output_pad_h;
  spread.shape.w = (shape.w - 1) * shape.stride_w + 1 + shape.output_pad_w;
  spread.shape.stride_h = spread.shape.stride_w = 1;
  spread.shape.pad_h = pad_h;
  spread.shape.pad_w = pad_w;
  spread.shape.output_pad_h = spread.shape.output_pad_w = 0;
  return fmt::format(
      "; the target vta has, in int8. The same output is that of {}, with zeros between the input's elements "
      "where "
      "the stride is not 1, and the kernel turned",
      to_spec(spread));
}

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

Result<Convolution> describe(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  Convolution conv;
  conv.type = workload.type;
  conv.layout = workload.layout;
  conv.epilogue = workload.epilogue;
  if (workload.op == Operator::dense) {
    conv.layout = Layout::nhwc;
    conv.h = conv.out_h = shape.n;
    conv.ci = shape.ci;
    conv.co = shape.co;
    conv.pixels = true;
    return conv;
  }
  if (workload.op != Operator::conv2d && workload.op != Operator::grouped_conv2d &&
      workload.op != Operator::depthwise_conv2d)
    return unsupported(
        fmt::format("target cpu has no {}{}", to_string(workload.op),
                    workload.op == Operator::conv2d_transpose ? nearest_convolution(workload) : ""));
  conv.depthwise = workload.op == Operator::depthwise_conv2d;
  conv.n = shape.n;
  conv.groups = conv.depthwise ? 1 : shape.groups;
  conv.ci = shape.ci / conv.groups;
  conv.co = shape.co / conv.groups;
  conv.h = shape.h;
  conv.w = shape.w;
  conv.out_h = output_height(workload);
  conv.out_w = output_width(workload);
  conv.kernel_h = shape.kernel_h;
  conv.kernel_w = shape.kernel_w;
  conv.stride_h = shape.stride_h;
  conv.stride_w = shape.stride_w;
  conv.pad_h = shape.pad_h;
  conv.pad_w = shape.pad_w;
  conv.pad_bottom = shape.pad_bottom();
  conv.pad_right = shape.pad_right();
  conv.dilation_h = shape.dilation_h;
  conv.dilation_w = shape.dilation_w;
  const int64_t block = conv.layout == Layout::nchw16c ? kLayoutBlock : 1;
  if (conv.groups > 1 && (conv.ci % block != 0 || conv.co % block != 0))
    return unsupported("target cpu has no blocked layout for groups whose channels are not a multiple of 16");
  join_pixels(conv);
  return conv;
}

std::pair<Affine, Affine> divide(const Affine& channel, int64_t block) {
  Affine multiple(channel.constant() / block);
  Affine rest(channel.constant() % block);
  for (const Affine::Term& term : channel.terms()) {
    Affine& part = term.factor % block == 0 ? multiple : rest;
    part += (&part == &multiple ? term.factor / block : term.factor) * Affine::variable(term.loop);
  }
  return {multiple, rest};
}

std::vector<Affine> layout_index(Layout layout, const Affine& n, const Affine& y, const Affine& x,
                                 const Affine& channel) {
  switch (layout) {
    case Layout::nchw:
      return {n, channel, y, x};
    case Layout::nhwc:
      return {n, y, x, channel};
    case Layout::nchw16c: {
      const auto [block, lane] = divide(channel, kLayoutBlock);
      return {n, block, y, x, lane};
    }
  }
  return {};
}

std::vector<int64_t> layout_extents(Layout layout, int64_t n, int64_t h, int64_t w, int64_t channels) {
  switch (layout) {
    case Layout::nchw:
      return {n, channels, h, w};
    case Layout::nhwc:
      return {n, h, w, channels};
    case Layout::nchw16c:
      return {n, channels / kLayoutBlock, h, w, kLayoutBlock};
  }
  return {};
}

Element element_of(DataType type) { return type == DataType::int8 ? Element::int8 : Element::float32; }

Element sum_element_of(DataType type) { return type == DataType::int8 ? Element::int32 : Element::float32; }

std::vector<Buffer> argument_buffers(const Convolution& conv, Buffer weights, bool corrected) {
  const Element element = element_of(conv.type);
  const int64_t ci = conv.ci * conv.groups;
  const int64_t co = conv.co * conv.groups;
  std::vector<Buffer> buffers = {{"input", element, layout_extents(conv.layout, conv.n, conv.h, conv.w, ci)},
                                 std::move(weights)};
  if (corrected) buffers.push_back({"corrections", Element::int32, {co}});
  if (conv.epilogue.bias) buffers.push_back({"bias", sum_element_of(conv.type), {co}});
  const std::vector<int64_t> outputs = layout_extents(conv.layout, conv.n, conv.out_h, conv.out_w, co);
  if (conv.epilogue.residual) buffers.push_back({"residual", element, outputs});
  buffers.push_back({"output", element, outputs, Storage::argument, true});
  return buffers;
}

Value finish_value(const Epilogue& epilogue, DataType type, const Value& sum, const Affine& channel,
                   const Access& output) {
  const bool real = type == DataType::float32;
  const Element element = real ? Element::float32 : Element::int32;
  Value value = sum;
  if (!real) {
    if (epilogue.shift > 0)
      value = Value::of(Value::Kind::shift_right, value,
                        Value::constant(static_cast<double>(epilogue.shift), element));
    if (epilogue.bias) value = value + Value::load({"bias", {channel}}, element);
  }
  if (epilogue.residual) value = value + Value::load({"residual", output.index}, element);
  value = activated(epilogue.activation, value);
  if (std::isfinite(epilogue.clip_min))
    value = Value::of(Value::Kind::maximum, value, Value::constant(epilogue.clip_min, element));
  if (std::isfinite(epilogue.clip_max))
    value = Value::of(Value::Kind::minimum, value, Value::constant(epilogue.clip_max, element));
  return real ? value : Value::convert(value, Element::int8);
}

}  // namespace tamis::cpu
