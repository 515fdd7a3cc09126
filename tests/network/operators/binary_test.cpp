#include "network/operators/lists.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Add, RepeatsSizesOfOne) {
  const Array column = Array::of<float>({2, 1}, {10, 20});
  const Array row = Array::of<float>({3}, {1, 2, 3});
  const TestCall call{"Add", {column, row}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{2, 3}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(11, 12, 13, 21, 22, 23));
}

TEST(Add, SaysWhichShapesDoNotGoTogether) {
  const TestCall call{"Add", {Array::of<float>({2}, {1, 2}), Array::of<float>({3}, {1, 2, 3})}};
  EXPECT_THAT(run(call).error().message,
              HasSubstr("node 0 \"tested\" (Add): shapes 2 and 3 do not go together"));
}

TEST(Add, KnowsTheShapeOfWhatIsNotKnownYet) {
  const TestCall call{"Add", {Array::of<float>({2, 1}, {10, 20}), Array::of<float>({3}, {1, 2, 3})}};
  const Fact fact = facts_of(call, false).value().front();
  EXPECT_EQ(fact.shape, (Shape{2, 3}));
  EXPECT_FALSE(fact.value.has_value());
}

TEST(Add, WrapsAroundWhereIntegersOverflow) {
  const auto most = std::numeric_limits<int32_t>::max();
  const TestCall call{"Add", {Array::of<int32_t>({1}, {most}), Array::of<int32_t>({1}, {1})}};
  EXPECT_THAT(values_of<int32_t>(call), ElementsAre(std::numeric_limits<int32_t>::min()));
}

TEST(Add, RefusesTwoTypes) {
  EXPECT_THAT(error_of({"Add", {float_list({1}), list_of<double>({1})}}),
              HasSubstr("inputs are of different types, float32 and float64"));
}

TEST(Add, DoesNotTakeBooleans) {
  EXPECT_THAT(error_of({"Add", {list_of<bool>({true}), list_of<bool>({true})}}), HasSubstr("is of boolean"));
}

TEST(Arithmetic, OfUnsignedIntegersIsExactBeyondTwoToThe63) {
  const uint64_t large = (uint64_t{1} << 63) + 5;
  EXPECT_THAT(values_of<uint64_t>({"Div", {list_of<uint64_t>({large}), list_of<uint64_t>({3})}}),
              ElementsAre(large / 3));
  EXPECT_THAT(values_of<uint64_t>({"Mod", {list_of<uint64_t>({large}), list_of<uint64_t>({10})}}),
              ElementsAre(large % 10));
  EXPECT_THAT(values_of<uint64_t>({"Mul", {list_of<uint64_t>({large}), list_of<uint64_t>({large})}}),
              ElementsAre(large * large));
  EXPECT_THAT(values_of<uint64_t>({"Sub", {list_of<uint64_t>({3}), list_of<uint64_t>({large})}}),
              ElementsAre(3 - large));
}

TEST(Div, CutsIntegersTowardsZero) {
  EXPECT_THAT(values_of<int32_t>({"Div", {list_of<int32_t>({-7, 7, -7}), list_of<int32_t>({3, -3, -3})}}),
              ElementsAre(-2, -2, 2));
}

TEST(Div, WrapsAroundWhereTheLeastIntegerIsDividedByMinusOne) {
  const int64_t fewest = std::numeric_limits<int64_t>::min();
  EXPECT_THAT(values_of<int64_t>({"Div", {list_of<int64_t>({fewest}), list_of<int64_t>({-1})}}),
              ElementsAre(fewest));
}

TEST(Div, RefusesIntegersByZero) {
  EXPECT_THAT(error_of({"Div", {list_of<int32_t>({1}), list_of<int32_t>({0})}}),
              HasSubstr("an integer is divided by zero"));
  EXPECT_THAT(error_of({"Mod", {list_of<int32_t>({1}), list_of<int32_t>({0})}}),
              HasSubstr("an integer is divided by zero"));
  EXPECT_THAT(values_of<float>({"Div", {float_list({1, 0}), float_list({0})}}), near(kInfinite, kNotANumber));
}

TEST(Mod, HasTheSignOfTheDivisor) {
  EXPECT_THAT(
      values_of<int32_t>({"Mod", {list_of<int32_t>({-7, 7, -7, 6}), list_of<int32_t>({3, -3, -3, 3})}}),
      ElementsAre(2, -2, -1, 0));
}

TEST(Mod, HasTheSignOfTheDividendWhereItIsFmod) {
  EXPECT_THAT(values_of<int32_t>(
                  {"Mod", {list_of<int32_t>({-7, 7}), list_of<int32_t>({3, -3})}, {{"fmod", int64_t{1}}}}),
              ElementsAre(-1, 1));
  EXPECT_THAT(
      values_of<float>({"Mod",
                        {float_list({-7, 7.5F, kInfinite, 1, 1}), float_list({3, -3, 2, kInfinite, 0})},
                        {{"fmod", int64_t{1}}}}),
      near(-1, 1.5, kNotANumber, 1, kNotANumber));
}

TEST(Mod, OfFractionsIsFmodBelowOpset28) {
  EXPECT_THAT(error_of({"Mod", {float_list({1}), float_list({1})}, {}, 27}),
              HasSubstr("attribute \"fmod\" must be 1 for float32"));
}

TEST(Mod, OfFractionsHasTheSignOfTheDivisorFromOpset28On) {
  EXPECT_THAT(values_of<float>({"Mod",
                                {float_list({-7, 7, -1, 1, kInfinite, 1}),
                                 float_list({3, -3, kInfinite, kInfinite, 2, 0})},
                                {},
                                28}),
              near(2, -2, kInfinite, 1, kNotANumber, kNotANumber));
  EXPECT_TRUE(std::signbit(values_of<float>({"Mod", {float_list({0}), float_list({-2})}, {}, 28})[0]));
}

TEST(Mod, AndDivGiveTheDividendBack) {
  rc::check([](int32_t a, int32_t b) {
    RC_PRE(b != 0);
    const std::vector<std::optional<Array>> pair{list_of<int32_t>({a}), list_of<int32_t>({b})};
    const int64_t quotient = values_of<int32_t>({"Div", pair})[0];
    const int64_t rest = values_of<int32_t>({"Mod", pair, {{"fmod", int64_t{1}}}})[0];
    RC_ASSERT(static_cast<int32_t>(static_cast<uint32_t>(quotient * b + rest)) == a);
  });
}

TEST(Pow, HasTheTypeOfItsBase) {
  EXPECT_THAT(values_of<int32_t>({"Pow", {list_of<int32_t>({3, 10}), float_list({2.5F, 0.5F})}}),
              ElementsAre(15, 3));
  EXPECT_THAT(values_of<float>({"Pow", {float_list({-2, 2, -8}), list_of<int32_t>({3, 0, -1})}}),
              near(-8, 1, -0.125));
  EXPECT_THAT(values_of<float>({"Pow", {float_list({-2, 4}), float_list({0.5F})}}), near(kNotANumber, 2));
}

TEST(Pow, OfIntegersIsExact) {
  EXPECT_THAT(values_of<int64_t>({"Pow", {list_of<int64_t>({3}), list_of<int64_t>({39})}}),
              ElementsAre(4052555153018976267));
  EXPECT_THAT(values_of<int64_t>({"Pow", {list_of<int64_t>({3}), float_list({39})}}),
              ElementsAre(4052555153018976267));
}

TEST(Pow, WrapsAroundWhereIntegersOverflow) {
  EXPECT_THAT(
      values_of<int32_t>({"Pow", {list_of<int32_t>({2147483647, 65537, 3}), list_of<int32_t>({2, 2, 31})}}),
      ElementsAre(1, 131073, 1264544299));
  EXPECT_THAT(values_of<int32_t>({"Pow", {list_of<int32_t>({7, -3}), float_list({30, 41})}}),
              ElementsAre(1878557649, -2069870691));
  EXPECT_THAT(values_of<int64_t>({"Pow", {list_of<int64_t>({3}), list_of<int64_t>({64})}}),
              ElementsAre(8733086111712066817));
}

TEST(Pow, OfIntegersThatIsNoIntegerIsTheLeastOne) {
  const int32_t fewest = std::numeric_limits<int32_t>::min();
  EXPECT_THAT(values_of<int32_t>({"Pow", {list_of<int32_t>({0, 3}), float_list({-1, kNotANumber})}}),
              ElementsAre(fewest, fewest));
}

TEST(Pow, OfIntegersToANegativeExponentIsCut) {
  EXPECT_THAT(
      values_of<int32_t>({"Pow", {list_of<int32_t>({2, 1, -1, -1}), list_of<int32_t>({-1, -5, -2, -3})}}),
      ElementsAre(0, 1, 1, -1));
}

TEST(Pow, KnowsOddExponentsBeyondWhatADoubleHolds) {
  EXPECT_THAT(values_of<float>({"Pow", {float_list({-1}), list_of<int64_t>({(int64_t{1} << 53) + 1})}}),
              ElementsAre(-1));
}

TEST(Operators, NameTheNearestOfAnUnknownOne) {
  EXPECT_THAT(run({"Reluu", {Array::of<float>({1}, {1})}}).error().message,
              HasSubstr("did you mean \"Relu\"?"));
}

}  // namespace
}  // namespace tamis::network
