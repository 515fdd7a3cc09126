#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/lanes.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

// Normalisations of two stages. The first computes in the type that the attribute `stash_type` names, and its
// result is cast to the type of the input; the second scales and shifts. So the texts say; onnxruntime 1.31
// ignores the attribute where the input is float64.

namespace tamis::network {
namespace {

/// What is added to a variance.
Result<double> epsilon_of(const Call& call) {
  TAMIS_ASSIGN(const float epsilon, call.number("epsilon", 1e-5F));
  return static_cast<double>(epsilon);
}

/// The type of the first stage, one of those that ONNX numbers so.
Result<ElementType> stash_type(const Call& call) {
  TAMIS_ASSIGN(const int64_t number, call.integer("stash_type", 1));
  switch (number) {
    case 1:
      return ElementType::float32;
    case 10:
      return ElementType::float16;
    case 11:
      return ElementType::float64;
    case 16:
      return ElementType::bfloat16;
    default:
      return call.invalid("attribute \"stash_type\" must be 1, 10, 11 or 16, not " + std::to_string(number));
  }
}

/// The lanes of a shape that are normalised: all dimensions from the attribute `axis` on.
Result<Lanes> normalised_lanes(const Call& call, const Shape& shape) {
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", -1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, shape.size()));
  return lanes_along(shape, axis, shape.size());
}

/// A shape with a size of 1 for the dimensions from the attribute `axis` on.
Result<Shape> shape_of_statistics(const Call& call, Shape shape) {
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", -1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, shape.size()));
  std::fill(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end(), 1);
  return shape;
}

/// What the first stage found out, of each lane.
struct LaneStatistics {
  std::vector<double> means;
  std::vector<double> inverse_deviations;
};

/// Each lane less its mean, if `centred`, and divided by its deviation from what is then its middle.
LaneStatistics standardise(std::vector<double>& values, const Lanes& lanes, double epsilon, bool centred) {
  LaneStatistics statistics;
  for_each_lane(values, lanes, [&](const Lane& lane) {
    const auto count = static_cast<double>(lane.count);
    double sum = 0;
    for (size_t i = 0; i < lane.count; ++i) sum += lane[i];
    const double middle = centred ? sum / count : 0;
    double squares = 0;
    for (size_t i = 0; i < lane.count; ++i) squares += (lane[i] - middle) * (lane[i] - middle);
    const double inverse = 1 / std::sqrt(squares / count + epsilon);
    for (size_t i = 0; i < lane.count; ++i) lane[i] = (lane[i] - middle) * inverse;
    statistics.means.push_back(middle);
    statistics.inverse_deviations.push_back(inverse);
  });
  return statistics;
}

/// The first stage: the elements of an array in the type of the stage, standardised, and cast back.
LaneStatistics first_stage(const Array& x, ElementType stash, const Lanes& lanes, double epsilon,
                           bool centred, std::vector<double>& values) {
  values = to_doubles(x);
  round_to(values, stash);
  LaneStatistics statistics = standardise(values, lanes, epsilon, centred);
  round_to(values, stash);
  round_to(values, x.type());
  return statistics;
}

/// The second stage: `values`, of this shape, times one array and plus another, which broadcast to it. No
/// array: nothing is added.
void scale_and_shift(std::vector<double>& values, const Shape& shape, const Array& scale,
                     const Array* shift) {
  BroadcastWalk walk(shape, {scale.shape(), shift != nullptr ? shift->shape() : Shape{}});
  const std::vector<double> scales = to_doubles(scale);
  const std::vector<double> shifts = shift != nullptr ? to_doubles(*shift) : std::vector<double>{0};
  for (double& value : values) {
    value = value * scales[walk.at(0)] + shifts[walk.at(1)];
    walk.next();
  }
}

/// Whether the scale and the shift, inputs 1 and 2, broadcast to the first input.
Status check_parameters(const Call& call, const Shape& shape) {
  for (size_t i = 1; i < call.inputs(); ++i)
    if (const Fact* parameter = call.optional_input(i); parameter != nullptr && parameter->shape)
      TAMIS_TRY(check_broadcasts_to(call, *parameter->shape, shape));
  return {};
}

// LayerNormalization.

Result<std::vector<Fact>> infer_layer_normalization(const Call& call) {
  TAMIS_TRY(check_signature(call, {"LayerNormalization", 17, kFractions, 2, 3, 3}));
  TAMIS_TRY(epsilon_of(call));
  TAMIS_TRY(check_one_type(call));
  TAMIS_ASSIGN(const ElementType stash, stash_type(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  std::vector<Fact> facts{{x->type, x->shape, std::nullopt}};
  std::optional<Shape> of_statistics;
  if (x->shape) {
    TAMIS_TRY(check_parameters(call, *x->shape));
    TAMIS_ASSIGN(of_statistics, shape_of_statistics(call, *x->shape));
  }
  for (size_t i = 1; i < call.outputs(); ++i) facts.push_back({stash, of_statistics, std::nullopt});
  return facts;
}

/// `of_all`, or as many NaN where lanes have no elements.
Array statistic(const Fact& fact, std::vector<double> of_all) {
  of_all.resize(static_cast<size_t>(*element_count(*fact.shape)), std::nan(""));
  return from_doubles(fact.type, *fact.shape, of_all);
}

Result<std::vector<Array>> evaluate_layer_normalization(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array scale, call.value(1));
  TAMIS_ASSIGN(const ElementType stash, stash_type(call));
  TAMIS_ASSIGN(const Lanes lanes, normalised_lanes(call, x.shape()));
  TAMIS_ASSIGN(const double epsilon, epsilon_of(call));
  std::vector<double> values;
  const LaneStatistics statistics = first_stage(x, stash, lanes, epsilon, true, values);
  const Fact* shift = call.optional_input(2);
  scale_and_shift(values, x.shape(), scale, shift != nullptr ? &*shift->value : nullptr);
  std::vector<Array> arrays{from_doubles(x.type(), x.shape(), values)};
  if (outputs.size() > 1) arrays.push_back(statistic(outputs[1], statistics.means));
  if (outputs.size() > 2) arrays.push_back(statistic(outputs[2], statistics.inverse_deviations));
  return arrays;
}

// RMSNormalization, whose output has the type of the scale.

Result<std::vector<Fact>> infer_rms_normalization(const Call& call) {
  TAMIS_TRY(check_signature(call, {"RMSNormalization", 23, kFractions, 2, 2}));
  TAMIS_TRY(epsilon_of(call));
  TAMIS_TRY(check_elements(call, 1, kFractions));
  TAMIS_TRY(stash_type(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* scale, call.input(1));
  if (x->shape) {
    TAMIS_TRY(normalised_lanes(call, *x->shape));
    TAMIS_TRY(check_parameters(call, *x->shape));
  }
  return std::vector<Fact>{{scale->type, x->shape, std::nullopt}};
}

Result<std::vector<Array>> evaluate_rms_normalization(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array scale, call.value(1));
  TAMIS_ASSIGN(const ElementType stash, stash_type(call));
  TAMIS_ASSIGN(const Lanes lanes, normalised_lanes(call, x.shape()));
  TAMIS_ASSIGN(const double epsilon, epsilon_of(call));
  std::vector<double> values;
  first_stage(x, stash, lanes, epsilon, false, values);
  scale_and_shift(values, x.shape(), scale, nullptr);
  return std::vector{from_doubles(outputs[0].type, x.shape(), values)};
}

// GroupNormalization.

constexpr int64_t kScalesByChannel = 21;  ///< the first opset with a scale for each channel, not each group

/// The groups that the channels of a shape are divided into.
Result<int64_t> group_count(const Call& call, const Shape& shape) {
  TAMIS_ASSIGN(const int64_t groups, call.integer("num_groups", 0));
  if (shape.size() < 2) return call.invalid("the input must have a dimension of channels, its second");
  if (groups < 1 || shape[1] % groups != 0)
    return call.invalid("attribute \"num_groups\" must divide the " + std::to_string(shape[1]) +
                        " channels, and is " + std::to_string(groups));
  return groups;
}

/// The type of the first stage: at opset 18 that of the input.
Result<ElementType> group_stash_type(const Call& call, ElementType own) {
  if (call.opset() < kScalesByChannel) return own;
  return stash_type(call);
}

Result<std::vector<Fact>> infer_group_normalization(const Call& call) {
  TAMIS_TRY(check_signature(call, {"GroupNormalization", 18, kFractions, 3, 3}));
  TAMIS_TRY(epsilon_of(call));
  TAMIS_TRY(check_one_type(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_TRY(group_stash_type(call, x->type));
  if (!x->shape) return std::vector<Fact>{{x->type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const int64_t groups, group_count(call, *x->shape));
  const bool by_channel = call.opset() >= kScalesByChannel;
  const Shape expected{by_channel ? (*x->shape)[1] : groups};
  for (size_t i = 1; i < 3; ++i)
    if (const Fact* parameter = call.optional_input(i); parameter->shape && *parameter->shape != expected)
      return call.invalid("input \"" + call.node().inputs[i] + "\" must have an element for each " +
                          (by_channel ? "channel" : "group") + ", " + to_string(expected) + ", and is of " +
                          to_string(*parameter->shape));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

/// Of N x C x ...: N times the groups, each of channels that lie together.
Lanes lanes_of_groups(const Array& x, int64_t groups) {
  const auto outer = static_cast<size_t>(x.shape()[0] * groups);
  const auto elements = static_cast<size_t>(x.elements());
  return {.outer = outer, .count = outer == 0 ? 0 : elements / outer, .inner = 1};
}

Result<std::vector<Array>> evaluate_group_normalization(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array scale, call.value(1));
  TAMIS_ASSIGN(const Array shift, call.value(2));
  TAMIS_ASSIGN(const int64_t groups, group_count(call, x.shape()));
  TAMIS_ASSIGN(const ElementType stash, group_stash_type(call, x.type()));
  TAMIS_ASSIGN(const double epsilon, epsilon_of(call));
  std::vector<double> values;
  first_stage(x, stash, lanes_of_groups(x, groups), epsilon, true, values);
  // Seen as N x parameters x rest, each parameter belongs to one element of the middle.
  const int64_t parameters = scale.elements();
  const int64_t rows = x.shape()[0] * parameters;
  const Shape seen{x.shape()[0], parameters, rows == 0 ? 0 : x.elements() / rows};
  const Array shift_column = shift.reshaped({parameters, 1});
  scale_and_shift(values, seen, scale.reshaped({parameters, 1}), &shift_column);
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

constexpr std::array kLayerNormalizations{
    OperatorDefinition{"GroupNormalization", infer_group_normalization, evaluate_group_normalization},
    OperatorDefinition{"LayerNormalization", infer_layer_normalization, evaluate_layer_normalization},
    OperatorDefinition{"RMSNormalization", infer_rms_normalization, evaluate_rms_normalization},
};

}  // namespace

std::span<const OperatorDefinition> layer_normalization_operators() { return kLayerNormalizations; }

}  // namespace tamis::network
