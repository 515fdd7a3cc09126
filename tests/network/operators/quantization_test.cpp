#include "network/operators/calls.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Array row(const std::vector<float>& values) {
  return Array::of<float>({static_cast<int64_t>(values.size())}, values);
}

Array one(float value) { return Array::scalar<float>(value); }

TEST(QuantizeLinear, RoundsHalfToEvenAndSaturates) {
  const Array x = row({0.5F, 1.5F, 2.5F, -2.5F, 1000, -1000});
  EXPECT_THAT(values_of<int8_t>({"QuantizeLinear", {x, one(1), Array::scalar<int8_t>(1)}}),
              ElementsAre(1, 3, 3, -1, 127, -128));
}

TEST(QuantizeLinear, DividesInFloat32) {
  // In exact arithmetic 2 / (4 / 255) is 127.5, and its even neighbour 128.
  EXPECT_THAT(values_of<uint8_t>({"QuantizeLinear", {row({2}), one(4.0F / 255)}}), ElementsAre(127));
}

TEST(QuantizeLinear, GivesTheLeastForNan) {
  const Array nan = row({std::numeric_limits<float>::quiet_NaN()});
  EXPECT_THAT(values_of<uint8_t>({"QuantizeLinear", {nan, one(1), Array::scalar<uint8_t>(3)}}),
              ElementsAre(0));
  EXPECT_THAT(values_of<int8_t>({"QuantizeLinear", {nan, one(1), Array::scalar<int8_t>(3)}}),
              ElementsAre(-128));
}

TEST(QuantizeLinear, HasAScaleForEachPlaceAlongAnAxis) {
  const Array x = Array::of<float>({2, 2}, {2, 2, 4, 4});
  TestCall call{"QuantizeLinear", {x, row({1, 2}), Array::of<uint8_t>({2}, {0, 10})}};
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(2, 11, 4, 12));
  call.attributes["axis"] = int64_t{-2};
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(2, 2, 12, 12));
  call.attributes["axis"] = int64_t{2};
  EXPECT_THAT(error_of(call), HasSubstr("axis 2 is none"));
}

TEST(QuantizeLinear, HasAScaleForEachBlock) {
  const Array x = Array::of<float>({2, 3}, {4, 4, 4, 8, 8, 8});
  const Array scales = Array::of<float>({2, 2}, {1, 2, 4, 8});
  TestCall call{"QuantizeLinear", {x, scales}, {{"axis", int64_t{1}}, {"block_size", int64_t{2}}}, 21};
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(4, 4, 2, 2, 2, 1));
  call.attributes["block_size"] = int64_t{1};
  EXPECT_THAT(error_of(call), HasSubstr("scales of shape 2x2 do not go with elements of shape 2x3"));
}

TEST(QuantizeLinear, MayBeToldItsType) {
  TestCall call{"QuantizeLinear", {row({-300}), one(1)}, {{"output_dtype", int64_t{5}}}, 21};
  EXPECT_THAT(values_of<int16_t>(call), ElementsAre(-300));
  call.attributes["output_dtype"] = int64_t{17};
  EXPECT_THAT(error_of(call), HasSubstr("\"output_dtype\" names type 17"));
  call.attributes["output_dtype"] = int64_t{3};
  call.inputs.emplace_back(Array::scalar<uint8_t>(0));
  EXPECT_THAT(error_of(call), HasSubstr("output_dtype is int8, but its zero point is of uint8"));
}

TEST(QuantizeLinear, RefusesZeroPointsOfAnotherShape) {
  EXPECT_THAT(
      error_of(
          {"QuantizeLinear", {row({1, 2}), row({1, 2}), Array::scalar<uint8_t>(0)}, {{"axis", int64_t{0}}}}),
      HasSubstr("a zero point for each scale"));
}

TEST(DequantizeLinear, ScalesTheDistanceFromTheZeroPoint) {
  const Array x = Array::of<uint8_t>({2}, {0, 255});
  EXPECT_THAT(values_of<float>({"DequantizeLinear", {x, one(0.5F), Array::scalar<uint8_t>(128)}}),
              ElementsAre(-64, 63.5F));
}

TEST(DequantizeLinear, TakesSumsOf32Bits) {
  const Array x = Array::of<int32_t>({1}, {1 << 20});
  EXPECT_THAT(values_of<float>({"DequantizeLinear", {x, one(0.5F)}}), ElementsAre(1 << 19));
}

TEST(DequantizeLinear, GivesTheTypeOfItsScale) {
  const Array scale = Array::scalar<Float16>(Float16(2));
  const TestCall call{"DequantizeLinear", {Array::of<int8_t>({1}, {-3}), scale}};
  EXPECT_THAT(values_of<Float16>(call), ElementsAre(Float16(-6)));
}

TEST(DynamicQuantizeLinear, CoversZeroAndTheWholeRange) {
  const auto results = run({"DynamicQuantizeLinear", {row({-1, 0, 4})}, {}, 17, 3});
  EXPECT_EQ(results.value()[1].values<float>()[0], 5.0F / 255);
  EXPECT_EQ(results.value()[2].values<uint8_t>()[0], 51);
  EXPECT_THAT(values_of<uint8_t>({"DynamicQuantizeLinear", {row({-1, 0, 4})}}), ElementsAre(0, 51, 255));
}

TEST(DynamicQuantizeLinear, PutsZeroAtAnEndOfNumbersOfOneSign) {
  EXPECT_THAT(run({"DynamicQuantizeLinear", {row({2, 4})}}).value()[2].integers(),
              ::testing::Optional(ElementsAre(0)));
  EXPECT_THAT(run({"DynamicQuantizeLinear", {row({-2, -4})}}).value()[2].integers(),
              ::testing::Optional(ElementsAre(255)));
  EXPECT_THAT(values_of<uint8_t>({"DynamicQuantizeLinear", {row({2, 4})}}), ElementsAre(127, 255));
}

TEST(DynamicQuantizeLinear, HasAScaleOfOneForZerosAlone) {
  const auto results = run({"DynamicQuantizeLinear", {row({0, 0})}});
  EXPECT_EQ(results.value()[1].values<float>()[0], 1);
  EXPECT_EQ(results.value()[2].values<uint8_t>()[0], 0);
}

}  // namespace
}  // namespace tamis::network
