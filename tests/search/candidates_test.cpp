#include "search/candidates.h"

#include "search/model_strategy.h"
#include "search/search_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::ElementsAre;

TEST(Candidates, AreTheWholeUnseenSpaceWhereItIsSmall) {
  const Space space = small_space();
  TrialMemory memory(space);
  memory.take(3);
  memory.take(90);
  Candidates candidates(space);
  Random random(1);
  const std::vector<ConfigKey> gathered = candidates.gather(memory, random);
  EXPECT_EQ(std::set<ConfigKey>(gathered.begin(), gathered.end()).size(), 94U);
  memory.take(4);
  EXPECT_EQ(candidates.gather(memory, random).size(), 93U);
}

TEST(Candidates, OfALargeSpaceAreRandomConfigsAndNeighboursOfTheFastest) {
  const Space space = huge_space();
  TrialMemory memory(space);
  const std::vector<Config> known = {space.config(1000), space.config(2000)};
  ASSERT_TRUE(memory.learn(try_configs(space, known, always_valid)).ok());
  Candidates candidates(space, {.random = 20, .neighbours = 100, .leaders = 1});
  Random random(2);
  size_t near = 0;
  const std::vector<ConfigKey> gathered = candidates.gather(memory, random);
  for (const ConfigKey& index : gathered) {
    const Config config = space.config(index);
    size_t apart = 0;
    for (size_t i = 0; i < 10; ++i) apart += config.choices[i] != known[1].choices[i] ? 1 : 0;
    near += apart <= 2 ? 1 : 0;
  }
  EXPECT_EQ(gathered.size() - near, 20U);
  EXPECT_GT(near, 60U);  // some are met twice
}

TEST(Candidates, StayWithinAListedSpace) {
  const Space space = listed_space();
  TrialMemory memory(space);
  ASSERT_TRUE(
      memory.learn(try_configs(space, std::vector{space.config((*space.listed())[4])}, always_valid)).ok());
  Random random(4);
  Candidates whole(space);
  EXPECT_EQ(whole.gather(memory, random).size(), 96U);
  Candidates some(space, {.whole_space = 10, .random = 30});
  for (const ConfigKey& index : some.gather(memory, random)) EXPECT_TRUE(space.allows(space.config(index)));
}

TEST(Fastest, AreValidAndInTheirOrder) {
  Observations observations;
  observations.add({1, 0.1});
  observations.add({2, 0});
  observations.add({3, 0.3});
  observations.add({4, 0.2});
  EXPECT_THAT(fastest(observations, 2), ElementsAre(3, 4));
  EXPECT_THAT(fastest(observations, 10), ElementsAre(3, 4, 1));
}

TEST(RefitSchedule, WaitsForThreePercentMore) {
  RefitSchedule schedule;
  EXPECT_TRUE(schedule.due(1));
  schedule.fitted(10);
  EXPECT_TRUE(schedule.due(11));
  schedule.fitted(320);
  EXPECT_FALSE(schedule.due(330));
  EXPECT_TRUE(schedule.due(331));
}

}  // namespace
}  // namespace tamis
