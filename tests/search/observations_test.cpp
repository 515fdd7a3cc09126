#include "search/search_fixture.h"
#include "search/trial_memory.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

Trial trial_of(const Space& space, uint64_t index, std::vector<double> latencies) {
  Trial trial;
  trial.config = space.config(index);
  trial.costs = std::move(latencies);
  if (trial.costs.empty()) trial.verdict = Verdict::resource_exceeded;
  return trial;
}

TEST(Observations, AreThroughputOfTheMedianLatency) {
  const Space space = search_test::small_space();
  const Observation observation = observe(space, trial_of(space, 7, {4, 2, 100})).value();
  EXPECT_EQ(observation.key, 7U);
  EXPECT_DOUBLE_EQ(observation.throughput, 0.25);
  EXPECT_TRUE(observation.valid());
}

TEST(Observations, AreZeroForInvalidTrials) {
  const Space space = search_test::small_space();
  const Observation observation = observe(space, trial_of(space, 3, {})).value();
  EXPECT_EQ(observation.throughput, 0);
  EXPECT_FALSE(observation.valid());
}

TEST(Observations, OfAValidTrialWithoutLatencyRankBehindAllOthers) {
  const Space space = search_test::small_space();
  Trial trial = trial_of(space, 3, {});
  trial.verdict = Verdict::valid;
  const Observation observation = observe(space, trial).value();
  EXPECT_TRUE(observation.valid());
  EXPECT_LT(observation.throughput, 1e-300);
}

TEST(Observations, KeepTheNewestOfAConfig) {
  Observations observations;
  observations.add({5, 0});
  observations.add({6, 1});
  EXPECT_EQ(observations.valid_count(), 1U);
  observations.add({5, 2});
  EXPECT_EQ(observations.size(), 2U);
  EXPECT_EQ(observations.valid_count(), 2U);
  EXPECT_EQ(observations.all()[0].throughput, 2);
  observations.add({6, 0});
  EXPECT_EQ(observations.valid_count(), 1U);
}

}  // namespace
}  // namespace tamis
