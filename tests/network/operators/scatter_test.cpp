#include "network/operators/moving.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TestCall scatter_call(const std::string& reduction) {
  return {"ScatterElements",
          {float_list({1, 2, 3}), integers({1, -2, 0}), float_list({5, 4, 0})},
          {{"reduction", reduction}},
          18};
}

TEST(ScatterElements, LastUpdateWins) {
  EXPECT_THAT(values_of<float>(scatter_call("none")), ElementsAre(0, 4, 3));
}

TEST(ScatterElements, ReducesInOrder) {
  EXPECT_THAT(values_of<float>(scatter_call("add")), ElementsAre(1, 11, 3));
  EXPECT_THAT(values_of<float>(scatter_call("mul")), ElementsAre(0, 40, 3));
  EXPECT_THAT(values_of<float>(scatter_call("max")), ElementsAre(1, 5, 3));
  EXPECT_THAT(values_of<float>(scatter_call("min")), ElementsAre(0, 2, 3));
  EXPECT_THAT(error_of(scatter_call("mean")), HasSubstr("\"mean\" is none of none, add, mul, max, min"));
}

TEST(ScatterElements, TakesAnUpdateOnNanAndOneOfNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values =
      values_of<float>({"ScatterElements",
                        {float_list({nan, 1}), integers({0, 1}), float_list({2, nan})},
                        {{"reduction", "max"}},
                        18});
  EXPECT_EQ(values[0], 2);
  EXPECT_TRUE(std::isnan(values[1]));
}

TEST(ScatterElements, WrapsAroundWhereIntegersOverflow) {
  const TestCall call{"ScatterElements",
                      {Array::of<int8_t>({1}, {127}), integers({0}), Array::of<int8_t>({1}, {1})},
                      {{"reduction", "add"}},
                      18};
  EXPECT_THAT(values_of<int8_t>(call), ElementsAre(-128));
}

TEST(ScatterElements, GoesAlongItsAxis) {
  const TestCall call{
      "ScatterElements",
      {ascending({2, 2}), Array::of<int64_t>({2, 1}, {1, 0}), Array::of<float>({2, 1}, {8, 9})},
      {{"axis", int64_t{1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 8, 9, 3));
}

TEST(ScatterElements, RefusesUpdatesOfAnotherShape) {
  EXPECT_THAT(error_of({"ScatterElements", {ascending({2}), integers({0}), float_list({1, 2})}}),
              HasSubstr("do not go with updates of shape 2"));
  EXPECT_THAT(error_of({"ScatterElements", {ascending({2}), integers({2}), float_list({1})}}),
              HasSubstr("index 2"));
}

TEST(Scatter, ExistsBelowOpset11) {
  const TestCall call{"Scatter", {ascending({2}), integers({1}), float_list({9})}, {}, 9};
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 9));
  EXPECT_THAT(error_of({"Scatter", {ascending({2}), integers({1}), float_list({9})}, {}, 11}),
              HasSubstr("use ScatterElements"));
}

TEST(ScatterND, UpdatesABlockForEachTuple) {
  const Array tuples = Array::of<int64_t>({2, 1}, {1, 1});
  const Array updates = Array::of<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_THAT(values_of<float>({"ScatterND", {ascending({2, 2}), tuples, updates}}), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(
      values_of<float>({"ScatterND", {ascending({2, 2}), tuples, updates}, {{"reduction", "add"}}, 18}),
      ElementsAre(0, 1, 6, 9));
}

TEST(ScatterND, RefusesUpdatesOfAnotherShape) {
  const Array tuples = Array::of<int64_t>({2, 1}, {1, 1});
  EXPECT_THAT(error_of({"ScatterND", {ascending({2, 2}), tuples, ascending({2})}}),
              HasSubstr("updates of shape 2 must be of shape 2x2"));
}

}  // namespace
}  // namespace tamis::network
