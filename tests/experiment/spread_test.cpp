#include "tamis/comparison.h"

#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

std::vector<std::optional<uint64_t>> counts(uint64_t reached, uint64_t failed) {
  std::vector<std::optional<uint64_t>> all(failed);
  for (uint64_t i = reached; i > 0; --i) all.emplace_back(10 * i);
  return all;
}

TEST(Spread, InterpolatesBetweenTheNearestSeeds) {
  const Spread odd = spread_of(counts(11, 0));
  EXPECT_DOUBLE_EQ(*odd.median, 60);
  EXPECT_DOUBLE_EQ(*odd.p10, 20);
  EXPECT_DOUBLE_EQ(*odd.p90, 100);
  EXPECT_DOUBLE_EQ(*spread_of(counts(4, 0)).median, 25);
  EXPECT_DOUBLE_EQ(*spread_of(counts(4, 0)).p90, 37);
}

TEST(Spread, OfOneSeedIsThatSeed) {
  const Spread one = spread_of(counts(1, 0));
  EXPECT_DOUBLE_EQ(*one.p10, 10);
  EXPECT_DOUBLE_EQ(*one.median, 10);
  EXPECT_DOUBLE_EQ(*one.p90, 10);
}

TEST(Spread, CountsAFailedSeedAsLargerThanAny) {
  const Spread most = spread_of(counts(6, 5));
  EXPECT_DOUBLE_EQ(*most.median, 60);
  EXPECT_FALSE(most.p90.has_value());
  EXPECT_EQ(most.failed, 5U);
  EXPECT_FALSE(spread_of(counts(5, 5)).median.has_value()) << "half way to a failed one";
}

TEST(Spread, HasNoPercentileWhenEverySeedFailed) {
  const Spread none = spread_of(counts(0, 3));
  EXPECT_FALSE(none.median || none.p10 || none.p90);
  EXPECT_EQ(none.failed, 3U);
}

TEST(Spread, OfMeasuredNumbersHasNoFailures) {
  const Spread spread = spread_of(std::vector<double>{0.5, -1.0, 2.0});
  EXPECT_DOUBLE_EQ(*spread.median, 0.5);
  EXPECT_DOUBLE_EQ(*spread.p90, 1.7);
  EXPECT_EQ(spread.failed, 0U);
}

}  // namespace
}  // namespace tamis
