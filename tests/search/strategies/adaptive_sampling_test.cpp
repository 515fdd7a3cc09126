#include "search/search_fixture.h"
#include "search/strategies/rl_strategy.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

std::vector<ConfigKey> sample(const Space& space, const std::vector<ConfigKey>& visited,
                              const UnseenConfigs& unseen) {
  Random random(1);
  return sample_adaptively(space, visited, unseen, {}, random);
}

TEST(AdaptiveSampling, TakesOneConfigOfEachHeap) {
  const Space space = huge_space();
  Random random(2);
  std::set<ConfigKey> heaps;
  while (heaps.size() < 8) heaps.insert(random.below(space.size()));
  std::vector<ConfigKey> visited;
  for (const ConfigKey& heap : heaps) visited.insert(visited.end(), 50, heap);
  const std::vector<ConfigKey> samples = sample(space, visited, UnseenConfigs(space));
  EXPECT_EQ(std::set<ConfigKey>(samples.begin(), samples.end()), heaps);
}

TEST(AdaptiveSampling, TakesMoreConfigsOfWhatIsScattered) {
  const Space space = huge_space();
  Random random(3);
  std::vector<ConfigKey> visited;
  for (int i = 0; i < 400; ++i) visited.push_back(random.below(space.size()));
  EXPECT_GE(sample(space, visited, UnseenConfigs(space)).size(), 8U);
}

TEST(AdaptiveSampling, GivesUnseenConfigsOnceEach) {
  const Space space = small_space();
  UnseenConfigs unseen(space);
  std::vector<ConfigKey> visited;
  for (uint64_t index = 0; index < space.size(); ++index) visited.push_back(index);
  for (uint64_t index = 0; index < space.size(); index += 2) unseen.mark(index);
  const std::vector<ConfigKey> samples = sample(space, visited, unseen);
  EXPECT_FALSE(samples.empty());
  EXPECT_EQ(std::set<ConfigKey>(samples.begin(), samples.end()).size(), samples.size());
  for (const ConfigKey& index : samples) EXPECT_EQ(index.index() % 2, 1U);
}

TEST(AdaptiveSampling, StaysWithinAListedSpace) {
  const Space space = listed_space();
  const std::vector<ConfigKey> samples = sample(space, *space.listed(), UnseenConfigs(space));
  EXPECT_FALSE(samples.empty());
  for (const ConfigKey& index : samples) EXPECT_TRUE(space.allows(space.config(index)));
}

TEST(AdaptiveSampling, GivesNothingWhenNothingWasVisited) {
  const Space space = small_space();
  EXPECT_TRUE(sample(space, {}, UnseenConfigs(space)).empty());
}

}  // namespace
}  // namespace tamis
