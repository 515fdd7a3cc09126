#include "network/operators/calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Array scale_of(float value) { return Array::scalar<float>(value); }

/// A QLinearConv of one pixel of two channels by 1x1 weights to two channels.
TestCall pixel(Array w_scale, Array w_zero_point) {
  return {"QLinearConv",
          {Array::of<uint8_t>({1, 2, 1}, {130, 129}), scale_of(0.5F), Array::scalar<uint8_t>(128),
           Array::of<int8_t>({2, 2, 1}, {10, 20, 30, 40}), std::move(w_scale), std::move(w_zero_point),
           scale_of(2), Array::scalar<uint8_t>(100)}};
}

TEST(ConvInteger, SumsWhatLiesAboveTheZeroPoints) {
  const Array x = Array::of<uint8_t>({1, 1, 3}, {2, 3, 4});
  const Array w = Array::of<uint8_t>({1, 1, 2}, {1, 10});
  EXPECT_THAT(values_of<int32_t>({"ConvInteger", {x, w}}), ElementsAre(32, 43));
  const TestCall padded{
      "ConvInteger", {x, w, Array::scalar<uint8_t>(1)}, {{"pads", std::vector<int64_t>{1, 0}}}};
  EXPECT_THAT(values_of<int32_t>(padded), ElementsAre(10, 21, 32));
}

TEST(ConvInteger, MayHaveAZeroPointForEachOutputChannel) {
  const Array x = Array::of<uint8_t>({1, 1, 1}, {1});
  const Array w = Array::of<uint8_t>({2, 1, 1}, {5, 5});
  const TestCall call{"ConvInteger", {x, w, Array::scalar<uint8_t>(0), Array::of<uint8_t>({2}, {1, 2})}};
  EXPECT_THAT(values_of<int32_t>(call), ElementsAre(4, 3));
}

TEST(MatMulInteger, NeverSaturatesItsSums) {
  const Array a = Array::of<uint8_t>({1, 4}, {255, 255, 255, 255});
  const Array b = Array::of<int8_t>({4, 1}, {127, 127, 127, 127});
  EXPECT_THAT(values_of<int32_t>({"MatMulInteger", {a, b}}), ElementsAre(129540));
}

TEST(MatMulInteger, HasZeroPointsOfRowsAndColumns) {
  const Array a = Array::of<uint8_t>({2, 1}, {3, 3});
  const Array b = Array::of<int8_t>({1, 2}, {3, 3});
  const TestCall call{"MatMulInteger",
                      {a, b, Array::of<uint8_t>({2}, {1, 2}), Array::of<int8_t>({2}, {2, -7})}};
  EXPECT_THAT(values_of<int32_t>(call), ElementsAre(2, 20, 1, 10));
}

TEST(MatMulInteger, HasZeroPointsOfColumnsInEachOfABatch) {
  const Array a = Array::of<uint8_t>({1, 1}, {1});
  const Array b = Array::of<int8_t>({2, 1, 1}, {5, 5});
  const TestCall call{"MatMulInteger",
                      {a, b, Array::scalar<uint8_t>(0), Array::of<int8_t>({2, 1, 1}, {1, 2})}};
  EXPECT_THAT(values_of<int32_t>(call), ElementsAre(4, 3));
}

TEST(MatMulInteger, RefusesZeroPointsThatDoNotFit) {
  const Array a = Array::of<uint8_t>({1, 2}, {1, 1});
  const Array b = Array::of<uint8_t>({2, 1}, {1, 1});
  EXPECT_THAT(error_of({"MatMulInteger", {a, b, Array::of<uint8_t>({3}, {1, 2, 3})}}),
              HasSubstr("of shape 3"));
  EXPECT_THAT(error_of({"MatMulInteger", {a, b, Array::scalar<int8_t>(1)}}), HasSubstr("must be of uint8"));
  EXPECT_THAT(error_of({"MatMulInteger", {Array::of<int32_t>({1, 2}, {1, 1}), b}}), HasSubstr("is of int32"));
}

TEST(QLinearConv, ScalesSumsAndRoundsThem) {
  // Sums 2 * 10 + 1 * 20 = 40 and 100, times 0.5 * 0.25 / 2.
  EXPECT_THAT(values_of<uint8_t>(pixel(scale_of(0.25F), Array::scalar<int8_t>(0))), ElementsAre(102, 106));
}

TEST(QLinearConv, HasScalesAndZeroPointsOfOutputChannels) {
  const Array scales = Array::of<float>({2}, {1, 0.5F});
  const Array zero_points = Array::of<int8_t>({2}, {0, 10});
  // Sums 40 and 2 * 20 + 1 * 30 = 70, times 0.25 and 0.125.
  EXPECT_THAT(values_of<uint8_t>(pixel(scales, zero_points)), ElementsAre(110, 109));
}

TEST(QLinearConv, AddsABiasToTheSums) {
  TestCall call = pixel(scale_of(4), Array::scalar<int8_t>(0));
  call.inputs.emplace_back(Array::of<int32_t>({2}, {-40, -1000}));
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(100, 0));
}

TEST(QLinearConv, PadsByTheZeroPoint) {
  TestCall call = pixel(scale_of(4), Array::scalar<int8_t>(0));
  call.attributes["pads"] = std::vector<int64_t>{1, 0};
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(100, 140, 100, 200));
}

TEST(QLinearConv, RefusesScalesThatDoNotFit) {
  EXPECT_THAT(error_of(pixel(Array::of<float>({3}, {1, 1, 1}), Array::scalar<int8_t>(0))),
              HasSubstr("of shape 3 does not go with 2x2x1"));
  TestCall call = pixel(scale_of(1), Array::scalar<int8_t>(0));
  call.inputs[1] = Array::of<float>({2}, {1, 1});
  EXPECT_THAT(error_of(call), HasSubstr("of shape 2 does not go with 1x2x1"));
  call = pixel(scale_of(1), Array::scalar<int8_t>(0));
  call.inputs[6] = Array::of<float>({2}, {1, 1});
  EXPECT_THAT(error_of(call), HasSubstr("must have one element"));
}

TEST(QLinearMatMul, HasScalesOfRowsAndColumns) {
  const Array a = Array::of<uint8_t>({2, 1}, {10, 10});
  const Array b = Array::of<int8_t>({1, 2}, {1, -1});
  const TestCall call{
      "QLinearMatMul",
      {a, Array::of<float>({2}, {1, 2}), Array::of<uint8_t>({2}, {0, 5}), b, Array::of<float>({2}, {1, 3}),
       Array::of<int8_t>({2}, {0, 0}), scale_of(2), Array::scalar<uint8_t>(100)}};
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(105, 85, 105, 85));
}

TEST(QLinearMatMul, KnowsItsShapeWithoutValues) {
  const Array a = Array::of<uint8_t>({2}, {1, 1});
  const Array b = Array::of<uint8_t>({2, 3}, {1, 1, 1, 1, 1, 1});
  const TestCall call{"QLinearMatMul",
                      {a, scale_of(1), Array::scalar<uint8_t>(0), b, scale_of(1), Array::scalar<uint8_t>(0),
                       scale_of(1), Array::scalar<int8_t>(0)}};
  const Fact fact = facts_of(call, false).value()[0];
  EXPECT_EQ(fact.shape, (Shape{3}));
  EXPECT_EQ(fact.type, ElementType::int8);
}

/// A row of two bytes by two columns, scaled to float32.
TestCall to_float(std::optional<Array> bias) {
  return {
      .type = "MatMulIntegerToFloat",
      .inputs = {Array::of<uint8_t>({1, 2}, {3, 4}), Array::of<int8_t>({2, 2}, {1, 2, 3, 4}), scale_of(0.5F),
                 Array::of<float>({2}, {1, 2}), Array::scalar<uint8_t>(2), std::nullopt, std::move(bias)},
      .opset = 1,
      .domain = "com.microsoft"};
}

TEST(MatMulIntegerToFloat, ScalesSumsAndAddsABias) {
  EXPECT_THAT(values_of<float>(to_float(std::nullopt)), ElementsAre(3.5F, 10.0F));
  EXPECT_THAT(values_of<float>(to_float(Array::of<float>({2}, {1, -1}))), ElementsAre(4.5F, 9.0F));
}

TEST(MatMulIntegerToFloat, RefusesABiasOfAnotherSize) {
  EXPECT_THAT(error_of(to_float(Array::of<float>({3}, {1, -1, 2}))), HasSubstr("one bias for each column"));
}

}  // namespace
}  // namespace tamis::network
