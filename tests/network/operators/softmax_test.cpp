#include "network/operators/lists.h"

#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis::network {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

Array cube() { return Array::of<float>({2, 2, 2}, std::vector<float>(8, 1)); }

TEST(Softmax, NormalisesAllFromTheAxisOnBelowOpset13) {
  EXPECT_THAT(values_of<float>({"Softmax", {cube()}, {}, 11}), Each(0.25F));
  EXPECT_THAT(values_of<float>({"Softmax", {cube()}, {{"axis", int64_t{0}}}, 12}), Each(0.125F));
  EXPECT_THAT(values_of<float>({"Softmax", {cube()}, {{"axis", int64_t{-1}}}, 11}), Each(0.5F));
}

TEST(Softmax, NormalisesOneAxisFromOpset13On) {
  EXPECT_THAT(values_of<float>({"Softmax", {cube()}, {{"axis", int64_t{0}}}, 13}), Each(0.5F));
  const Array x = Array::of<float>({2, 2}, {0, 100, 0, 0});
  EXPECT_THAT(values_of<float>({"Softmax", {x}, {}, 13}), near(0, 1, 0.5, 0.5));
  EXPECT_THAT(values_of<float>({"Softmax", {x}, {{"axis", int64_t{0}}}, 13}), near(0.5, 1, 0.5, 0));
}

TEST(Softmax, OfNothingButMinusInfinityIsNaN) {
  for (const char* type : {"Softmax", "LogSoftmax"})
    EXPECT_THAT(values_of<float>({type, {float_list({-kInfinite, -kInfinite})}}), Each(IsNan())) << type;
}

TEST(Softmax, DoesNotOverflow) {
  EXPECT_THAT(values_of<float>({"Softmax", {float_list({1e30F, 1e30F})}}), near(0.5, 0.5));
}

TEST(Softmax, RefusesAnAxisThatIsNone) {
  EXPECT_THAT(error_of({"Softmax", {float_list({1})}, {}, 11}),
              HasSubstr("axis 1 is none of a value with 1 dimensions"));
  EXPECT_THAT(error_of({"Softmax", {Array::scalar(1.F)}}),
              HasSubstr("axis -1 is none of a value with 0 dimensions"));
}

TEST(Softmax, OfNoElementsHasNone) {
  EXPECT_TRUE(values_of<float>({"Softmax", {Array::of<float>({2, 0}, {})}}).empty());
}

TEST(Softmax, AddsUpToOne) {
  rc::check([] {
    const auto count = *rc::gen::inRange<size_t>(1, 20);
    std::vector<double> values;
    for (const int value : *rc::gen::container<std::vector<int>>(count, rc::gen::inRange(-1000, 1000)))
      values.push_back(value / 10.0);
    const std::vector<double> y = values_of<double>({"Softmax", {list_of<double>(values)}});
    RC_ASSERT(std::fabs(std::accumulate(y.begin(), y.end(), 0.0) - 1) < 1e-12);
  });
}

TEST(LogSoftmax, IsTheLogarithmOfSoftmax) {
  EXPECT_THAT(values_of<float>({"LogSoftmax", {float_list({0, std::log(3.F)})}}),
              near(std::log(0.25), std::log(0.75)));
}

TEST(LogSoftmax, IsFiniteWhereSoftmaxIsTooSmall) {
  EXPECT_THAT(values_of<float>({"LogSoftmax", {float_list({0, 1000})}}), near(-1000, 0));
}

TEST(Hardmax, ChoosesTheFirstOfTheLargest) {
  EXPECT_THAT(values_of<float>({"Hardmax", {float_list({1, 2, 2, 0})}}), ElementsAre(0, 1, 0, 0));
}

TEST(Hardmax, ChoosesOneOfAllFromTheAxisOnBelowOpset13) {
  EXPECT_THAT(values_of<float>({"Hardmax", {cube()}, {}, 11}), ElementsAre(1, 0, 0, 0, 1, 0, 0, 0));
}

TEST(LpNormalization, DividesByTheNormOfTheAxis) {
  EXPECT_THAT(values_of<float>({"LpNormalization", {float_list({3, -4})}}), near(0.6, -0.8));
  EXPECT_THAT(values_of<float>({"LpNormalization", {float_list({1, -3})}, {{"p", int64_t{1}}}}),
              near(0.25, -0.75));
  EXPECT_THAT(
      values_of<float>({"LpNormalization", {Array::of<float>({2, 2}, {3, 0, 4, 2})}, {{"axis", int64_t{0}}}}),
      near(0.6, 0, 0.8, 1));
}

TEST(LpNormalization, LeavesZeros) {
  EXPECT_THAT(values_of<float>({"LpNormalization", {float_list({0, 0})}}), ElementsAre(0, 0));
}

TEST(LpNormalization, KnowsTwoNorms) {
  EXPECT_THAT(error_of({"LpNormalization", {float_list({1})}, {{"p", int64_t{3}}}}),
              HasSubstr("attribute \"p\" must be 1 or 2"));
}

}  // namespace
}  // namespace tamis::network
