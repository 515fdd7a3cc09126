#include "network/operators/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Transpose, ReversesTheAxesOrOrdersThem) {
  EXPECT_THAT(values_of<float>({"Transpose", {ascending({2, 3})}}), ElementsAre(0, 3, 1, 4, 2, 5));
  const TestCall call{"Transpose", {ascending({2, 1, 3})}, {{"perm", std::vector<int64_t>{1, 2, 0}}}};
  EXPECT_EQ(shape_of(call), (Shape{1, 3, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(Transpose, MovesElementsOfEverySize) {
  const auto transposed_row = [](const Array& x) { return run({"Transpose", {x}}).value().front(); };
  EXPECT_THAT(transposed_row(Array::of<int8_t>({2, 2}, {1, 2, 3, 4})).values<int8_t>(),
              ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(transposed_row(Array::of<int16_t>({2, 2}, {1, 2, 3, 4})).values<int16_t>(),
              ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(transposed_row(Array::of<int64_t>({2, 2}, {1, 2, 3, 4})).values<int64_t>(),
              ElementsAre(1, 3, 2, 4));
  EXPECT_EQ(transposed_row(Array::scalar<float>(1)).shape(), Shape{});
}

TEST(Transpose, RefusesWhatIsNoOrder) {
  EXPECT_THAT(error_of({"Transpose", {ascending({2, 3})}, {{"perm", std::vector<int64_t>{0, 0}}}}),
              HasSubstr("axis 0 is given twice"));
  EXPECT_THAT(error_of({"Transpose", {ascending({2, 3})}, {{"perm", std::vector<int64_t>{0}}}}),
              HasSubstr("perm has 1 axes"));
}

TEST(DepthToSpace, SpreadsChannelsOverBlocks) {
  const auto call = [](const std::string& mode) {
    return TestCall{"DepthToSpace", {ascending({1, 8, 1, 1})}, {{"blocksize", int64_t{2}}, {"mode", mode}}};
  };
  EXPECT_EQ(shape_of(call("DCR")), (Shape{1, 2, 2, 2}));
  EXPECT_THAT(values_of<float>(call("DCR")), ElementsAre(0, 2, 4, 6, 1, 3, 5, 7));
  EXPECT_THAT(values_of<float>(call("CRD")), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(error_of(call("RCD")), HasSubstr("\"RCD\" is neither DCR nor CRD"));
}

TEST(SpaceToDepth, IsTheOtherWay) {
  const Array x = Array::of<float>({1, 2, 2, 2}, {0, 2, 4, 6, 1, 3, 5, 7});
  const TestCall call{"SpaceToDepth", {x}, {{"blocksize", int64_t{2}}}};
  EXPECT_EQ(shape_of(call), (Shape{1, 8, 1, 1}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(DepthToSpace, RefusesWhatDoesNotDivideIntoBlocks) {
  const auto error = [](const std::string& type, const Shape& shape, int64_t block) {
    return error_of({type, {ascending(shape)}, {{"blocksize", block}}});
  };
  EXPECT_THAT(error("DepthToSpace", {1, 3, 1, 1}, 2), HasSubstr("does not divide into blocks of 2"));
  EXPECT_THAT(error("SpaceToDepth", {1, 1, 3, 2}, 2), HasSubstr("does not divide into blocks of 2"));
  EXPECT_THAT(error("DepthToSpace", {4, 1, 1}, 2), HasSubstr("must have four dimensions"));
  EXPECT_THAT(error("DepthToSpace", {1, 4, 1, 1}, 0), HasSubstr("must be at least 1"));
  EXPECT_THAT(error("DepthToSpace", {1, 4, 1, 1}, int64_t{1} << 40), HasSubstr("more than any network"));
}

TEST(SpaceToDepth, TakesAbsurdSizesOfNothing) {
  constexpr int64_t kBlock = int64_t{1} << 31;
  const TestCall call{"SpaceToDepth", {ascending({1, 0, kBlock, kBlock})}, {{"blocksize", kBlock}}};
  EXPECT_EQ(shape_of(call), (Shape{1, 0, 1, 1}));
}

TEST(Expand, RepeatsSizesOfOneInBothDirections) {
  const TestCall call{"Expand", {ascending({2, 1}), integers({2, 1, 2})}};
  EXPECT_EQ(shape_of(call), (Shape{2, 2, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 0, 1, 1, 0, 0, 1, 1));
  EXPECT_EQ(shape_of({"Expand", {ascending({2, 3}), integers({1})}}), (Shape{2, 3}));
}

TEST(Expand, RefusesSizesThatDoNotGoTogether) {
  EXPECT_THAT(error_of({"Expand", {ascending({2}), integers({3})}}), HasSubstr("do not go together"));
  EXPECT_THAT(error_of({"Expand", {ascending({1}), integers({-1})}}), HasSubstr("is negative"));
}

TEST(Tile, RepeatsTheWhole) {
  EXPECT_THAT(values_of<float>({"Tile", {ascending({2}), integers({2})}}), ElementsAre(0, 1, 0, 1));
  EXPECT_EQ(shape_of({"Tile", {ascending({2, 2}), integers({0, 3})}}), (Shape{0, 6}));
  EXPECT_THAT(error_of({"Tile", {ascending({2}), integers({1, 2})}}), HasSubstr("2 repeats for an input"));
  EXPECT_THAT(error_of({"Tile", {ascending({2}), integers({-1})}}), HasSubstr("a repeat is negative"));
  EXPECT_THAT(error_of({"Tile", {ascending({4}), integers({int64_t{1} << 62})}}), HasSubstr("more than any"));
}

TEST(Trilu, KeepsOneSideOfADiagonal) {
  EXPECT_THAT(values_of<float>({"Trilu", {ascending({2, 3})}}), ElementsAre(0, 1, 2, 0, 4, 5));
  EXPECT_THAT(
      values_of<float>({"Trilu", {ascending({2, 2}), Array::scalar<int64_t>(-1)}, {{"upper", int64_t{0}}}}),
      ElementsAre(0, 0, 2, 0));
  EXPECT_THAT(error_of({"Trilu", {ascending({2})}}), HasSubstr("has no matrices"));
}

TEST(Where, ChoosesAmongThreeThatBroadcast) {
  const Array condition = Array::of<bool>({2, 1}, {true, false});
  EXPECT_THAT(values_of<float>({"Where", {condition, float_list({1, 2}), Array::scalar<float>(9)}}),
              ElementsAre(1, 2, 9, 9));
  EXPECT_THAT(error_of({"Where", {condition, float_list({1}), integers({1})}}), HasSubstr("must be of"));
  EXPECT_THAT(error_of({"Where", {float_list({1}), float_list({1}), float_list({1})}}),
              HasSubstr("must be boolean"));
}

}  // namespace
}  // namespace tamis::network
