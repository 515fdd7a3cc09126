#include "search/adaptive_sampling.h"

#include "search/search_fixture.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

std::vector<uint64_t> sample(const Space& space, const std::vector<uint64_t>& visited,
                             const UnseenConfigs& unseen) {
  Random random(1);
  return sample_adaptively(space, visited, unseen, {}, random);
}

TEST(AdaptiveSampling, TakesFewConfigsOfTightHeaps) {
  const Space space = huge_space();
  Random random(2);
  std::vector<uint64_t> visited;
  for (int heap = 0; heap < 8; ++heap) {
    const uint64_t centre = random.below(space.size());
    for (int i = 0; i < 50; ++i) visited.push_back(space.index(space.mutate(space.config(centre), random)));
  }
  const std::vector<uint64_t> samples = sample(space, visited, UnseenConfigs(space));
  EXPECT_GE(samples.size(), 8U);
  EXPECT_LE(samples.size(), 24U);
}

TEST(AdaptiveSampling, GivesUnseenConfigsOnceEach) {
  const Space space = small_space();
  UnseenConfigs unseen(space);
  std::vector<uint64_t> visited;
  for (uint64_t index = 0; index < space.size(); ++index) visited.push_back(index);
  for (uint64_t index = 0; index < space.size(); index += 2) unseen.mark(index);
  const std::vector<uint64_t> samples = sample(space, visited, unseen);
  EXPECT_FALSE(samples.empty());
  EXPECT_EQ(std::set<uint64_t>(samples.begin(), samples.end()).size(), samples.size());
  for (const uint64_t index : samples) EXPECT_EQ(index % 2, 1U);
}

TEST(AdaptiveSampling, StaysWithinAListedSpace) {
  const Space space = listed_space();
  const std::vector<uint64_t> samples = sample(space, *space.listed(), UnseenConfigs(space));
  EXPECT_FALSE(samples.empty());
  for (const uint64_t index : samples) EXPECT_TRUE(space.allows(space.config(index)));
}

TEST(AdaptiveSampling, GivesNothingWhenNothingWasVisited) {
  const Space space = small_space();
  EXPECT_TRUE(sample(space, {}, UnseenConfigs(space)).empty());
}

}  // namespace
}  // namespace tamis
