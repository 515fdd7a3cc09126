#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tamis::network {
namespace {

/// An operator without attributes that applies the same function to every element.
struct Unary {
  Signature signature;
  double (*of_fraction)(double) = nullptr;
  Wide (*of_integer)(Wide) = nullptr;  ///< where the operator takes integers
};

double sign_of_fraction(double x) {
  if (std::isnan(x)) return x;
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

Wide sign_of_integer(Wide x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
Wide magnitude(Wide x) { return x < 0 ? -x : x; }

/// To the nearest integer, ties to even, whatever way the processor rounds at the moment.
double round_half_to_even(double x) {
  const double nearest = std::round(x);
  const bool tie = std::fabs(x - std::trunc(x)) == 0.5;
  return tie ? std::copysign(2 * std::round(x / 2), x) : nearest;
}

constexpr std::array kUnary{
    Unary{{"Abs", 7, kNumbers}, std::fabs, magnitude},
    Unary{{"Acos"}, std::acos},
    Unary{{"Acosh", 9}, std::acosh},
    Unary{{"Asin"}, std::asin},
    Unary{{"Asinh", 9}, std::asinh},
    Unary{{"Atan"}, std::atan},
    Unary{{"Atanh", 9}, std::atanh},
    Unary{{"Ceil"}, std::ceil},
    Unary{{"Cos"}, std::cos},
    Unary{{"Cosh", 9}, std::cosh},
    Unary{{"Erf", 9}, std::erf},
    Unary{{"Exp"}, std::exp},
    Unary{{"Floor"}, std::floor},
    Unary{{"Log"}, std::log},
    Unary{{"Neg", 7, kFractions | kSigned}, [](double x) { return -x; }, [](Wide x) { return -x; }},
    Unary{{"Reciprocal"}, [](double x) { return 1 / x; }},
    Unary{{"Round", 11}, round_half_to_even},
    Unary{{"Sign", 9, kNumbers}, sign_of_fraction, sign_of_integer},
    Unary{{"Sin"}, std::sin},
    Unary{{"Sinh", 9}, std::sinh},
    Unary{{"Sqrt"}, std::sqrt},
    Unary{{"Tan"}, std::tan},
    Unary{{"Tanh"}, std::tanh},
};

Result<std::vector<Fact>> infer_unary(const Call& call) {
  TAMIS_TRY(check_signature(call, row_of(kUnary, call).signature));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

Result<std::vector<Array>> evaluate_unary(const Call& call, const std::vector<Fact>&) {
  const Unary& row = row_of(kUnary, call);
  TAMIS_ASSIGN(const Array x, call.value(0));
  if (holds_fractions(x.type())) {
    std::vector<double> values = to_doubles(x);
    std::transform(values.begin(), values.end(), values.begin(), row.of_fraction);
    return std::vector{from_doubles(x.type(), x.shape(), values)};
  }
  std::vector<Wide> values = to_wide(x);
  std::transform(values.begin(), values.end(), values.begin(), row.of_integer);
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

constexpr auto kUnaryOperators = definitions(kUnary, infer_unary, evaluate_unary);

}  // namespace

std::span<const OperatorDefinition> unary_operators() { return kUnaryOperators; }

}  // namespace tamis::network
