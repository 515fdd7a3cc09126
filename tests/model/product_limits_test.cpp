#include "model/product_limits.h"

#include "model/grid_testing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

/// 6 * 6 * 6 * 6 = 1296 configs of four powers of two.
Space four_tiles() {
  const std::vector<int64_t> powers = {1, 2, 4, 8, 16, 32};
  return Space::create({number_knob("b", powers), number_knob("h", powers), number_knob("w", powers),
                        number_knob("c", powers)})
      .value();
}

using Tile = std::vector<double>;

class ProductLimitsTest : public ::testing::Test {
 protected:
  Tile tile(size_t config) const {
    Tile values;
    for (const GridColumn& column : grid_.columns()) values.push_back(column.values[column.levels[config]]);
    return values;
  }
  /// What is expected everywhere after so many rows, learnt ten at a time.
  std::vector<float> predict(size_t count, const std::function<bool(const Tile&)>& valid) const {
    std::vector<size_t> configs;
    std::vector<float> targets;
    ProductLimits limits(grid_);
    Random random(1);
    while (configs.size() < count) {
      configs.push_back(configs.size());
      targets.push_back(valid(tile(configs.back())) ? 1.0F : 0.0F);
      if (configs.size() % 10 == 0 || configs.size() == count) limits.fit(configs, targets, random);
    }
    return everywhere(grid_, limits);
  }
  /// The share of rows not learnt of which it is foreseen what they are.
  double foreseen(size_t count, const std::function<bool(const Tile&)>& valid) const {
    const std::vector<float> predictions = predict(count, valid);
    double right = 0;
    for (size_t i = count; i < grid_.size(); ++i) right += (predictions[i] > 0.5F) == valid(tile(i)) ? 1 : 0;
    return right / static_cast<double>(grid_.size() - count);
  }

  Space space_ = four_tiles();
  ConfigGrid grid_{space_, some_indexes(space_, 1296, 3)};
};

TEST_F(ProductLimitsTest, FindsALimitOnAProduct) {
  EXPECT_GT(foreseen(80, [](const Tile& t) { return t[1] * t[2] <= 32; }), 0.93);
}

TEST_F(ProductLimitsTest, FindsTwoLimitsOnProductsThatShareAKnob) {
  EXPECT_GT(foreseen(120, [](const Tile& t) { return t[0] * t[1] <= 64 && t[1] * t[2] * t[3] <= 512; }), 0.9);
}

TEST_F(ProductLimitsTest, FindsALimitFromBelow) {
  EXPECT_GT(foreseen(80, [](const Tile& t) { return t[0] * t[3] >= 16; }), 0.93);
}

TEST_F(ProductLimitsTest, SaysNothingWhereOutcomesAreNoMatterOfProducts) {
  Random random(5);
  std::vector<bool> outcomes;
  for (size_t i = 0; i < 200; ++i) outcomes.push_back(random.below(2) == 0);
  size_t next = 0;
  const std::vector<float> predictions = predict(200, [&](const Tile&) { return outcomes[next++]; });
  const auto unsure = std::count_if(predictions.begin(), predictions.end(),
                                    [](float p) { return std::abs(p - 0.5F) < 0.15F; });
  EXPECT_GT(static_cast<double>(unsure), 0.9 * static_cast<double>(grid_.size()));
}

TEST_F(ProductLimitsTest, IsTheSameEachTime) {
  const auto valid = [](const Tile& t) { return t[1] * t[2] <= 32; };
  EXPECT_EQ(predict(60, valid), predict(60, valid));
}

TEST_F(ProductLimitsTest, LearnsFromTheLastOfVeryManyRows) {
  EXPECT_GT(foreseen(ProductLimits::kKnown + 200, [](const Tile& t) { return t[0] * t[1] * t[2] <= 128; }),
            0.93);
}

TEST(ProductLimits, NeverExpectsMoreThanOfWhatIsKnownToBeValid) {
  const Space space = mixed_space();
  const ConfigGrid grid(space, some_indexes(space, 576, 2));
  rc::check([&](uint64_t seed) {
    std::vector<size_t> configs(*rc::gen::inRange<size_t>(1, 100));
    std::iota(configs.begin(), configs.end(), 0U);
    std::vector<float> targets;
    Random random(seed);
    for (size_t i = 0; i < configs.size(); ++i) targets.push_back(random.below(3) == 0 ? 1.0F : 0.0F);
    ProductLimits limits(grid);
    limits.fit(configs, targets, random);
    const std::vector<float> predictions = everywhere(grid, limits);
    const float most = *std::max_element(predictions.begin(), predictions.end());
    for (const float prediction : predictions) RC_ASSERT(prediction > 0 && prediction < 1);
    for (const size_t config : configs)
      if (targets[config] == 1) RC_ASSERT(std::abs(predictions[config] - most) < 1e-3F);
  });
}

TEST(ProductLimits, ExpectsTheSameEverywhereWithoutNumbers) {
  const Space space = Space::create({name_knob("order", {"a", "b", "c"})}).value();
  const ConfigGrid grid(space, some_indexes(space, 3, 1));
  ProductLimits limits(grid);
  Random random(1);
  limits.fit(std::vector<size_t>{0, 1}, std::vector<float>{0, 1}, random);
  const std::vector<float> predictions = everywhere(grid, limits);
  EXPECT_EQ(predictions, std::vector<float>(3, predictions.front()));
}

}  // namespace
}  // namespace tamis
