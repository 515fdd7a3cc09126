#include "network/operators/lists.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Round, TakesTiesToTheEvenNeighbour) {
  EXPECT_THAT(values_of<float>({"Round", {float_list({0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 2.4F, -2.6F})}}),
              ElementsAre(0, 2, 2, 0, -2, 2, -3));
}

TEST(Round, LeavesWhatIsNotFinite) {
  EXPECT_THAT(values_of<float>({"Round", {float_list({kNotANumber, kInfinite, -kInfinite})}}),
              near(kNotANumber, kInfinite, -kInfinite));
}

TEST(Round, RoundsNumbersNextToATieToTheNearest) {
  const double below_half = std::nextafter(0.5, 0.0);
  EXPECT_THAT(values_of<double>({"Round", {list_of<double>({below_half, 4503599627370497.0})}}),
              ElementsAre(0, 4503599627370497.0));
}

TEST(Unary, FunctionsOfFractionsAreThoseOfTheMathematicsLibrary) {
  const float x = 0.3F;
  const std::vector<std::pair<std::string, double>> expected{{"Acos", std::acos(x)},
                                                             {"Asin", std::asin(x)},
                                                             {"Asinh", std::asinh(x)},
                                                             {"Atan", std::atan(x)},
                                                             {"Atanh", std::atanh(x)},
                                                             {"Ceil", 1},
                                                             {"Cos", std::cos(x)},
                                                             {"Cosh", std::cosh(x)},
                                                             {"Erf", std::erf(x)},
                                                             {"Exp", std::exp(x)},
                                                             {"Floor", 0},
                                                             {"Log", std::log(x)},
                                                             {"Neg", -x},
                                                             {"Reciprocal", 1.0 / x},
                                                             {"Sin", std::sin(x)},
                                                             {"Sinh", std::sinh(x)},
                                                             {"Sqrt", std::sqrt(x)},
                                                             {"Tan", std::tan(x)},
                                                             {"Tanh", std::tanh(x)}};
  for (const auto& [type, value] : expected)
    EXPECT_THAT(values_of<float>({type, {float_list({x})}}),
                ElementsAre(::testing::FloatEq(static_cast<float>(value))))
        << type;
  EXPECT_THAT(values_of<float>({"Acosh", {float_list({2})}}),
              ElementsAre(::testing::FloatEq(static_cast<float>(std::acosh(2.0)))));
}

TEST(Unary, KeepsTheTypeOfHalfPrecision) {
  const Array y = run({"Exp", {list_of<Float16>({Float16(0.F), Float16(1.F)})}}).value()[0];
  EXPECT_EQ(y.type(), ElementType::float16);
  EXPECT_FLOAT_EQ(static_cast<float>(y.values<Float16>()[1]), 2.71875F);
}

TEST(Abs, OfTheLeastIntegerIsItself) {
  EXPECT_THAT(values_of<int8_t>({"Abs", {list_of<int8_t>({-128, -3, 4})}}), ElementsAre(-128, 3, 4));
}

TEST(Abs, KeepsUnsignedIntegersBeyondTwoToThe63) {
  const uint64_t large = (uint64_t{1} << 63) + 5;
  EXPECT_THAT(values_of<uint64_t>({"Abs", {list_of<uint64_t>({large})}}), ElementsAre(large));
}

TEST(Neg, WrapsAroundAtTheLeastInteger) {
  EXPECT_THAT(values_of<int8_t>({"Neg", {list_of<int8_t>({-128, 5})}}), ElementsAre(-128, -5));
}

TEST(Neg, DoesNotTakeUnsignedIntegers) {
  EXPECT_THAT(error_of({"Neg", {list_of<uint8_t>({1})}}),
              HasSubstr("input \"x0\" is of uint8, which the operator does not take"));
}

TEST(Sign, KeepsNaN) {
  EXPECT_THAT(values_of<float>({"Sign", {float_list({kNotANumber, -3, 0, kInfinite})}}),
              near(kNotANumber, -1, 0, 1));
}

TEST(Sign, TakesUnsignedIntegersBeyondTwoToThe63ForPositive) {
  EXPECT_THAT(values_of<uint64_t>({"Sign", {list_of<uint64_t>({uint64_t{1} << 63, 0})}}), ElementsAre(1, 0));
}

TEST(Unary, SaysFromWhichOpsetAnOperatorExists) {
  EXPECT_THAT(error_of({"Round", {float_list({1})}, {}, 10}),
              HasSubstr("the operator exists from opset 11 on, and the model is of opset 10"));
}

TEST(Unary, TakesOneInput) {
  EXPECT_THAT(error_of({"Exp", {float_list({1}), float_list({1})}}), HasSubstr("input 1 is one more than"));
  EXPECT_THAT(error_of({"Exp", {}}), HasSubstr("input 0 is missing"));
}

TEST(Unary, TakesAnAbsentInputBehindTheLastForNone) {
  EXPECT_EQ(error_of({"Exp", {float_list({1}), std::nullopt}}), "");
}

TEST(Unary, HasOneOutput) {
  EXPECT_THAT(error_of({.type = "Exp", .inputs = {float_list({1})}, .outputs = 2}),
              HasSubstr("the operator has 1 outputs at most, the node 2"));
}

TEST(Unary, ShapeIsTheInputs) {
  EXPECT_EQ(inferred_shape({"Tanh", {Array::of<float>({2, 0, 3}, {})}}), (Shape{2, 0, 3}));
}

}  // namespace
}  // namespace tamis::network
