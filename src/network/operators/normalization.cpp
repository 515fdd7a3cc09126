#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/lanes.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tamis::network {
namespace {

/// Whether the inputs from the second to before `end` have this shape, where theirs is known.
Status check_channel_inputs(const Call& call, size_t end, const Shape& shape) {
  for (size_t i = 1; i < end; ++i) {
    TAMIS_TRY(check_elements(call, i, kFractions));
    TAMIS_ASSIGN(const Fact* input, call.input(i));
    if (input->shape && *input->shape != shape)
      return call.invalid("input \"" + call.node().inputs[i] + "\" must be of shape " + to_string(shape) +
                          ", one for each channel, not " + to_string(*input->shape));
  }
  return {};
}

/// What is added to a variance, the attribute `epsilon`.
Result<double> small_addend(const Call& call) {
  TAMIS_ASSIGN(const float epsilon, call.number("epsilon", 1e-5F));
  return static_cast<double>(epsilon);
}

// BatchNormalization with the statistics that it is given.

constexpr int64_t kSaysTrainingMode = 14;  ///< the first opset in which an attribute says whether it trains
constexpr int64_t kNoSpatial = 9;          ///< the first opset without the attribute `spatial`

/// Whether every place of a channel has parameters of its own, which opsets 7 and 8 allow.
Result<bool> is_by_place(const Call& call) {
  if (call.opset() >= kNoSpatial) return false;
  TAMIS_ASSIGN(const int64_t spatial, call.integer("spatial", 1));
  return spatial == 0;
}

Status check_does_not_train(const Call& call) {
  TAMIS_ASSIGN(const int64_t training, call.integer("training_mode", 0));
  const bool says_mode = call.opset() >= kSaysTrainingMode;
  bool more_outputs = false;
  for (size_t i = 1; i < call.outputs(); ++i) more_outputs = more_outputs || call.wants(i);
  if (says_mode && training == 0 && more_outputs)
    return call.invalid("there is one output where attribute \"training_mode\" is 0");
  if ((says_mode && training != 0) || more_outputs)
    return call.cannot("it is to train; export the model for inference");
  return {};
}

/// The channels and what is of one channel: 1xC... of N x C x ..., all of a value of one dimension.
Result<Shape> shape_of_parameters(const Call& call, const Shape& shape) {
  if (shape.empty()) return call.invalid("a scalar has no channels");
  if (shape.size() == 1) return Shape{1};
  TAMIS_ASSIGN(const bool by_place, is_by_place(call));
  return by_place ? Shape(shape.begin() + 1, shape.end()) : Shape{shape[1]};
}

Result<std::vector<Fact>> infer_batch_normalization(const Call& call) {
  TAMIS_TRY(check_signature(call, {"BatchNormalization", 7, kFractions, 5, 5, 5}));
  TAMIS_TRY(small_addend(call));
  TAMIS_TRY(check_does_not_train(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (x->shape) {
    TAMIS_ASSIGN(const Shape shape, shape_of_parameters(call, *x->shape));
    TAMIS_TRY(check_channel_inputs(call, 5, shape));
  }
  std::vector<Fact> facts{{x->type, x->shape, std::nullopt}};
  // Outputs that nobody wants still have a place in the node.
  for (size_t i = 1; i < call.outputs(); ++i) facts.push_back({x->type, Shape{0}, std::nullopt});
  return facts;
}

Result<std::vector<Array>> evaluate_batch_normalization(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  std::vector<std::vector<double>> parameters;
  for (size_t i = 1; i < 5; ++i) {
    TAMIS_ASSIGN(const Array parameter, call.value(i));
    parameters.push_back(to_doubles(parameter));
  }
  TAMIS_ASSIGN(const double epsilon, small_addend(call));
  const size_t count = parameters[0].size();
  const size_t batches = x.shape().size() == 1 ? 1 : static_cast<size_t>(x.shape()[0]);
  std::vector<double> values = to_doubles(x);
  const size_t together = values.empty() ? 1 : values.size() / batches / count;
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t place = i / together % count;
    const double deviation = std::sqrt(parameters[3][place] + epsilon);
    values[i] = (values[i] - parameters[2][place]) / deviation * parameters[0][place] + parameters[1][place];
  }
  std::vector<Array> arrays{from_doubles(x.type(), x.shape(), values)};
  for (size_t i = 1; i < outputs.size(); ++i) arrays.push_back(from_doubles(x.type(), Shape{0}, {}));
  return arrays;
}

// InstanceNormalization.

Result<std::vector<Fact>> infer_instance_normalization(const Call& call) {
  TAMIS_TRY(check_signature(call, {"InstanceNormalization", 7, kFractions, 3, 3}));
  TAMIS_TRY(small_addend(call));
  TAMIS_TRY(check_one_type(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (x->shape) {
    if (x->shape->size() < 3)
      return call.invalid("the input must have places beside batch and channels, and is of shape " +
                          to_string(*x->shape));
    TAMIS_TRY(check_channel_inputs(call, 3, Shape{(*x->shape)[1]}));
  }
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

struct LaneMoments {
  double mean = 0;
  double variance = 0;
};

LaneMoments moments_of(const Lane& lane) {
  LaneMoments moments;
  const auto count = static_cast<double>(lane.count);
  for (size_t i = 0; i < lane.count; ++i) moments.mean += lane[i] / count;
  for (size_t i = 0; i < lane.count; ++i) {
    const double difference = lane[i] - moments.mean;
    moments.variance += difference * difference / count;
  }
  return moments;
}

Result<std::vector<Array>> evaluate_instance_normalization(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array scale, call.value(1));
  TAMIS_ASSIGN(const Array shift, call.value(2));
  TAMIS_ASSIGN(const double epsilon, small_addend(call));
  const std::vector<double> scales = to_doubles(scale);
  const std::vector<double> shifts = to_doubles(shift);
  Lanes lanes = lanes_along(x.shape(), 2, x.shape().size());
  std::vector<double> values = to_doubles(x);
  size_t channel = 0;
  for_each_lane(values, lanes, [&](const Lane& lane) {
    const LaneMoments moments = moments_of(lane);
    const double deviation = std::sqrt(moments.variance + epsilon);
    for (size_t i = 0; i < lane.count; ++i)
      lane[i] = (lane[i] - moments.mean) / deviation * scales[channel] + shifts[channel];
    channel = (channel + 1) % scales.size();
  });
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

// MeanVarianceNormalization: without an epsilon, as the text's formula and onnxruntime have it, so that equal
// elements give NaN.

/// The shape with a size of 1 where elements are taken together.
Result<Shape> shape_of_means(const Call& call, Shape shape) {
  TAMIS_ASSIGN(const auto given, call.integer_list("axes"));
  for (const int64_t one : given.value_or(std::vector<int64_t>{0, 2, 3})) {
    TAMIS_ASSIGN(const size_t axis, call.axis(one, shape.size()));
    shape[axis] = 1;
  }
  return shape;
}

Result<std::vector<Fact>> infer_mean_variance_normalization(const Call& call) {
  TAMIS_TRY(check_signature(call, {"MeanVarianceNormalization", 9}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (x->shape) TAMIS_TRY(shape_of_means(call, *x->shape));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

/// The mean of `values`, of this shape, over all that belong to each element of the other one.
std::vector<double> means_over(const std::vector<double>& values, const Shape& shape, const Shape& of_means) {
  std::vector<double> means(static_cast<size_t>(*element_count(of_means)));
  BroadcastWalk walk(shape, {of_means});
  for (const double value : values) {
    means[walk.at(0)] += value * static_cast<double>(means.size()) / static_cast<double>(values.size());
    walk.next();
  }
  return means;
}

Result<std::vector<Array>> evaluate_mean_variance_normalization(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Shape of_means, shape_of_means(call, x.shape()));
  std::vector<double> values = to_doubles(x);
  const std::vector<double> means = means_over(values, x.shape(), of_means);
  std::vector<double> squares(values.size());
  BroadcastWalk centring(x.shape(), {of_means});
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] -= means[centring.at(0)];
    squares[i] = values[i] * values[i];
    centring.next();
  }
  const std::vector<double> variances = means_over(squares, x.shape(), of_means);
  BroadcastWalk scaling(x.shape(), {of_means});
  for (double& value : values) {
    value /= std::sqrt(variances[scaling.at(0)]);
    scaling.next();
  }
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

// LRN.

Result<int64_t> lrn_size(const Call& call) {
  TAMIS_ASSIGN(const int64_t size, call.integer("size", 0));
  if (size < 1) return call.invalid("attribute \"size\" must be given and at least 1");
  return size;
}

struct LrnForm {
  size_t before = 0;  ///< how many channels before one count, and behind it
  size_t behind = 0;
  double alpha = 0;  ///< divided by the size already
  double beta = 0;
  double bias = 0;
};

Result<LrnForm> lrn_form(const Call& call) {
  TAMIS_ASSIGN(const int64_t size, lrn_size(call));
  const auto others = static_cast<size_t>(size - 1);
  LrnForm form{.before = others / 2, .behind = others - others / 2};
  TAMIS_ASSIGN(form.alpha, call.number("alpha", 1e-4F));
  TAMIS_ASSIGN(form.beta, call.number("beta", 0.75F));
  TAMIS_ASSIGN(form.bias, call.number("bias", 1));
  form.alpha /= static_cast<double>(size);
  return form;
}

Result<std::vector<Fact>> infer_lrn(const Call& call) {
  TAMIS_TRY(check_signature(call, {"LRN"}));
  TAMIS_TRY(lrn_form(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (x->shape && x->shape->size() < 2)
    return call.invalid("the input must have a dimension of channels, its second");
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

void normalise_channels(const Lane& lane, const LrnForm& form) {
  std::vector<double> old;
  for (size_t i = 0; i < lane.count; ++i) old.push_back(lane[i]);
  for (size_t i = 0; i < lane.count; ++i) {
    const size_t begin = i - std::min(i, form.before);
    const size_t end = i + std::min(lane.count - 1 - i, form.behind) + 1;
    double squares = 0;
    for (size_t j = begin; j < end; ++j) squares += old[j] * old[j];
    lane[i] = old[i] / std::pow(form.bias + form.alpha * squares, form.beta);
  }
}

Result<std::vector<Array>> evaluate_lrn(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const LrnForm form, lrn_form(call));
  std::vector<double> values = to_doubles(x);
  for_each_lane(values, lanes_along(x.shape(), 1, 2),
                [&](const Lane& lane) { normalise_channels(lane, form); });
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

constexpr std::array kNormalizations{
    OperatorDefinition{"BatchNormalization", infer_batch_normalization, evaluate_batch_normalization},
    OperatorDefinition{"InstanceNormalization", infer_instance_normalization,
                       evaluate_instance_normalization},
    OperatorDefinition{"LRN", infer_lrn, evaluate_lrn},
    OperatorDefinition{"MeanVarianceNormalization", infer_mean_variance_normalization,
                       evaluate_mean_variance_normalization},
};

}  // namespace

std::span<const OperatorDefinition> normalization_operators() { return kNormalizations; }

}  // namespace tamis::network
