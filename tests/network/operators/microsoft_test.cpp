#include "network/operators/calls.h"
#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TestCall microsoft(std::string type, std::vector<std::optional<Array>> inputs,
                   std::map<std::string, Attribute, std::less<>> attributes = {}) {
  return {std::move(type), std::move(inputs), std::move(attributes), 1, 1, "com.microsoft"};
}

Array number(float value) { return Array::scalar<float>(value); }

Array zero_at(uint8_t value) { return Array::scalar<uint8_t>(value); }

Array byte_row(const std::vector<uint8_t>& values) {
  return Array::of<uint8_t>({1, 1, static_cast<int64_t>(values.size())}, values);
}

TEST(QLinearAdd, AddsFractionsAndRoundsHalfToEven) {
  const Array a = Array::of<uint8_t>({4}, {1, 2, 3, 5});
  const TestCall call = microsoft("QLinearAdd", {a, number(0.5F), zero_at(0), Array::of<uint8_t>({1}, {7}),
                                                 number(1), zero_at(7), number(1), zero_at(0)});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(0, 1, 2, 2));
}

// As onnxruntime 1.31.1 does.
TEST(QLinearAdd, RoundsAfterItAddsTheZeroPoint) {
  const Array a = Array::of<uint8_t>({4}, {1, 2, 3, 5});
  const TestCall call = microsoft("QLinearAdd", {a, number(0.5F), zero_at(0), Array::of<uint8_t>({1}, {7}),
                                                 number(1), zero_at(7), number(1), zero_at(1)});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(2, 2, 2, 4));
}

TEST(QLinearMul, RoundsAfterItAddsTheZeroPoint) {
  const Array a = Array::of<uint8_t>({4}, {1, 3, 5, 7});
  const TestCall call = microsoft("QLinearMul", {a, number(0.5F), zero_at(0), Array::of<uint8_t>({1}, {1}),
                                                 number(1), zero_at(0), number(1), zero_at(1)});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(2, 2, 4, 4));
}

TEST(QLinearAdd, IsNoOperatorOfOnnxsOwnDomain) {
  TestCall call = microsoft("QLinearAdd", {});
  call.domain.clear();
  EXPECT_THAT(error_of(call), HasSubstr("not supported"));
}

TEST(QLinearAdd, RefusesScalesOfChannels) {
  const Array a = Array::of<uint8_t>({2}, {1, 2});
  EXPECT_THAT(error_of(microsoft("QLinearAdd", {a, Array::of<float>({2}, {1, 2}), zero_at(0), a, number(1),
                                                zero_at(0), number(1), zero_at(0)})),
              HasSubstr("must have one element"));
}

TEST(QLinearMul, MultipliesFractions) {
  const Array a = Array::of<int8_t>({2}, {-4, 100});
  const Array zero = Array::scalar<int8_t>(0);
  const TestCall call = microsoft("QLinearMul", {a, number(0.5F), zero, Array::of<int8_t>({1}, {2}),
                                                 number(1), zero, number(0.5F), zero});
  EXPECT_THAT(values_of<int8_t>(call), ElementsAre(-8, 127));
}

TEST(QLinearAveragePool, RoundsAfterItAddsTheZeroPoint) {
  const TestCall call =
      microsoft("QLinearAveragePool", {byte_row({1, 2, 3, 5}), number(1), zero_at(1), number(1), zero_at(1)},
                {{"kernel_shape", std::vector<int64_t>{2}}});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(2, 2, 4));
}

TEST(QLinearAveragePool, RefusesChannelsAtTheEnd) {
  EXPECT_THAT(
      error_of(microsoft("QLinearAveragePool", {byte_row({1}), number(1), zero_at(0), number(1), zero_at(0)},
                         {{"kernel_shape", std::vector<int64_t>{1}}, {"channels_last", int64_t{1}}})),
      HasSubstr("channels_last is not supported"));
}

TEST(QLinearGlobalAveragePool, RoundsBeforeItAddsTheZeroPoint) {
  const TestCall call =
      microsoft("QLinearGlobalAveragePool", {byte_row({1, 2}), number(1), zero_at(1), number(1), zero_at(1)});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(1));
}

TEST(QLinearSigmoid, AppliesTheFunctionToFractions) {
  const TestCall call = microsoft(
      "QLinearSigmoid", {byte_row({10, 255}), number(1), zero_at(10), number(1.0F / 256), zero_at(0)});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(128, 255));
}

TEST(QLinearSoftmax, SharesOutAmongFractions) {
  const TestCall call = microsoft(
      "QLinearSoftmax", {byte_row({10, 10, 10, 10}), number(1), zero_at(3), number(1.0F / 256), zero_at(5)},
      {{"axis", int64_t{2}}, {"opset", int64_t{13}}});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(69, 69, 69, 69));
}

TEST(QLinearLeakyRelu, ScalesWhatIsBelowZero) {
  const TestCall call =
      microsoft("QLinearLeakyRelu", {byte_row({0, 20}), number(1), zero_at(10), number(1), zero_at(10)},
                {{"alpha", 0.5F}});
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(5, 20));
}

TEST(QLinearConcat, BringsItsPartsToOneScale) {
  const Array a = Array::of<uint8_t>({2, 1}, {1, 2});
  const Array b = Array::of<uint8_t>({2, 2}, {10, 20, 30, 200});
  const std::vector<std::optional<Array>> inputs{number(0.5F), zero_at(3), a,         number(1),
                                                 zero_at(1),   b,          number(1), zero_at(0)};
  const TestCall call = microsoft("QLinearConcat", inputs, {{"axis", int64_t{1}}});
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{2, 3}));
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(3, 23, 43, 5, 63, 255));
  EXPECT_THAT(error_of(microsoft("QLinearConcat", inputs)), HasSubstr("does not go with the others"));
}

TEST(QGemm, ScalesAProductAndItsBias) {
  std::vector<std::optional<Array>> inputs{Array::of<uint8_t>({1, 2}, {1, 2}),
                                           number(0.5F),
                                           zero_at(1),
                                           Array::of<uint8_t>({2, 2}, {1, 2, 3, 4}),
                                           Array::of<float>({2}, {0.5F, 1}),
                                           Array::of<uint8_t>({2}, {0, 1}),
                                           Array::of<int32_t>({2}, {1, 2})};
  const std::map<std::string, Attribute, std::less<>> attributes{{"transB", int64_t{1}}, {"alpha", 2.0F}};
  EXPECT_THAT(values_of<float>(microsoft("QGemm", inputs, attributes)), ElementsAre(1.5F, 5));
  inputs.emplace_back(number(0.25F));
  EXPECT_THAT(error_of(microsoft("QGemm", inputs, attributes)), HasSubstr("or neither"));
  inputs.emplace_back(zero_at(3));
  EXPECT_THAT(values_of<uint8_t>(microsoft("QGemm", inputs, attributes)), ElementsAre(9, 23));
}

TEST(QuantizeLinear, IsAlsoOfOnnxruntimesDomain) {
  const TestCall call =
      microsoft("QuantizeLinear", {Array::of<float>({1}, {1000}), number(1), Array::scalar<uint16_t>(1)});
  EXPECT_THAT(values_of<uint16_t>(call), ElementsAre(1001));
}

}  // namespace
}  // namespace tamis::network
