#include "search/trial_memory.h"

#include "search/search_fixture.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

TEST(TrialMemory, TellsWhatItLearntInItsOrder) {
  const Space space = small_space();
  TrialMemory memory(space);
  const auto learnt =
      memory.learn(try_configs(space, std::vector{space.config(5), space.config(3)}, always_valid));
  ASSERT_TRUE(learnt.ok());
  ASSERT_EQ(learnt->size(), 2U);
  EXPECT_EQ((*learnt)[0].key, 5U);
  EXPECT_FALSE(memory.unseen().contains(3));
  EXPECT_EQ(memory.observations().size(), 2U);
}

TEST(TrialMemory, FillsUpWithWhatIsUnseen) {
  const Space space = small_space();
  TrialMemory memory(space);
  for (uint64_t index = 4; index < space.size(); ++index) memory.take(index);
  Random random(1);
  std::vector<Config> proposals = {space.config(50)};
  memory.fill_at_random(proposals, 3, random);
  EXPECT_EQ(proposals.size(), 3U);
  memory.fill_at_random(proposals, 100, random);
  EXPECT_EQ(proposals.size(), 5U);
}

TEST(Observations, FindWhatIsKnownOfAConfig) {
  Observations observations;
  observations.add({7, 0.5});
  observations.add({7, 0.25});
  ASSERT_NE(observations.find(7), nullptr);
  EXPECT_EQ(observations.find(7)->throughput, 0.25);
  EXPECT_EQ(observations.find(8), nullptr);
}

TEST(Observations, RangeOverKnownLatencies) {
  Observations observations;
  EXPECT_EQ(observations.log_latencies().slowest, 0);
  observations.add({1, 0});
  observations.add({2, std::numeric_limits<double>::min()});
  observations.add({3, 1.0 / 10});
  observations.add({4, 1.0 / 1000});
  EXPECT_DOUBLE_EQ(observations.log_latencies().fastest, std::log(10));
  EXPECT_DOUBLE_EQ(observations.log_latencies().slowest, std::log(1000));
}

}  // namespace
}  // namespace tamis
