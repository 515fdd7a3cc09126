#include "search/candidates.h"

#include <cstdint>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

Space three_knobs() {
  return Space::create(
             {number_knob("a", {1, 2, 3}), number_knob("b", {1, 2, 3, 4}), number_knob("c", {1, 2})})
      .value();
}

Trial valid_trial(const Space& space, uint64_t index, double latency_ns) {
  Trial trial;
  trial.config = space.config(index);
  trial.costs = {latency_ns};
  return trial;
}

size_t differing_knobs(const Space& space, uint64_t a, uint64_t b) {
  const Config first = space.config(a);
  const Config second = space.config(b);
  size_t differing = 0;
  for (size_t i = 0; i < first.choices.size(); ++i) differing += first.choices[i] != second.choices[i];
  return differing;
}

TEST(Neighbours, AreAllThatDifferInOneOrTwoKnobsFromTheFastest) {
  const Space space = three_knobs();
  TrialMemory memory(space);
  const std::vector<Trial> trials = {valid_trial(space, 7, 10), valid_trial(space, 0, 20)};
  ASSERT_TRUE(memory.learn(trials).ok());
  Random random(1);
  std::vector<ConfigKey> indexes;
  add_neighbours(memory, {.leaders = 1, .two_knobs = 1000}, random, indexes);
  EXPECT_EQ(std::set<ConfigKey>(indexes.begin(), indexes.end()).size(), indexes.size());
  // (2 + 3 + 1) that differ in one knob, 2 * 3 + 2 * 1 + 3 * 1 in two; config 0, which was tried, differs in
  // two.
  EXPECT_EQ(indexes.size(), 6U + 11U - (differing_knobs(space, 7, 0) <= 2 ? 1U : 0U));
  for (const ConfigKey& index : indexes) EXPECT_LE(differing_knobs(space, 7, index.index()), 2U);
}

TEST(Neighbours, AreASampleWhereTwoKnobsGiveTooMany) {
  const Space space = three_knobs();
  TrialMemory memory(space);
  const std::vector<Trial> trials = {valid_trial(space, 7, 10)};
  ASSERT_TRUE(memory.learn(trials).ok());
  Random random(1);
  std::vector<ConfigKey> indexes;
  add_neighbours(memory, {.leaders = 1, .two_knobs = 4}, random, indexes);
  EXPECT_EQ(indexes.size(), 6U + 4U);
}

TEST(Neighbours, AddNothingTwiceAndNothingBeforeAValidTrial) {
  const Space space = three_knobs();
  TrialMemory memory(space);
  Random random(1);
  std::vector<ConfigKey> indexes = {3};
  add_neighbours(memory, {}, random, indexes);
  EXPECT_EQ(indexes, std::vector<ConfigKey>{3});
  const std::vector<Trial> trials = {valid_trial(space, 7, 10)};
  ASSERT_TRUE(memory.learn(trials).ok());
  add_neighbours(memory, {}, random, indexes);
  const size_t once = indexes.size();
  add_neighbours(memory, {}, random, indexes);
  EXPECT_EQ(indexes.size(), once);
}

}  // namespace
}  // namespace tamis
