#include "model/gaussian_process.h"

#include "model/lengthscale_search.h"
#include "tamis/random.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

struct WaveExamples {
  FeatureMatrix features;
  std::vector<float> targets;
};

/// Points of the unit square; the target waves along the first column and ignores the second.
WaveExamples wave(size_t count, uint64_t seed) {
  Random random(seed);
  WaveExamples examples;
  examples.features.columns = 2;
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<float>(random.uniform());
    examples.features.values.insert(examples.features.values.end(),
                                    {x, static_cast<float>(random.uniform())});
    examples.targets.push_back(5 + std::sin(6 * x));
  }
  return examples;
}

TEST(GaussianProcess, ComesCloseToASmoothFunction) {
  const WaveExamples examples = wave(40, 1);
  GaussianProcess process({0, 1});
  ASSERT_TRUE(process.fit(examples.features, examples.targets).ok());
  ASSERT_TRUE(process.condition(examples.features, examples.targets).ok());
  const GaussianPosterior posterior = process.posterior({2, {0.25F, 0.5F, 0.7F, 0.1F}}).value();
  EXPECT_NEAR(posterior.mean(0), 5 + std::sin(1.5), 0.05);
  EXPECT_NEAR(posterior.mean(1), 5 + std::sin(4.2), 0.05);
}

TEST(GaussianProcess, FindsTheColumnThatMatters) {
  const WaveExamples examples = wave(40, 2);
  GaussianProcess process({0, 1});
  ASSERT_TRUE(process.fit(examples.features, examples.targets).ok());
  EXPECT_GT(process.lengthscales()[1], 3 * process.lengthscales()[0]);
}

TEST(GaussianProcess, SharesOneLengthscaleInAGroup) {
  const WaveExamples examples = wave(20, 3);
  GaussianProcess process({0, 0});
  ASSERT_TRUE(process.fit(examples.features, examples.targets).ok());
  EXPECT_EQ(process.lengthscales().size(), 1U);
}

TEST(GaussianProcess, IsLessSureFarFromWhatItKnows) {
  GaussianProcess process({0});
  ASSERT_TRUE(process.condition({1, {0, 0.1F, 0.2F}}, std::vector<float>{1, 2, 1}).ok());
  const GaussianPosterior posterior = process.posterior({1, {0.1F, 5}}).value();
  EXPECT_LT(posterior.deviation(0), 0.3 * posterior.deviation(1));
}

TEST(GaussianProcess, IsSurerAroundWhatItBelieves) {
  GaussianProcess process({0});
  ASSERT_TRUE(process.condition({1, {0, 1}}, std::vector<float>{1, 2}).ok());
  GaussianPosterior posterior = process.posterior({1, {3, 3.1F, 9}}).value();
  const double mean = posterior.mean(1);
  const double near = posterior.deviation(1);
  const double far = posterior.deviation(2);
  posterior.assume_mean(0);
  EXPECT_LT(posterior.deviation(1), 0.5 * near);
  EXPECT_GT(posterior.deviation(2), 0.9 * far);
  EXPECT_EQ(posterior.mean(1), mean);
}

/// Believing a row is the same as conditioning on it with its mean for a target.
TEST(GaussianProcess, BelievesAsIfItHadMeasured) {
  const WaveExamples examples = wave(10, 4);
  GaussianProcess process({0, 1});
  ASSERT_TRUE(process.condition(examples.features, examples.targets).ok());
  const FeatureMatrix asked{2, {0.3F, 0.9F, 0.8F, 0.2F, 0.5F, 0.5F}};
  GaussianPosterior assuming = process.posterior(asked).value();
  assuming.assume_mean(0);
  assuming.assume_mean(1);
  WaveExamples more = examples;
  for (size_t row = 0; row < 2; ++row) {
    more.features.values.insert(more.features.values.end(), asked.row(row).begin(), asked.row(row).end());
    more.targets.push_back(static_cast<float>(assuming.mean(row)));
  }
  const double before = process.posterior(asked).value().deviation(2);
  ASSERT_TRUE(process.condition(more.features, more.targets).ok());
  const GaussianPosterior conditioned = process.posterior(asked).value();
  // The scale of the kernel is found anew with more rows, so only proportions compare.
  EXPECT_NEAR(assuming.deviation(2) / assuming.deviation(0),
              conditioned.deviation(2) / conditioned.deviation(0), 0.02);
  EXPECT_LT(assuming.deviation(2), before);
}

TEST(GaussianProcess, TakesRowsThatAreEqualAndTargetsThatAreEqual) {
  GaussianProcess process({0});
  const FeatureMatrix rows{1, {0.5F, 0.5F, 0.5F}};
  const std::vector<float> targets = {7, 7, 7};
  ASSERT_TRUE(process.fit(rows, targets).ok());
  ASSERT_TRUE(process.condition(rows, targets).ok());
  const GaussianPosterior posterior = process.posterior({1, {0.5F, 0.9F}}).value();
  EXPECT_NEAR(posterior.mean(0), 7, 1e-6);
  EXPECT_TRUE(std::isfinite(posterior.deviation(1)));
}

TEST(GaussianProcess, SaysNothingOfNoRows) {
  GaussianProcess process({0});
  ASSERT_TRUE(process.condition({1, {0}}, std::vector<float>{1}).ok());
  EXPECT_TRUE(process.posterior({}).ok());
}

TEST(GaussianProcess, RefusesToAnswerBeforeItKnows) {
  const auto posterior = GaussianProcess({0}).posterior({1, {1}});
  ASSERT_FALSE(posterior.ok());
  EXPECT_THAT(posterior.error().message, HasSubstr("before it knew"));
}

TEST(GaussianProcess, RefusesAnotherNumberOfColumns) {
  GaussianProcess process({0});
  EXPECT_FALSE(process.fit({2, {1, 2}}, std::vector<float>{1}).ok());
  EXPECT_FALSE(process.condition({2, {1, 2}}, std::vector<float>{1}).ok());
}

TEST(LengthscaleLikelihood, HasTheGradientOfItsValue) {
  const WaveExamples examples = wave(12, 5);
  Matrix rows(12, 2);
  Vector targets(12);
  for (Eigen::Index i = 0; i < 12; ++i) {
    rows(i, 0) = examples.features.row(static_cast<size_t>(i))[0];
    rows(i, 1) = examples.features.row(static_cast<size_t>(i))[1];
    targets[i] = examples.targets[static_cast<size_t>(i)] - 5;
  }
  const LengthscaleLikelihood likelihood(rows, {0, 1}, targets, {});
  const LogScales scales{{-0.5, 0.3, -3.0}};
  const Vector gradient = likelihood.at(scales).second;
  for (Eigen::Index i = 0; i < 3; ++i) {
    LogScales higher = scales;
    LogScales lower = scales;
    higher[i] += 1e-5;
    lower[i] -= 1e-5;
    const double difference = likelihood.at(higher).first - likelihood.at(lower).first;
    EXPECT_NEAR(gradient[i], difference / 2e-5, 1e-3 * std::max(1.0, std::abs(gradient[i]))) << i;
  }
}

}  // namespace
}  // namespace tamis
