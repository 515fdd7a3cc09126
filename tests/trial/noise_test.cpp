#include "trial/noise.h"

#include "tamis/random.h"
#include "trial/inferred.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// A valid trial that took `runs` runs, with these costs.
Trial trial_of(std::vector<double> costs, uint64_t runs = 1) {
  Trial trial;
  trial.costs = std::move(costs);
  if (runs > 1) trial.features.set(std::string(kLeaderRuns), static_cast<double>(runs));
  return trial;
}

std::vector<double> drawn(size_t count, double share, Random& random) {
  std::vector<double> costs;
  for (size_t i = 0; i < count; ++i) costs.push_back(1000 * std::exp(share * random.normal()));
  return costs;
}

TEST(RelativeSpread, IsThatOfPairs) {
  EXPECT_FALSE(relative_spread(std::vector<double>{5}).has_value());
  EXPECT_FALSE(relative_spread(std::vector<double>{-1, 1}).has_value())
      << "of a median of 0 there is no share";
  EXPECT_EQ(relative_spread(std::vector<double>{7, 7, 7}), 0.0);
  EXPECT_GT(*relative_spread(std::vector<double>{-90, -110}), 0.1) << "a cost that is maximised is negative";
}

TEST(NoiseEstimate, FindsTheDeviationOfRuns) {
  for (const size_t runs : {2, 3, 5, 9}) {
    Random random(3);
    NoiseEstimate noise;
    for (int i = 0; i < 2000; ++i) noise.add(trial_of(drawn(runs, 0.03, random), runs));
    EXPECT_NEAR(noise.relative().value(), 0.03, 0.003) << runs << " runs";
  }
}

TEST(NoiseEstimate, IsOfTrialsThatWereTriedAgain) {
  NoiseEstimate noise;
  EXPECT_FALSE(noise.relative().has_value());
  noise.add(trial_of({100}));
  Trial failed = trial_of({100, 200});
  failed.verdict = Verdict::crashed;
  noise.add(failed);
  EXPECT_FALSE(noise.relative().has_value());
  noise.add(trial_of({100, 200, 300}));
  EXPECT_FALSE(noise.relative().has_value()) << "samples of one run";
  EXPECT_EQ(noise.repeated(), 0U);
  noise.add(trial_of({100, 110}, 2));
  EXPECT_NEAR(noise.relative().value(), 0.1, 0.02);
  EXPECT_EQ(noise.repeated(), 1U);
}

TEST(NoiseEstimate, IsNotMisledByAFewOutliers) {
  Random random(5);
  NoiseEstimate noise;
  for (int i = 0; i < 300; ++i) {
    std::vector<double> costs = drawn(2, 0.01, random);
    if (i % 5 == 0) costs.front() *= 20;
    noise.add(trial_of(costs, 2));
  }
  EXPECT_LT(noise.relative().value(), 0.02);
}

TEST(DeviationOfMedian, FallsWithTheRootOfRuns) {
  EXPECT_EQ(deviation_of_median(1), 1.0);
  EXPECT_EQ(deviation_of_median(0), 1.0);
  EXPECT_NEAR(deviation_of_median(4), 0.6, 1e-12);
}

}  // namespace
}  // namespace tamis
