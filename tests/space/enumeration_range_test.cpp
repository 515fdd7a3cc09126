// Ranges hold whatever their operations may give.

#include "space/enumeration/condition.h"
#include "space/enumeration/range.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis::enumeration {
namespace {

using expression::Comparison;
using expression::Number;
using expression::Operation;

Number any_number() {
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return Number::from_real(*rc::gen::inRange(-40, 41) / 8.0);
    case 1:
      return Number::from_whole(*rc::gen::arbitrary<int64_t>());
    case 2:
      return Number::from_real(static_cast<double>(*rc::gen::arbitrary<int64_t>()) * 1e10);
    default:
      return Number::from_whole(*rc::gen::inRange(-12, 13));
  }
}

std::vector<Number> any_numbers() {
  std::vector<Number> numbers;
  for (int left = *rc::gen::inRange(1, 4); left > 0; --left) numbers.push_back(any_number());
  return numbers;
}

Range range_of_all(const std::vector<Number>& numbers) {
  Range all = range_of(expression::OptionalNumber(numbers.front()));
  for (const Number& number : numbers) all = hull(all, range_of(expression::OptionalNumber(number)));
  return all;
}

TEST(RangeProperty, HoldsWhatArithmeticGives) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<Number> left = any_numbers();
    const std::vector<Number> right = any_numbers();
    const auto operation = *rc::gen::element(Operation::add, Operation::subtract, Operation::multiply,
                                             Operation::divide, Operation::floor_divide, Operation::modulo,
                                             Operation::power, Operation::minimum, Operation::maximum);
    const Range range = apply(operation, range_of_all(left), range_of_all(right));
    for (const Number& a : left)
      for (const Number& b : right) {
        const auto result = expression::calculate(operation, a, b);
        RC_ASSERT(result || !range.sure);
        if (result) RC_ASSERT(range.contains(result->as_real()));
        if (result && range.whole) RC_ASSERT(!result->is_real);
      }
  }));
}

TEST(RangeProperty, HoldsWhatComparisonsGive) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<Number> left = any_numbers();
    const std::vector<Number> right = any_numbers();
    const auto comparison =
        *rc::gen::element(Comparison::less, Comparison::less_equal, Comparison::greater,
                          Comparison::greater_equal, Comparison::equal, Comparison::not_equal);
    const Range range = apply(comparison, range_of_all(left), range_of_all(right));
    for (const Number& a : left)
      for (const Number& b : right)
        RC_ASSERT(range.contains(expression::satisfies(expression::compare(a, b), comparison) ? 1 : 0));
  }));
}

TEST(Range, OfNothingStaysNothing) {
  const Range nothing = range_of(expression::OptionalNumber());
  const Range one = range_of(expression::OptionalNumber(Number::from_whole(1)));
  EXPECT_TRUE(apply(Operation::add, nothing, one).empty());
  EXPECT_TRUE(apply(Comparison::less, one, nothing).empty());
  EXPECT_TRUE(conjoin(nothing, one).empty());
  EXPECT_TRUE(conjoin(one, nothing).empty());
  EXPECT_FALSE(disjoin(one, nothing).empty()) << "the second operand is never asked";
  EXPECT_FALSE(disjoin(one, nothing).may_fail());
}

TEST(OrderedGroups, AreWhatConditionsJoin) {
  std::vector<Condition> conditions(2);
  conditions[0].knobs = {0, 2};
  conditions[1].knobs = {2, 4};
  const auto groups = ordered_groups(conditions, {2, 3, 4, 5, 6});
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_THAT(groups[0], ::testing::UnorderedElementsAre(0, 2, 4));
  EXPECT_THAT(groups[1], ::testing::ElementsAre(1));
  EXPECT_THAT(groups[2], ::testing::ElementsAre(3));
}

TEST(OrderedGroups, AreOfAnyNumberOfKnobs) {
  std::vector<Condition> conditions(3);
  conditions[0].knobs = {1, 64, 199};
  conditions[1].knobs = {63, 128};
  conditions[2].knobs = {128, 130};
  const auto groups = ordered_groups(conditions, std::vector<uint64_t>(200, 2));
  ASSERT_EQ(groups.size(), 200U - 4);
  EXPECT_THAT(groups[0], ::testing::ElementsAre(0));
  EXPECT_THAT(groups[1], ::testing::UnorderedElementsAre(1, 64, 199));
  EXPECT_THAT(groups[63], ::testing::UnorderedElementsAre(63, 128, 130));
}

TEST(OrderedGroups, KeepWhatBelongsTogetherTogether) {
  // 0 with 3, 1 with 4, 2 with 5, and 3, 4, 5 with each other.
  std::vector<Condition> conditions(4);
  for (size_t i = 0; i < 3; ++i) conditions[i].knobs = {i, i + 3};
  conditions[3].knobs = {3, 4, 5};
  const auto groups = ordered_groups(conditions, std::vector<uint64_t>(6, 100));
  ASSERT_EQ(groups.size(), 1U);
  for (size_t i = 0; i < 3; ++i) {
    const auto place = [&](size_t knob) {
      return std::find(groups[0].begin(), groups[0].end(), knob) - groups[0].begin();
    };
    EXPECT_EQ(std::abs(place(i) - place(i + 3)), 1) << i;
  }
}

}  // namespace
}  // namespace tamis::enumeration
