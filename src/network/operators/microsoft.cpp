#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/lanes.h"
#include "network/operators/matrices.h"
#include "network/operators/numbers.h"
#include "network/operators/pool.h"
#include "network/operators/quantize.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

namespace tamis::network {
namespace {

// Operators of the domain com.microsoft, which onnxruntime's quantiser writes beside ONNX's own. What they
// mean is what onnxruntime 1.31.1 does, except that its QLinearAveragePool with count_include_pad also
// divides by what hangs over the padding (ceil_mode), which its AveragePool does not.

constexpr std::string_view kMicrosoft = "com.microsoft";

/// A scale and a zero point, at two inputs one after the other, both one number.
struct Quantization {
  float scale = 1;
  double zero_point = 0;

  [[nodiscard]] float fraction(double quantized) const {
    return static_cast<float>(quantized - zero_point) * scale;
  }
};

Status check_quantization(const Call& call, size_t scale) {
  TAMIS_TRY(type_of(call, scale, {ElementType::float32}));
  TAMIS_TRY(check_single(call, scale));
  return check_single(call, scale + 1);
}

Result<Quantization> quantization_of(const Call& call, size_t scale) {
  TAMIS_ASSIGN(const Array array, call.value(scale));
  Quantization quantization{single_float(array), 0};
  if (call.optional_input(scale + 1) == nullptr) return quantization;
  TAMIS_ASSIGN(const Array zero_point, call.value(scale + 1));
  quantization.zero_point = single_float(zero_point);
  return quantization;
}

/// The type of a quantised input. Errors: where it, or zero points, are of another.
Result<ElementType> byte_type_of(const Call& call, size_t input, std::initializer_list<size_t> zero_points) {
  TAMIS_ASSIGN(const ElementType type, type_of(call, input, {ElementType::uint8, ElementType::int8}));
  for (const size_t zero_point : zero_points) TAMIS_TRY(check_same_type(call, zero_point, input));
  return type;
}

/// A quantised number of a fraction, as QuantizeLinear has it.
double quantized(float fraction, const Quantization& to, const QuantizedRange& range) {
  QuantizedRange own = range;
  own.zero_point = to.zero_point;
  return own.quantized(fraction / to.scale);
}

Result<std::vector<Fact>> infer_quantized_pair(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, byte_type_of(call, 0, {2, 3, 5, 7}));
  TAMIS_ASSIGN(const Fact* b, call.input(3));
  for (const size_t scale : {1, 4, 6}) TAMIS_TRY(check_quantization(call, scale));
  const Fact* a = call.optional_input(0);
  if (!a->shape || !b->shape) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(Shape shape, broadcast(call, *a->shape, *b->shape));
  return std::vector<Fact>{{type, std::move(shape), std::nullopt}};
}

/// Both inputs of a QLinearAdd or QLinearMul, and the result.
struct QuantizedPair {
  Quantization a, b, y;
  bool swapped = false;  ///< of a sum, where the second one has the part of the first
};

/// In float32 and rounded where onnxruntime rounds on x86-64 with AVX2: each term of a sum once, with the
/// zero points of all three as its first.
float sum_of(const QuantizedPair& pair, float a, float b) {
  const auto [last, of_last, next, of_next] =
      pair.swapped ? std::tuple(b, &pair.b, a, &pair.a) : std::tuple(a, &pair.a, b, &pair.b);
  const float last_ratio = of_last->scale / pair.y.scale;
  const float next_ratio = of_next->scale / pair.y.scale;
  const float zeros = std::fma(last_ratio, static_cast<float>(of_last->zero_point),
                               next_ratio * static_cast<float>(of_next->zero_point));
  const float origin = static_cast<float>(pair.y.zero_point) - zeros;
  return std::fma(last, last_ratio, std::fma(next, next_ratio, origin));
}

float product_of(const QuantizedPair& pair, float a, float b) {
  const float product =
      (a - static_cast<float>(pair.a.zero_point)) * (b - static_cast<float>(pair.b.zero_point));
  return product * (pair.a.scale * pair.b.scale / pair.y.scale) + static_cast<float>(pair.y.zero_point);
}

/// What `combine` gives is rounded with the zero point in it, unlike what QuantizeLinear rounds.
template <float (*combine)(const QuantizedPair&, float, float)>
Result<std::vector<Array>> evaluate_quantized_pair(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(3));
  const Shape& shape = *outputs[0].shape;
  QuantizedPair pair;
  TAMIS_ASSIGN(pair.a, quantization_of(call, 1));
  TAMIS_ASSIGN(pair.b, quantization_of(call, 4));
  TAMIS_ASSIGN(pair.y, quantization_of(call, 6));
  pair.swapped = is_added_first(a.shape(), shape);
  const std::vector<double> as = to_doubles(a);
  const std::vector<double> bs = to_doubles(b);
  const QuantizedRange range = range_of(outputs[0].type, 0);
  std::vector<double> y(static_cast<size_t>(*element_count(shape)));
  BroadcastWalk walk(shape, {a.shape(), b.shape()});
  for (double& value : y) {
    value = range.quantized(
        combine(pair, static_cast<float>(as[walk.at(0)]), static_cast<float>(bs[walk.at(1)])));
    walk.next();
  }
  return std::vector{array_from(outputs[0].type, shape, std::span<const double>(y))};
}

Result<std::vector<Fact>> infer_quantized_function(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, byte_type_of(call, 0, {2, 4}));
  TAMIS_TRY(check_quantization(call, 1));
  TAMIS_TRY(check_quantization(call, 3));
  return std::vector<Fact>{{type, call.optional_input(0)->shape, std::nullopt}};
}

/// Each element through `function`, as a fraction.
template <class Function>
Result<std::vector<Array>> apply_quantized(const Call& call, const Fact& output, Function function) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Quantization of_x, quantization_of(call, 1));
  TAMIS_ASSIGN(const Quantization of_y, quantization_of(call, 3));
  const QuantizedRange range = range_of(output.type, 0);
  std::vector<double> values = to_doubles(x);
  for (double& value : values) value = quantized(function(of_x.fraction(value)), of_y, range);
  return std::vector{array_from(output.type, *output.shape, std::span<const double>(values))};
}

Result<std::vector<Array>> evaluate_quantized_sigmoid(const Call& call, const std::vector<Fact>& outputs) {
  return apply_quantized(call, outputs[0], [](float x) {
    return static_cast<float>(1 / (1 + std::exp(-static_cast<double>(x))));
  });
}

Result<std::vector<Array>> evaluate_quantized_leaky_relu(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const float alpha, call.number("alpha", 0.01F));
  return apply_quantized(call, outputs[0], [=](float x) { return x < 0 ? alpha * x : x; });
}

/// `opset` says of which Softmax this is: below 13 all dimensions from the axis on are one.
Result<Lanes> quantized_softmax_lanes(const Call& call, const Shape& shape) {
  constexpr int64_t kOneAxisSince = 13;
  TAMIS_ASSIGN(const int64_t opset, call.integer("opset", kOneAxisSince));
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", opset < kOneAxisSince ? 1 : -1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, shape.size()));
  return lanes_along(shape, axis, opset < kOneAxisSince ? shape.size() : axis + 1);
}

Result<std::vector<Fact>> infer_quantized_softmax(const Call& call) {
  TAMIS_ASSIGN(std::vector<Fact> outputs, infer_quantized_function(call));
  if (outputs[0].shape) TAMIS_TRY(quantized_softmax_lanes(call, *outputs[0].shape));
  return outputs;
}

/// onnxruntime sums rounded powers from a table, so that its results may be one quantum off.
Result<std::vector<Array>> evaluate_quantized_softmax(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Quantization of_x, quantization_of(call, 1));
  TAMIS_ASSIGN(const Quantization of_y, quantization_of(call, 3));
  TAMIS_ASSIGN(const Lanes lanes, quantized_softmax_lanes(call, x.shape()));
  const QuantizedRange range = range_of(outputs[0].type, 0);
  std::vector<double> values = to_doubles(x);
  for_each_lane(values, lanes, [&](const Lane& lane) {
    double most = lane.count == 0 ? 0 : lane[0];
    for (size_t i = 0; i < lane.count; ++i) most = std::max(most, lane[i]);
    double total = 0;
    for (size_t i = 0; i < lane.count; ++i)
      total += lane[i] = std::exp((lane[i] - most) * static_cast<double>(of_x.scale));
    for (size_t i = 0; i < lane.count; ++i)
      lane[i] = quantized(static_cast<float>(lane[i] / total), of_y, range);
  });
  return std::vector{array_from(outputs[0].type, x.shape(), std::span<const double>(values))};
}

template <bool global>
Result<std::vector<Fact>> infer_quantized_pool(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, byte_type_of(call, 0, {2, 4}));
  TAMIS_TRY(check_quantization(call, 1));
  TAMIS_TRY(check_quantization(call, 3));
  TAMIS_ASSIGN(const int64_t channels_last, call.integer("channels_last", 0));
  if (channels_last != 0) return call.cannot("channels_last is not supported; the channels must come first");
  return infer_pool_of(call, type, global);
}

/// Averages of a quantised input. QLinearAveragePool rounds after it has added the zero point, so its ties
/// fall otherwise than those of all others.
template <bool global>
Result<std::vector<Array>> evaluate_quantized_pool(const Call& call, const std::vector<Fact>& outputs) {
  if (element_count(*outputs[0].shape) == 0) return zeros_of(outputs);
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Quantization of_x, quantization_of(call, 1));
  TAMIS_ASSIGN(const Quantization of_y, quantization_of(call, 3));
  TAMIS_ASSIGN(const Window window, global ? global_window(call) : pool_window(call));
  const Array above = centred(x, Array::scalar<double>(of_x.zero_point));
  TAMIS_ASSIGN(std::vector<double> y, averages_of(call, above, window));
  const QuantizedRange range = range_of(outputs[0].type, global ? of_y.zero_point : 0);
  for (double& value : y) {
    const double steps = value * of_x.scale / of_y.scale + (global ? 0 : of_y.zero_point);
    value = range.quantized(static_cast<float>(steps));
  }
  return std::vector{array_from(outputs[0].type, *outputs[0].shape, std::span<const double>(y))};
}

/// Inputs after the result's scale and zero point come in threes: a value, its scale, its zero point.
Result<std::vector<Fact>> infer_quantized_concat(const Call& call) {
  if (call.inputs() < 5 || (call.inputs() - 2) % 3 != 0)
    return call.invalid("it has " + std::to_string(call.inputs()) +
                        " inputs, but needs two and three for each part");
  TAMIS_TRY(check_quantization(call, 0));
  TAMIS_ASSIGN(const ElementType type, byte_type_of(call, 1, {}));
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", 0));
  Fact y{type, std::nullopt, std::nullopt};
  for (size_t i = 2; i < call.inputs(); i += 3) {
    TAMIS_TRY(call.input(i));
    TAMIS_TRY(byte_type_of(call, i, {i + 2}));
    TAMIS_TRY(check_same_type(call, i, 1));
    TAMIS_TRY(check_quantization(call, i + 1));
  }
  if (!shapes_known(call)) return std::vector{y};
  TAMIS_ASSIGN(Shape whole, call.shape(2));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, whole.size()));
  for (size_t i = 5; i < call.inputs(); i += 3) {
    TAMIS_ASSIGN(Shape part, call.shape(i));
    if (!element_count(whole) || !element_count(part) || part.size() != whole.size())
      return call.invalid("parts of shapes " + to_string(whole) + " and " + to_string(part) +
                          " do not go together");
    whole[axis] += part[axis];
    part[axis] = whole[axis];
    if (part != whole)
      return call.invalid("a part of shape " + to_string(*call.optional_input(i)->shape) +
                          " does not go with the others along axis " + std::to_string(axis));
  }
  y.shape = std::move(whole);
  return std::vector{y};
}

Result<std::vector<Array>> evaluate_quantized_concat(const Call& call, const std::vector<Fact>& outputs) {
  const Shape& whole = *outputs[0].shape;
  if (element_count(whole) == 0) return zeros_of(outputs);
  TAMIS_ASSIGN(const Quantization of_y, quantization_of(call, 0));
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", 0));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, whole.size()));
  size_t outer = 1;
  for (size_t i = 0; i < axis; ++i) outer *= static_cast<size_t>(whole[i]);
  std::vector<double> y(static_cast<size_t>(*element_count(whole)));
  const QuantizedRange range = range_of(outputs[0].type, 0);
  size_t begin = 0;
  for (size_t i = 2; i < call.inputs(); i += 3) {
    TAMIS_ASSIGN(const Array part, call.value(i));
    TAMIS_ASSIGN(const Quantization of_part, quantization_of(call, i + 1));
    const std::vector<double> values = to_doubles(part);
    const size_t length = values.size() / outer;
    for (size_t j = 0; j < values.size(); ++j)
      y[j / length * (y.size() / outer) + begin + j % length] =
          quantized(of_part.fraction(values[j]), of_y, range);
    begin += length;
  }
  return std::vector{array_from(outputs[0].type, whole, std::span<const double>(y))};
}

constexpr std::array kMicrosoftOperators{
    OperatorDefinition{"QLinearAdd", infer_quantized_pair, evaluate_quantized_pair<sum_of>, kMicrosoft},
    OperatorDefinition{"QLinearAveragePool", infer_quantized_pool<false>, evaluate_quantized_pool<false>,
                       kMicrosoft},
    OperatorDefinition{"QLinearConcat", infer_quantized_concat, evaluate_quantized_concat, kMicrosoft},
    OperatorDefinition{"QLinearGlobalAveragePool", infer_quantized_pool<true>, evaluate_quantized_pool<true>,
                       kMicrosoft},
    OperatorDefinition{"QLinearLeakyRelu", infer_quantized_function, evaluate_quantized_leaky_relu,
                       kMicrosoft},
    OperatorDefinition{"QLinearMul", infer_quantized_pair, evaluate_quantized_pair<product_of>, kMicrosoft},
    OperatorDefinition{"QLinearSigmoid", infer_quantized_function, evaluate_quantized_sigmoid, kMicrosoft},
    OperatorDefinition{"QLinearSoftmax", infer_quantized_softmax, evaluate_quantized_softmax, kMicrosoft},
};

}  // namespace

std::span<const OperatorDefinition> microsoft_operators() { return kMicrosoftOperators; }

}  // namespace tamis::network
