#include "network/operators/moving.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kLeastIndex = std::numeric_limits<int64_t>::min();
constexpr int64_t kMostIndex = std::numeric_limits<int64_t>::max();

/// A Slice of 0, 1, 2, 3, 4.
TestCall slice_of_five(int64_t start, int64_t end, int64_t step) {
  return {"Slice", {ascending({5}), integers({start}), integers({end}), integers({0}), integers({step})}};
}

TEST(Slice, TakesStepsForwards) {
  EXPECT_THAT(values_of<float>(slice_of_five(1, 4, 1)), ElementsAre(1, 2, 3));
  EXPECT_THAT(values_of<float>(slice_of_five(-4, kMostIndex, 2)), ElementsAre(1, 3));
  EXPECT_THAT(values_of<float>(slice_of_five(4, 1, 1)), IsEmpty());
  EXPECT_THAT(values_of<float>(slice_of_five(kLeastIndex, kMostIndex, kMostIndex)), ElementsAre(0));
}

TEST(Slice, TakesStepsBackwards) {
  EXPECT_THAT(values_of<float>(slice_of_five(-1, kLeastIndex, -1)), ElementsAre(4, 3, 2, 1, 0));
  EXPECT_THAT(values_of<float>(slice_of_five(kMostIndex, 0, -2)), ElementsAre(4, 2));
  EXPECT_THAT(values_of<float>(slice_of_five(3, -1, -1)), IsEmpty());
  EXPECT_THAT(values_of<float>(slice_of_five(4, kLeastIndex, kLeastIndex)), ElementsAre(4));
}

TEST(Slice, BackwardsFromBeforeTheStartTakesTheFirst) {
  EXPECT_THAT(values_of<float>(slice_of_five(-9, kLeastIndex, -1)), ElementsAre(0));
}

TEST(Slice, RefusesStepsOfZeroAndAxesGivenTwice) {
  EXPECT_THAT(error_of(slice_of_five(0, 1, 0)), HasSubstr("a step of 0"));
  EXPECT_THAT(error_of({"Slice", {ascending({5}), integers({0, 0}), integers({1, 1}), integers({0, -1})}}),
              HasSubstr("axis -1 is given twice"));
}

TEST(Slice, HasAttributesBelowOpset10) {
  const TestCall call{"Slice",
                      {ascending({2, 3})},
                      {{"starts", std::vector<int64_t>{1}},
                       {"ends", std::vector<int64_t>{99}},
                       {"axes", std::vector<int64_t>{1}}},
                      9};
  EXPECT_EQ(shape_of(call), (Shape{2, 2}));
  EXPECT_EQ(early_shape_of(call), (Shape{2, 2}));
}

TEST(Slice, KnowsNoShapeBeforeItsNumbers) { EXPECT_EQ(early_shape_of(slice_of_five(0, 1, 1)), std::nullopt); }

TEST(Compress, KeepsWhatTheConditionSays) {
  const Array condition = Array::of<bool>({3}, {false, true, true});
  EXPECT_THAT(values_of<float>({"Compress", {ascending({2, 2}), condition}}), ElementsAre(1, 2));
  const TestCall rows{"Compress", {ascending({2, 2}), condition}, {{"axis", int64_t{0}}}};
  EXPECT_THAT(values_of<float>(rows), ElementsAre(2, 3));
  EXPECT_EQ(early_shape_of(rows), std::nullopt);
}

TEST(Compress, RefusesAConditionOfNumbers) {
  EXPECT_THAT(error_of({"Compress", {ascending({2}), ascending({2})}}),
              HasSubstr("must be boolean, not float32"));
}

TEST(ReverseSequence, ReversesTheFirstOfEachBatch) {
  EXPECT_THAT(values_of<float>({"ReverseSequence", {ascending({3, 2}), integers({0, 3})}}),
              ElementsAre(0, 5, 2, 3, 4, 1));
  EXPECT_THAT(values_of<float>({"ReverseSequence",
                                {ascending({2, 3}), integers({2, 3})},
                                {{"batch_axis", int64_t{0}}, {"time_axis", int64_t{1}}}}),
              ElementsAre(1, 0, 2, 5, 4, 3));
}

TEST(ReverseSequence, RefusesLengthsBeyondTheTime) {
  EXPECT_THAT(error_of({"ReverseSequence", {ascending({3, 2}), integers({0, 4})}}),
              HasSubstr("a length of 4 is not within a time of 3"));
  EXPECT_THAT(error_of({"ReverseSequence", {ascending({3, 2}), integers({0})}}),
              HasSubstr("are not one for each batch"));
}

}  // namespace
}  // namespace tamis::network
