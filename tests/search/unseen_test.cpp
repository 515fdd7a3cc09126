#include "search/unseen.h"

#include "search/search_fixture.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(UnseenConfigs, DrawsEveryConfigOnceAndThenNothing) {
  const Space space = search_test::small_space();
  UnseenConfigs unseen(space);
  Random random(1);
  std::set<uint64_t> drawn;
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
  std::map<uint64_t, int> counts;
  for (int i = 0; i < 3000; ++i) ++counts[*unseen.draw(random)];
  EXPECT_EQ(counts.size(), 3U);
  for (const auto& [index, count] : counts) EXPECT_NEAR(count, 1000, 150) << index;
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
  EXPECT_EQ(unseen.next(0), 1U);
  EXPECT_EQ(unseen.next(5), 6U);
  EXPECT_EQ(unseen.next(space.size()), std::nullopt);
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

TEST(UnseenConfigs, DrawNothingFromASpaceThatWasNeverMade) {
  const Space space;
  UnseenConfigs unseen(space);
  Random random(6);
  EXPECT_EQ(unseen.draw(random), space.size() == 0 ? std::nullopt : std::optional<uint64_t>(0));
}

}  // namespace
}  // namespace tamis
