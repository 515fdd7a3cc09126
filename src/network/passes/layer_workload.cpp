#include "network/passes/layer_workload.h"

#include "network/operators/window.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

namespace tamis::network {
namespace {

/// A layer that is not tuned.
Layer untuned(const Node& node, std::string why) {
  Layer layer;
  layer.nodes = {node};
  layer.why_not = std::move(why);
  return layer;
}

std::optional<Shape> shape_of_value(const Resolved& network, const std::string& value) {
  const auto fact = network.facts.find(value);
  return fact == network.facts.end() ? std::nullopt : fact->second.shape;
}

bool is_float(const Resolved& network, const std::string& value) {
  const auto fact = network.facts.find(value);
  return fact != network.facts.end() && fact->second.type == ElementType::float32;
}

int64_t product(Shape::const_iterator begin, Shape::const_iterator end) {
  return std::accumulate(begin, end, int64_t{1}, std::multiplies<>());
}

std::string input_of(const Node& node, size_t index) {
  return index < node.inputs.size() ? node.inputs[index] : std::string();
}

/// What a workload does after its sums unless more is joined to it.
Epilogue plain_epilogue(bool bias) {
  Epilogue epilogue = default_epilogue(DataType::float32);
  epilogue.bias = bias;
  epilogue.clip_min = -std::numeric_limits<double>::infinity();
  return epilogue;
}

Layer tuned(const Node& node, Workload workload, LayerOperands operands) {
  Layer layer;
  layer.nodes = {node};
  layer.operands = std::move(operands);
  layer.operands.output = node.outputs[0];
  workload.epilogue = plain_epilogue(!layer.operands.bias.empty());
  layer.multiply_accumulates = multiply_accumulates(workload);
  layer.workload = std::move(workload);
  return layer;
}

Workload empty_workload(const Node& node, Operator op) {
  Workload workload;
  workload.name = node.name.empty() ? node.outputs[0] : node.name;
  workload.op = op;
  workload.type = DataType::float32;
  return workload;
}

/// One to three spatial axes as the planes, rows and columns of a workload: one axis is a row.
struct Axes {
  WindowAxis rows;
  WindowAxis columns;
  std::optional<WindowAxis> planes;
};

std::optional<Axes> axes_of(const Window& window) {
  if (window.size() == 1) return Axes{{}, window[0], {}};
  if (window.size() == 2) return Axes{window[0], window[1], {}};
  if (window.size() == 3) return Axes{window[1], window[2], window[0]};
  return std::nullopt;
}

void set_depth(ConvShape& shape, const WindowAxis& planes) {
  shape.d = planes.input;
  shape.kernel_d = planes.kernel;
  shape.stride_d = planes.stride;
  shape.dilation_d = planes.dilation;
  shape.pad_d = planes.pad_begin;
  shape.extra_pad_d = planes.pad_end - planes.pad_begin;
}

void set_window(ConvShape& shape, const Axes& plane) {
  shape.kernel_h = plane.rows.kernel;
  shape.kernel_w = plane.columns.kernel;
  shape.stride_h = plane.rows.stride;
  shape.stride_w = plane.columns.stride;
  shape.dilation_h = plane.rows.dilation;
  shape.dilation_w = plane.columns.dilation;
  shape.pad_h = plane.rows.pad_begin;
  shape.pad_w = plane.columns.pad_begin;
  shape.extra_pad_h = plane.rows.pad_end - plane.rows.pad_begin;
  shape.extra_pad_w = plane.columns.pad_end - plane.columns.pad_begin;
}

Operator operator_of(const ConvShape& shape) {
  if (shape.groups == 1) return Operator::conv2d;
  return shape.groups == shape.ci && shape.ci == shape.co ? Operator::depthwise_conv2d
                                                          : Operator::grouped_conv2d;
}

Result<Window> window_of(const Node& node, const Resolved& network, const Shape& input, const Shape& weights,
                         bool transposed) {
  std::vector<const Fact*> facts;
  for (const std::string& name : node.inputs) {
    const auto fact = network.facts.find(name);
    facts.push_back(fact == network.facts.end() ? nullptr : &fact->second);
  }
  const Call call(node, std::move(facts));
  const auto spatial = std::span(input).subspan(2);
  const auto kernel = std::span(weights).subspan(2);
  return transposed ? transposed_window(call, spatial, kernel)
                    : sliding_window(call, spatial, kernel, BothPaddings::automatic);
}

Layer convolution_layer(const Node& node, const Resolved& network, const GraphIndex& index) {
  const bool transposed = node.type == "ConvTranspose";
  const auto input = shape_of_value(network, node.inputs[0]);
  if (!is_float(network, node.inputs[0])) return untuned(node, "its elements are not float32");
  if (index.constant(node.inputs[1]) == nullptr) return untuned(node, "its weights are no constant");
  const Shape& weights = index.constant(node.inputs[1])->shape();
  const auto window =
      input ? window_of(node, network, *input, weights, transposed) : Result<Window>(invalid_input(""));
  const auto plane = window.ok() ? axes_of(*window) : std::nullopt;
  if (!plane) return untuned(node, "tamis tunes convolutions of one, two and three dimensions");
  Workload workload = empty_workload(node, Operator::conv2d);
  ConvShape& shape = workload.shape;
  shape.groups = attribute_or<int64_t>(node, "group", 1);
  shape.n = (*input)[0];
  shape.ci = (*input)[1];
  shape.co = transposed ? weights[1] * shape.groups : weights[0];
  set_window(shape, *plane);
  shape.h = transposed ? plane->rows.output : plane->rows.input;
  shape.w = transposed ? plane->columns.output : plane->columns.input;
  workload.op = operator_of(shape);
  if (plane->planes) {
    if (transposed || shape.groups != 1)
      return untuned(node, "of three dimensions tamis tunes convolutions without groups only");
    workload.op = Operator::conv3d;
    set_depth(shape, *plane->planes);
  }
  if (transposed) {
    if (shape.groups != 1 || shape.dilation_h != 1 || shape.dilation_w != 1)
      return untuned(node, "tamis tunes no transposed convolution of groups or with dilation");
    workload.op = Operator::conv2d_transpose;
    // What the output has beyond the gradient of a convolution with the same padding on both sides.
    const auto beyond = [](const WindowAxis& axis, int64_t pad_end) {
      return axis.input - ((axis.output - 1) * axis.stride - axis.pad_begin - pad_end + axis.kernel);
    };
    shape.extra_pad_h = shape.extra_pad_w = 0;
    shape.output_pad_h = beyond(plane->rows, plane->rows.pad_begin);
    shape.output_pad_w = beyond(plane->columns, plane->columns.pad_begin);
    if (window->size() == 1) shape.output_pad_h = 0;
  }
  return tuned(node, std::move(workload), {node.inputs[0], node.inputs[1], input_of(node, 2), {}, {}});
}

Layer dense_layer(const Node& node, int64_t rows, int64_t features, int64_t outputs,
                  const std::string& bias) {
  Workload workload = empty_workload(node, Operator::dense);
  workload.shape.n = rows;
  workload.shape.ci = features;
  workload.shape.co = outputs;
  return tuned(node, std::move(workload), {node.inputs[0], node.inputs[1], bias, {}, {}});
}

Layer gemm_layer(const Node& node, const Resolved& network, const GraphIndex& index) {
  const auto a = shape_of_value(network, node.inputs[0]);
  const Array* b = index.constant(node.inputs[1]);
  const Array* c = index.constant(input_of(node, 2));
  if (!is_float(network, node.inputs[0])) return untuned(node, "its elements are not float32");
  if (b == nullptr) return untuned(node, "its second matrix is no constant");
  if (attribute_or<int64_t>(node, "transA", 0) != 0) return untuned(node, "its first matrix is transposed");
  if (attribute_or<float>(node, "alpha", 1) != 1 || attribute_or<float>(node, "beta", 1) != 1)
    return untuned(node, "its alpha or beta is not 1");
  const bool transposed = attribute_or<int64_t>(node, "transB", 0) != 0;
  const int64_t outputs = b->shape()[transposed ? 0 : 1];
  if (!input_of(node, 2).empty() &&
      (c == nullptr || c->elements() != outputs || c->shape().back() != outputs))
    return untuned(node, "what it adds is not one constant for each output");
  return dense_layer(node, (*a)[0], (*a)[1], outputs, input_of(node, 2));
}

Layer matmul_layer(const Node& node, const Resolved& network, const GraphIndex& index) {
  const auto a = shape_of_value(network, node.inputs[0]);
  const auto b = shape_of_value(network, node.inputs[1]);
  if (!is_float(network, node.inputs[0])) return untuned(node, "its elements are not float32");
  if (!a || !b || a->size() < 2 || b->size() < 2) return untuned(node, "one operand is a vector");
  if (b->size() == 2 && index.constant(node.inputs[1]) != nullptr)
    return dense_layer(node, product(a->begin(), a->end() - 1), a->back(), b->back(), {});
  if (!std::equal(a->begin(), a->end() - 2, b->begin(), b->end() - 2))
    return untuned(node, "the batches of its operands differ");
  Workload workload = empty_workload(node, Operator::matmul);
  workload.matmul.batch = product(a->begin(), a->end() - 2);
  workload.matmul.m = (*a)[a->size() - 2];
  workload.matmul.k = a->back();
  workload.matmul.n = b->back();
  return tuned(node, std::move(workload), {node.inputs[0], node.inputs[1], {}, {}, {}});
}

/// Operators that compute much and are not tuned yet.
constexpr std::array kHeavy{"QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger",
                            "LSTM",        "GRU",           "RNN"};

}  // namespace

Layer layer_of(const Node& node, const Resolved& network, const GraphIndex& index) {
  Layer layer;
  if (is(node, "Conv") || is(node, "ConvTranspose"))
    layer = convolution_layer(node, network, index);
  else if (is(node, "Gemm"))
    layer = gemm_layer(node, network, index);
  else if (is(node, "MatMul"))
    layer = matmul_layer(node, network, index);
  else if (std::find(kHeavy.begin(), kHeavy.end(), node.type) != kHeavy.end())
    layer = untuned(node, "tamis does not tune it yet");
  else
    layer = untuned(node, "");
  if (!layer.workload) return layer;
  const Status valid = validate(*layer.workload);
  return valid.ok() ? layer : untuned(node, valid.error().message);
}

}  // namespace tamis::network
