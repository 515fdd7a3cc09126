#include "model/grid_trees.h"

#include "model/grid_testing.h"

#include <numeric>
#include <set>

#include <gtest/gtest.h>

namespace tamis {
namespace {

class GridTreesTest : public ::testing::Test {
 protected:
  /// Whether a config of the grid fits a memory of 64.
  bool fits(size_t config) const {
    const auto value = [&](size_t column) {
      return grid_.columns()[column].values[grid_.columns()[column].levels[config]];
    };
    return value(0) <= 16;
  }
  /// What is predicted after the first `count` configs of the grid.
  std::vector<float> predict(size_t count, uint64_t seed, const GridTreesOptions& options = {}) {
    std::vector<size_t> configs(count);
    std::iota(configs.begin(), configs.end(), 0U);
    std::vector<float> targets;
    for (const size_t config : configs) targets.push_back(fits(config) ? 1.0F : 0.0F);
    Random random(seed);
    GridTrees trees(grid_, options);
    trees.fit(configs, targets, random);
    return everywhere(grid_, trees);
  }

  Space space_ = mixed_space();
  ConfigGrid grid_{space_, some_indexes(space_, 576, 7)};
};

TEST_F(GridTreesTest, PredictsBetweenZeroAndOne) {
  for (const size_t count : {1, 2, 10, 100})
    for (const float prediction : predict(count, 1)) {
      EXPECT_GE(prediction, 0);
      EXPECT_LE(prediction, 1);
    }
}

TEST_F(GridTreesTest, FindsAnObviousLimit) {
  const std::vector<float> predictions = predict(60, 1);
  size_t right = 0;
  for (size_t i = 60; i < grid_.size(); ++i) right += (predictions[i] > 0.5F) == fits(i) ? 1 : 0;
  EXPECT_GT(right, (grid_.size() - 60) * 95 / 100);
}

TEST_F(GridTreesTest, IsNotSureAfterASingleRow) {
  for (const float prediction : predict(1, 1)) {
    EXPECT_GT(prediction, 0.2F);
    EXPECT_LT(prediction, 0.8F);
  }
}

TEST_F(GridTreesTest, GrowsNoDeeperThanItMay) {
  const auto different = [&](size_t depth) {
    const std::vector<float> predictions = predict(100, 1, {.trees = 1, .depth = depth});
    return std::set<float>(predictions.begin(), predictions.end()).size();
  };
  EXPECT_LE(different(1), 2);
  EXPECT_LE(different(2), 4);
  EXPECT_GT(different(64), 4);
}

TEST_F(GridTreesTest, TellsMoreLeavesApartThanAWordHasBits) {
  // By targets that follow from nothing, which takes nearly as many leaves as there are configs.
  std::vector<size_t> configs(grid_.size());
  std::iota(configs.begin(), configs.end(), 0U);
  Random random(1);
  std::vector<float> targets;
  for (size_t i = 0; i < configs.size(); ++i) targets.push_back(static_cast<float>(random.below(2)));
  GridTrees trees(grid_, {.trees = 1, .feature_share = 8, .smoothing = 0});
  trees.fit(configs, targets, random);
  size_t right = 0;
  for (const size_t config : configs) right += (trees.at(config) > 0.5F) == (targets[config] > 0.5F) ? 1 : 0;
  EXPECT_GT(right, configs.size() * 9 / 10);
}

TEST_F(GridTreesTest, DependsOnTheSeedAlone) {
  EXPECT_EQ(predict(30, 1), predict(30, 1));
  EXPECT_NE(predict(30, 1), predict(30, 2));
}

TEST_F(GridTreesTest, PredictsAgainWithWhatIsKnownThen) {
  GridTrees trees(grid_);
  Random random(1);
  const std::vector<size_t> configs = {5};
  trees.fit(configs, std::vector<float>{1}, random);
  EXPECT_GT(trees.at(5), 0.5F);
  trees.fit(configs, std::vector<float>{0}, random);
  EXPECT_LT(trees.at(5), 0.5F);
}

TEST(GridTrees, TellsNamesApart) {
  const Space space =
      Space::create({name_knob("order", {"a", "b", "c", "d"}), number_knob("tile", {1, 2, 4, 8})}).value();
  const ConfigGrid grid(space, some_indexes(space, 16, 1));
  const auto is_b = [&](size_t config) { return grid.columns()[0].levels[config] == 1; };
  std::vector<size_t> configs(12);
  std::iota(configs.begin(), configs.end(), 0U);
  std::vector<float> targets;
  for (const size_t config : configs) targets.push_back(is_b(config) ? 1.0F : 0.0F);
  Random random(1);
  GridTrees trees(grid);
  trees.fit(configs, targets, random);
  for (size_t i = 0; i < grid.size(); ++i) EXPECT_EQ(trees.at(i) > 0.5F, is_b(i)) << i;
}

TEST(GridTrees, PredictsTheMeanWhereNothingTellsConfigsApart) {
  const Space space = Space::create({number_knob("one", {3})}).value();
  const ConfigGrid grid(space, std::vector<ConfigKey>{0});
  Random random(1);
  GridTrees trees(grid);
  trees.fit(std::vector<size_t>{0, 0}, std::vector<float>{0, 1}, random);
  EXPECT_NEAR(trees.at(0), 0.5, 1e-6);
}

}  // namespace
}  // namespace tamis
