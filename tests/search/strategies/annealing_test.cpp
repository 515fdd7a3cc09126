#include "search/search_fixture.h"
#include "search/strategies/autotvm_strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Scores an index by itself, and counts the calls.
struct Ramp {
  float sign = 1;
  int calls = 0;
  std::set<ConfigKey> asked;

  ScoreFunction function() {
    return [this](std::span<const ConfigKey> indexes) -> Result<std::vector<float>> {
      ++calls;
      asked.insert(indexes.begin(), indexes.end());
      std::vector<float> scores;
      for (const ConfigKey& index : indexes) scores.push_back(sign * static_cast<float>(index.index()) / 100);
      return scores;
    };
  }
};

TEST(Annealing, FindsTheBestOfASmallSpaceBestFirst) {
  const Space space = search_test::small_space();
  Annealer annealer(space, {});
  const UnseenConfigs unseen(space);
  Random random(1);
  Ramp ramp;
  EXPECT_THAT(annealer.find_best(ramp.function(), 4, unseen, random).value(), ElementsAre(95, 94, 93, 92));
}

TEST(Annealing, FindsTheBestOfALargerSpace) {
  const Space space = search_test::tile_space();
  Annealer annealer(space, {});
  const UnseenConfigs unseen(space);
  Random random(2);
  Ramp ramp;
  const std::vector<ConfigKey> best = annealer.find_best(ramp.function(), 64, unseen, random).value();
  ASSERT_THAT(best, SizeIs(64));
  EXPECT_EQ(best.front(), space.size() - 1);
  EXPECT_GT(best.back(), space.size() - 200);
  EXPECT_LT(ramp.asked.size(), space.size());
}

TEST(Annealing, LeavesOutWhatWasSeen) {
  const Space space = search_test::small_space();
  Annealer annealer(space, {});
  UnseenConfigs unseen(space);
  for (uint64_t index = 90; index < 96; ++index) unseen.mark(index);
  Random random(3);
  Ramp ramp;
  EXPECT_THAT(annealer.find_best(ramp.function(), 2, unseen, random).value(), ElementsAre(89, 88));
}

TEST(Annealing, LeavesOutNegativeScores) {
  const Space space = search_test::small_space();
  Annealer annealer(space, {});
  const UnseenConfigs unseen(space);
  Random random(4);
  Ramp ramp;
  ramp.sign = -1;
  EXPECT_THAT(annealer.find_best(ramp.function(), 64, unseen, random).value(), ElementsAre(0));
}

TEST(Annealing, PutsEqualScoresInTheOrderOfTheirIndexes) {
  const Space space = search_test::small_space();
  Annealer annealer(space, {});
  const UnseenConfigs unseen(space);
  Random random(5);
  const ScoreFunction equal = [](std::span<const ConfigKey> indexes) -> Result<std::vector<float>> {
    return std::vector<float>(indexes.size(), 1.0F);
  };
  const std::vector<ConfigKey> best = annealer.find_best(equal, 64, unseen, random).value();
  EXPECT_THAT(best, SizeIs(64));
  EXPECT_TRUE(std::is_sorted(best.begin(), best.end()));
}

TEST(Annealing, StopsAfterStepsThatFoundNothingBetter) {
  const Space space = search_test::small_space();
  AnnealingOptions options;
  options.patience = 50;
  Annealer annealer(space, options);
  UnseenConfigs unseen(space);
  for (uint64_t index = 0; index < space.size(); ++index) unseen.mark(index);
  Random random(6);
  Ramp ramp;
  EXPECT_THAT(annealer.find_best(ramp.function(), 64, unseen, random).value(), SizeIs(0));
  EXPECT_EQ(ramp.calls, 1 + 50);
}

TEST(Annealing, KeepsItsChainsBetweenCalls) {
  const Space space = search_test::tile_space();
  AnnealingOptions one_chain;
  one_chain.chains = 1;
  Annealer annealer(space, one_chain);
  const UnseenConfigs unseen(space);
  Random random(7);
  Ramp first;
  ASSERT_TRUE(annealer.find_best(first.function(), 1, unseen, random).ok());
  Ramp second;
  ASSERT_TRUE(annealer.find_best(second.function(), 1, unseen, random).ok());
  std::vector<ConfigKey> common;
  std::set_intersection(first.asked.begin(), first.asked.end(), second.asked.begin(), second.asked.end(),
                        std::back_inserter(common));
  EXPECT_FALSE(common.empty());
}

TEST(Annealing, HandsOnTheErrorOfTheScore) {
  const Space space = search_test::small_space();
  Annealer annealer(space, {});
  const UnseenConfigs unseen(space);
  Random random(8);
  const ScoreFunction broken = [](std::span<const ConfigKey>) -> Result<std::vector<float>> {
    return Error{ErrorKind::internal, "no model"};
  };
  EXPECT_EQ(annealer.find_best(broken, 1, unseen, random).error().message, "no model");
}

TEST(KnobWalk, ChangesOneKnobToAnotherValue) {
  const Space space = search_test::small_space();
  const KnobWalk walk(space);
  Random random(9);
  std::set<ConfigKey> reached;
  for (int i = 0; i < 500; ++i) {
    const ConfigKey index = walk.step(37, random);
    const Config before = space.config(37);
    const Config after = space.config(index);
    size_t changed = 0;
    for (size_t knob = 0; knob < before.choices.size(); ++knob)
      changed += before.choices[knob] == after.choices[knob] ? 0 : 1;
    EXPECT_EQ(changed, 1U);
    reached.insert(index);
  }
  EXPECT_EQ(reached.size(), 3U + 3U + 2U + 1U);
}

TEST(KnobWalk, StaysWhereItCannotMove) {
  const Space fixed = Space::create({number_knob("a", {1})}).value();
  Random random(10);
  EXPECT_EQ(KnobWalk(fixed).step(0, random), 0U);
  const Constraint only_here{"a == b == 1", [](const Space&, const Config& config) {
                               return config.choices[0] == 0 && config.choices[1] == 0;
                             }};
  const Space pinned =
      Space::create({number_knob("a", {1, 2}), number_knob("b", {1, 2})}, {only_here}).value();
  EXPECT_EQ(KnobWalk(pinned).step(0, random), 0U);
}

}  // namespace
}  // namespace tamis
