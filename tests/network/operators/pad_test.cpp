#include "network/operators/moving.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// 1, 2, 3, 4 with pads.
TestCall pad_call(const std::string& mode, int64_t begin, int64_t end, int64_t opset = 19) {
  return {"Pad", {float_list({1, 2, 3, 4}), integers({begin, end})}, {{"mode", mode}}, opset};
}

TEST(Pad, FillsByItsMode) {
  EXPECT_THAT(values_of<float>(pad_call("constant", 1, 2)), ElementsAre(0, 1, 2, 3, 4, 0, 0));
  EXPECT_THAT(values_of<float>(pad_call("reflect", 3, 1)), ElementsAre(4, 3, 2, 1, 2, 3, 4, 3));
  EXPECT_THAT(values_of<float>(pad_call("edge", 1, 2)), ElementsAre(1, 1, 2, 3, 4, 4, 4));
  EXPECT_THAT(values_of<float>(pad_call("wrap", 1, 5)), ElementsAre(4, 1, 2, 3, 4, 1, 2, 3, 4, 1));
}

TEST(Pad, CropsWhereAPadIsNegative) {
  EXPECT_THAT(values_of<float>(pad_call("constant", -1, 1)), ElementsAre(2, 3, 4, 0));
  EXPECT_THAT(values_of<float>(pad_call("reflect", 1, -1)), ElementsAre(2, 1, 2, 3));
  EXPECT_THAT(values_of<float>(pad_call("edge", -3, 2)), ElementsAre(4, 4, 4));
  EXPECT_THAT(values_of<float>(pad_call("wrap", 3, -2)), ElementsAre(2, 1, 2, 1, 2));
}

TEST(Pad, CropsWhatTheOtherPadAddsInModeConstantOnly) {
  EXPECT_THAT(values_of<float>(pad_call("constant", 2, -5)), ElementsAre(0));
  EXPECT_THAT(error_of(pad_call("edge", 2, -5)), HasSubstr("cut off more than a size of 4"));
  EXPECT_THAT(error_of(pad_call("constant", -3, -2)), HasSubstr("cut off more than a size of 4"));
}

TEST(Pad, ReflectsByOneLessThanTheSizeAtMost) {
  EXPECT_THAT(error_of(pad_call("reflect", 4, 0)), HasSubstr("by at most one less, not by 4"));
  EXPECT_THAT(error_of(pad_call("reflect", 3, -2)), HasSubstr("pads a size of 2 by at most one less"));
}

TEST(Pad, RefusesToRepeatNothing) {
  EXPECT_THAT(error_of({"Pad", {float_list({}), integers({1, 0})}, {{"mode", "edge"}}}),
              HasSubstr("no elements to pad with"));
  EXPECT_THAT(values_of<float>({"Pad", {float_list({}), integers({1, 0})}}), ElementsAre(0));
}

TEST(Pad, RefusesSizesThatNoNetworkHolds) {
  constexpr auto kMost = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(error_of(pad_call("constant", kMost, kMost)), HasSubstr("more than any network holds"));
  EXPECT_THAT(error_of(pad_call("constant", std::numeric_limits<int64_t>::min(), 0)),
              HasSubstr("cut off more"));
}

TEST(Pad, RefusesToCropMoreThanAnySizeHas) {
  constexpr auto kLeast = std::numeric_limits<int64_t>::min();
  EXPECT_THAT(error_of(pad_call("constant", kLeast, std::numeric_limits<int64_t>::max())),
              HasSubstr("cut off more"));
}

TEST(Pad, TakesAValueAndAxes) {
  const TestCall call{
      "Pad", {ascending({2, 2}), integers({1, 0}), Array::scalar<float>(7), integers({-1})}, {}, 18};
  EXPECT_EQ(shape_of(call), (Shape{2, 3}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(7, 0, 1, 7, 2, 3));
}

TEST(Pad, HasAttributesBelowOpset11) {
  const std::vector<int64_t> pads{0, 1};
  EXPECT_THAT(values_of<float>({"Pad", {float_list({1})}, {{"pads", pads}, {"value", 0.5F}}, 10}),
              ElementsAre(1, 0.5F));
  EXPECT_THAT(error_of({"Pad", {float_list({1})}, {{"pads", pads}}, 11}),
              HasSubstr("is an input since opset 11"));
}

TEST(Pad, RefusesAxesBelowOpset18) {
  EXPECT_THAT(error_of({"Pad", {float_list({1}), integers({1, 0}), std::nullopt, integers({0})}, {}, 13}),
              HasSubstr("input 3 (axes) exists since opset 18"));
}

TEST(Pad, RefusesAnotherNumberOfPads) {
  EXPECT_THAT(error_of({"Pad", {ascending({2, 2}), integers({1, 0})}}), HasSubstr("2 pads for 2 axes"));
  EXPECT_THAT(error_of(pad_call("mirror", 1, 1)), HasSubstr("\"mirror\" is none of"));
}

}  // namespace
}  // namespace tamis::network
