#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Clip, HasAttributesBelowOpset11) {
  EXPECT_THAT(values_of<float>({"Clip", {float_list({-1, 3, 9})}, {{"min", 0.0F}, {"max", 6.0F}}, 10}),
              ElementsAre(0, 3, 6));
}

TEST(Clip, HasInputsFromOpset11On) {
  EXPECT_THAT(values_of<float>({"Clip", {float_list({-1, 3, 9}), Array::scalar(0.F), Array::scalar(6.F)}}),
              ElementsAre(0, 3, 6));
}

TEST(Clip, RefusesTheOtherForm) {
  EXPECT_THAT(error_of({"Clip", {float_list({1})}, {{"min", 0.0F}}, 13}),
              HasSubstr("\"min\" is an input from opset 11 on"));
  EXPECT_THAT(error_of({"Clip", {float_list({1}), Array::scalar(0.F)}, {}, 10}),
              HasSubstr("input 1 is one more than"));
}

TEST(Clip, TakesAnAbsentBoundForNone) {
  EXPECT_THAT(values_of<float>({"Clip", {float_list({-9, 9}), std::nullopt, Array::scalar(6.F)}}),
              ElementsAre(-9, 6));
  EXPECT_THAT(values_of<float>({"Clip", {float_list({-9, 9}), Array::scalar(0.F), std::nullopt}}),
              ElementsAre(0, 9));
}

TEST(Clip, KeepsNaN) {
  EXPECT_THAT(values_of<float>({"Clip", {float_list({kNotANumber}), Array::scalar(0.F), Array::scalar(6.F)}}),
              near(kNotANumber));
  EXPECT_THAT(values_of<float>({"Clip", {float_list({kNotANumber})}, {{"min", 0.0F}, {"max", 6.0F}}, 7}),
              near(kNotANumber));
}

TEST(Clip, GivesTheMaximumWhereTheMinimumIsGreater) {
  EXPECT_THAT(values_of<float>({"Clip", {float_list({0, 2, 9}), Array::scalar(3.F), Array::scalar(1.F)}}),
              ElementsAre(1, 1, 1));
  EXPECT_THAT(values_of<int8_t>(
                  {"Clip", {list_of<int8_t>({1, 2}), Array::scalar<int8_t>(3), Array::scalar<int8_t>(1)}}),
              ElementsAre(1, 1));
}

TEST(Clip, WithoutBoundsMakesInfinityFinite) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  EXPECT_THAT(values_of<float>({"Clip", {float_list({-kInfinite, kInfinite})}}),
              ElementsAre(-kLargest, kLargest));
}

TEST(Clip, ComparesUnsignedIntegersBeyondTwoToThe63) {
  const uint64_t large = (uint64_t{1} << 63) + 5;
  EXPECT_THAT(values_of<uint64_t>({"Clip", {list_of<uint64_t>({large, 1}), Array::scalar<uint64_t>(2)}}),
              ElementsAre(large, 2));
}

TEST(Clip, TakesABoundOfShape1ForAScalarAndNoLongerOne) {
  EXPECT_THAT(values_of<float>({"Clip", {float_list({1, 3}), float_list({2})}}), ElementsAre(2, 3));
  EXPECT_THAT(error_of({"Clip", {float_list({1, 3}), float_list({2, 2})}}),
              HasSubstr("must be a scalar, not of shape 2"));
}

TEST(Clip, RefusesABoundOfAnotherType) {
  EXPECT_THAT(error_of({"Clip", {float_list({1}), Array::scalar(1.0)}}),
              HasSubstr("inputs are of different types, float32 and float64"));
}

TEST(Shrink, MovesWhatIsFarTowardsZero) {
  EXPECT_THAT(
      values_of<float>({"Shrink", {float_list({-2, -1, 0, 1, 2})}, {{"lambd", 1.5F}, {"bias", 0.5F}}}),
      ElementsAre(-1.5F, 0, 0, 0, 1.5F));
}

TEST(Shrink, CutsIntegers) {
  EXPECT_THAT(values_of<int8_t>(
                  {"Shrink", {list_of<int8_t>({-5, -2, 0, 1, 2, 5})}, {{"lambd", 1.5F}, {"bias", 1.5F}}}),
              ElementsAre(-3, 0, 0, 0, 0, 3));
}

TEST(Shrink, IsExactForLargeIntegers) {
  const uint64_t large = (uint64_t{1} << 63) + 5;
  EXPECT_THAT(values_of<uint64_t>({"Shrink", {list_of<uint64_t>({large})}, {{"bias", 1.5F}}}),
              ElementsAre(large - 2));
}

TEST(Shrink, RefusesAttributesThatAreNotFiniteForIntegers) {
  EXPECT_THAT(error_of({"Shrink", {list_of<int32_t>({1})}, {{"lambd", kNotANumber}}}),
              HasSubstr("must be finite"));
}

}  // namespace
}  // namespace tamis::network
