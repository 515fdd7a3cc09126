#include "network/operators/moving.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kHuge = int64_t{1} << 62;

TEST(Reshape, CopiesSizesForZeroAndFillsTheRest) {
  const TestCall call{"Reshape", {ascending({2, 3, 4}), integers({0, -1, 2})}};
  EXPECT_EQ(shape_of(call), (Shape{2, 6, 2}));
  EXPECT_EQ(values_of<float>(call)[23], 23);
}

TEST(Reshape, RefusesToCopyASizeThatTheInputDoesNotHave) {
  EXPECT_THAT(error_of({"Reshape", {ascending({6}), integers({6, 0})}}), HasSubstr("size 0 at dimension 1"));
}

TEST(Reshape, RefusesWhatDoesNotFit) {
  EXPECT_THAT(error_of({"Reshape", {ascending({6}), integers({4})}}), HasSubstr("shape 6 cannot become 4"));
  EXPECT_THAT(error_of({"Reshape", {ascending({6}), integers({4, -1})}}), HasSubstr("cannot become 4x-1"));
  EXPECT_THAT(error_of({"Reshape", {ascending({6}), integers({-1, -1})}}),
              HasSubstr("only one size may be -1"));
  EXPECT_THAT(error_of({"Reshape", {ascending({6}), integers({-6, -1})}}), HasSubstr("less than -1"));
  EXPECT_THAT(error_of({"Reshape", {ascending({6}), integers({kHuge, kHuge, 16})}}),
              HasSubstr("cannot become"));
}

TEST(Reshape, TakesZeroLiterallyWithAllowzero) {
  EXPECT_EQ(shape_of({"Reshape", {ascending({0, 3}), integers({3, 0})}, {{"allowzero", int64_t{1}}}}),
            (Shape{3, 0}));
  EXPECT_THAT(error_of({"Reshape", {ascending({0, 3}), integers({0, -1})}, {{"allowzero", int64_t{1}}}}),
              HasSubstr("with allowzero a size of 0 leaves none for -1"));
}

TEST(Reshape, RefusesToFillTheRestOfNothing) {
  EXPECT_THAT(error_of({"Reshape", {ascending({0, 3, 2}), integers({0, 0, -1})}}),
              HasSubstr("cannot become"));
}

TEST(Reshape, KnowsNoShapeBeforeItsSizes) {
  EXPECT_EQ(early_shape_of({"Reshape", {ascending({6}), integers({2, 3})}}), std::nullopt);
}

TEST(Flatten, MakesTwoDimensions) {
  EXPECT_EQ(shape_of({"Flatten", {ascending({2, 3, 4})}, {{"axis", int64_t{0}}}}), (Shape{1, 24}));
  EXPECT_EQ(shape_of({"Flatten", {ascending({2, 3, 4})}}), (Shape{2, 12}));
  EXPECT_EQ(shape_of({"Flatten", {ascending({2, 3, 4})}, {{"axis", int64_t{-1}}}}), (Shape{6, 4}));
  EXPECT_EQ(shape_of({"Flatten", {ascending({2, 3, 4})}, {{"axis", int64_t{3}}}}), (Shape{24, 1}));
  EXPECT_EQ(shape_of({"Flatten", {Array::scalar<float>(1)}, {{"axis", int64_t{0}}}}), (Shape{1, 1}));
}

TEST(Flatten, RefusesAnAxisFromTheEndBelowOpset11) {
  EXPECT_THAT(error_of({"Flatten", {ascending({2, 3})}, {{"axis", int64_t{-1}}}, 9}),
              HasSubstr("axis -1 cannot split"));
}

TEST(Flatten, RefusesSizesThatNoNetworkHolds) {
  EXPECT_THAT(error_of({"Flatten", {ascending({0, kHuge, kHuge})}}),
              HasSubstr("more than any network holds"));
}

TEST(Squeeze, RemovesTheAxesOrAllOfSizeOne) {
  EXPECT_EQ(shape_of({"Squeeze", {ascending({1, 2, 1}), integers({-1})}}), (Shape{1, 2}));
  EXPECT_EQ(shape_of({"Squeeze", {ascending({1, 2, 1})}}), (Shape{2}));
  EXPECT_EQ(shape_of({"Squeeze", {ascending({1, 2, 1}), integers({0, 0})}}), (Shape{2, 1}));
}

TEST(Squeeze, RefusesAnAxisOfAnotherSize) {
  EXPECT_THAT(error_of({"Squeeze", {ascending({1, 2}), integers({1})}}),
              HasSubstr("axis 1 of an input of shape 1x2"));
}

TEST(Squeeze, HasItsAxesWhereTheOpsetHasThem) {
  const std::vector<int64_t> axes{0};
  EXPECT_EQ(shape_of({"Squeeze", {ascending({1, 2, 1})}, {{"axes", axes}}, 11}), (Shape{2, 1}));
  EXPECT_THAT(error_of({"Squeeze", {ascending({1, 2, 1})}, {{"axes", axes}}, 13}),
              HasSubstr("\"axes\" is an input since opset 13"));
  EXPECT_THAT(error_of({"Squeeze", {ascending({1, 2, 1}), integers(axes)}, {}, 11}),
              HasSubstr("input 1 (axes) exists since opset 13"));
}

TEST(Unsqueeze, AddsAxesOfTheOutput) {
  EXPECT_EQ(shape_of({"Unsqueeze", {ascending({2, 3}), integers({0, -1})}}), (Shape{1, 2, 3, 1}));
  EXPECT_EQ(shape_of({"Unsqueeze", {Array::scalar<float>(1), integers({0})}}), (Shape{1}));
  EXPECT_EQ(shape_of({"Unsqueeze", {ascending({2})}, {{"axes", std::vector<int64_t>{1}}}, 9}), (Shape{2, 1}));
}

TEST(Unsqueeze, RefusesAnAxisThatIsGivenTwice) {
  EXPECT_THAT(error_of({"Unsqueeze", {ascending({2}), integers({0, -3})}}),
              HasSubstr("axis -3 is given twice"));
}

TEST(Shape, IsKnownBeforeTheValues) {
  const TestCall call{"Shape", {ascending({2, 3, 4})}, {{"start", int64_t{-2}}, {"end", int64_t{9}}}};
  EXPECT_THAT(facts_of(call, false).value().front().value->values<int64_t>(), ElementsAre(3, 4));
}

TEST(Shape, IsEmptyWhereTheStartLiesBehindTheEnd) {
  EXPECT_THAT(
      values_of<int64_t>({"Shape", {ascending({2, 3})}, {{"start", int64_t{2}}, {"end", int64_t{1}}}}),
      IsEmpty());
  EXPECT_THAT(values_of<int64_t>({"Shape",
                                  {ascending({2, 3})},
                                  {{"start", std::numeric_limits<int64_t>::min()},
                                   {"end", std::numeric_limits<int64_t>::max()}}}),
              ElementsAre(2, 3));
}

TEST(Size, IsKnownBeforeTheValues) {
  const Fact fact = facts_of({"Size", {ascending({2, 3})}}, false).value().front();
  EXPECT_EQ(fact.shape, Shape{});
  EXPECT_THAT(fact.value->values<int64_t>(), ElementsAre(6));
}

TEST(Identity, SharesTheElements) {
  const Array x = ascending({2});
  EXPECT_EQ(run({"Identity", {x}}).value().front().bytes().data(), x.bytes().data());
}

}  // namespace
}  // namespace tamis::network
