#include "network/operators/moving.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<int64_t> places_of_top(const Array& x, int64_t k, int64_t largest) {
  const TestCall call{"TopK", {x, integers({k})}, {{"largest", largest}}, 11, 2};
  const Array array = run(call).value()[1];
  const auto places = array.values<int64_t>();
  return {places.begin(), places.end()};
}

TEST(TopK, OrdersAndPrefersTheFirstOfEquals) {
  EXPECT_THAT(places_of_top(float_list({1, 2, 2, -1, -0.0F, 0.0F}), 4, 1), ElementsAre(1, 2, 0, 4));
  EXPECT_THAT(places_of_top(float_list({1, 2, 2, -1, -0.0F, 0.0F}), 3, 0), ElementsAre(3, 4, 5));
  const Array most = Array::of<uint64_t>({2}, {1, std::numeric_limits<uint64_t>::max()});
  EXPECT_THAT(places_of_top(most, 1, 1), ElementsAre(1));
  EXPECT_THAT(places_of_top(integers({-5, 3}), 1, 0), ElementsAre(0));
}

TEST(TopK, TakesNanForTheGreatest) {
  EXPECT_THAT(places_of_top(float_list({1, kNotANumber, 3}), 2, 1), ElementsAre(1, 2));
}

TEST(TopK, GoesAlongItsAxis) {
  const TestCall call{"TopK", {ascending({2, 2}), integers({1})}, {{"axis", int64_t{0}}}, 11, 2};
  EXPECT_EQ(shape_of(call), (Shape{1, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 3));
}

TEST(TopK, RefusesMoreThanThereAre) {
  EXPECT_THAT(error_of({"TopK", {ascending({2}), integers({3})}, {}, 11, 2}), HasSubstr("axis of size 2"));
  EXPECT_THAT(error_of({"TopK", {ascending({2}), integers({-1})}, {}, 11, 2}), HasSubstr("the -1 greatest"));
}

TEST(TopK, HasAnAttributeBelowOpset10) {
  EXPECT_EQ(early_shape_of({"TopK", {ascending({4})}, {{"k", int64_t{2}}}, 9, 2}), (Shape{2}));
}

std::vector<int64_t> arg_of(const std::string& type, const std::vector<float>& values, int64_t last) {
  return values_of<int64_t>({type, {float_list(values)}, {{"select_last_index", last}}});
}

TEST(ArgMax, TakesTheFirstOrTheLast) {
  EXPECT_THAT(arg_of("ArgMax", {1, 3, 3}, 0), ElementsAre(1));
  EXPECT_THAT(arg_of("ArgMax", {1, 3, 3}, 1), ElementsAre(2));
  EXPECT_THAT(arg_of("ArgMin", {1, 3, 1}, 0), ElementsAre(0));
  EXPECT_THAT(arg_of("ArgMin", {1, 3, 1}, 1), ElementsAre(2));
}

TEST(ArgMax, TakesTheFirstNan) {
  EXPECT_THAT(arg_of("ArgMax", {1, kNotANumber, 3, kNotANumber}, 0), ElementsAre(1));
  EXPECT_THAT(arg_of("ArgMin", {1, kNotANumber, 0}, 0), ElementsAre(1));
  EXPECT_THAT(arg_of("ArgMax", {1, kNotANumber, 0}, 1), ElementsAre(0));
}

TEST(ArgMax, OrdersTheLargestIntegers) {
  constexpr auto kMost = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(
      values_of<int64_t>({"ArgMax", {integers({kMost - 1, kMost})}, {{"select_last_index", int64_t{1}}}}),
      ElementsAre(1));
  EXPECT_THAT(values_of<int64_t>({"ArgMin", {integers({1 - kMost, -kMost - 1})}}), ElementsAre(1));
}

TEST(ArgMax, KeepsOrDropsTheAxis) {
  EXPECT_EQ(shape_of({"ArgMax", {ascending({2, 3})}, {{"axis", int64_t{1}}}}), (Shape{2, 1}));
  EXPECT_EQ(shape_of({"ArgMax", {ascending({2, 3})}, {{"axis", int64_t{-1}}, {"keepdims", int64_t{0}}}}),
            (Shape{2}));
  EXPECT_THAT(error_of({"ArgMax", {ascending({0, 3})}}), HasSubstr("no greatest or least of nothing"));
}

TEST(NonZero, ListsIndicesByDimension) {
  const TestCall call{"NonZero", {Array::of<float>({2, 2}, {1, 0, kNotANumber, 3})}};
  EXPECT_EQ(shape_of(call), (Shape{2, 3}));
  EXPECT_THAT(values_of<int64_t>(call), ElementsAre(0, 1, 1, 0, 0, 1));
  EXPECT_EQ(early_shape_of(call), std::nullopt);
  EXPECT_EQ(shape_of({"NonZero", {Array::scalar<float>(1)}}), (Shape{0, 1}));
}

}  // namespace
}  // namespace tamis::network
