#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kVariadicBroadcasts = 8;  ///< the first opset in which the shapes of inputs may differ
constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

/// An operator of one or more values of one type, two of which are taken together at a time.
struct Variadic {
  Signature signature;
  double (*of_fractions)(double, double) = nullptr;
  Wide (*of_integers)(Wide, Wide) = nullptr;  ///< where the operator takes integers
  bool mean = false;                          ///< and the result is divided by the number of values
};

double total_of(double a, double b) { return a + b; }

/// The larger; NaN where either is.
double larger_of(double a, double b) { return std::isnan(b) || a < b ? b : a; }
double smaller_of(double a, double b) { return std::isnan(b) || b < a ? b : a; }

constexpr std::array kVariadic{
    Variadic{{"Max", 7, kNumbers, 1, kAnyNumber}, larger_of, [](Wide a, Wide b) { return std::max(a, b); }},
    Variadic{{"Mean", 7, kFractions, 1, kAnyNumber}, total_of, nullptr, true},
    Variadic{{"Min", 7, kNumbers, 1, kAnyNumber}, smaller_of, [](Wide a, Wide b) { return std::min(a, b); }},
    Variadic{{"Sum", 7, kFractions, 1, kAnyNumber}, total_of},
};

/// The shape of all inputs together. Errors: invalid_input where they do not go together.
Result<Shape> shape_of_all(const Call& call) {
  TAMIS_ASSIGN(const Shape shape, broadcast_inputs(call));
  for (size_t i = 0; call.opset() < kVariadicBroadcasts && i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Shape own, call.shape(i));
    if (own != shape)
      return call.invalid("shapes " + to_string(own) + " and " + to_string(shape) +
                          " differ, which the operator allows from opset 8 on");
  }
  return shape;
}

Result<std::vector<Fact>> infer_variadic(const Call& call) {
  TAMIS_TRY(check_signature(call, row_of(kVariadic, call).signature));
  TAMIS_TRY(check_one_type(call));
  TAMIS_ASSIGN(const Fact* first, call.input(0));
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Fact* input, call.input(i));
    if (!input->shape) return std::vector<Fact>{{first->type, std::nullopt, std::nullopt}};
  }
  TAMIS_ASSIGN(Shape shape, shape_of_all(call));
  return std::vector<Fact>{{first->type, std::move(shape), std::nullopt}};
}

/// All inputs, which `read` makes numbers of, taken together in a shape.
template <class Number>
Result<std::vector<Number>> together(const Call& call, const Shape& shape,
                                     std::vector<Number> (*read)(const Array&),
                                     Number (*function)(Number, Number)) {
  std::vector<Number> all(static_cast<size_t>(*element_count(shape)));
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Array array, call.value(i));
    const std::vector<Number> numbers = read(array);
    BroadcastWalk walk(shape, {array.shape()});
    for (Number& number : all) {
      number = i == 0 ? numbers[walk.at(0)] : function(number, numbers[walk.at(0)]);
      walk.next();
    }
  }
  return all;
}

Result<std::vector<Array>> evaluate_variadic(const Call& call, const std::vector<Fact>& outputs) {
  const Variadic& row = row_of(kVariadic, call);
  const Shape& shape = *outputs[0].shape;
  if (!holds_fractions(outputs[0].type)) {
    TAMIS_ASSIGN(const std::vector<Wide> all, together(call, shape, to_wide, row.of_integers));
    return std::vector{from_wide(outputs[0].type, shape, all)};
  }
  TAMIS_ASSIGN(std::vector<double> all, together(call, shape, to_doubles, row.of_fractions));
  if (row.mean)
    for (double& value : all) value /= static_cast<double>(call.inputs());
  return std::vector{from_doubles(outputs[0].type, shape, all)};
}

constexpr auto kVariadicOperators = definitions(kVariadic, infer_variadic, evaluate_variadic);

}  // namespace

std::span<const OperatorDefinition> variadic_operators() { return kVariadicOperators; }

}  // namespace tamis::network
