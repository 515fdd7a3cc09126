#include "search/tamis/related_knowledge.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

std::vector<float> row_of(const SharedFeatures& features, const Space& space, uint64_t index) {
  FeatureMatrix matrix;
  features.append(space, space.config(index), matrix);
  EXPECT_EQ(matrix.columns, matrix.values.size());
  return matrix.values;
}

TEST(SharedFeatures, TellSizeRepeatsAndAlignmentOfNumbersAndTheirProducts) {
  const Space space = Space::create({number_knob("h", {1, 12}), number_knob("w", {2, 8})}).value();
  const SharedFeatures features({&space});
  const float log12 = std::log2(12.0F);
  // h = 12, w = 2: for each the logarithm, that of largest / value, factors of two; then the product.
  EXPECT_THAT(row_of(features, space, 1),
              ElementsAre(log12, 0, 2, 1, FloatNear(2, 1e-6F), 1, FloatNear(1 + log12, 1e-6F)));
}

TEST(SharedFeatures, MeanTheSameWhereverAValueStands) {
  const Space large = Space::create({number_knob("h", {1, 2, 4, 8}), number_knob("w", {1, 2})}).value();
  const Space small = Space::create({number_knob("w", {1, 2}), number_knob("h", {2, 8})}).value();
  const SharedFeatures features({&large, &small});
  const uint64_t in_large = large.index(large.parse(std::vector<std::string>{"h=8", "w=2"}).value());
  const uint64_t in_small = small.index(small.parse(std::vector<std::string>{"h=8", "w=2"}).value());
  EXPECT_EQ(row_of(features, large, in_large), row_of(features, small, in_small));
}

TEST(SharedFeatures, SeeTheInnerFactorsOfASplit) {
  const Space space = Space::create({split_knob("rows", 12, 2)}).value();
  const SharedFeatures features({&space});
  for (uint64_t index = 0; index < space.size(); ++index) {
    const auto inner = static_cast<float>(scalar(space.value(space.config(index), 0)));
    EXPECT_EQ(row_of(features, space, index)[0], std::log2(inner));
  }
}

TEST(SharedFeatures, LeaveOutWhatOnlySomeSpacesHave) {
  const Space first = Space::create({number_knob("h", {1, 2}), number_knob("w", {1, 2})}).value();
  const Space second = Space::create({number_knob("h", {1, 4}), number_knob("c", {1, 2})}).value();
  EXPECT_EQ(row_of(SharedFeatures({&first, &second}), first, 0).size(), 3U);
}

TEST(SharedFeatures, LeaveOutKnobsOfAnotherSort) {
  const Space number = Space::create({number_knob("h", {1, 2})}).value();
  const Space name = Space::create({name_knob("h", {"1", "2"})}).value();
  const Space split = Space::create({split_knob("h", 4, 2)}).value();
  const Space longer = Space::create({split_knob("h", 4, 3)}).value();
  EXPECT_TRUE(SharedFeatures({&number, &name}).empty());
  EXPECT_TRUE(SharedFeatures({&number, &split}).empty());
  EXPECT_TRUE(SharedFeatures({&split, &longer}).empty());
}

TEST(SharedFeatures, LeaveOutKnobsThatNeverChoose) {
  const Space first = Space::create({number_knob("h", {1}), number_knob("w", {4})}).value();
  const Space second = Space::create({number_knob("h", {1}), number_knob("w", {8})}).value();
  EXPECT_TRUE(SharedFeatures({&first, &second}).empty());
  const Space third = Space::create({number_knob("h", {1}), number_knob("w", {8, 4})}).value();
  EXPECT_FALSE(SharedFeatures({&first, &third}).empty());
}

TEST(SharedFeatures, TellNamesByWhatTheyAre) {
  const Space first = Space::create({name_knob("order", {"hw", "wh"})}).value();
  const Space second = Space::create({name_knob("order", {"wh", "c"})}).value();
  const SharedFeatures features({&first, &second});
  EXPECT_THAT(row_of(features, first, 1), ElementsAre(0, 0, 1));  // c, hw, wh
  EXPECT_EQ(row_of(features, first, 1), row_of(features, second, 0));
}

TEST(SharedFeatures, AreFiniteForNumbersThatHaveNoLogarithm) {
  const Space space = Space::create({number_knob("pad", {-3, 0, 5})}).value();
  const SharedFeatures features({&space});
  for (uint64_t index = 0; index < space.size(); ++index)
    for (const float value : row_of(features, space, index)) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace tamis
