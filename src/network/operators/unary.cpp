#include "network/operators/elements.h"
#include "network/operators/families.h"

#include <array>
#include <cmath>
#include <functional>
#include <utility>

namespace tamis::network {
namespace {

/// The same function over fractions and, where the operator has one, over integers.
struct UnaryFunctions {
  std::function<double(double)> of_fraction;
  int64_t (*of_integer)(int64_t) = nullptr;
};

Result<std::vector<Fact>> same_as_input(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

Result<std::vector<Array>> apply_unary(const Call& call, const UnaryFunctions& functions) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  return visit_type(x.type(), [&](auto identity) -> Result<std::vector<Array>> {
    using T = typename decltype(identity)::type;
    NewArray<T> y(x.shape());
    const auto from = x.values<T>();
    if constexpr (kIsFloating<T>) {
      if (!functions.of_fraction) return call.invalid("there is none of " + std::string(to_string(x.type())));
      for (size_t i = 0; i < from.size(); ++i)
        y.values()[i] = from_double<T>(functions.of_fraction(as_double(from[i])));
    } else {
      if (functions.of_integer == nullptr)
        return call.invalid("there is none of " + std::string(to_string(x.type())));
      for (size_t i = 0; i < from.size(); ++i)
        y.values()[i] = from_integer<T>(functions.of_integer(static_cast<int64_t>(from[i])));
    }
    return std::vector<Array>{std::move(y).finish()};
  });
}

template <double (*of_fraction)(double), int64_t (*of_integer)(int64_t) = nullptr>
Result<std::vector<Array>> each(const Call& call, const std::vector<Fact>&) {
  return apply_unary(call, {of_fraction, of_integer});
}

/// NaN stays NaN.
double relu(double x) { return x < 0 ? 0 : x; }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double hard_swish(double x) { return x * std::fmax(0, std::fmin(1, x / 6 + 0.5)); }

Result<std::vector<Array>> leaky_relu(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 0.01F));
  return apply_unary(call, {[=](double x) { return x < 0 ? alpha * x : x; }});
}

Result<std::vector<Array>> hard_sigmoid(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 0.2F));
  TAMIS_ASSIGN(const double beta, call.number("beta", 0.5F));
  return apply_unary(
      call, {[=](double x) { return std::isnan(x) ? x : std::fmax(0, std::fmin(1, alpha * x + beta)); }});
}

constexpr std::array kUnary{
    OperatorDefinition{"HardSigmoid", same_as_input, hard_sigmoid},
    OperatorDefinition{"HardSwish", same_as_input, each<hard_swish>},
    OperatorDefinition{"LeakyRelu", same_as_input, leaky_relu},
    OperatorDefinition{"Relu", same_as_input, each<relu, [](int64_t x) { return x < 0 ? int64_t{0} : x; }>},
    OperatorDefinition{"Sigmoid", same_as_input, each<sigmoid>},
    OperatorDefinition{"Softplus", same_as_input, each<softplus>},
    OperatorDefinition{"Sqrt", same_as_input, each<std::sqrt>},
};

}  // namespace

std::span<const OperatorDefinition> unary_operators() { return kUnary; }

}  // namespace tamis::network
