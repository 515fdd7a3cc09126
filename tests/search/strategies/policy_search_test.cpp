#include "search/search_fixture.h"
#include "search/strategies/rl_strategy.h"

#include <numeric>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

/// A score that grows with every knob's position, 1 at most.
Result<std::vector<float>> higher_is_better(const Space& space, std::span<const ConfigKey> indexes) {
  std::vector<float> scores;
  for (const ConfigKey& index : indexes) {
    const Config config = space.config(index);
    scores.push_back(static_cast<float>(std::accumulate(config.choices.begin(), config.choices.end(), 0U)) /
                     (63.0F * 10));
  }
  return scores;
}

TEST(PolicySearch, LearnsToWalkWhereTheScoreIsHigh) {
  const Space space = huge_space();
  PolicySearch search(space, {.policy = {.step_size = 1e-2}});
  Random random(1);
  const ScoreFunction score = [&](std::span<const ConfigKey> indexes) {
    return higher_is_better(space, indexes);
  };
  std::vector<ConfigKey> starts;
  for (int i = 0; i < 64; ++i) starts.push_back(random.below(space.size()));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(search.walk(score, starts, random).ok());
  const std::vector<ConfigKey> visited = search.walk(score, starts, random).value();
  EXPECT_EQ(std::set<ConfigKey>(visited.begin(), visited.end()).size(), visited.size());
  const std::span<const ConfigKey> latest = std::span(visited).last(64);
  const std::vector<float> before = score(starts).value();
  const std::vector<float> after = score(latest).value();
  const auto mean = [](const std::vector<float>& v) { return std::accumulate(v.begin(), v.end(), 0.0) / 64; };
  // Sixteen steps up of 63 for every knob are 0.25.
  EXPECT_GT(mean(after), mean(before) + 0.1);
}

TEST(PolicySearch, StaysWithinAListedSpace) {
  const Space space = listed_space();
  PolicySearch search(space, {});
  Random random(2);
  const ScoreFunction score = [&](std::span<const ConfigKey> indexes) {
    return higher_is_better(space, indexes);
  };
  const std::vector<ConfigKey> visited = search.walk(score, *space.listed(), random).value();
  for (const ConfigKey& index : visited) EXPECT_TRUE(space.allows(space.config(index)));
}

TEST(PolicySearch, VisitsNothingWhereNoKnobHasAChoice) {
  const Space space = Space::create({number_knob("only", {1})}).value();
  PolicySearch search(space, {});
  Random random(3);
  const ScoreFunction score = [](std::span<const ConfigKey> indexes) {
    return std::vector<float>(indexes.size());
  };
  EXPECT_TRUE(search.walk(score, {0}, random).value().empty());
}

TEST(PolicySearch, PassesErrorsOfTheScoreOn) {
  const Space space = small_space();
  PolicySearch search(space, {});
  Random random(4);
  const ScoreFunction score = [](std::span<const ConfigKey>) -> Result<std::vector<float>> {
    return invalid_input("no score");
  };
  EXPECT_FALSE(search.walk(score, {0}, random).ok());
}

}  // namespace
}  // namespace tamis
