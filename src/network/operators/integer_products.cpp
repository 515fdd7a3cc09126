#include "network/operators/broadcast.h"
#include "network/operators/convolve.h"
#include "network/operators/families.h"
#include "network/operators/matrices.h"
#include "network/operators/numbers.h"
#include "network/operators/quantize.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <utility>

namespace tamis::network {
namespace {

const std::initializer_list<ElementType> kBytes{ElementType::uint8, ElementType::int8};

/// Which inputs of a node hold one of the two factors. `none` for an input that the operator does not have.
struct FactorInputs {
  size_t value;
  size_t scale;
  size_t zero_point;
};

constexpr size_t kNoInput = SIZE_MAX;

/// Where scales and zero points that differ lie.
enum class Along {
  nothing,          ///< one alone
  output_channels,  ///< along the first dimension of a convolution's weights
  rows,             ///< of a left factor
  columns,          ///< of a right factor
};

/// The shape with which scales or zero points broadcast to elements of shape `to`. Errors: invalid_input
/// where they do not.
Result<Shape> spread(const Call& call, size_t input, const Shape& to, Along along) {
  TAMIS_ASSIGN(Shape shape, call.shape(input));
  if (element_count(shape) == 1) return Shape{};
  const Shape given = shape;
  if (shape.size() == 1 && along == Along::output_channels) shape.resize(to.size(), 1);
  if (shape.size() == 1 && along == Along::rows) shape.push_back(1);
  const size_t last = to.size() - 1;
  const bool fits = along == Along::output_channels ? given.size() == 1 && !to.empty()
                    : along == Along::rows          ? to.size() >= 2 && shape.back() == 1
                    : along == Along::columns ? to.size() >= 2 && (shape.size() == 1 || shape[last - 1] == 1)
                                              : false;
  const Result<Shape> both = fits ? broadcast(call, shape, to) : Result<Shape>(Shape());
  if (!fits || !both.ok() || *both != to)
    return call.invalid("input \"" + call.node().inputs[input] + "\" of shape " + to_string(given) +
                        " does not go with " + to_string(to));
  return shape;
}

/// Types, and zero points and scales of a shape that goes with the elements'.
Status check_factor(const Call& call, const FactorInputs& inputs, Along along) {
  TAMIS_TRY(type_of(call, inputs.value, kBytes));
  TAMIS_TRY(check_same_type(call, inputs.zero_point, inputs.value));
  if (inputs.scale != kNoInput) TAMIS_TRY(fraction_type_of(call, inputs.scale));
  const Fact* value = call.optional_input(inputs.value);
  for (const size_t input : {inputs.zero_point, inputs.scale}) {
    if (input == kNoInput) continue;
    const Fact* fact = call.optional_input(input);
    if (fact == nullptr || !fact->shape || !value->shape) continue;
    TAMIS_TRY(spread(call, input, *value->shape, along));
  }
  return {};
}

/// The elements of a factor without its zero points, float64.
Result<Array> centred_factor(const Call& call, const FactorInputs& inputs, Along along) {
  TAMIS_ASSIGN(const Array value, call.value(inputs.value));
  if (call.optional_input(inputs.zero_point) == nullptr) return value;
  TAMIS_ASSIGN(const Array zero_point, call.value(inputs.zero_point));
  TAMIS_ASSIGN(Shape shape, spread(call, inputs.zero_point, value.shape(), along));
  return centred(value, zero_point.reshaped(std::move(shape)));
}

/// Scales of the left factor times those of the right, over that of the result, each step in float32.
Array result_scales(const Array& left, const Array& right, float result) {
  const std::vector<double> of_left = to_doubles(left);
  const std::vector<double> of_right = to_doubles(right);
  Shape shape = left.shape();  // scales of both differ along different dimensions
  for (size_t i = 0; i < right.shape().size(); ++i) {
    if (i >= shape.size()) shape.insert(shape.begin(), 1);
    int64_t& size = shape[shape.size() - 1 - i];
    size = std::max(size, right.shape()[right.shape().size() - 1 - i]);
  }
  std::vector<double> scales(static_cast<size_t>(*element_count(shape)));
  BroadcastWalk walk(shape, {left.shape(), right.shape()});
  for (double& scale : scales) {
    scale = static_cast<float>(of_left[walk.at(0)]) * static_cast<float>(of_right[walk.at(1)]) / result;
    walk.next();
  }
  return array_from(ElementType::float32, std::move(shape), std::span<const double>(scales));
}

/// What a quantised product says of its result, inputs 6 and 7.
Result<ElementType> result_type(const Call& call) {
  TAMIS_TRY(fraction_type_of(call, 6));
  TAMIS_TRY(check_single(call, 6));
  TAMIS_TRY(check_single(call, 7));
  return type_of(call, 7, kBytes);
}

/// Sums of products as the result of a quantised operator, with the scales of both factors as they spread
/// over it.
Result<std::vector<Array>> quantized_result(const Call& call, const Fact& output,
                                            std::span<const double> sums, const Array& left,
                                            const Array& right) {
  TAMIS_ASSIGN(const Array scale, call.value(6));
  TAMIS_ASSIGN(const Array zero_point, call.value(7));
  return std::vector{requantized(output.type, *output.shape, sums,
                                 result_scales(left, right, single_float(scale)), to_doubles(zero_point)[0])};
}

Result<std::vector<Fact>> infer_convolution(const Call& call, ElementType type, size_t w) {
  const Fact* x = call.optional_input(0);
  const Fact* weights = call.optional_input(w);
  if (!x->shape || !weights->shape) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const Convolution convolution, convolution_of(call, 0, w));
  return std::vector<Fact>{{type, output_shape(convolution), std::nullopt}};
}

Result<std::vector<Fact>> infer_product(const Call& call, ElementType type, size_t b) {
  const Fact* left = call.optional_input(0);
  const Fact* right = call.optional_input(b);
  if (!left->shape || !right->shape) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(MatrixProduct product, matrix_product(call, *left->shape, *right->shape));
  return std::vector<Fact>{{type, std::move(product.y), std::nullopt}};
}

constexpr FactorInputs kLeftInteger{0, kNoInput, 2};
constexpr FactorInputs kRightInteger{1, kNoInput, 3};
constexpr FactorInputs kLeftQuantized{0, 1, 2};
constexpr FactorInputs kRightQuantized{3, 4, 5};

Result<std::vector<Fact>> infer_conv_integer(const Call& call) {
  TAMIS_TRY(check_factor(call, kLeftInteger, Along::nothing));
  TAMIS_TRY(check_factor(call, kRightInteger, Along::output_channels));
  return infer_convolution(call, ElementType::int32, 1);
}

Result<std::vector<Array>> evaluate_conv_integer(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, centred_factor(call, kLeftInteger, Along::nothing));
  TAMIS_ASSIGN(const Array w, centred_factor(call, kRightInteger, Along::output_channels));
  TAMIS_ASSIGN(const Convolution convolution, convolution_of(call, 0, 1));
  const std::vector<double> sums = convolve(convolution, x, w);
  return std::vector{array_from(ElementType::int32, *outputs[0].shape, std::span<const double>(sums))};
}

Result<std::vector<Fact>> infer_mat_mul_integer(const Call& call) {
  TAMIS_TRY(check_factor(call, kLeftInteger, Along::rows));
  TAMIS_TRY(check_factor(call, kRightInteger, Along::columns));
  return infer_product(call, ElementType::int32, 1);
}

Result<std::vector<double>> product_sums(const Call& call, const FactorInputs& left,
                                         const FactorInputs& right, const Fact& output) {
  TAMIS_ASSIGN(const Array a, centred_factor(call, left, Along::rows));
  TAMIS_ASSIGN(const Array b, centred_factor(call, right, Along::columns));
  TAMIS_ASSIGN(const MatrixProduct product, matrix_product(call, a.shape(), b.shape()));
  std::vector<double> sums(static_cast<size_t>(*element_count(*output.shape)));
  multiply_matrices(product, a, b, std::span(sums));
  return sums;
}

Result<std::vector<Array>> evaluate_mat_mul_integer(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const std::vector<double> sums, product_sums(call, kLeftInteger, kRightInteger, outputs[0]));
  return std::vector{array_from(ElementType::int32, *outputs[0].shape, std::span<const double>(sums))};
}

Result<std::vector<Fact>> infer_qlinear_conv(const Call& call) {
  TAMIS_TRY(check_factor(call, kLeftQuantized, Along::nothing));
  TAMIS_TRY(check_factor(call, kRightQuantized, Along::output_channels));
  TAMIS_ASSIGN(const ElementType type, result_type(call));
  if (call.optional_input(8) != nullptr) {
    TAMIS_TRY(type_of(call, 8, {ElementType::int32}));
    const Fact* weights = call.optional_input(3);
    if (weights->shape && !weights->shape->empty())
      TAMIS_TRY(check_shape(call, 8, {weights->shape->front()}, "one bias for each output channel"));
  }
  return infer_convolution(call, type, 3);
}

Result<std::vector<Array>> evaluate_qlinear_conv(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, centred_factor(call, kLeftQuantized, Along::nothing));
  TAMIS_ASSIGN(const Array w, centred_factor(call, kRightQuantized, Along::output_channels));
  TAMIS_ASSIGN(const Array x_scale, call.value(1));
  TAMIS_ASSIGN(const Array w_scale, call.value(4));
  TAMIS_ASSIGN(const Convolution convolution, convolution_of(call, 0, 3));
  std::vector<double> sums = convolve(convolution, x, w);
  if (call.optional_input(8) != nullptr) {
    TAMIS_ASSIGN(const Array bias, call.value(8));
    add_to_channels(sums, convolution.batch, to_doubles(bias));
  }
  Shape channels(x.shape().size() - 1, 1);  // without the batch
  channels[0] = w_scale.elements();
  return quantized_result(call, outputs[0], sums, x_scale.reshaped({}), w_scale.reshaped(channels));
}

Result<std::vector<Fact>> infer_qlinear_mat_mul(const Call& call) {
  TAMIS_TRY(check_factor(call, kLeftQuantized, Along::rows));
  TAMIS_TRY(check_factor(call, kRightQuantized, Along::columns));
  TAMIS_ASSIGN(const ElementType type, result_type(call));
  return infer_product(call, type, 3);
}

Result<std::vector<Array>> evaluate_qlinear_mat_mul(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const std::vector<double> sums,
               product_sums(call, kLeftQuantized, kRightQuantized, outputs[0]));
  TAMIS_ASSIGN(const Array a_scale, call.value(1));
  TAMIS_ASSIGN(const Array b_scale, call.value(4));
  TAMIS_ASSIGN(const Shape a, call.shape(0));
  TAMIS_ASSIGN(const Shape b, call.shape(3));
  TAMIS_ASSIGN(Shape of_a, spread(call, 1, a, Along::rows));
  TAMIS_ASSIGN(Shape of_b, spread(call, 4, b, Along::columns));
  if (b.size() == 1 && !of_a.empty()) of_a.pop_back();               // the result has no columns
  if (a.size() == 1 && of_b.size() > 1) of_b.erase(of_b.end() - 2);  // nor rows
  return quantized_result(call, outputs[0], sums, a_scale.reshaped(of_a), b_scale.reshaped(of_b));
}

constexpr FactorInputs kLeftToFloat{0, 2, 4};
constexpr FactorInputs kRightToFloat{1, 3, 5};

/// onnxruntime's product of matrices of bytes as float32: what its optimiser makes of a MatMulInteger whose
/// sums are scaled, with or without a bias.
Result<std::vector<Fact>> infer_mat_mul_integer_to_float(const Call& call) {
  TAMIS_TRY(call.input(2));
  TAMIS_TRY(call.input(3));
  TAMIS_TRY(check_factor(call, kLeftToFloat, Along::nothing));
  TAMIS_TRY(check_factor(call, kRightToFloat, Along::columns));
  for (const size_t input : {2, 3, 6})
    if (call.optional_input(input) != nullptr) TAMIS_TRY(type_of(call, input, {ElementType::float32}));
  const Fact* right = call.optional_input(1);
  if (call.optional_input(6) != nullptr && right->shape && !right->shape->empty())
    TAMIS_TRY(check_shape(call, 6, {right->shape->back()}, "one bias for each column"));
  return infer_product(call, ElementType::float32, 1);
}

Result<std::vector<Array>> evaluate_mat_mul_integer_to_float(const Call& call,
                                                             const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(std::vector<double> sums, product_sums(call, kLeftToFloat, kRightToFloat, outputs[0]));
  TAMIS_ASSIGN(const Array a_scale, call.value(2));
  TAMIS_ASSIGN(const Array b_scale, call.value(3));
  const std::vector<double> scales =
      to_doubles(result_scales(a_scale.reshaped({}), b_scale.reshaped({b_scale.elements()}), 1));
  std::vector<double> bias{0};
  if (call.optional_input(6) != nullptr) {
    TAMIS_ASSIGN(const Array given, call.value(6));
    bias = to_doubles(given);
  }
  for (size_t i = 0; i < sums.size(); ++i) {
    const float scaled = static_cast<float>(sums[i]) * static_cast<float>(scales[i % scales.size()]);
    sums[i] = scaled + static_cast<float>(bias[i % bias.size()]);
  }
  return std::vector{array_from(ElementType::float32, *outputs[0].shape, std::span<const double>(sums))};
}

constexpr FactorInputs kLeftOfGemm{0, 1, 2};
constexpr FactorInputs kRightOfGemm{3, 4, 5};

/// B's columns are rows where it is transposed: scales and zero points are those of columns either way.
Along columns_of(const GemmOperands& operands) {
  return operands.b_transposed ? Along::output_channels : Along::columns;
}

/// Whether a QGemm gives quantised numbers, and not float32.
bool gives_quantized(const Call& call) { return call.optional_input(7) != nullptr; }

Result<std::vector<Fact>> infer_qgemm(const Call& call) {
  TAMIS_TRY(call.input(3));
  TAMIS_ASSIGN(const int64_t b_transposed, call.integer("transB", 0));
  TAMIS_TRY(check_factor(call, kLeftOfGemm, Along::nothing));
  TAMIS_TRY(check_factor(call, kRightOfGemm, b_transposed != 0 ? Along::output_channels : Along::columns));
  if (call.optional_input(6) != nullptr) TAMIS_TRY(type_of(call, 6, {ElementType::int32}));
  if (gives_quantized(call) != (call.optional_input(8) != nullptr))
    return call.invalid("it must have both a scale and a zero point of its result, or neither");
  ElementType type = ElementType::float32;
  if (gives_quantized(call)) {
    TAMIS_TRY(check_single(call, 7));
    TAMIS_TRY(check_single(call, 8));
    TAMIS_ASSIGN(type, type_of(call, 8, kBytes));
  }
  if (!shapes_known(call)) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const GemmOperands operands, gemm_operands(call, 0, 3));
  Shape y{operands.rows, operands.columns};
  if (const Fact* c = call.optional_input(6)) {
    TAMIS_ASSIGN(const Shape both, broadcast(call, y, *c->shape));
    if (both != y)
      return call.invalid("C of shape " + to_string(*c->shape) + " does not go with " + to_string(y));
  }
  return std::vector<Fact>{{type, std::move(y), std::nullopt}};
}

/// A times B plus C, in steps of both scales.
Result<std::vector<double>> qgemm_sums(const Call& call, const GemmOperands& operands, const Shape& shape) {
  TAMIS_ASSIGN(const Array a, centred_factor(call, kLeftOfGemm, Along::nothing));
  TAMIS_ASSIGN(const Array b, centred_factor(call, kRightOfGemm, columns_of(operands)));
  std::vector<double> sums = multiply_operands(operands, a, b);
  if (call.optional_input(6) == nullptr) return sums;
  TAMIS_ASSIGN(const Array c, call.value(6));
  const std::vector<double> values = to_doubles(c);
  BroadcastWalk walk(shape, {c.shape()});
  for (double& sum : sums) {
    sum += values[walk.at(0)];
    walk.next();
  }
  return sums;
}

Result<std::vector<Array>> evaluate_qgemm(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const GemmOperands operands, gemm_operands(call, 0, 3));
  const Shape& shape = *outputs[0].shape;
  TAMIS_ASSIGN(std::vector<double> sums, qgemm_sums(call, operands, shape));
  TAMIS_ASSIGN(const Array a_scale, call.value(1));
  TAMIS_ASSIGN(const Array b_scale, call.value(4));
  TAMIS_ASSIGN(const float alpha, call.number("alpha", 1));
  const Array left = Array::scalar<float>(alpha * single_float(a_scale));
  const Array right = b_scale.reshaped({b_scale.elements()});
  if (gives_quantized(call)) {
    TAMIS_ASSIGN(const Array scale, call.value(7));
    TAMIS_ASSIGN(const Array zero_point, call.value(8));
    return std::vector{requantized(outputs[0].type, shape, sums,
                                   result_scales(left, right, single_float(scale)),
                                   to_doubles(zero_point)[0])};
  }
  const std::vector<double> scales = to_doubles(result_scales(left, right, 1));
  for (size_t i = 0; i < sums.size(); ++i) sums[i] *= scales[i % scales.size()];
  return std::vector{array_from(outputs[0].type, shape, std::span<const double>(sums))};
}

constexpr std::array kIntegerProducts{
    OperatorDefinition{"ConvInteger", infer_conv_integer, evaluate_conv_integer},
    OperatorDefinition{"MatMulInteger", infer_mat_mul_integer, evaluate_mat_mul_integer},
    OperatorDefinition{"MatMulIntegerToFloat", infer_mat_mul_integer_to_float,
                       evaluate_mat_mul_integer_to_float, "com.microsoft"},
    OperatorDefinition{"QGemm", infer_qgemm, evaluate_qgemm, "com.microsoft"},
    OperatorDefinition{"QLinearConv", infer_qlinear_conv, evaluate_qlinear_conv},
    OperatorDefinition{"QLinearMatMul", infer_qlinear_mat_mul, evaluate_qlinear_mat_mul},
};

}  // namespace

std::span<const OperatorDefinition> integer_product_operators() { return kIntegerProducts; }

}  // namespace tamis::network
