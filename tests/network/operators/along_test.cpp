#include "network/operators/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TestCall cum_sum_call(int64_t exclusive, int64_t reverse) {
  return {"CumSum",
          {float_list({1, 2, 3}), Array::scalar<int64_t>(0)},
          {{"exclusive", exclusive}, {"reverse", reverse}}};
}

TEST(CumSum, SumsFromEitherEnd) {
  EXPECT_THAT(values_of<float>(cum_sum_call(0, 0)), ElementsAre(1, 3, 6));
  EXPECT_THAT(values_of<float>(cum_sum_call(1, 0)), ElementsAre(0, 1, 3));
  EXPECT_THAT(values_of<float>(cum_sum_call(0, 1)), ElementsAre(6, 5, 3));
  EXPECT_THAT(values_of<float>(cum_sum_call(1, 1)), ElementsAre(5, 3, 0));
}

TEST(CumSum, GoesAlongItsAxis) {
  EXPECT_THAT(values_of<float>({"CumSum", {ascending({2, 2}), integers({-2})}}), ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(error_of({"CumSum", {ascending({2}), integers({1})}}), HasSubstr("axis 1"));
}

TEST(CumSum, RoundsOnceAndNotAtEachStep) {
  const TestCall call{"CumSum", {float_list({16777216, 1, 1}), Array::scalar<int32_t>(0)}};
  EXPECT_EQ(values_of<float>(call)[2], 16777218.0F);
}

TEST(OneHot, CountsIndicesFromTheEndToo) {
  const TestCall call{"OneHot", {integers({-1, 0, 3}), Array::scalar<int64_t>(3), float_list({0, 5})}};
  EXPECT_EQ(shape_of(call), (Shape{3, 3}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 0, 5, 5, 0, 0, 0, 0, 0));
  EXPECT_EQ(early_shape_of(call), std::nullopt);
}

TEST(OneHot, PutsItsAxisAnywhere) {
  const TestCall call{
      "OneHot", {integers({1, 0, 1}), Array::scalar<float>(2), float_list({0, 1})}, {{"axis", int64_t{0}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 1, 0, 1, 0, 1));
}

TEST(OneHot, LeavesFractionsOff) {
  EXPECT_THAT(values_of<float>({"OneHot", {float_list({1.5F}), integers({2}), float_list({0, 1})}}),
              ElementsAre(0, 0));
}

TEST(OneHot, RefusesADepthOfNothing) {
  EXPECT_THAT(error_of({"OneHot", {integers({1}), integers({0}), float_list({0, 1})}}),
              HasSubstr("the depth must"));
  EXPECT_THAT(error_of({"OneHot", {integers({1}), integers({2}), float_list({0})}}),
              HasSubstr("must be two"));
}

}  // namespace
}  // namespace tamis::network
