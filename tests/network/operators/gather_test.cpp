#include "network/operators/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Gather, TakesWhatLiesAtTheIndices) {
  const TestCall call{"Gather", {ascending({2, 3}), integers({-1, 0})}, {{"axis", int64_t{1}}}};
  EXPECT_EQ(early_shape_of(call), (Shape{2, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 0, 5, 3));
}

TEST(Gather, DropsTheAxisForAScalarIndex) {
  EXPECT_EQ(shape_of({"Gather", {ascending({2, 3}), Array::scalar<int32_t>(1)}}), (Shape{3}));
}

TEST(Gather, RefusesIndicesOutsideAndOfOtherTypes) {
  EXPECT_THAT(error_of({"Gather", {ascending({2}), integers({2})}}),
              HasSubstr("index 2 is none of a dimension of size 2"));
  EXPECT_THAT(error_of({"Gather", {ascending({2}), integers({-3})}}), HasSubstr("index -3"));
  EXPECT_THAT(error_of({"Gather", {ascending({2}), float_list({0})}}), HasSubstr("not of int32, int64"));
}

TEST(GatherElements, TakesOneElementForEachIndex) {
  const Array indices = Array::of<int64_t>({1, 3}, {1, 0, -1});
  EXPECT_THAT(values_of<float>({"GatherElements", {ascending({2, 3}), indices}}), ElementsAre(3, 1, 5));
}

TEST(GatherElements, RefusesIndicesThatReachBeyondTheOtherAxes) {
  const Array indices = Array::of<int64_t>({1, 4}, {0, 0, 0, 0});
  EXPECT_THAT(error_of({"GatherElements", {ascending({2, 3}), indices}}),
              HasSubstr("do not go with an input"));
}

TEST(GatherND, TakesABlockForEachTuple) {
  const Array tuples = Array::of<int64_t>({2, 1}, {1, -2});
  EXPECT_THAT(values_of<float>({"GatherND", {ascending({2, 3}), tuples}}), ElementsAre(3, 4, 5, 0, 1, 2));
}

TEST(GatherND, SharesBatches) {
  const Array tuples = Array::of<int64_t>({2, 1}, {2, 0});
  const TestCall call{"GatherND", {ascending({2, 3}), tuples}, {{"batch_dims", int64_t{1}}}};
  EXPECT_EQ(shape_of(call), (Shape{2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 3));
}

TEST(GatherND, RefusesToTakeFromNothing) {
  const Array x = ascending({0, int64_t{1} << 62, int64_t{1} << 62});
  EXPECT_THAT(error_of({"GatherND", {x, integers({0, 0, 0})}}), HasSubstr("has no elements"));
}

TEST(GatherND, RefusesTuplesLongerThanTheInputHasDimensions) {
  EXPECT_THAT(error_of({"GatherND", {ascending({2}), integers({0, 0})}}),
              HasSubstr("do not go with an input"));
  EXPECT_THAT(error_of({"GatherND", {ascending({2}), integers({0})}, {{"batch_dims", int64_t{-1}}}}),
              HasSubstr("do not go with an input"));
}

}  // namespace
}  // namespace tamis::network
