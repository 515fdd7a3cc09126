#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Array booleans(const std::vector<bool>& values) { return list_of<bool>(values); }

TEST(Comparisons, SayYesOrNoOfEachPair) {
  const std::vector<std::optional<Array>> pairs{float_list({1, 2, 3}), float_list({2})};
  EXPECT_THAT(values_of<bool>({"Less", pairs}), ElementsAre(true, false, false));
  EXPECT_THAT(values_of<bool>({"LessOrEqual", pairs}), ElementsAre(true, true, false));
  EXPECT_THAT(values_of<bool>({"Greater", pairs}), ElementsAre(false, false, true));
  EXPECT_THAT(values_of<bool>({"GreaterOrEqual", pairs}), ElementsAre(false, true, true));
  EXPECT_THAT(values_of<bool>({"Equal", pairs}), ElementsAre(false, true, false));
}

TEST(Comparisons, AreFalseOfNaN) {
  for (const char* type : {"Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"})
    EXPECT_THAT(values_of<bool>({type, {float_list({kNotANumber}), float_list({kNotANumber})}}),
                ElementsAre(false))
        << type;
}

TEST(Comparisons, AreExactForLargeIntegers) {
  const uint64_t large = (uint64_t{1} << 63) + 5;
  EXPECT_THAT(values_of<bool>({"Less", {list_of<uint64_t>({large}), list_of<uint64_t>({3})}}),
              ElementsAre(false));
  EXPECT_THAT(values_of<bool>({"Equal", {list_of<uint64_t>({large}), list_of<uint64_t>({large + 1})}}),
              ElementsAre(false));
  EXPECT_THAT(
      values_of<bool>(
          {"Greater", {list_of<int64_t>({(int64_t{1} << 53) + 1}), list_of<int64_t>({int64_t{1} << 53})}}),
      ElementsAre(true));
}

TEST(Comparisons, GiveBooleansInTheShapeOfBoth) {
  const Fact fact =
      facts_of({"Less", {Array::of<float>({2, 1}, {1, 2}), Array::of<float>({3}, {1, 2, 3})}}, false)
          .value()[0];
  EXPECT_EQ(fact.type, ElementType::boolean);
  EXPECT_EQ(fact.shape, (Shape{2, 3}));
}

TEST(Less, DoesNotTakeBooleans) {
  EXPECT_THAT(error_of({"Less", {booleans({true}), booleans({false})}}), HasSubstr("is of boolean"));
}

TEST(Equal, TakesBooleans) {
  EXPECT_THAT(values_of<bool>({"Equal", {booleans({true, false}), booleans({true, true})}}),
              ElementsAre(true, false));
}

TEST(LogicalOperators, AreThoseOfTheirNames) {
  const std::vector<std::optional<Array>> pairs{booleans({false, false, true, true}),
                                                booleans({false, true, false, true})};
  EXPECT_THAT(values_of<bool>({"And", pairs}), ElementsAre(false, false, false, true));
  EXPECT_THAT(values_of<bool>({"Or", pairs}), ElementsAre(false, true, true, true));
  EXPECT_THAT(values_of<bool>({"Xor", pairs}), ElementsAre(false, true, true, false));
  EXPECT_THAT(values_of<bool>({"Not", {booleans({false, true})}}), ElementsAre(true, false));
}

TEST(LogicalOperators, TakeBooleansOnly) {
  EXPECT_THAT(error_of({"And", {list_of<int32_t>({1}), list_of<int32_t>({1})}}), HasSubstr("is of int32"));
}

TEST(IsNan, FindsNaN) {
  EXPECT_THAT(values_of<bool>({"IsNaN", {float_list({kNotANumber, kInfinite, 1})}}),
              ElementsAre(true, false, false));
}

TEST(IsInf, FindsBothInfinitiesOrOne) {
  const Array x = float_list({-kInfinite, kInfinite, kNotANumber, 1});
  EXPECT_THAT(values_of<bool>({"IsInf", {x}}), ElementsAre(true, true, false, false));
  EXPECT_THAT(values_of<bool>({"IsInf", {x}, {{"detect_negative", int64_t{0}}}}),
              ElementsAre(false, true, false, false));
  EXPECT_THAT(values_of<bool>({"IsInf", {x}, {{"detect_positive", int64_t{0}}}}),
              ElementsAre(true, false, false, false));
}

}  // namespace
}  // namespace tamis::network
