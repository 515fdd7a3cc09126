#include "network/operators/calls.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Sizes = std::vector<int64_t>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A batch of one channel in one dimension.
Array row_of(const std::vector<float>& values) {
  return Array::of<float>({1, 1, static_cast<int64_t>(values.size())}, values);
}

TEST(MaxPool, TakesTheGreatestOfEachWindow) {
  const Array x = Array::of<float>({1, 1, 2, 3}, {1, 5, 2, 4, 3, 6});
  const TestCall call{"MaxPool", {x}, {{"kernel_shape", Sizes{2, 2}}}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{1, 1, 1, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(5, 6));
}

TEST(MaxPool, TakesNoNoticeOfPadding) {
  const TestCall call{"MaxPool", {row_of({-3, -2, -1})}, {{"kernel_shape", Sizes{2}}, {"pads", Sizes{1, 1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(-3, -2, -1, -1));
}

TEST(MaxPool, RoundsUpInCeilMode) {
  const TestCall call{"MaxPool",
                      {row_of({1, 2, 3, 4})},
                      {{"kernel_shape", Sizes{3}}, {"strides", Sizes{2}}, {"ceil_mode", int64_t{1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(3, 4));
}

TEST(MaxPool, DropsWindowsThatBeginInThePaddingAtTheEndAtEveryOpset) {
  for (const int64_t opset : {10, 17, 22}) {
    const TestCall small{"MaxPool",
                         {row_of({1, 2})},
                         {{"kernel_shape", Sizes{1}}, {"strides", Sizes{2}}, {"ceil_mode", int64_t{1}}},
                         opset};
    EXPECT_THAT(values_of<float>(small), ElementsAre(1));
    const TestCall padded{
        "MaxPool",
        {row_of({1, 2, 3, 4, 5})},
        {{"kernel_shape", Sizes{2}}, {"strides", Sizes{3}}, {"pads", Sizes{1, 1}}, {"ceil_mode", int64_t{1}}},
        opset};
    EXPECT_THAT(values_of<float>(padded), ElementsAre(1, 4));
  }
}

TEST(MaxPool, DoesNotRoundUpWhereValidIsAskedFor) {
  const TestCall call{"MaxPool",
                      {row_of({1, 2, 3, 4, 5, 6})},
                      {{"kernel_shape", Sizes{3}},
                       {"strides", Sizes{2}},
                       {"auto_pad", std::string("VALID")},
                       {"ceil_mode", int64_t{1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(3, 5));
}

TEST(MaxPool, TakesAutoPadWhereItHasPadsToo) {
  const TestCall call{
      "MaxPool",
      {row_of({1, 2, 3})},
      {{"kernel_shape", Sizes{2}}, {"auto_pad", std::string("SAME_UPPER")}, {"pads", Sizes{0, 0}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 3, 3));
}

TEST(MaxPool, PassesOverNan) {
  const TestCall call{"MaxPool", {row_of({kNan, 1, kNan, 2})}, {{"kernel_shape", Sizes{2}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 1, 2));
}

TEST(MaxPool, TellsMinusInfinityFromNothing) {
  const TestCall call{"MaxPool", {row_of({-kInfinity, kNan, kNan})}, {{"kernel_shape", Sizes{2}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(-kInfinity, std::numeric_limits<float>::lowest()));
}

TEST(MaxPool, SaysWhereItsMaximaLie) {
  const Array x = Array::of<float>({1, 2, 2, 2}, {1, 7, 7, 2, 0, 0, 5, 3});
  TestCall call{"MaxPool", {x}, {{"kernel_shape", Sizes{2, 2}}}, 17, 2};
  EXPECT_THAT(run(call).value()[1].integers(), ::testing::Optional(ElementsAre(1, 6)));
  call.attributes["storage_order"] = int64_t{1};
  EXPECT_THAT(run(call).value()[1].integers(), ::testing::Optional(ElementsAre(2, 5)));
}

TEST(MaxPool, TakesBytes) {
  const Array x = Array::of<int8_t>({1, 1, 3}, {-128, -5, 3});
  EXPECT_THAT(values_of<int8_t>({"MaxPool", {x}, {{"kernel_shape", Sizes{2}}}}), ElementsAre(-5, 3));
}

TEST(MaxPool, RefusesWhatCannotBeMeant) {
  const Array x = row_of({1, 2, 3});
  EXPECT_THAT(error_of({"MaxPool", {x}}), HasSubstr("\"kernel_shape\" is missing"));
  EXPECT_THAT(error_of({"MaxPool", {x}, {{"kernel_shape", Sizes{0}}}}), HasSubstr("at least 1, not 0"));
  EXPECT_THAT(error_of({"MaxPool", {x}, {{"kernel_shape", Sizes{4}}}}), HasSubstr("spans 4 elements"));
  EXPECT_THAT(error_of({"MaxPool", {x}, {{"kernel_shape", Sizes{2}}, {"pads", Sizes{2, 0}}}}),
              HasSubstr("padding must be smaller than its kernel"));
  EXPECT_THAT(error_of({"MaxPool", {Array::of<int32_t>({1, 1, 1}, {1})}, {{"kernel_shape", Sizes{1}}}}),
              HasSubstr("is of int32"));
}

TEST(AveragePool, DividesByTheElementsInsideTheInput) {
  TestCall call{"AveragePool", {row_of({1, 2, 3})}, {{"kernel_shape", Sizes{2}}, {"pads", Sizes{1, 1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 1.5F, 2.5F, 3));
  call.attributes["count_include_pad"] = int64_t{1};
  EXPECT_THAT(values_of<float>(call), ElementsAre(0.5F, 1.5F, 2.5F, 1.5F));
}

TEST(AveragePool, DoesNotCountWhatHangsOverThePadding) {
  const TestCall call{"AveragePool",
                      {row_of({1, 2, 3, 4, 5, 6})},
                      {{"kernel_shape", Sizes{3}},
                       {"strides", Sizes{2}},
                       {"pads", Sizes{1, 1}},
                       {"ceil_mode", int64_t{1}},
                       {"count_include_pad", int64_t{1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 3, 5, 3));
}

TEST(AveragePool, DilatesItsWindow) {
  const TestCall call{
      "AveragePool", {row_of({1, 2, 3, 4})}, {{"kernel_shape", Sizes{2}}, {"dilations", Sizes{2}}}, 19};
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 3));
}

TEST(LpPool, TakesTheRootOfTheSumOfPowers) {
  TestCall call{"LpPool", {row_of({-3, 4, 0})}, {{"kernel_shape", Sizes{2}}}, 18};
  EXPECT_THAT(values_of<float>(call), ElementsAre(5, 4));
  call.attributes["p"] = int64_t{1};
  EXPECT_THAT(values_of<float>(call), ElementsAre(7, 4));
  call.attributes["p"] = int64_t{0};
  EXPECT_THAT(error_of(call), HasSubstr("\"p\" must be at least 1"));
}

TEST(GlobalPools, ReduceAllSpatialDimensions) {
  const Array x = Array::of<float>({1, 2, 1, 2}, {3, 4, -6, 2});
  EXPECT_EQ(run({"GlobalMaxPool", {x}}).value()[0].shape(), (Shape{1, 2, 1, 1}));
  EXPECT_THAT(values_of<float>({"GlobalMaxPool", {x}}), ElementsAre(4, 2));
  EXPECT_THAT(values_of<float>({"GlobalAveragePool", {x}}), ElementsAre(3.5F, -2));
  EXPECT_THAT(values_of<float>({"GlobalLpPool", {x}, {{"p", int64_t{1}}}}), ElementsAre(7, 8));
}

TEST(GlobalPools, RefuseToPoolNothing) {
  EXPECT_THAT(error_of({"GlobalAveragePool", {Array::of<float>({1, 1, 0}, {})}}),
              HasSubstr("has nothing to pool"));
}

}  // namespace
}  // namespace tamis::network
