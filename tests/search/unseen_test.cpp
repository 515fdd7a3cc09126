#include "search/search_fixture.h"
#include "search/trial_memory.h"
#include "space/allowed_configs.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(UnseenConfigs, DrawsEveryConfigOnceAndThenNothing) {
  const Space space = search_test::small_space();
  UnseenConfigs unseen(space);
  Random random(1);
  std::set<ConfigKey> drawn;
  while (const auto index = unseen.draw(random)) {
    EXPECT_TRUE(drawn.insert(*index).second);
    unseen.mark(*index);
  }
  EXPECT_EQ(drawn.size(), space.size());
  EXPECT_FALSE(unseen.draw(random));
}

TEST(UnseenConfigs, DrawsEvenlyFromTheLastFew) {
  const Space space = search_test::small_space();
  UnseenConfigs unseen(space);
  for (uint64_t index = 3; index < space.size(); ++index) unseen.mark(index);
  Random random(2);
  std::map<ConfigKey, int> counts;
  for (int i = 0; i < 3000; ++i) ++counts[*unseen.draw(random)];
  EXPECT_EQ(counts.size(), 3U);
  for (const auto& [index, count] : counts) EXPECT_NEAR(count, 1000, 150) << index.index();
}

TEST(UnseenConfigs, DoesNotDrawWhatWasMarkedAfterListing) {
  const Space space = search_test::small_space();
  UnseenConfigs unseen(space);
  Random random(3);
  for (uint64_t index = 2; index < space.size(); ++index) unseen.mark(index);
  ASSERT_TRUE(unseen.draw(random));
  unseen.mark(0);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(unseen.draw(random), 1U);
}

TEST(UnseenConfigs, WalksInOrderOfIndex) {
  const Space space = search_test::small_space();
  UnseenConfigs unseen(space);
  unseen.mark(0);
  unseen.mark(5);
  uint64_t position = 0;
  EXPECT_EQ(unseen.next(position), 1U);
  EXPECT_EQ(unseen.next(position), 2U);
  position = 5;
  EXPECT_EQ(unseen.next(position), 6U);
  position = space.size();
  EXPECT_EQ(unseen.next(position), std::nullopt);
}

TEST(UnseenConfigs, WalksThroughAnEnumeratedSpaceInOrderOfIndex) {
  const Space space = search_test::sparse_space(720);
  UnseenConfigs unseen(space);
  uint64_t position = 0;
  std::vector<ConfigKey> met;
  while (const auto index = unseen.next(position)) met.push_back(*index);
  EXPECT_EQ(met, *space.allowed_keys(1000));
}

TEST(UnseenConfigs, WalksThroughALargeEnumeratedSpace) {
  const Space space = search_test::large_enumerated_space();
  UnseenConfigs unseen(space);
  uint64_t position = 0;
  std::set<ConfigKey> met;
  for (int i = 0; i < 1000; ++i) {
    const ConfigKey index = *unseen.next(position);
    EXPECT_TRUE(unseen.contains(index));
    met.insert(index);
    unseen.mark(index.index() + 1);
  }
  EXPECT_EQ(met.size(), 1000U);
  position = space.enumeration()->count();
  EXPECT_FALSE(unseen.next(position));
}

TEST(UnseenConfigs, DrawsEvenlyFromAnEnumeratedSpace) {
  const Space space = search_test::sparse_space(12);
  UnseenConfigs unseen(space);
  Random random(6);
  std::map<ConfigKey, int> counts;
  const int each = 1000;
  for (uint64_t i = 0; i < each * space.enumeration()->count(); ++i) ++counts[*unseen.draw(random)];
  EXPECT_EQ(counts.size(), space.enumeration()->count());
  for (const auto& [index, count] : counts) EXPECT_NEAR(count, each, 150) << index.index();
}

TEST(UnseenConfigs, FindsTheFewAllowedConfigsOfALargeSpace) {
  std::vector<int64_t> values(1000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i);
  const Constraint diagonal{"a == b", [](const Space&, const Config& config) {
                              return config.choices[0] == config.choices[1] && config.choices[0] < 5;
                            }};
  const Space space = Space::create({number_knob("a", values), number_knob("b", values)}, {diagonal}).value();
  UnseenConfigs unseen(space);
  Random random(4);
  size_t found = 0;
  for (; const auto index = unseen.draw(random); ++found) unseen.mark(*index);
  EXPECT_EQ(found, 5U);
}

TEST(UnseenConfigs, GivesUpOnAHugeSpaceThatAllowsNothing) {
  const Constraint none{"false", [](const Space&, const Config&) { return false; }};
  const Space space = Space::create(search_test::huge_space().knobs(), {none}).value();
  UnseenConfigs unseen(space);
  Random random(5);
  EXPECT_FALSE(unseen.draw(random));
}

TEST(UnseenConfigs, DrawNothingWhereNothingIsAllowed) {
  const Constraint none{"false", [](const Space&, const Config&) { return false; }};
  const std::vector<Space> spaces = {
      Space::create_listed(search_test::small_space().knobs(), {}).value(),
      search_test::sparse_space(1000000007),
      Space::create(search_test::small_space().knobs(), {none}).value(),
  };
  for (const Space& space : spaces) {
    UnseenConfigs unseen(space);
    Random random(7);
    EXPECT_EQ(unseen.draw(random), std::nullopt);
    uint64_t position = 0;
    EXPECT_EQ(unseen.next(position), std::nullopt);
  }
}

TEST(UnseenConfigs, DrawNothingFromASpaceThatWasNeverMade) {
  const Space space;
  UnseenConfigs unseen(space);
  Random random(6);
  EXPECT_EQ(unseen.draw(random), space.size() == 0 ? std::nullopt : std::optional<ConfigKey>(0));
}

}  // namespace
}  // namespace tamis
