#include "model/scale_search.h"

#include "model/grid_testing.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include <Eigen/Dense>
#include <gtest/gtest.h>

namespace tamis {
namespace {

constexpr AspectScales kUsual{.position = 0.8, .sameness = 3, .alignment = 1.5};

/// Values at some configs that wave along the knob `tile` and follow no other.
struct Wave {
  explicit Wave(size_t count)
      : space(mixed_space()), grid(space, some_indexes(space, 200, 4)), kernel(grid, kUsual) {
    configs.resize(count);
    std::iota(configs.begin(), configs.end(), 0U);
    const std::vector<double> scaled = scaled_values(grid.columns()[0]);
    for (const size_t config : configs)
      values.push_back(1.4 * std::sin(2 * std::numbers::pi * scaled[grid.columns()[0].levels[config]]));
  }
  KernelScales start() const { return {kernel.lengthscales(), 0.05, 1}; }

  Space space;
  ConfigGrid grid;
  GridKernel kernel;
  std::vector<size_t> configs;
  std::vector<double> values;
};

double log_normal(double value, double median, double spread) {
  const double deviation = std::log(value / median) / spread;
  return -deviation * deviation / 2;
}

/// The logarithm, up to a constant, of what search_scales() climbs, computed anew: the marginal likelihood
/// with the variance integrated out under its inverse gamma prior of shape 2 and scale 1, times the priors.
double log_posterior(const Wave& wave, const KernelScales& scales, const ScaleSearchOptions& options) {
  GridKernel kernel = wave.kernel;
  kernel.set_lengthscales(scales.lengthscales);
  const auto count = static_cast<Eigen::Index>(wave.values.size());
  Eigen::MatrixXd covariance(count, count);
  for (Eigen::Index a = 0; a < count; ++a)
    for (Eigen::Index b = 0; b < count; ++b)
      covariance(a, b) =
          matern(kernel.distance(wave.configs[a], wave.configs[b])) + (a == b ? scales.noise : 0);
  const Eigen::Map<const Eigen::VectorXd> values(wave.values.data(), count);
  const Eigen::LDLT<Eigen::MatrixXd> factor(covariance);
  const double misfit = values.dot(factor.solve(values)) / 2 + 1;
  double logarithm = -factor.vectorD().array().log().sum() / 2 -
                     (static_cast<double>(count) / 2 + 2) * std::log(misfit) +
                     log_normal(scales.noise, options.usual_noise, 1);
  for (size_t i = 0; i < scales.lengthscales.size(); ++i)
    logarithm += log_normal(scales.lengthscales[i], wave.kernel.lengthscales()[i], options.spread);
  return logarithm;
}

TEST(ScaleSearch, NeverEndsLessLikelyThanItStarted) {
  const Wave wave(40);
  double last = log_posterior(wave, wave.start(), {});
  for (const size_t steps : {0, 1, 5, 40, 200}) {
    ScaleSearchOptions options;
    options.steps = steps;
    Random random(1);
    const KernelScales found =
        search_scales(wave.kernel, wave.start(), wave.configs, wave.values, options, random);
    // The same random steps, only more of them.
    EXPECT_GE(log_posterior(wave, found, options), last - 1e-2) << steps;
    last = log_posterior(wave, found, options);
  }
  EXPECT_GT(last, log_posterior(wave, wave.start(), {}) + 1);
}

TEST(ScaleSearch, FindsTheKnobThatMatters) {
  const Wave wave(60);
  ScaleSearchOptions options;
  options.steps = 400;
  options.spread = 1;
  Random random(1);
  const KernelScales found =
      search_scales(wave.kernel, wave.start(), wave.configs, wave.values, options, random);
  double relevant = 0;
  for (size_t part = 0; part < found.lengthscales.size(); ++part) {
    const KernelPart& about = wave.kernel.parts()[part];
    if (about.column == 0 && about.aspect == Aspect::position) relevant = found.lengthscales[part];
  }
  for (size_t part = 0; part < found.lengthscales.size(); ++part) {
    if (wave.kernel.parts()[part].aspect != Aspect::position || wave.kernel.parts()[part].column == 0)
      continue;
    EXPECT_GT(found.lengthscales[part], 2 * relevant) << part;
  }
}

TEST(ScaleSearch, IsTheSameForTheSameSeed) {
  const Wave wave(30);
  const auto search = [&](uint64_t seed) {
    Random random(seed);
    return search_scales(wave.kernel, wave.start(), wave.configs, wave.values, {}, random);
  };
  EXPECT_EQ(search(1).lengthscales, search(1).lengthscales);
  EXPECT_EQ(search(1).noise, search(1).noise);
  EXPECT_NE(search(1).lengthscales, search(2).lengthscales);
}

TEST(ScaleSearch, FindsTheVarianceOfTheValues) {
  const Wave wave(60);
  Wave large = wave;
  large.kernel = GridKernel(large.grid, kUsual);
  for (double& value : large.values) value *= 10;
  const double variance = likeliest_variance(wave.kernel, wave.start(), wave.configs, wave.values);
  EXPECT_GT(variance, 0.1);
  EXPECT_GT(likeliest_variance(large.kernel, large.start(), large.configs, large.values), 30 * variance);
}

TEST(ScaleSearch, ToleratesAKernelWithoutPartsAndNoValues) {
  const Space space = Space::create({number_knob("one", {3})}).value();
  const ConfigGrid grid(space, std::vector<ConfigKey>{0});
  const GridKernel kernel(grid, {});
  Random random(1);
  const KernelScales found = search_scales(kernel, {{}, 0.01, 1}, {}, {}, {}, random);
  EXPECT_TRUE(found.lengthscales.empty());
  EXPECT_TRUE(std::isfinite(found.variance));
}

}  // namespace
}  // namespace tamis
