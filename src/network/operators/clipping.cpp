#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <array>
#include <cmath>
#include <limits>
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

struct ClipBounds {
  double min = 0;
  double max = 0;
};

/// The bounds of opsets in which they are attributes.
Result<ClipBounds> clip_attributes(const Call& call) {
  ClipBounds bounds;
  TAMIS_ASSIGN(bounds.min, call.number("min", std::numeric_limits<float>::lowest()));
  TAMIS_ASSIGN(bounds.max, call.number("max", std::numeric_limits<float>::max()));
  return bounds;
}

Result<std::vector<Fact>> infer_clip(const Call& call) {
  const bool has_inputs = call.opset() >= kClipHasInputs;
  TAMIS_TRY(check_signature(call, {"Clip", 7, has_inputs ? kNumbers : kFractions, 1, has_inputs ? 3U : 1U}));
  TAMIS_TRY(check_one_type(call));
  for (const std::string_view name : {"min", "max"})
    if (has_inputs && call.attribute(name) != nullptr)
      return call.invalid("\"" + std::string(name) +
                          "\" is an input from opset 11 on, and the node gives it as an attribute");
  TAMIS_TRY(clip_attributes(call));
  TAMIS_TRY(check_bound(call, 1));
  TAMIS_TRY(check_bound(call, 2));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

/// `max` where it is less than `min`; NaN stays NaN.
template <class Number>
void clip_all(std::vector<Number>& values, Number min, Number max) {
  for (Number& value : values) {
    value = value < min ? min : value;
    value = value > max ? max : value;
  }
}

/// A bound that is an input, the only element of `read`.
template <class Number>
Result<Number> clip_bound(const Call& call, size_t input, std::vector<Number> (*read)(const Array&),
                          Number otherwise) {
  if (call.optional_input(input) == nullptr) return otherwise;
  TAMIS_ASSIGN(const Array array, call.value(input));
  return read(array).front();
}

Result<std::vector<Array>> clip_fractions(const Call& call, const Array& x) {
  TAMIS_ASSIGN(ClipBounds bounds, clip_attributes(call));
  if (call.opset() >= kClipHasInputs) {
    TAMIS_ASSIGN(bounds.min, clip_bound(call, 1, to_doubles, least_fraction(x.type())));
    TAMIS_ASSIGN(bounds.max, clip_bound(call, 2, to_doubles, largest_fraction(x.type())));
  }
  std::vector<double> values = to_doubles(x);
  clip_all(values, bounds.min, bounds.max);
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

Result<std::vector<Array>> evaluate_clip(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  if (holds_fractions(x.type())) return clip_fractions(call, x);
  TAMIS_ASSIGN(const Wide min, clip_bound(call, 1, to_wide, least(x.type())));
  TAMIS_ASSIGN(const Wide max, clip_bound(call, 2, to_wide, largest(x.type())));
  std::vector<Wide> values = to_wide(x);
  clip_all(values, min, max);
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

struct ShrinkForm {
  double threshold = 0;
  double bias = 0;
};

/// Errors: invalid_input where integers would be moved by what is not finite.
Result<ShrinkForm> shrink_form(const Call& call) {
  ShrinkForm form;
  TAMIS_ASSIGN(form.threshold, call.number("lambd", 0.5F));
  TAMIS_ASSIGN(form.bias, call.number("bias", 0));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (!holds_fractions(x->type) && !(std::isfinite(form.threshold) && std::isfinite(form.bias)))
    return call.invalid("attributes \"lambd\" and \"bias\" must be finite for integers");
  return form;
}

Result<std::vector<Fact>> infer_shrink(const Call& call) {
  TAMIS_TRY(check_signature(call, {"Shrink", 9, kNumbers}));
  TAMIS_TRY(shrink_form(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

/// A whole number as an integer; one that no element comes near as one of that kind.
Wide whole_number(double value) {
  constexpr double kFar = 0x1p100;
  return static_cast<Wide>(std::fmax(-kFar, std::fmin(kFar, value)));
}

/// `x + offset`, cut to an integer, exactly.
Wide plus_cut(Wide x, double offset) {
  const Wide down = x + whole_number(std::floor(offset));
  return down >= 0 ? down : x + whole_number(std::ceil(offset));
}

Wide shrink_integer(Wide x, const ShrinkForm& form) {
  if (x < whole_number(std::ceil(-form.threshold))) return plus_cut(x, form.bias);
  if (x > whole_number(std::floor(form.threshold))) return plus_cut(x, -form.bias);
  return 0;
}

double shrink_fraction(double x, const ShrinkForm& form) {
  if (x < -form.threshold) return x + form.bias;
  if (x > form.threshold) return x - form.bias;
  return 0;
}

Result<std::vector<Array>> evaluate_shrink(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const ShrinkForm form, shrink_form(call));
  if (holds_fractions(x.type())) {
    std::vector<double> values = to_doubles(x);
    for (double& value : values) value = shrink_fraction(value, form);
    return std::vector{from_doubles(x.type(), x.shape(), values)};
  }
  std::vector<Wide> values = to_wide(x);
  for (Wide& value : values) value = shrink_integer(value, form);
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

constexpr std::array kClippingOperators{
    OperatorDefinition{"Clip", infer_clip, evaluate_clip},
    OperatorDefinition{"Shrink", infer_shrink, evaluate_shrink},
};

}  // namespace

std::span<const OperatorDefinition> clipping_operators() { return kClippingOperators; }

}  // namespace tamis::network
