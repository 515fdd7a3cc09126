#include "network/operators/moving.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The numbers that stand for types in a model's file.
constexpr int64_t kToUint8 = 2;
constexpr int64_t kToInt8 = 3;
constexpr int64_t kToInt32 = 6;
constexpr int64_t kToInt64 = 7;
constexpr int64_t kToBoolean = 9;
constexpr int64_t kToFloat16 = 10;
constexpr int64_t kToUint32 = 12;
constexpr int64_t kToUint64 = 13;

TestCall cast_call(const std::vector<float>& values, int64_t to) {
  return {"Cast", {float_list(values)}, {{"to", to}}};
}

TEST(Cast, CutsFractionsOff) {
  EXPECT_THAT(values_of<int32_t>(cast_call({1.9F, -1.9F}, kToInt32)), ElementsAre(1, -1));
}

TEST(Cast, KeepsTheLowestBitsOfWhatEightBitsDoNotHold) {
  EXPECT_THAT(values_of<uint8_t>(cast_call({300, -1, kNotANumber, kInfinite}, kToUint8)),
              ElementsAre(44, 255, 0, 0));
  EXPECT_THAT(values_of<int8_t>(cast_call({300, 128, 1e20F}, kToInt8)), ElementsAre(44, -128, 0));
}

TEST(Cast, MakesTheLeastIntegerOfWhatMoreBitsDoNotHold) {
  constexpr auto kLeast = std::numeric_limits<int32_t>::min();
  EXPECT_THAT(values_of<int32_t>(cast_call({kNotANumber, 1e20F, -kInfinite}, kToInt32)),
              ElementsAre(kLeast, kLeast, kLeast));
  constexpr auto kLeast64 = std::numeric_limits<int64_t>::min();
  EXPECT_THAT(values_of<int64_t>(cast_call({kNotANumber, 1e20F}, kToInt64)), ElementsAre(kLeast64, kLeast64));
}

TEST(Cast, WrapsNegativeNumbersAroundWithoutASign) {
  EXPECT_THAT(values_of<uint32_t>(cast_call({-1, 3e9F}, kToUint32)), ElementsAre(4294967295U, 3000000000U));
  EXPECT_THAT(values_of<uint64_t>(cast_call({-1, 1e19F}, kToUint64)),
              ElementsAre(std::numeric_limits<uint64_t>::max(), 9999999980506447872U));
}

TEST(Cast, TakesNanForTrue) {
  EXPECT_THAT(values_of<bool>(cast_call({kNotANumber, 0, -0.0F, 0.1F}, kToBoolean)),
              ElementsAre(true, false, false, true));
}

TEST(Cast, RoundsToHalfPrecision) {
  const std::vector<Float16> values = values_of<Float16>(cast_call({1.0F / 3, 65520}, kToFloat16));
  EXPECT_EQ(static_cast<float>(values[0]), 0.333251953125F);
  EXPECT_EQ(static_cast<float>(values[1]), kInfinite);
}

TEST(Cast, KeepsTheLowestBitsOfIntegers) {
  const TestCall call{"Cast", {integers({300, -1, int64_t{1} << 40})}, {{"to", kToUint8}}};
  EXPECT_THAT(values_of<uint8_t>(call), ElementsAre(44, 255, 0));
}

TEST(Cast, RefusesTypesThatArraysDoNotHold) {
  EXPECT_THAT(error_of(cast_call({1}, 8)), HasSubstr("elements of type 8"));
  EXPECT_THAT(error_of(cast_call({1}, 999)), HasSubstr("are none of ONNX"));
  EXPECT_THAT(error_of({"Cast", {float_list({1})}}), HasSubstr("attribute \"to\" is missing"));
}

TEST(CastLike, TakesTheTypeOfTheOther) {
  EXPECT_THAT(values_of<int64_t>({"CastLike", {float_list({1.5F}), integers({})}}), ElementsAre(1));
}

}  // namespace
}  // namespace tamis::network
