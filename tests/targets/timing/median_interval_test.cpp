#include "tamis/random.h"
#include "targets/timing/sampling.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::timing {
namespace {

/// Ranks of the textbook's table of the binomial distribution with probability 1/2 (W. J. Conover, table A3).
TEST(MedianInterval, HasTheRanksOfTheBinomialDistribution) {
  EXPECT_EQ(median_rank(5, 0.95), std::nullopt);
  EXPECT_EQ(median_rank(6, 0.95), 0U);
  EXPECT_EQ(median_rank(8, 0.95), 0U);
  EXPECT_EQ(median_rank(9, 0.95), 1U);
  EXPECT_EQ(median_rank(10, 0.95), 1U);
  EXPECT_EQ(median_rank(20, 0.95), 5U);
  EXPECT_EQ(median_rank(6, 0.99), std::nullopt);
  EXPECT_EQ(median_rank(8, 0.99), 0U);
}

TEST(MedianInterval, HasNoneOfNoSamples) {
  EXPECT_EQ(median_rank(0, 0.5), std::nullopt);
  EXPECT_EQ(median_rank(1, 0.5), std::nullopt);
  EXPECT_FALSE(median_interval({}, 0.95).has_value());
}

TEST(MedianInterval, ComesNearTheNormalApproximationForManySamples) {
  for (const size_t count : {1'000U, 5'000U}) {
    const double expected = static_cast<double>(count) / 2 - 1.96 * std::sqrt(static_cast<double>(count)) / 2;
    EXPECT_NEAR(static_cast<double>(median_rank(count, 0.95).value()), expected, 2);
  }
}

TEST(MedianInterval, TakesSamplesOfEqualDistanceFromBothEnds) {
  const std::vector<double> sorted = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const MedianInterval interval = median_interval(sorted, 0.95).value();
  EXPECT_EQ(interval.low, 2);
  EXPECT_EQ(interval.high, 8);
}

/// The promise itself, on a skewed distribution such as that of latencies.
TEST(MedianInterval, CoversTheMedianAsOftenAsItSays) {
  Random random(11);
  const double true_median = std::log(2.0);  // of the exponential distribution
  int covered = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> samples(15);
    for (double& sample : samples) sample = -std::log(1 - random.uniform());
    std::sort(samples.begin(), samples.end());
    const MedianInterval interval = median_interval(samples, 0.95).value();
    covered += interval.low <= true_median && true_median <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 1900 - 40);  // 4 standard deviations below 95 %
}

}  // namespace
}  // namespace tamis::timing
