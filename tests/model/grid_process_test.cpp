// GridProcess against a Gaussian process that is computed at one blow with dense matrices.
#include "model/grid_process.h"

#include "model/grid_testing.h"

#include <cmath>

#include <Eigen/Dense>
#include <gtest/gtest.h>

namespace tamis {
namespace {

constexpr double kNoise = 0.05;
constexpr size_t kChannels = 2;
constexpr double kTolerance = 2e-3;  // the process keeps what it knows in single precision

struct Posterior {
  Eigen::MatrixXd means;      ///< one row per config, one column per channel
  Eigen::VectorXd variances;  ///< one per config
};

/// Rasmussen and Williams 2006, equations 2.25 and 2.26.
Posterior dense_posterior(const GridKernel& kernel, const std::vector<size_t>& configs,
                          const std::vector<double>& values) {
  const auto known = static_cast<Eigen::Index>(configs.size());
  const auto all = static_cast<Eigen::Index>(kernel.grid().size());
  Eigen::MatrixXd covariance(known, known);
  Eigen::MatrixXd crossed(known, all);
  for (Eigen::Index a = 0; a < known; ++a) {
    for (Eigen::Index b = 0; b < known; ++b)
      covariance(a, b) = matern(kernel.distance(configs[a], configs[b])) + (a == b ? kNoise : 0);
    for (Eigen::Index b = 0; b < all; ++b) crossed(a, b) = matern(kernel.distance(configs[a], b));
  }
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Rows> targets(values.data(), known, kChannels);
  const Eigen::FullPivLU<Eigen::MatrixXd> solver(covariance);
  Posterior posterior;
  posterior.means = crossed.transpose() * solver.solve(targets);
  posterior.variances =
      Eigen::VectorXd::Ones(all) -
      (crossed.array() * solver.solve(crossed).array()).colwise().sum().matrix().transpose();
  return posterior;
}

void expect_agreement(const GridProcess& process, const Posterior& posterior) {
  for (Eigen::Index i = 0; i < posterior.means.rows(); ++i) {
    for (size_t channel = 0; channel < kChannels; ++channel)
      ASSERT_NEAR(process.mean(channel)[i], posterior.means(i, static_cast<Eigen::Index>(channel)),
                  kTolerance);
    ASSERT_NEAR(process.variance()[i], posterior.variances(i), kTolerance);
  }
}

/// A grid of some configs, with values known at some of them.
struct Example {
  explicit Example(size_t size, size_t known)
      : space(mixed_space()), grid(space, some_indexes(space, size, 1)), kernel(grid, {}) {
    Random random(size * 1000 + known);
    for (size_t i = 0; i < known; ++i) configs.push_back(random.below(size));
    for (size_t i = 0; i < known * kChannels; ++i) values.push_back(random.normal());
  }
  void learn(GridProcess& process, size_t begin, size_t end) const {
    process.learn(std::span(configs).subspan(begin, end - begin),
                  std::span(values).subspan(begin * kChannels, (end - begin) * kChannels));
  }
  /// What is to be expected after the first `count` values.
  Posterior after(size_t count) const {
    return dense_posterior(kernel, {configs.begin(), configs.begin() + static_cast<std::ptrdiff_t>(count)},
                           {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count * kChannels)});
  }

  Space space;
  ConfigGrid grid;
  GridKernel kernel;
  std::vector<size_t> configs;
  std::vector<double> values;
};

/// Grids around one and two of the blocks in which the process works.
class GridProcessSizes : public ::testing::TestWithParam<size_t> {};
INSTANTIATE_TEST_SUITE_P(Blocks, GridProcessSizes, ::testing::Values(1, 40, 255, 256, 257, 513));

TEST_P(GridProcessSizes, LearnsInOneGo) {
  const Example example(GetParam(), 30);
  GridProcess process(example.kernel, kNoise, kChannels);
  example.learn(process, 0, 30);
  EXPECT_EQ(process.known(), 30U);
  expect_agreement(process, example.after(30));
}

TEST_P(GridProcessSizes, LearnsInSeveralGoes) {
  const Example example(GetParam(), 30);
  GridProcess process(example.kernel, kNoise, kChannels);
  for (const size_t end : {1, 2, 12, 13, 30}) example.learn(process, process.known(), end);
  expect_agreement(process, example.after(30));
}

TEST_P(GridProcessSizes, TakesBackTheLast) {
  const Example example(GetParam(), 30);
  GridProcess process(example.kernel, kNoise, kChannels);
  example.learn(process, 0, 30);
  process.keep(11);
  EXPECT_EQ(process.known(), 11U);
  expect_agreement(process, example.after(11));
  example.learn(process, 11, 25);
  expect_agreement(process, example.after(25));
  process.keep(0);
  expect_agreement(process, example.after(0));
}

TEST_P(GridProcessSizes, TellsOfSomeAsOfAll) {
  const Example example(GetParam(), 30);
  GridProcess all(example.kernel, kNoise, kChannels);
  GridProcess some(example.kernel, kNoise, kChannels);
  std::vector<size_t> chosen;
  for (size_t i = 0; i < GetParam(); i += 3) chosen.push_back(GetParam() - 1 - i);
  example.learn(all, 0, 30);
  example.learn(some, 0, 20);
  some.tell_of(chosen);
  example.learn(some, 20, 30);
  ASSERT_EQ(some.variance().size(), chosen.size());
  for (size_t i = 0; i < chosen.size(); ++i) {
    EXPECT_NEAR(some.variance()[i], all.variance()[chosen[i]], kTolerance);
    EXPECT_NEAR(some.variance_at(chosen[i]), all.variance()[chosen[i]], kTolerance);
    for (size_t channel = 0; channel < kChannels; ++channel) {
      EXPECT_NEAR(some.mean(channel)[i], all.mean(channel)[chosen[i]], kTolerance);
      EXPECT_NEAR(some.mean_at(chosen[i], channel), all.mean(channel)[chosen[i]], kTolerance);
    }
  }
  some.keep(11);
  all.keep(11);
  for (size_t i = 0; i < chosen.size(); ++i) EXPECT_NEAR(some.mean(0)[i], all.mean(0)[chosen[i]], kTolerance);
}

TEST_P(GridProcessSizes, LooksOverAllWhateverItTellsOf) {
  const Example example(GetParam(), 30);
  GridProcess process(example.kernel, kNoise, kChannels);
  example.learn(process, 0, 30);
  const std::vector<double> weights = {0.5, -2};
  const GridProcess::Rough rough = process.look_over(weights);
  ASSERT_EQ(rough.mean.size(), GetParam());
  ASSERT_EQ(rough.variance.size(), GetParam());
  for (size_t i = 0; i < GetParam(); ++i) {
    EXPECT_NEAR(rough.mean[i], 0.5F * process.mean(0)[i] - 2 * process.mean(1)[i], 3 * kTolerance);
    EXPECT_GT(rough.variance[i], process.variance()[i] - kTolerance);
    EXPECT_LE(rough.variance[i], 1);
  }
  process.tell_of(std::vector<size_t>{0});
  EXPECT_EQ(process.look_over(weights).mean, rough.mean);
}

TEST(GridProcess, KnowsNothingAtFirst) {
  const Example example(40, 1);
  const GridProcess process(example.kernel, kNoise, kChannels);
  EXPECT_EQ(process.known(), 0U);
  for (size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(process.mean(0)[i], 0);
    EXPECT_EQ(process.variance()[i], 1);
  }
}

TEST(GridProcess, DriftsLittleWhereMuchIsAssumedAndTakenBack) {
  const Example example(257, 200);
  GridProcess process(example.kernel, kNoise, kChannels);
  example.learn(process, 0, 100);
  for (int round = 0; round < 200; ++round) {
    process.keep(100);
    example.learn(process, 100, 108);
  }
  process.keep(100);
  expect_agreement(process, example.after(100));
}

TEST(GridProcess, BearsTheSameConfigManyTimes) {
  const Example example(40, 1);
  GridProcess process(example.kernel, 1e-9, kChannels);
  const std::vector<size_t> configs(50, 3);
  const std::vector<double> values(50 * kChannels, 2.0);
  process.learn(configs, values);
  EXPECT_NEAR(process.mean(0)[3], 2, 0.01);
  for (const float variance : process.variance()) EXPECT_TRUE(std::isfinite(variance));
}

TEST(GridProcess, GoesOnAfterAMove) {
  const Example example(40, 20);
  GridProcess first(example.kernel, kNoise, kChannels);
  example.learn(first, 0, 10);
  GridProcess second = std::move(first);
  example.learn(second, 10, 20);
  expect_agreement(second, example.after(20));
}

}  // namespace
}  // namespace tamis
