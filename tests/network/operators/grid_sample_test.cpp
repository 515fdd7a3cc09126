#include "network/operators/moving.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

/// A row of 0, 1, 2, 3 sampled at coordinates from -1 to 1.
TestCall sample_call(const std::vector<float>& places,
                     std::map<std::string, Attribute, std::less<>> attributes, int64_t opset = 20) {
  const auto count = static_cast<int64_t>(places.size());
  return {"GridSample",
          {ascending({1, 1, 4}), Array::of<float>({1, count, 1}, places)},
          std::move(attributes),
          opset};
}

TEST(GridSample, InterpolatesBetweenElements) {
  EXPECT_THAT(values_of<float>(sample_call({-0.75F, -0.5F, 0, 0.75F}, {})), ElementsAre(0, 0.5F, 1.5F, 3));
  EXPECT_THAT(values_of<float>(sample_call({-1, 0, 1}, {{"align_corners", int64_t{1}}})),
              ElementsAre(0, 1.5F, 3));
}

TEST(GridSample, ReadsBeyondTheEndsByItsPadding) {
  EXPECT_THAT(values_of<float>(sample_call({1, 3}, {})), ElementsAre(1.5F, 0));
  EXPECT_THAT(values_of<float>(sample_call({1, 3}, {{"padding_mode", "border"}})), ElementsAre(3, 3));
  EXPECT_THAT(values_of<float>(sample_call({1.75F, 3.75F}, {{"padding_mode", "reflection"}})),
              ElementsAre(2, 1));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(values_of<float>(sample_call({nan, 1e30F}, {})), ElementsAre(0, 0));
}

TEST(GridSample, RoundsToTheNearest) {
  EXPECT_THAT(values_of<float>(sample_call({-0.7F, -0.5F, 0}, {{"mode", "nearest"}})), ElementsAre(0, 0, 2));
}

TEST(GridSample, WeighsBeyondABorderAsItStandsInModeCubic) {
  // A quarter beyond the end, the weights of the two elements before the border are not those of the border.
  const TestCall call{"GridSample",
                      {ascending({1, 1, 1, 4}), Array::of<float>({1, 1, 1, 2}, {0.875F, 0})},
                      {{"mode", "cubic"}, {"padding_mode", "border"}},
                      20};
  EXPECT_THAT(values_of<float>(call), ElementsAre(FloatNear(3.10546875F, 1e-6F)));
}

TEST(GridSample, NamesTheLastDimensionFirst) {
  const TestCall call{"GridSample",
                      {ascending({1, 1, 2, 3}), Array::of<float>({1, 1, 1, 2}, {1, -1})},
                      {{"align_corners", int64_t{1}}},
                      16};
  EXPECT_EQ(shape_of(call), (Shape{1, 1, 1, 1}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2));
}

TEST(GridSample, RefusesShapesAndWordsThatDoNotGoTogether) {
  EXPECT_THAT(error_of({"GridSample", {ascending({1, 1, 4}), ascending({1, 2, 2})}}),
              HasSubstr("does not go with"));
  EXPECT_THAT(error_of(sample_call({0}, {{"mode", "bilinear"}})),
              HasSubstr("none of linear, nearest, cubic"));
  EXPECT_THAT(error_of(sample_call({0}, {{"mode", "cubic"}})),
              HasSubstr("needs an input of four dimensions"));
  EXPECT_THAT(error_of(sample_call({0}, {{"padding_mode", "wrap"}})), HasSubstr("none of zeros, border"));
}

}  // namespace
}  // namespace tamis::network
