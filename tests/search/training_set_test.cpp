#include "search/trial_memory.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// So many configs, every third of them valid, the later the faster.
Observations observations(size_t count) {
  Observations all;
  for (size_t i = 0; i < count; ++i) all.add({i, i % 3 == 0 ? static_cast<double>(i + 1) : 0});
  return all;
}

std::vector<ConfigKey> indexes(const std::vector<Observation>& rows) {
  std::vector<ConfigKey> indexes;
  for (const Observation& row : rows) indexes.push_back(row.key);
  return indexes;
}

TEST(TrainingSet, AreEverythingWhereThatIsFewAndDrawNothing) {
  Random random(1);
  const std::vector<ConfigKey> all = indexes(choose_training_set(observations(20), 20, random));
  EXPECT_EQ(all.size(), 20U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(random.next(), Random(1).next());
}

TEST(TrainingSet, AreTheFastestAndSomeOfTheOthers) {
  Random random(1);
  const std::vector<ConfigKey> chosen = indexes(choose_training_set(observations(900), 100, random));
  ASSERT_EQ(chosen.size(), 100U);
  EXPECT_TRUE(std::is_sorted(chosen.begin(), chosen.end()));
  const std::set<ConfigKey> set(chosen.begin(), chosen.end());
  EXPECT_EQ(set.size(), 100U);
  for (uint64_t rank = 0; rank < 50; ++rank) EXPECT_TRUE(set.contains(897 - 3 * rank));
  // The others are spread over all that is left.
  EXPECT_LT(chosen.front(), 100U);
  EXPECT_TRUE(std::any_of(chosen.begin(), chosen.end(),
                          [](const ConfigKey& index) { return index.index() % 3 != 0; }));
}

TEST(TrainingSet, AreTheSameForTheSameSeed) {
  Random one(5);
  Random other(5);
  EXPECT_EQ(indexes(choose_training_set(observations(500), 60, one)),
            indexes(choose_training_set(observations(500), 60, other)));
}

TEST(TrainingSet, AreOfAnyVerdictWhereFewAreValid) {
  Random random(1);
  Observations all;
  for (size_t i = 0; i < 100; ++i) all.add({i, i == 50 ? 1.0 : 0.0});
  const std::vector<ConfigKey> chosen = indexes(choose_training_set(all, 10, random));
  EXPECT_EQ(chosen.size(), 10U);
  EXPECT_TRUE(std::find(chosen.begin(), chosen.end(), 50U) != chosen.end());
}

}  // namespace
}  // namespace tamis
