#include "network/operators/recurrent_activation.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <string>

namespace tamis::network {
namespace {

struct KnownRecurrentActivation {
  std::string_view name;
  double (*function)(double x, double alpha, double beta);
  std::optional<float> alpha;  ///< the default; nothing where it takes none
  std::optional<float> beta;
};

/// NaN stays NaN in all of them.
constexpr std::array kRecurrentActivations{
    KnownRecurrentActivation{"Affine", [](double x, double a, double b) { return a * x + b; }, 0.0F, 0.0F},
    KnownRecurrentActivation{"Elu", [](double x, double a, double) { return x < 0 ? a * std::expm1(x) : x; },
                             1.0F, std::nullopt},
    KnownRecurrentActivation{"HardSigmoid",
                             [](double x, double a, double b) {
                               const double y = a * x + b;
                               return y < 0 ? 0 : y > 1 ? 1 : y;
                             },
                             0.2F, 0.5F},
    KnownRecurrentActivation{"LeakyRelu", [](double x, double a, double) { return x < 0 ? a * x : x; }, 0.01F,
                             std::nullopt},
    KnownRecurrentActivation{"Relu", [](double x, double, double) { return x < 0 ? 0 : x; }, std::nullopt,
                             std::nullopt},
    KnownRecurrentActivation{"ScaledTanh", [](double x, double a, double b) { return a * std::tanh(b * x); },
                             0.0F, 0.0F},
    KnownRecurrentActivation{"Sigmoid", [](double x, double, double) { return 1 / (1 + std::exp(-x)); },
                             std::nullopt, std::nullopt},
    KnownRecurrentActivation{"Softplus",
                             [](double x, double, double) {
                               return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
                             },
                             std::nullopt, std::nullopt},
    KnownRecurrentActivation{"Softsign", [](double x, double, double) { return x / (1 + std::fabs(x)); },
                             std::nullopt, std::nullopt},
    KnownRecurrentActivation{"Tanh", [](double x, double, double) { return std::tanh(x); }, std::nullopt,
                             std::nullopt},
    KnownRecurrentActivation{"ThresholdedRelu", [](double x, double a, double) { return x < a ? 0 : x; },
                             1.0F, std::nullopt},
};

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

Result<const KnownRecurrentActivation*> find_recurrent_activation(const Call& call, std::string_view name) {
  std::vector<std::string_view> names;
  for (const KnownRecurrentActivation& known : kRecurrentActivations) {
    if (same_but_for_case(known.name, name)) return &known;
    names.push_back(known.name);
  }
  return call.invalid("\"" + std::string(name) + "\" is no activation" + did_you_mean(name, names));
}

/// Values that are handed out one after the other.
class ActivationParameters {
 public:
  explicit ActivationParameters(const std::optional<std::vector<float>>& given) {
    if (given) given_ = *given;
  }

  /// The next value for one that takes any.
  double next(std::optional<float> otherwise) {
    if (!otherwise) return 0;
    return used_ < given_.size() ? given_[used_++] : *otherwise;
  }

 private:
  std::vector<float> given_;
  size_t used_ = 0;
};

Result<std::vector<std::string>> recurrent_activation_names(const Call& call, size_t directions,
                                                            std::span<const std::string_view> defaults) {
  std::vector<std::string> names;
  for (size_t i = 0; i < directions; ++i) names.insert(names.end(), defaults.begin(), defaults.end());
  const Attribute* attribute = call.attribute("activations");
  if (attribute == nullptr) return names;
  const auto* given = std::get_if<std::vector<std::string>>(attribute);
  if (given == nullptr) return call.invalid("attribute \"activations\" must be a list of texts");
  if (given->size() != names.size())
    return call.invalid("it has " + std::to_string(given->size()) + " activations, but needs " +
                        std::to_string(names.size()));
  return *given;
}

}  // namespace

Result<std::vector<RecurrentActivation>> recurrent_activations(const Call& call, size_t directions,
                                                               std::span<const std::string_view> defaults) {
  TAMIS_ASSIGN(const std::vector<std::string> names, recurrent_activation_names(call, directions, defaults));
  TAMIS_ASSIGN(const auto alphas, call.number_list("activation_alpha"));
  TAMIS_ASSIGN(const auto betas, call.number_list("activation_beta"));
  ActivationParameters alpha(alphas);
  ActivationParameters beta(betas);
  std::vector<RecurrentActivation> activations;
  for (const std::string& name : names) {
    TAMIS_ASSIGN(const KnownRecurrentActivation* known, find_recurrent_activation(call, name));
    activations.push_back({known->function, alpha.next(known->alpha), beta.next(known->beta)});
  }
  return activations;
}

}  // namespace tamis::network
