#include "model/grid_limits.h"

#include "model/grid_testing.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// 8 * 8 * 8 = 512 configs of three powers of two.
Space tiles() {
  const std::vector<int64_t> powers = {1, 2, 4, 8, 16, 32, 64, 128};
  return Space::create({number_knob("h", powers), number_knob("w", powers), number_knob("c", powers)})
      .value();
}

class GridLimitsTest : public ::testing::Test {
 protected:
  /// Whether the tile of a config fits a memory of 512.
  bool fits(size_t config) const {
    double product = 1;
    for (const GridColumn& column : grid_.columns()) product *= column.values[column.levels[config]];
    return product <= 512;
  }
  std::vector<float> predict(size_t count) const {
    std::vector<size_t> configs(count);
    std::iota(configs.begin(), configs.end(), 0U);
    std::vector<float> targets;
    for (const size_t config : configs) targets.push_back(fits(config) ? 1.0F : 0.0F);
    GridLimits limits(grid_);
    limits.fit(configs, targets);
    return everywhere(grid_, limits);
  }

  Space space_ = tiles();
  ConfigGrid grid_{space_, some_indexes(space_, 512, 3)};
};

TEST_F(GridLimitsTest, LearnsALimitOnAProductFromFewRows) {
  const std::vector<float> predictions = predict(40);
  size_t right = 0;
  for (size_t i = 40; i < grid_.size(); ++i) right += (predictions[i] > 0.5F) == fits(i) ? 1 : 0;
  EXPECT_GT(right, (grid_.size() - 40) * 90 / 100);
}

TEST_F(GridLimitsTest, GivesProbabilities) {
  for (const size_t count : {1, 2, 10, 500})
    for (const float prediction : predict(count)) {
      EXPECT_TRUE(std::isfinite(prediction));
      EXPECT_GE(prediction, 0);
      EXPECT_LE(prediction, 1);
    }
}

TEST_F(GridLimitsTest, IsNotSureAfterASingleRow) {
  for (const float prediction : predict(1)) {
    EXPECT_GT(prediction, 0.05F);
    EXPECT_LT(prediction, 0.95F);
  }
}

TEST_F(GridLimitsTest, IsTheSameEachTime) { EXPECT_EQ(predict(30), predict(30)); }

TEST(GridLimits, PredictsWhereNothingIsOrdered) {
  const Space space = Space::create({name_knob("order", {"a", "b", "c"})}).value();
  const ConfigGrid grid(space, some_indexes(space, 3, 1));
  GridLimits limits(grid);
  limits.fit(std::vector<size_t>{0, 1}, std::vector<float>{0, 1});
  for (const float prediction : everywhere(grid, limits)) EXPECT_NEAR(prediction, 0.5, 0.1);
}

}  // namespace
}  // namespace tamis
