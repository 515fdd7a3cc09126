// Kernels of quantised operators, against the reference.
#include "network/kernels/integers.h"
#include "network/kernels/running.h"
#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;

/// Numbers at halves of steps of 0.5, beyond what a byte holds, and what is none.
Array ties() {
  std::vector<float> values{kNotANumber, kInfinite, -kInfinite, 1e30F, -1e30F, 1e-40F};
  for (int i = -1100; i < 1100; ++i) values.push_back(static_cast<float>(i) * 0.25F);
  return float_list(values);
}

TEST(QuantizeLinearKernel, RoundsHalfToEvenAndSaturates) {
  EXPECT_EQ(fault_of({"QuantizeLinear", {ties(), scale_of(0.5F), Array::scalar<uint8_t>(7)}}), "");
  EXPECT_EQ(fault_of({"QuantizeLinear", {ties(), scale_of(0.5F), Array::scalar<int8_t>(-7)}}), "");
  EXPECT_EQ(fault_of({"QuantizeLinear", {ties(), scale_of(0.5F)}}), "");
  EXPECT_EQ(
      fault_of({"QuantizeLinear", {ties(), scale_of(0.5F), Array::scalar<uint8_t>(7)}}, {.known = {1, 2}}),
      "");
}

TEST(QuantizeLinearKernel, DividesByTheScale) {
  EXPECT_EQ(fault_of({"QuantizeLinear", {numbers({3000}), scale_of(0.0137F)}}, {.known = {1}}), "");
}

TEST(QuantizeLinearKernel, HasAScaleForEachPlaceAlongAnAxis) {
  const Array scales = float_list({0.1F, 0.01F, 0.3F});
  const TestCall call{"QuantizeLinear",
                      {numbers({2, 3, 5, 7}), scales, list_of<uint8_t>({1, 128, 255})},
                      {{"axis", int64_t{1}}}};
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.orders = {{"x0", kChannelsLast}, {"y0", kChannelsLast}}}), "");
  EXPECT_EQ(fault_of({"QuantizeLinear", {numbers({4, 3}), scales}, {{"axis", int64_t{-1}}}}), "");
}

TEST(QuantizeLinearKernel, OfIntegersIsOfFractions) {
  EXPECT_EQ(fault_of({"QuantizeLinear", {integers<int32_t>({99}), scale_of(1e7F)}, {}, 21}), "");
}

TEST(QuantizeLinearKernel, RefusesBlocksAndSixteenBits) {
  const TestCall blocks{"QuantizeLinear",
                        {numbers({4, 4}), numbers_above(0.1F, {2, 4})},
                        {{"axis", int64_t{0}}, {"block_size", int64_t{2}}},
                        21};
  EXPECT_THAT(refusal_of(blocks), HasSubstr("no code generator for QuantizeLinear by blocks"));
  EXPECT_NE(refusal_of({"QuantizeLinear", {numbers({4}), scale_of(1)}, {{"output_dtype", int64_t{4}}}, 21}),
            "");
}

TEST(DequantizeLinearKernel, IsAsInTheReferenceForAllTypes) {
  const Array scale = scale_of(0.37F);
  EXPECT_EQ(fault_of({"DequantizeLinear", {integers<uint8_t>({5, 77}), scale, Array::scalar<uint8_t>(200)}}),
            "");
  EXPECT_EQ(fault_of({"DequantizeLinear", {integers<int8_t>({5, 77}), scale, Array::scalar<int8_t>(-128)}}),
            "");
  EXPECT_EQ(fault_of({"DequantizeLinear", {integers<int8_t>({5, 77}), scale}}, {.known = {1}}), "");
  EXPECT_EQ(fault_of({"DequantizeLinear", {integers<int32_t>({5, 77}), scale}}), "");
  EXPECT_EQ(fault_of({"DequantizeLinear", {integers<int32_t>({5, 77}), scale, Array::scalar<int32_t>(-5)}}),
            "");
}

TEST(DequantizeLinearKernel, HasAScaleForEachPlaceAlongAnAxis) {
  const TestCall call{
      "DequantizeLinear",
      {integers<int8_t>({3, 9, 2}), float_list({0.1F, 0.01F, 0.3F}), list_of<int8_t>({0, 5, -5})},
      {{"axis", int64_t{0}}}};
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.known = {1, 2}}), "");
}

Node quantised_node(const std::string& type, std::vector<std::string> inputs, const std::string& output) {
  return {.type = type,
          .domain = {},
          .opset = 17,
          .name = type,
          .inputs = std::move(inputs),
          .outputs = {output}};
}

TEST(FusedKernel, QuantisesWhatOthersCompute) {
  const std::vector<Node> nodes{quantised_node("DequantizeLinear", {"x", "s", "z"}, "a"),
                                quantised_node("Relu", {"a"}, "b"),
                                quantised_node("QuantizeLinear", {"b", "t", "z"}, "y")};
  EXPECT_EQ(fault_of_fused(nodes, {{"x", integers<uint8_t>({3, 50})},
                                   {"s", scale_of(0.1F)},
                                   {"t", scale_of(0.07F)},
                                   {"z", Array::scalar<uint8_t>(99)}}),
            "");
}

TestCall dynamic(Array x) {
  return {.type = "DynamicQuantizeLinear", .inputs = {std::move(x)}, .outputs = 3};
}

TEST(DynamicQuantizeLinearKernel, SpreadsWhatThereIsOverAByte) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 5}, Shape{2, 7, 9}, Shape{1031}})
    EXPECT_EQ(fault_of(dynamic(numbers(shape))), "") << to_string(shape);
  EXPECT_EQ(fault_of(dynamic(numbers_above(0.5F, {40}))), "") << "0 is part of the range";
  EXPECT_EQ(fault_of(dynamic(float_list({-1, -2, -3}))), "");
  EXPECT_EQ(fault_of(dynamic(float_list({0, 0, 0}))), "");
  EXPECT_EQ(fault_of(dynamic(float_list({2, 4, 1}))), "") << "ties fall by float32";
}

TEST(DynamicQuantizeLinearKernel, TakesValuesThatLieDifferently) {
  EXPECT_EQ(fault_of(dynamic(numbers({2, 3, 5, 7})), {.orders = {{"x0", kChannelsLast}}}), "");
}

TestCall of_microsoft(const std::string& type, std::vector<std::optional<Array>> inputs,
                      std::map<std::string, Attribute, std::less<>> attributes = {}) {
  return {.type = type,
          .inputs = std::move(inputs),
          .attributes = std::move(attributes),
          .opset = 1,
          .domain = "com.microsoft"};
}

template <class T>
std::vector<std::optional<Array>> pair_of(const Shape& a, const Shape& b) {
  return {integers<T>(a),  scale_of(0.03F),     Array::scalar<T>(3), integers<T>(b, 2),
          scale_of(0.05F), Array::scalar<T>(9), scale_of(0.08F),     Array::scalar<T>(11)};
}

TEST(QLinearAddKernel, RepeatsSizesOfOne) {
  for (const char* type : {"QLinearAdd", "QLinearMul"}) {
    EXPECT_EQ(fault_of(of_microsoft(type, pair_of<uint8_t>({2, 3, 50}, {3, 1}))), "") << type;
    EXPECT_EQ(fault_of(of_microsoft(type, pair_of<uint8_t>({3, 1}, {2, 3, 50}))), "") << type;
    EXPECT_EQ(
        fault_of(of_microsoft(type, pair_of<int8_t>({2, 3, 50}, {2, 3, 50})), {.known = {1, 2, 4, 5, 6, 7}}),
        "")
        << type;
  }
}

TEST(QLinearAddKernel, MayHaveNoZeroPoints) {
  std::vector<std::optional<Array>> inputs = pair_of<uint8_t>({60}, {60});
  for (const size_t zero_point : {2, 5, 7}) inputs[zero_point].reset();
  EXPECT_EQ(fault_of(of_microsoft("QLinearAdd", inputs)), "");
  EXPECT_EQ(fault_of(of_microsoft("QLinearMul", inputs)), "");
}

std::vector<std::optional<Array>> function_of(const Array& x) {
  return {x, scale_of(0.05F), Array::scalar<uint8_t>(100), scale_of(0.02F), Array::scalar<uint8_t>(60)};
}

TEST(QLinearSigmoidKernel, IsAsInTheReference) {
  EXPECT_EQ(fault_of(of_microsoft("QLinearSigmoid", function_of(integers<uint8_t>({256})))), "");
  EXPECT_EQ(
      fault_of(of_microsoft("QLinearLeakyRelu", function_of(integers<uint8_t>({256})), {{"alpha", 0.2F}})),
      "");
}

TEST(QLinearSoftmaxKernel, SharesOutAlongOneAxisOrAllFromIt) {
  std::vector<std::optional<Array>> inputs{integers<uint8_t>({2, 5, 70}), scale_of(0.05F),
                                           Array::scalar<uint8_t>(100), scale_of(1.0F / 256),
                                           Array::scalar<uint8_t>(0)};
  for (const int64_t axis : {1, 2})
    for (const int64_t opset : {12, 13}) {
      const TestCall call = of_microsoft("QLinearSoftmax", inputs, {{"axis", axis}, {"opset", opset}});
      EXPECT_EQ(fault_of(call, {.quanta = 1}), "") << axis << opset;
      EXPECT_EQ(fault_of(call, {.orders = {{"x0", {1, 0, 2}}}, .known = {1, 2, 3, 4}, .quanta = 1}), "");
    }
}

TEST(MaxPoolKernel, TakesBytes) {
  const std::map<std::string, Attribute, std::less<>> window{{"kernel_shape", std::vector<int64_t>{3, 3}},
                                                             {"strides", std::vector<int64_t>{2, 2}},
                                                             {"pads", std::vector<int64_t>{1, 1, 1, 1}}};
  EXPECT_EQ(fault_of({"MaxPool", {integers<uint8_t>({2, 19, 9, 9})}, window}), "");
  EXPECT_EQ(fault_of({"MaxPool", {integers<int8_t>({2, 19, 9, 9})}, window},
                     {.orders = {{"x0", kChannelsLast}, {"y0", kChannelsLast}}}),
            "");
}

TEST(QLinearGlobalAveragePoolKernel, AveragesEachChannel) {
  const TestCall call =
      of_microsoft("QLinearGlobalAveragePool", function_of(integers<uint8_t>({2, 19, 7, 9})));
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.orders = {{"x0", kChannelsLast}}, .known = {1, 2, 3, 4}}), "");
}

TEST(QLinearConcatKernel, BringsPartsToOneScale) {
  const TestCall call =
      of_microsoft("QLinearConcat",
                   {scale_of(0.1F), Array::scalar<uint8_t>(5), integers<uint8_t>({2, 3, 20}), scale_of(0.2F),
                    Array::scalar<uint8_t>(7), integers<uint8_t>({2, 4, 20}, 2), scale_of(0.1F),
                    Array::scalar<uint8_t>(5)},
                   {{"axis", int64_t{1}}});
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.known = {0, 1, 3, 4, 6, 7}}), "");
}

}  // namespace
}  // namespace tamis::network
