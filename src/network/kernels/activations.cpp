#include "network/kernels/generators.h"
#include "network/kernels/values.h"

#include <array>
#include <optional>

namespace tamis::network {
namespace {

using Values = std::vector<loop::Value>;

/// A function of one float32 without attributes.
template <loop::Value (*function)(const loop::Value&)>
Result<loop::Value> of_float(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return function(inputs[0]);
}

Result<loop::Value> relu(const Call&, const Values& inputs) {
  return maximum(inputs[0], number_like(inputs[0], 0));
}

Result<loop::Value> leaky_relu(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 0.01F));
  const loop::Value& x = inputs[0];
  return loop::Value::select(less(x, number_like(x, 0)), x * number_like(x, alpha), x);
}

Result<loop::Value> prelu(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return loop::Value::select(less(inputs[0], number_like(inputs[0], 0)), inputs[0] * inputs[1], inputs[0]);
}

Result<loop::Value> elu(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1));
  const loop::Value& x = inputs[0];
  const loop::Value below = number_like(x, alpha) * (exponential(x) - number_like(x, 1));
  return loop::Value::select(less(x, number_like(x, 0)), below, x);
}

Result<loop::Value> selu(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1.67326319217681884765625F));
  TAMIS_ASSIGN(const double gamma, call.number("gamma", 1.05070102214813232421875F));
  const loop::Value& x = inputs[0];
  const loop::Value below = number_like(x, alpha) * (exponential(x) - number_like(x, 1));
  return number_like(x, gamma) * loop::Value::select(less(number_like(x, 0), x), x, below);
}

/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).
Result<loop::Value> celu(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1));
  const loop::Value& x = inputs[0];
  const loop::Value zero = number_like(x, 0);
  const loop::Value power = exponential(x / number_like(x, alpha)) - number_like(x, 1);
  return maximum(x, zero) + minimum(number_like(x, alpha) * power, zero);
}

Result<loop::Value> thresholded_relu(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1));
  const loop::Value& x = inputs[0];
  return loop::Value::select(less(number_like(x, alpha), x), x, number_like(x, 0));
}

/// What is further from 0 than `lambd` comes nearer by `bias`; all else is 0.
Result<loop::Value> shrink(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double lambd, call.number("lambd", 0.5F));
  TAMIS_ASSIGN(const double bias, call.number("bias", 0));
  const loop::Value& x = inputs[0];
  const loop::Value above =
      loop::Value::select(less(number_like(x, lambd), x), x - number_like(x, bias), number_like(x, 0));
  return loop::Value::select(less(x, number_like(x, -lambd)), x + number_like(x, bias), above);
}

/// max(0, min(1, alpha * x + beta)).
loop::Value hard_sigmoid_of(const loop::Value& x, double alpha, double beta) {
  const loop::Value line = loop::Value::multiply_add(x, number_like(x, alpha), number_like(x, beta));
  return maximum(minimum(line, number_like(x, 1)), number_like(x, 0));
}

Result<loop::Value> hard_sigmoid(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 0.2F));
  TAMIS_ASSIGN(const double beta, call.number("beta", 0.5F));
  return hard_sigmoid_of(inputs[0], alpha, beta);
}

loop::Value hard_swish(const loop::Value& x) { return x * hard_sigmoid_of(x, 1.0 / 6, 0.5); }

Result<loop::Value> swish(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1));
  return inputs[0] * sigmoid(alpha == 1 ? inputs[0] : inputs[0] * number_like(inputs[0], alpha));
}

Result<loop::Value> gelu(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const std::string form, call.text("approximate", "none"));
  const loop::Value& x = inputs[0];
  const auto number = [&](double value) { return number_like(x, value); };
  loop::Value share = loop::Value::of(Kind::error_function, x * number(0.70710678118654752));
  if (form == "tanh") {
    // sqrt(2 / pi) * (x + 0.044715 * x^3)
    const loop::Value cubic = loop::Value::multiply_add(x * x * x, number(0.044715), x);
    share = loop::Value::of(Kind::hyperbolic_tangent, cubic * number(0.79788456080286536));
  }
  return number(0.5) * x * (number(1) + share);
}

loop::Value softsign(const loop::Value& x) {
  return x / (number_like(x, 1) + loop::Value::of(Kind::magnitude, x));
}

loop::Value mish(const loop::Value& x) { return x * loop::Value::of(Kind::hyperbolic_tangent, softplus(x)); }

/// A BatchNormalization that no convolution took. Scale, shift, mean and variance are of a channel.
Result<loop::Value> batch_normalization(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const double epsilon, call.number("epsilon", 1e-5F));
  TAMIS_ASSIGN(const int64_t trains, call.integer("training_mode", 0));
  if (trains != 0) return without_generator(call, "BatchNormalization that trains");
  const loop::Value deviation = square_root(inputs[4] + number_like(inputs[4], epsilon));
  // What is of the channel alone is computed once for it.
  return loop::Value::multiply_add(inputs[0] - inputs[3], inputs[1] / deviation, inputs[2]);
}

/// One parameter for each channel of the first input; a value of one dimension is of one channel.
Result<std::optional<size_t>> channel_axis(const Call& call, size_t input) {
  if (input == 0) return std::optional<size_t>();
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  return std::optional<size_t>(x.size() > 1 ? 1 : 0);
}

Result<loop::Value> clip(const Call& call, const Values& inputs) {
  loop::Value x = inputs[0];
  if (x->element == loop::Element::uint8 || x->element == loop::Element::int8)
    return without_generator(call, "Clip of " + loop::to_string(x->element));
  // What is not bounded is still finite, as in onnxruntime.
  constexpr float kLargest = 3.402823466e+38F;
  constexpr int64_t kBoundsAreInputs = 11;
  const bool has_inputs = call.opset() >= kBoundsAreInputs;
  const bool has_least = has_inputs && call.optional_input(1) != nullptr;
  const bool has_most = has_inputs && call.optional_input(2) != nullptr;
  loop::Value least = has_least ? inputs[1] : number_like(x, -kLargest);
  loop::Value most = has_most ? inputs[2] : number_like(x, kLargest);
  if (!has_inputs) {
    TAMIS_ASSIGN(const double min, call.number("min", -kLargest));
    TAMIS_ASSIGN(const double max, call.number("max", kLargest));
    least = number_like(x, min);
    most = number_like(x, max);
  }
  const bool is_float = x->element == loop::Element::float32;
  if (is_float || has_least) x = maximum(x, least);
  if (is_float || has_most) x = minimum(x, most);
  return x;
}

constexpr std::array kActivationGenerators{
    Generator{"BatchNormalization", batch_normalization, nullptr, channel_axis},
    Generator{"Celu", celu},
    Generator{"Clip", clip},
    Generator{"Elu", elu},
    Generator{"Gelu", gelu},
    Generator{"HardSigmoid", hard_sigmoid},
    Generator{"HardSwish", of_float<hard_swish>},
    Generator{"LeakyRelu", leaky_relu},
    Generator{"Mish", of_float<mish>},
    Generator{"PRelu", prelu},
    Generator{"Relu", relu},
    Generator{"Selu", selu},
    Generator{"Shrink", shrink},
    Generator{"Sigmoid", of_float<sigmoid>},
    Generator{"Softplus", of_float<softplus>},
    Generator{"Softsign", of_float<softsign>},
    Generator{"Swish", swish},
    Generator{"ThresholdedRelu", thresholded_relu},
};

}  // namespace

std::span<const Generator> activation_generators() { return kActivationGenerators; }

}  // namespace tamis::network
