#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/quantize.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// Errors: where the zero points have another shape than the scales, or either does not go with X.
Status check_scales(const Call& call, const Fact& x, const Fact& scale) {
  if (!scale.shape) return {};
  const Fact* zero_point = call.optional_input(2);
  const bool single = element_count(*scale.shape) == 1;
  if (zero_point != nullptr && zero_point->shape && !(single && element_count(*zero_point->shape) == 1))
    TAMIS_TRY(check_shape(call, 2, *scale.shape, "a zero point for each scale"));
  if (x.shape) TAMIS_TRY(ScaleLayout::of(call, *x.shape, *scale.shape));
  return {};
}

/// Of QuantizeLinear: the type of the zero point, `output_dtype`, or uint8.
Result<ElementType> quantized_type(const Call& call) {
  TAMIS_ASSIGN(const auto asked, type_attribute(call, "output_dtype",
                                                {ElementType::uint8, ElementType::int8, ElementType::uint16,
                                                 ElementType::int16}));
  if (call.optional_input(2) == nullptr) return asked.value_or(ElementType::uint8);
  TAMIS_ASSIGN(
      const ElementType type,
      type_of(call, 2, {ElementType::uint8, ElementType::int8, ElementType::uint16, ElementType::int16}));
  if (asked && *asked != type)
    return call.invalid("output_dtype is " + std::string(to_string(*asked)) + ", but its zero point is of " +
                        std::string(to_string(type)));
  return type;
}

Result<std::vector<Fact>> infer_quantize(const Call& call) {
  TAMIS_TRY(type_of(call, 0,
                    {ElementType::float32, ElementType::float16, ElementType::bfloat16, ElementType::int32}));
  TAMIS_TRY(type_of(call, 1,
                    {ElementType::float32, ElementType::float16, ElementType::bfloat16, ElementType::int32}));
  TAMIS_TRY(type_attribute(call, "precision", {ElementType::float32}));
  TAMIS_ASSIGN(const ElementType type, quantized_type(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* scale, call.input(1));
  TAMIS_TRY(check_scales(call, *x, *scale));
  return std::vector<Fact>{{type, x->shape, std::nullopt}};
}

/// Of input 2, or as many zeros as there are scales.
Result<std::vector<double>> zero_points_of(const Call& call, size_t count) {
  if (call.optional_input(2) == nullptr) return std::vector<double>(count);
  TAMIS_ASSIGN(const Array zero_points, call.value(2));
  return to_doubles(zero_points);
}

Result<std::vector<Array>> evaluate_quantize(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array scale, call.value(1));
  TAMIS_ASSIGN(const ScaleLayout layout, ScaleLayout::of(call, x.shape(), scale.shape()));
  const std::vector<double> scales = to_doubles(scale);
  TAMIS_ASSIGN(const std::vector<double> zero_points, zero_points_of(call, scales.size()));
  std::vector<double> values = to_doubles(x);
  const QuantizedRange range = range_of(outputs[0].type, 0);
  layout.each([&](size_t i, size_t of_scale) {
    QuantizedRange own = range;
    own.zero_point = zero_points[of_scale];
    values[i] = own.quantized(static_cast<float>(values[i]) / static_cast<float>(scales[of_scale]));
  });
  return std::vector{array_from(outputs[0].type, x.shape(), std::span<const double>(values))};
}

Result<std::vector<Fact>> infer_dequantize(const Call& call) {
  TAMIS_TRY(type_of(
      call, 0,
      {ElementType::uint8, ElementType::int8, ElementType::uint16, ElementType::int16, ElementType::int32}));
  TAMIS_ASSIGN(const ElementType type,
               type_of(call, 1, {ElementType::float32, ElementType::float16, ElementType::bfloat16}));
  TAMIS_TRY(check_same_type(call, 2, 0));
  TAMIS_ASSIGN(const auto asked,
               type_attribute(call, "output_dtype",
                              {ElementType::float32, ElementType::float16, ElementType::bfloat16}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* scale, call.input(1));
  TAMIS_TRY(check_scales(call, *x, *scale));
  return std::vector<Fact>{{asked.value_or(type), x->shape, std::nullopt}};
}

Result<std::vector<Array>> evaluate_dequantize(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array scale, call.value(1));
  TAMIS_ASSIGN(const ScaleLayout layout, ScaleLayout::of(call, x.shape(), scale.shape()));
  const std::vector<double> scales = to_doubles(scale);
  TAMIS_ASSIGN(const std::vector<double> zero_points, zero_points_of(call, scales.size()));
  std::vector<double> values = to_doubles(x);
  layout.each([&](size_t i, size_t of_scale) {
    values[i] = static_cast<float>(values[i] - zero_points[of_scale]) * static_cast<float>(scales[of_scale]);
  });
  return std::vector{array_from(outputs[0].type, x.shape(), std::span<const double>(values))};
}

Result<std::vector<Fact>> infer_dynamic_quantize(const Call& call) {
  TAMIS_TRY(type_of(call, 0, {ElementType::float32}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{ElementType::uint8, x->shape, std::nullopt},
                           {ElementType::float32, Shape{}, std::nullopt},
                           {ElementType::uint8, Shape{}, std::nullopt}};
}

/// In float32 throughout, where ties fall as in onnxruntime. The scale of zeros alone is 1, as there.
Result<std::vector<Array>> evaluate_dynamic_quantize(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  float least = 0;
  float most = 0;
  for (const float value : x.values<float>()) {
    least = std::fmin(least, value);
    most = std::fmax(most, value);
  }
  const float scale = most == least ? 1 : (most - least) / 255;
  const float zero_point = std::nearbyint(std::clamp(0 - least / scale, 0.0F, 255.0F));
  const QuantizedRange range = range_of(ElementType::uint8, zero_point);
  std::vector<double> values;
  for (const float value : x.values<float>()) values.push_back(range.quantized(value / scale));
  return std::vector{array_from(ElementType::uint8, x.shape(), std::span<const double>(values)),
                     Array::scalar<float>(scale), Array::scalar<uint8_t>(static_cast<uint8_t>(zero_point))};
}

constexpr std::array kQuantizations{
    OperatorDefinition{"DequantizeLinear", infer_dequantize, evaluate_dequantize},
    OperatorDefinition{"DynamicQuantizeLinear", infer_dynamic_quantize, evaluate_dynamic_quantize},
    OperatorDefinition{"QuantizeLinear", infer_quantize, evaluate_quantize},
    // Models before opset 21 quantise to 16 bits by these.
    OperatorDefinition{"DequantizeLinear", infer_dequantize, evaluate_dequantize, "com.microsoft"},
    OperatorDefinition{"QuantizeLinear", infer_quantize, evaluate_quantize, "com.microsoft"},
};

}  // namespace

std::span<const OperatorDefinition> quantization_operators() { return kQuantizations; }

}  // namespace tamis::network
