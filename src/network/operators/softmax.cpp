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

constexpr int64_t kSoftmaxOfOneAxis =
    13;  ///< the first opset in which one axis is normalised, not all from it

/// The largest; NaN where the first is. Of none, NaN.
double largest_in(const Lane& lane) {
  double most = lane.count == 0 ? std::nan("") : lane[0];
  for (size_t i = 0; i < lane.count; ++i) most = std::max(most, lane[i]);
  return most;
}

/// All -inf gives NaN, as it does where the sum is taken as the text has it.
void softmax(const Lane& lane) {
  const double most = largest_in(lane);
  double total = 0;
  for (size_t i = 0; i < lane.count; ++i) total += lane[i] = std::exp(lane[i] - most);
  for (size_t i = 0; i < lane.count; ++i) lane[i] /= total;
}

void log_softmax(const Lane& lane) {
  const double most = largest_in(lane);
  double total = 0;
  for (size_t i = 0; i < lane.count; ++i) total += std::exp(lane[i] - most);
  for (size_t i = 0; i < lane.count; ++i) lane[i] = lane[i] - most - std::log(total);
}

/// 1 for the first of the largest, 0 for the others.
void hardmax(const Lane& lane) {
  const double most = largest_in(lane);
  bool found = false;
  for (size_t i = 0; i < lane.count; ++i) {
    const bool is_first = !found && lane[i] == most;
    lane[i] = is_first ? 1 : 0;
    found = found || is_first;
  }
}

Result<size_t> softmax_axis(const Call& call, size_t rank) {
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", call.opset() < kSoftmaxOfOneAxis ? 1 : -1));
  return call.axis(given, rank);
}

/// Below opset 13, all dimensions from the axis on are one.
Result<Lanes> softmax_lanes(const Call& call, const Shape& shape) {
  TAMIS_ASSIGN(const size_t axis, softmax_axis(call, shape.size()));
  return lanes_along(shape, axis, call.opset() < kSoftmaxOfOneAxis ? shape.size() : axis + 1);
}

Result<std::vector<Fact>> infer_softmax(const Call& call) {
  TAMIS_TRY(check_signature(call, {call.node().type, 7}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (x->shape) TAMIS_TRY(softmax_axis(call, x->shape->size()));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

template <void (*normalise)(const Lane&)>
Result<std::vector<Array>> evaluate_lanes(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Lanes lanes, softmax_lanes(call, x.shape()));
  std::vector<double> values = to_doubles(x);
  for_each_lane(values, lanes, normalise);
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

// LpNormalization. Where all is 0, all stays 0.

struct LpForm {
  int64_t p = 2;
  int64_t axis = -1;
};

Result<LpForm> lp_form(const Call& call) {
  LpForm form;
  TAMIS_ASSIGN(form.p, call.integer("p", 2));
  TAMIS_ASSIGN(form.axis, call.integer("axis", -1));
  if (form.p != 1 && form.p != 2) return call.invalid("attribute \"p\" must be 1 or 2");
  return form;
}

Result<std::vector<Fact>> infer_lp_normalization(const Call& call) {
  TAMIS_TRY(check_signature(call, {"LpNormalization"}));
  TAMIS_ASSIGN(const LpForm form, lp_form(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (x->shape) TAMIS_TRY(call.axis(form.axis, x->shape->size()));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

Result<std::vector<Array>> evaluate_lp_normalization(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const LpForm form, lp_form(call));
  TAMIS_ASSIGN(const size_t axis, call.axis(form.axis, x.shape().size()));
  std::vector<double> values = to_doubles(x);
  for_each_lane(values, lanes_along(x.shape(), axis, axis + 1), [&](const Lane& lane) {
    double norm = 0;
    for (size_t i = 0; i < lane.count; ++i) norm += form.p == 1 ? std::fabs(lane[i]) : lane[i] * lane[i];
    if (form.p == 2) norm = std::sqrt(norm);
    for (size_t i = 0; i < lane.count; ++i) lane[i] = norm == 0 ? 0 : lane[i] / norm;
  });
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

constexpr std::array kSoftmaxOperators{
    OperatorDefinition{"Hardmax", infer_softmax, evaluate_lanes<hardmax>},
    OperatorDefinition{"LogSoftmax", infer_softmax, evaluate_lanes<log_softmax>},
    OperatorDefinition{"LpNormalization", infer_lp_normalization, evaluate_lp_normalization},
    OperatorDefinition{"Softmax", infer_softmax, evaluate_lanes<softmax>},
};

}  // namespace

std::span<const OperatorDefinition> softmax_operators() { return kSoftmaxOperators; }

}  // namespace tamis::network
