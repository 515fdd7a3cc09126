#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Variadic, TakesAnyNumberOfValuesThatBroadcast) {
  const std::vector<std::optional<Array>> inputs{float_list({1, 5}), float_list({3}),
                                                 Array::of<float>({2, 1}, {2, 4})};
  EXPECT_THAT(values_of<float>({"Sum", inputs}), ElementsAre(6, 10, 8, 12));
  EXPECT_THAT(values_of<float>({"Mean", inputs}), near(2, 10.0 / 3, 8.0 / 3, 4));
  EXPECT_THAT(values_of<float>({"Max", inputs}), ElementsAre(3, 5, 4, 5));
  EXPECT_THAT(values_of<float>({"Min", inputs}), ElementsAre(1, 2, 1, 3));
  EXPECT_EQ(inferred_shape({"Sum", inputs}), (Shape{2, 2}));
}

TEST(Variadic, OfOneValueIsTheValue) {
  for (const char* type : {"Sum", "Mean", "Max", "Min"})
    EXPECT_THAT(values_of<float>({type, {float_list({1, 5})}}), ElementsAre(1, 5)) << type;
}

TEST(Variadic, TakesOneShapeBelowOpset8) {
  EXPECT_THAT(error_of({"Sum", {float_list({1, 5}), float_list({3})}, {}, 7}),
              HasSubstr("shapes 1 and 2 differ, which the operator allows from opset 8 on"));
}

TEST(Variadic, NeedsAValue) { EXPECT_THAT(error_of({"Max", {}}), HasSubstr("input 0 is missing")); }

TEST(MaxAndMin, KeepNaN) {
  for (const char* type : {"Max", "Min"})
    EXPECT_THAT(values_of<float>({type,
                                  {float_list({kNotANumber, 1, 1}), float_list({1, kNotANumber, 2}),
                                   float_list({0, 0, 1})}})[1],
                ::testing::IsNan())
        << type;
}

TEST(MaxAndMin, CompareUnsignedIntegersBeyondTwoToThe63) {
  const uint64_t large = (uint64_t{1} << 63) + 5;
  EXPECT_THAT(values_of<uint64_t>({"Max", {list_of<uint64_t>({large}), list_of<uint64_t>({3})}}),
              ElementsAre(large));
  EXPECT_THAT(values_of<uint64_t>({"Min", {list_of<uint64_t>({large}), list_of<uint64_t>({3})}}),
              ElementsAre(3));
}

TEST(Sum, AddsFloat32InDouble) {
  EXPECT_THAT(values_of<float>({"Sum", {float_list({1e8F}), float_list({1}), float_list({-1e8F})}}),
              ElementsAre(1));
}

}  // namespace
}  // namespace tamis::network
