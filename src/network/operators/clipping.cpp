#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kClipHasInputs = 11;  ///< the first opset in which its bounds are inputs

Status check_bound(const Call& call, size_t input) {
  const Fact* bound = call.optional_input(input);
  if (bound == nullptr || !bound->shape) return {};
  // A shape of 1 is no scalar, but exporters write it and onnxruntime takes it.
  if (bound->shape->empty() || *bound->shape == Shape{1}) return {};
  return call.invalid("input \"" + call.node().inputs[input] + "\" must be a scalar, not of shape " +
                      to_string(*bound->shape));
}

Result<std::vector<Fact>> infer_clip(const Call& call) {
  const bool has_inputs = call.opset() >= kClipHasInputs;
  TAMIS_TRY(check_signature(call, {"Clip", 7, has_inputs ? kNumbers : kFractions, 1, has_inputs ? 3U : 1U}));
  TAMIS_TRY(check_one_type(call));
  for (const std::string_view name : {"min", "max"})
    if (has_inputs && call.attribute(name) != nullptr)
      return call.invalid("\"" + std::string(name) +
                          "\" is an input from opset 11 on, and the node gives it as an attribute");
  TAMIS_TRY(check_bound(call, 1));
  TAMIS_TRY(check_bound(call, 2));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

/// `max` where it is less than `min`; NaN stays NaN.
template <class Number>
void clip(std::vector<Number>& values, Number min, Number max) {
  for (Number& value : values) {
    value = value < min ? min : value;
    value = value > max ? max : value;
  }
}

/// A bound that is an input, the only element of `read`.
template <class Number>
Result<Number> bound(const Call& call, size_t input, std::vector<Number> (*read)(const Array&),
                     Number otherwise) {
  if (call.optional_input(input) == nullptr) return otherwise;
  TAMIS_ASSIGN(const Array array, call.value(input));
  return read(array).front();
}

Result<std::vector<Array>> clip_fractions(const Call& call, const Array& x) {
  double min = least_fraction(x.type());
  double max = largest_fraction(x.type());
  if (call.opset() < kClipHasInputs) {
    TAMIS_ASSIGN(min, call.number("min", static_cast<float>(least_fraction(ElementType::float32))));
    TAMIS_ASSIGN(max, call.number("max", static_cast<float>(largest_fraction(ElementType::float32))));
  } else {
    TAMIS_ASSIGN(min, bound(call, 1, to_doubles, min));
    TAMIS_ASSIGN(max, bound(call, 2, to_doubles, max));
  }
  std::vector<double> values = to_doubles(x);
  clip(values, min, max);
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

Result<std::vector<Array>> evaluate_clip(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  if (holds_fractions(x.type())) return clip_fractions(call, x);
  TAMIS_ASSIGN(const Wide min, bound(call, 1, to_wide, least(x.type())));
  TAMIS_ASSIGN(const Wide max, bound(call, 2, to_wide, largest(x.type())));
  std::vector<Wide> values = to_wide(x);
  clip(values, min, max);
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

Result<std::vector<Fact>> infer_shrink(const Call& call) {
  TAMIS_TRY(check_signature(call, {"Shrink", 9, kNumbers}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

/// A whole number as an integer; one that no element comes near as one of that kind.
Wide whole(double value) {
  constexpr double kFar = 0x1p100;
  return static_cast<Wide>(std::fmax(-kFar, std::fmin(kFar, value)));
}

/// `x + offset`, cut to an integer, exactly.
Wide plus_cut(Wide x, double offset) {
  const Wide down = x + whole(std::floor(offset));
  return down >= 0 ? down : x + whole(std::ceil(offset));
}

Wide shrink_integer(Wide x, double threshold, double bias) {
  if (x < whole(std::ceil(-threshold))) return plus_cut(x, bias);
  if (x > whole(std::floor(threshold))) return plus_cut(x, -bias);
  return 0;
}

double shrink_fraction(double x, double threshold, double bias) {
  if (x < -threshold) return x + bias;
  if (x > threshold) return x - bias;
  return 0;
}

Result<std::vector<Array>> evaluate_shrink(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const double threshold, call.number("lambd", 0.5F));
  TAMIS_ASSIGN(const double bias, call.number("bias", 0));
  if (holds_fractions(x.type())) {
    std::vector<double> values = to_doubles(x);
    for (double& value : values) value = shrink_fraction(value, threshold, bias);
    return std::vector{from_doubles(x.type(), x.shape(), values)};
  }
  if (!std::isfinite(threshold) || !std::isfinite(bias))
    return call.invalid("attributes \"lambd\" and \"bias\" must be finite for integers");
  std::vector<Wide> values = to_wide(x);
  for (Wide& value : values) value = shrink_integer(value, threshold, bias);
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

constexpr std::array kClippingOperators{
    OperatorDefinition{"Clip", infer_clip, evaluate_clip},
    OperatorDefinition{"Shrink", infer_shrink, evaluate_shrink},
};

}  // namespace

std::span<const OperatorDefinition> clipping_operators() { return kClippingOperators; }

}  // namespace tamis::network
