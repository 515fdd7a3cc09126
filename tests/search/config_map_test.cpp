#include "search/config_map.h"

#include "tamis/random.h"

#include <map>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(ConfigMap, HoldsNothingAtFirst) {
  const ConfigMap<size_t> map;
  EXPECT_EQ(map.find(0), nullptr);
  EXPECT_EQ(map.size(), 0U);
}

TEST(ConfigMap, AgreesWithTheStandardsMap) {
  for (const uint64_t range : {uint64_t{50}, uint64_t{5000}, uint64_t{1} << 62}) {
    Random random(range);
    ConfigMap<size_t> map;
    std::map<uint64_t, size_t> expected;
    for (size_t i = 0; i < 3000; ++i) {
      const uint64_t index = random.below(range);
      const auto [value, is_new] = map.try_emplace(index, i);
      EXPECT_EQ(is_new, expected.try_emplace(index, i).second);
      EXPECT_EQ(*value, expected.at(index));
    }
    EXPECT_EQ(map.size(), expected.size());
    for (const auto& [index, value] : expected) {
      ASSERT_NE(map.find(index), nullptr);
      EXPECT_EQ(*map.find(index), value);
    }
    for (int i = 0; i < 1000; ++i) {
      const uint64_t index = random.below(range);
      EXPECT_EQ(map.contains(index), expected.contains(index));
    }
  }
}

TEST(ConfigSet, HoldsWhatWasInserted) {
  ConfigSet set;
  for (const uint64_t index : {uint64_t{0}, uint64_t{7}, uint64_t{7}, uint64_t{INT64_MAX}}) set.insert(index);
  EXPECT_EQ(set.size(), 3U);
  EXPECT_TRUE(set.contains(0));
  EXPECT_TRUE(set.contains(uint64_t{INT64_MAX}));
  EXPECT_FALSE(set.contains(1));
}

}  // namespace
}  // namespace tamis
