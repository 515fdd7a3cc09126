#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>

namespace tamis::network {
namespace {

/// The two numbers that an activation's attributes give, under whatever names.
struct ActivationValues {
  double first = 0;
  double second = 0;
};

/// A number that an activation takes, and its default. No name: it takes none.
struct ActivationAttribute {
  std::string_view name;
  float otherwise = 0;
};

/// An operator that applies a function with parameters to every fraction. Comparisons are such that NaN stays
/// NaN, but where the operator's text or onnxruntime says otherwise.
struct TabledActivation {
  Signature signature;
  double (*function)(double x, const ActivationValues& values) = nullptr;
  ActivationAttribute first = {};
  ActivationAttribute second = {};
};

double positive_part(double x) { return x < 0 ? 0 : x; }
double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double soft_plus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

/// To 0..1; NaN stays.
double to_unit(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

double celu_of(double x, const ActivationValues& p) {
  const double below = p.first * std::expm1(x / p.first);
  return positive_part(x) + (below > 0 ? 0 : below);
}

double selu_of(double x, const ActivationValues& p) {
  return p.second * (x > 0 ? x : p.first * std::expm1(x));
}

constexpr std::array kActivations{
    TabledActivation{{"Celu", 12}, celu_of, {"alpha", 1}},
    TabledActivation{{"Elu"},
                     [](double x, const ActivationValues& p) { return x < 0 ? p.first * std::expm1(x) : x; },
                     {"alpha", 1}},
    TabledActivation{{"HardSigmoid"},
                     [](double x, const ActivationValues& p) { return to_unit(p.first * x + p.second); },
                     {"alpha", 0.2F},
                     {"beta", 0.5F}},
    TabledActivation{{"HardSwish", 14},
                     [](double x, const ActivationValues&) { return x * to_unit(x / 6 + 0.5); }},
    TabledActivation{{"LeakyRelu"},
                     [](double x, const ActivationValues& p) { return x < 0 ? p.first * x : x; },
                     {"alpha", 0.01F}},
    TabledActivation{{"Mish", 18},
                     [](double x, const ActivationValues&) { return x * std::tanh(soft_plus(x)); }},
    TabledActivation{
        {"Selu"}, selu_of, {"alpha", 1.67326319217681884765625F}, {"gamma", 1.05070102214813232421875F}},
    TabledActivation{{"Sigmoid"}, [](double x, const ActivationValues&) { return logistic(x); }},
    TabledActivation{{"Softplus"}, [](double x, const ActivationValues&) { return soft_plus(x); }},
    TabledActivation{{"Softsign"}, [](double x, const ActivationValues&) { return x / (1 + std::fabs(x)); }},
    TabledActivation{{"Swish", 24},
                     [](double x, const ActivationValues& p) { return x * logistic(p.first * x); },
                     {"alpha", 1}},
    TabledActivation{{"ThresholdedRelu", 10},
                     [](double x, const ActivationValues& p) { return x > p.first ? x : 0; },
                     {"alpha", 1}},
};

Result<std::vector<Fact>> as_first_input(const Call& call, const Signature& signature) {
  TAMIS_TRY(check_signature(call, signature));
  TAMIS_TRY(check_one_type(call));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

Result<double> read_attribute(const Call& call, const ActivationAttribute& attribute) {
  if (attribute.name.empty()) return 0.0;
  TAMIS_ASSIGN(const float value, call.number(attribute.name, attribute.otherwise));
  return static_cast<double>(value);
}

Result<ActivationValues> read_attributes(const Call& call, const TabledActivation& row) {
  ActivationValues values;
  TAMIS_ASSIGN(values.first, read_attribute(call, row.first));
  TAMIS_ASSIGN(values.second, read_attribute(call, row.second));
  return values;
}

Result<std::vector<Fact>> infer_activation(const Call& call) {
  const TabledActivation& row = row_of(kActivations, call);
  TAMIS_TRY(read_attributes(call, row));
  return as_first_input(call, row.signature);
}

/// Every fraction of the first input through a function.
Result<std::vector<Array>> through(const Call& call, const std::function<double(double)>& function) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  std::vector<double> values = to_doubles(x);
  std::transform(values.begin(), values.end(), values.begin(), function);
  return std::vector{from_doubles(x.type(), x.shape(), values)};
}

Result<std::vector<Array>> evaluate_activation(const Call& call, const std::vector<Fact>&) {
  const TabledActivation& row = row_of(kActivations, call);
  TAMIS_ASSIGN(const ActivationValues values, read_attributes(call, row));
  return through(call, [&](double x) { return row.function(x, values); });
}

// Relu, the one activation of integers too.

Result<std::vector<Fact>> infer_relu(const Call& call) {
  return as_first_input(call, {"Relu", 7, kFractions | kSigned});
}

Result<std::vector<Array>> evaluate_relu(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  if (holds_fractions(x.type())) return through(call, positive_part);
  std::vector<Wide> values = to_wide(x);
  for (Wide& value : values) value = value < 0 ? 0 : value;
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

// Gelu, whose attribute is a text.

double gelu_by_erf(double x) { return 0.5 * x * std::erfc(-x / std::numbers::sqrt2); }

double gelu_by_tanh(double x) {
  const double inner = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + std::tanh(inner));
}

Result<bool> gelu_is_by_tanh(const Call& call) {
  TAMIS_ASSIGN(const std::string approximate, call.text("approximate", "none"));
  if (approximate != "none" && approximate != "tanh")
    return call.invalid("attribute \"approximate\" must be \"none\" or \"tanh\", not \"" + approximate +
                        "\"");
  return approximate == "tanh";
}

Result<std::vector<Fact>> infer_gelu(const Call& call) {
  TAMIS_TRY(gelu_is_by_tanh(call));
  return as_first_input(call, {"Gelu", 20});
}

Result<std::vector<Array>> evaluate_gelu(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const bool by_tanh, gelu_is_by_tanh(call));
  return through(call, by_tanh ? gelu_by_tanh : gelu_by_erf);
}

// Activations of two values.

Result<std::vector<Fact>> infer_prelu(const Call& call) {
  TAMIS_ASSIGN(std::vector<Fact> facts, as_first_input(call, {"PRelu", 7, kNumbers, 2, 2}));
  TAMIS_ASSIGN(const Fact* slope, call.input(1));
  if (facts[0].shape && slope->shape) TAMIS_TRY(check_broadcasts_to(call, *slope->shape, *facts[0].shape));
  return facts;
}

Result<std::vector<Array>> evaluate_prelu(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array slope, call.value(1));
  BroadcastWalk walk(x.shape(), {slope.shape()});
  if (holds_fractions(x.type())) {
    std::vector<double> values = to_doubles(x);
    const std::vector<double> slopes = to_doubles(slope);
    for (double& value : values) {
      value = value < 0 ? slopes[walk.at(0)] * value : value;
      walk.next();
    }
    return std::vector{from_doubles(x.type(), x.shape(), values)};
  }
  std::vector<Wide> values = to_wide(x);
  const std::vector<Wide> slopes = to_wide(slope);
  for (Wide& value : values) {
    value = value < 0 ? low_product(slopes[walk.at(0)], value) : value;
    walk.next();
  }
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

Result<std::vector<Fact>> infer_swiglu(const Call& call) {
  TAMIS_TRY(call.number("alpha", 1));
  TAMIS_ASSIGN(std::vector<Fact> facts, as_first_input(call, {"SwiGLU", 28, kFractions, 2, 2}));
  TAMIS_ASSIGN(const Fact* factor, call.input(1));
  if (facts[0].shape && factor->shape && *facts[0].shape != *factor->shape)
    return call.invalid("inputs must be of one shape, and are of " + to_string(*facts[0].shape) + " and " +
                        to_string(*factor->shape));
  return facts;
}

Result<std::vector<Array>> evaluate_swiglu(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array gate, call.value(0));
  TAMIS_ASSIGN(const Array factor, call.value(1));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1));
  std::vector<double> values = to_doubles(gate);
  const std::vector<double> factors = to_doubles(factor);
  for (size_t i = 0; i < values.size(); ++i) values[i] *= logistic(alpha * values[i]) * factors[i];
  return std::vector{from_doubles(gate.type(), gate.shape(), values)};
}

constexpr std::array kOtherActivations{
    OperatorDefinition{"Gelu", infer_gelu, evaluate_gelu},
    OperatorDefinition{"PRelu", infer_prelu, evaluate_prelu},
    OperatorDefinition{"Relu", infer_relu, evaluate_relu},
    OperatorDefinition{"SwiGLU", infer_swiglu, evaluate_swiglu},
};
constexpr auto kActivationOperators =
    joined(definitions(kActivations, infer_activation, evaluate_activation), kOtherActivations);

}  // namespace

std::span<const OperatorDefinition> activation_operators() { return kActivationOperators; }

}  // namespace tamis::network
