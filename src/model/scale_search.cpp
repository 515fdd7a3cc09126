#include "model/scale_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/Dense>

namespace tamis {
namespace {

constexpr double kShape = 2;  // of the inverse gamma prior of the variance, whose scale is 1
constexpr double kLeastScale = 0.05;
constexpr double kLargestScale = 20;
constexpr double kLeastNoise = 1e-4;
constexpr double kLargestNoise = 0.5;

/// How likely scales make the values, as a logarithm up to a constant, and the variance that goes with them.
struct Likelihood {
  double logarithm = -std::numeric_limits<double>::infinity();
  double variance = 1;
};

class Posterior {
 public:
  Posterior(const GridKernel& kernel, std::span<const size_t> configs, std::span<const double> values,
            const ScaleSearchOptions& options)
      : usual_(kernel.lengthscales()), options_(options), values_(values.begin(), values.end()) {
    for (size_t a = 0; a < configs.size(); ++a)
      for (size_t b = 0; b < a; ++b)
        for (size_t part = 0; part < usual_.size(); ++part)
          squares_.push_back(static_cast<float>(kernel.square(part, configs[a], configs[b])));
  }

  Likelihood at(const KernelScales& scales) const {
    const auto count = static_cast<Eigen::Index>(values_.size());
    const Eigen::LLT<Eigen::MatrixXd> factor(covariance(scales));
    if (factor.info() != Eigen::Success) return {};
    const Eigen::Map<const Eigen::VectorXd> values(values_.data(), count);
    const double misfit = factor.matrixL().solve(values).squaredNorm() / 2 + 1;
    const double shape = static_cast<double>(count) / 2 + kShape;
    const double log_determinant = factor.matrixLLT().diagonal().array().log().sum();
    return {-log_determinant - shape * std::log(misfit) + prior(scales), misfit / shape};
  }

 private:
  Eigen::MatrixXd covariance(const KernelScales& scales) const {
    const auto count = static_cast<Eigen::Index>(values_.size());
    std::vector<double> weights;
    for (const double lengthscale : scales.lengthscales) weights.push_back(1 / (lengthscale * lengthscale));
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Identity(count, count) * (1 + scales.noise);
    const float* squares = squares_.data();
    for (Eigen::Index a = 0; a < count; ++a) {
      for (Eigen::Index b = 0; b < a; ++b) {
        double distance = 0;
        for (const double weight : weights) distance += weight * *squares++;
        covariance(a, b) = matern(distance);
      }
    }
    return covariance;
  }

  double prior(const KernelScales& scales) const {
    double logarithm = 0;
    for (size_t i = 0; i < usual_.size(); ++i) {
      const double deviation = std::log(scales.lengthscales[i] / usual_[i]) / options_.spread;
      logarithm -= deviation * deviation / 2;
    }
    const double deviation = std::log(scales.noise / options_.usual_noise);
    return logarithm - deviation * deviation / 2;
  }

  std::vector<double> usual_;
  ScaleSearchOptions options_;
  std::vector<double> values_;
  std::vector<float> squares_;  ///< for each pair of configs one a part
};

/// One or two lengthscales changed, or the noise.
KernelScales vary(KernelScales scales, double step, Random& random) {
  if (random.uniform() < 0.15) {
    scales.noise =
        std::clamp(scales.noise * std::exp(1.5 * step * random.normal()), kLeastNoise, kLargestNoise);
    return scales;
  }
  const uint64_t changes = 1 + random.below(2);
  for (uint64_t i = 0; i < changes; ++i) {
    double& lengthscale = scales.lengthscales[random.below(scales.lengthscales.size())];
    lengthscale = std::clamp(lengthscale * std::exp(step * random.normal()), kLeastScale, kLargestScale);
  }
  return scales;
}

}  // namespace

KernelScales search_scales(const GridKernel& kernel, KernelScales start, std::span<const size_t> configs,
                           std::span<const double> values, const ScaleSearchOptions& options,
                           Random& random) {
  const Posterior posterior(kernel, configs, values, options);
  KernelScales best = std::move(start);
  Likelihood likelihood = posterior.at(best);
  best.variance = likelihood.variance;
  double step = 0.7;
  for (size_t i = 0; i < options.steps && !best.lengthscales.empty(); ++i) {
    KernelScales varied = vary(best, step, random);
    const Likelihood reached = posterior.at(varied);
    if (reached.logarithm > likelihood.logarithm) {
      likelihood = reached;
      best = std::move(varied);
      best.variance = reached.variance;
    }
    if (i % 20 == 19) step *= 0.85;
  }
  return best;
}

double likeliest_variance(const GridKernel& kernel, const KernelScales& scales,
                          std::span<const size_t> configs, std::span<const double> values) {
  return Posterior(kernel, configs, values, {}).at(scales).variance;
}

}  // namespace tamis
