// Kernels that put elements together: pools, reductions, normalisations.
#include "network/kernels/running.h"
#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;

/// A call in ONNX's order and with the channels innermost: nothing wrong in both.
std::string fault_in_both_orders(const TestCall& call) {
  const std::string fault = fault_of(call);
  if (!fault.empty()) return fault;
  const std::string last = fault_of(call, {.orders = {{"x0", kChannelsLast}, {"y0", kChannelsLast}}});
  if (!last.empty()) return "channels last: " + last;
  const std::string mixed = fault_of(call, {.orders = {{"y0", kChannelsLast}}});
  return mixed.empty() ? mixed : "from one to the other: " + mixed;
}

using Integers = std::vector<int64_t>;

TEST(MaxPoolKernel, SlidesWithPaddingAndStride) {
  for (const int64_t stride : {1, 2, 3})
    EXPECT_EQ(fault_in_both_orders({"MaxPool",
                                    {numbers({2, 19, 23, 37})},
                                    {{"kernel_shape", Integers{3, 3}},
                                     {"strides", Integers{stride, stride}},
                                     {"pads", Integers{1, 1, 1, 1}}}}),
              "")
        << stride;
}

TEST(MaxPoolKernel, RoundsUp) {
  EXPECT_EQ(fault_in_both_orders(
                {"MaxPool",
                 {numbers({1, 3, 7, 8})},
                 {{"kernel_shape", Integers{2, 3}}, {"strides", Integers{2, 3}}, {"ceil_mode", int64_t{1}}}}),
            "");
}

TEST(MaxPoolKernel, Dilates) {
  EXPECT_EQ(fault_in_both_orders({"MaxPool",
                                  {numbers({1, 5, 17, 19})},
                                  {{"kernel_shape", Integers{3, 2}},
                                   {"dilations", Integers{2, 3}},
                                   {"pads", Integers{2, 1, 1, 2}}}}),
            "");
}

TEST(MaxPoolKernel, TakesOneDimension) {
  EXPECT_EQ(fault_of({"MaxPool",
                      {numbers({1, 5, 41})},
                      {{"kernel_shape", Integers{3}},
                       {"strides", Integers{2}},
                       {"auto_pad", std::string("SAME_UPPER")}}}),
            "");
}

TEST(MaxPoolKernel, RefusesIndices) {
  TestCall call{"MaxPool", {numbers({1, 1, 4, 4})}, {{"kernel_shape", Integers{2, 2}}}};
  call.outputs = 2;
  EXPECT_THAT(refusal_of(call), HasSubstr("MaxPool with indices"));
}

TEST(AveragePoolKernel, CountsPaddingOrNot) {
  for (const int64_t counts : {0, 1})
    for (const int64_t ceil : {0, 1})
      EXPECT_EQ(fault_in_both_orders({"AveragePool",
                                      {numbers({2, 5, 6, 21})},
                                      {{"kernel_shape", Integers{3, 3}},
                                       {"strides", Integers{2, 2}},
                                       {"pads", Integers{1, 1, 1, 1}},
                                       {"count_include_pad", counts},
                                       {"ceil_mode", ceil}},
                                      19}),
                "")
          << counts << ceil;
}

TEST(GlobalPoolKernel, TakesAllPlaces) {
  for (const Shape& shape :
       {Shape{2, 19, 7, 7}, Shape{1, 130, 5, 3}, Shape{1, 1, 1, 1}, Shape{3, 64, 1, 1}}) {
    EXPECT_EQ(fault_in_both_orders({"GlobalAveragePool", {numbers(shape)}}), "") << to_string(shape);
    EXPECT_EQ(fault_in_both_orders({"GlobalMaxPool", {numbers(shape)}}), "") << to_string(shape);
  }
}

class Reduces : public ::testing::TestWithParam<const char*> {};

TEST_P(Reduces, AlongAnyAxes) {
  for (const Integers& axes : {Integers{0}, Integers{1}, Integers{-1}, Integers{1, 3}, Integers{0, 2},
                               Integers{2, 3}, Integers{0, 1, 2, 3}})
    for (const int64_t keep : {0, 1}) {
      const TestCall call{
          GetParam(), {numbers_above(0.5F, {3, 5, 7, 19})}, {{"axes", axes}, {"keepdims", keep}}, 12};
      EXPECT_EQ(fault_of(call), "") << to_string(axes) << keep;
      EXPECT_EQ(fault_of(call, {.orders = {{"x0", kChannelsLast}}}), "") << to_string(axes) << keep;
    }
}

TEST_P(Reduces, RowsOfAllLengths) {
  for (const int64_t length : {1, 2, 15, 16, 17, 63, 64, 65, 100, 131, 257})
    EXPECT_EQ(fault_of({GetParam(), {numbers_above(0.5F, {3, length})}, {{"axes", Integers{1}}}, 12}), "")
        << length;
}

INSTANTIATE_TEST_SUITE_P(Kernel, Reduces,
                         ::testing::Values("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp",
                                           "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum",
                                           "ReduceSumSquare"),
                         [](const auto& one) { return std::string(one.param); });

TEST(ReduceProdKernel, Multiplies) {
  EXPECT_EQ(fault_of({"ReduceProd", {numbers({4, 9})}, {{"axes", Integers{1}}}, 12}), "");
}

TEST(ReduceKernel, PutsIntegersTogether) {
  const Array x = list_of<int64_t>({5, -7, 0, 3, 9, -2});
  for (const char* type : {"ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSumSquare"})
    EXPECT_EQ(fault_of({type, {x}, {}, 12}), "") << type;
  EXPECT_THAT(refusal_of({"ReduceMean", {x}, {}, 12}), HasSubstr("ReduceMean of int64"));
}

TEST(ReduceKernel, WrapsAroundWhereIntegersOverflowAsTheReferenceDoes) {
  for (const char* type : {"ReduceSum", "ReduceProd", "ReduceSumSquare"}) {
    EXPECT_EQ(fault_of({type, {list_of<int32_t>({2147483647, 1, 2147483646, -7, 65537})}, {}, 12}), "")
        << type;
    EXPECT_EQ(fault_of({type, {list_of<int64_t>({9223372036854775807, 1, 9223372036854775806, -7})}, {}, 12}),
              "")
        << type;
  }
}

TEST(ReduceLogSumExpKernel, StaysFiniteAndTakesWhatIsNot) {
  for (const float wild : {500.0F, -500.0F, -kInfinite, kInfinite})
    EXPECT_EQ(fault_of({"ReduceLogSumExp", {float_list({wild, wild, 0.5F})}, {}, 12}), "") << wild;
  EXPECT_EQ(fault_of({"ReduceLogSumExp", {float_list({-kInfinite, -kInfinite})}, {}, 12}), "");
}

TEST(ReduceKernel, ReadsAxesFromAnInput) {
  EXPECT_EQ(fault_of({"ReduceSum", {numbers({4, 9}), axes({1})}, {}, 13}, {.known = {1}}), "");
  EXPECT_EQ(fault_of({"ReduceMean", {numbers({4, 9})}, {}, 18}), "");
  const TestCall nothing{"ReduceSumSquare", {numbers({4, 9})}, {{"noop_with_empty_axes", int64_t{1}}}, 18};
  EXPECT_EQ(fault_of(nothing), "");
}

TEST(ReduceKernel, RefusesAxesThatAreNotKnown) {
  EXPECT_THAT(refusal_of({"ReduceSum", {numbers({4, 9}), axes({1})}, {}, 13}),
              HasSubstr("ReduceSum along axes that are not known"));
}

TEST(SoftmaxKernel, IsOfAnyAxis) {
  for (const char* type : {"Softmax", "LogSoftmax"})
    for (const int64_t axis : {0, 1, 2, 3, -1}) {
      const TestCall call{type, {numbers({2, 19, 5, 37})}, {{"axis", axis}}};
      EXPECT_EQ(fault_in_both_orders(call), "") << type << axis;
      EXPECT_EQ(fault_of({type, {numbers({2, 19, 5, 3})}, {{"axis", axis}}, 11}), "") << "opset 11, " << axis;
    }
}

TEST(SoftmaxKernel, TakesRowsOfAllLengths) {
  for (const int64_t length : {1, 2, 3, 8, 15, 16, 17, 31, 64, 100, 127, 128, 1000})
    EXPECT_EQ(fault_of({"Softmax", {numbers({3, length})}}), "") << length;
}

TEST(SoftmaxKernel, OfInfinitiesAndLargeNumbers) {
  EXPECT_EQ(fault_of({"Softmax", {float_list({1000, 1001, 999, -kInfinite})}}), "");
  EXPECT_EQ(fault_of({"Softmax", {float_list({-kInfinite, -kInfinite})}}), "");
  EXPECT_EQ(fault_of({"Softmax", {float_list({1, kNotANumber, 2})}}), "");
}

TEST(SoftmaxKernel, IsTheSameInNarrowVectorsAndOnSeveralThreads) {
  for (const int64_t bytes : {16, 32})
    for (const int64_t threads : {1, 3})
      EXPECT_EQ(fault_of({"Softmax", {numbers({12, 13, 131})}}, {.vector_bytes = bytes, .threads = threads}),
                "");
}

TEST(LayerNormalizationKernel, IsOfTheLastAxes) {
  for (const int64_t axis : {-1, 1, 2}) {
    const Shape x{3, 5, 131};
    const Shape of_row(x.begin() + (axis < 0 ? 2 : axis), x.end());
    EXPECT_EQ(
        fault_of(
            {"LayerNormalization", {numbers(x), numbers(of_row, 2), numbers(of_row, 3)}, {{"axis", axis}}}),
        "")
        << axis;
  }
  EXPECT_EQ(fault_of({"LayerNormalization", {numbers({7, 768}), numbers({768}, 2)}}), "");
}

TEST(LayerNormalizationKernel, GivesItsStatisticsWhereTheyAreWanted) {
  TestCall call{"LayerNormalization", {numbers({3, 5, 31}), numbers({31}, 2), numbers({31}, 3)}};
  call.outputs = 3;
  EXPECT_EQ(fault_of(call), "");
}

TEST(LayerNormalizationKernel, WithoutAMeanIsRms) {
  EXPECT_EQ(fault_of({"RMSNormalization", {numbers({3, 131}), numbers({131}, 2)}, {}, 23}), "");
}

TEST(InstanceNormalizationKernel, IsOfEachChannel) {
  const TestCall call{"InstanceNormalization", {numbers({2, 19, 5, 7}), numbers({19}, 2), numbers({19}, 3)}};
  EXPECT_EQ(fault_in_both_orders(call), "");
}

TEST(GroupNormalizationKernel, IsOfNeighbouringChannels) {
  const std::map<std::string, Attribute, std::less<>> groups{{"num_groups", int64_t{3}}};
  EXPECT_EQ(
      fault_in_both_orders(
          {"GroupNormalization", {numbers({2, 12, 5, 7}), numbers({12}, 2), numbers({12}, 3)}, groups, 21}),
      "");
  EXPECT_EQ(
      fault_in_both_orders(
          {"GroupNormalization", {numbers({2, 12, 5, 7}), numbers({3}, 2), numbers({3}, 3)}, groups, 18}),
      "");
}

TEST(LrnKernel, TakesNeighboursOfAllChannels) {
  for (const int64_t size : {1, 3, 5, 4, 9})
    for (const float beta : {0.75F, 0.5F, 1.0F, 0.6F})
      EXPECT_EQ(fault_in_both_orders({"LRN",
                                      {numbers({2, 7, 5, 6})},
                                      {{"size", size}, {"alpha", 0.5F}, {"beta", beta}, {"bias", 2.0F}}}),
                "")
          << size << " " << beta;
}

}  // namespace
}  // namespace tamis::network
