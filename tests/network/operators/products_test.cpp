#include "network/operators/calls.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

const Array kSquare = Array::of<float>({2, 2}, {1, 2, 3, 4});

/// A Gemm of 2x2 with the identity, and C.
TestCall gemm_with(Array c, float beta = 1) {
  return {"Gemm", {kSquare, Array::of<float>({2, 2}, {1, 0, 0, 1}), std::move(c)}, {{"beta", beta}}};
}

TEST(MatMul, MultipliesMatrices) {
  EXPECT_THAT(values_of<float>({"MatMul", {kSquare, kSquare}}), ElementsAre(7, 10, 15, 22));
}

TEST(MatMul, TakesOneDimensionAsRowOnTheLeftAndColumnOnTheRight) {
  const Array two = Array::of<float>({2}, {1, 10});
  EXPECT_EQ(run({"MatMul", {two, kSquare}}).value()[0].shape(), (Shape{2}));
  EXPECT_THAT(values_of<float>({"MatMul", {two, kSquare}}), ElementsAre(31, 42));
  EXPECT_THAT(values_of<float>({"MatMul", {kSquare, two}}), ElementsAre(21, 43));
  EXPECT_EQ(run({"MatMul", {two, two}}).value()[0].shape(), (Shape{}));
  EXPECT_THAT(values_of<float>({"MatMul", {two, two}}), ElementsAre(101));
}

TEST(MatMul, BroadcastsBatches) {
  const Array a = Array::of<float>({2, 1, 1, 1}, {1, 2});
  const Array b = Array::of<float>({3, 1, 1}, {1, 10, 100});
  EXPECT_EQ(run({"MatMul", {a, b}}).value()[0].shape(), (Shape{2, 3, 1, 1}));
  EXPECT_THAT(values_of<float>({"MatMul", {a, b}}), ElementsAre(1, 10, 100, 2, 20, 200));
}

TEST(MatMul, SumsMoreThanItReadsAtATime) {
  const Array row = Array::of<float>({1, 200}, std::vector<float>(200, 1));
  const Array column = Array::of<float>({200, 1}, std::vector<float>(200, 2));
  EXPECT_THAT(values_of<float>({"MatMul", {row, column}}), ElementsAre(400));
}

TEST(MatMul, WrapsAroundWhereIntegersOverflow) {
  const Array large = Array::of<int64_t>({1, 1}, {std::numeric_limits<int64_t>::max()});
  EXPECT_THAT(values_of<int64_t>({"MatMul", {large, Array::of<int64_t>({1, 1}, {2})}}), ElementsAre(-2));
}

TEST(MatMul, IsZeroOverNothing) {
  const TestCall call{"MatMul", {Array::of<float>({2, 0}, {}), Array::of<float>({0, 1}, {})}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 0));
}

TEST(MatMul, RefusesWhatCannotBeMultiplied) {
  EXPECT_THAT(error_of({"MatMul", {kSquare, Array::of<float>({3, 1}, {1, 2, 3})}}),
              HasSubstr("matrices of shapes 2x2 and 3x1 cannot be multiplied"));
  EXPECT_THAT(error_of({"MatMul", {kSquare, Array::scalar<float>(1)}}),
              HasSubstr("must have at least one dimension"));
  EXPECT_THAT(error_of({"MatMul", {kSquare, Array::of<double>({2, 1}, {1, 2})}}),
              HasSubstr("is of float64, but must be of float32"));
}

TEST(Gemm, TransposesItsOperands) {
  const Array wide = Array::of<float>({1, 2}, {1, 10});
  const TestCall call{
      "Gemm", {wide, Array::of<float>({1, 1}, {3})}, {{"transA", int64_t{1}}, {"transB", int64_t{1}}}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{2, 1}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(3, 30));
}

TEST(Gemm, BroadcastsC) {
  EXPECT_THAT(values_of<float>(gemm_with(Array::of<float>({2}, {10, 20}))), ElementsAre(11, 22, 13, 24));
  EXPECT_THAT(values_of<float>(gemm_with(Array::of<float>({2, 1}, {10, 20}))), ElementsAre(11, 12, 23, 24));
  EXPECT_THAT(values_of<float>(gemm_with(Array::of<float>({1}, {10}))), ElementsAre(11, 12, 13, 14));
  EXPECT_THAT(values_of<float>(gemm_with(Array::scalar<float>(10))), ElementsAre(11, 12, 13, 14));
  EXPECT_THAT(error_of(gemm_with(Array::of<float>({1, 2, 2}, {1, 2, 3, 4}))),
              HasSubstr("does not broadcast to 2x2"));
}

TEST(Gemm, TakesNoNoticeOfCWhereBetaIsZero) {
  const Array nan = Array::scalar<float>(std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(values_of<float>(gemm_with(nan, 0)), ElementsAre(1, 2, 3, 4));
}

TEST(Gemm, DoesNotHideNanByAnAlphaOfZero) {
  const Array nan = Array::of<float>({1, 1}, {std::numeric_limits<float>::quiet_NaN()});
  EXPECT_THAT(values_of<float>({"Gemm", {nan, nan}, {{"alpha", 0.0F}}}), Each(IsNan()));
}

TEST(Gemm, ScalesCWhereThereIsNothingToMultiply) {
  const TestCall call{
      "Gemm",
      {Array::of<float>({1, 0}, {}), Array::of<float>({0, 2}, {}), Array::of<float>({2}, {1, 2})},
      {{"beta", 3.0F}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(3, 6));
}

TEST(Gemm, ScalesTheProduct) {
  EXPECT_THAT(values_of<float>({"Gemm", {kSquare, kSquare}, {{"alpha", 0.5F}}}),
              ElementsAre(3.5F, 5, 7.5F, 11));
}

TEST(Gemm, RefusesWhatCannotBeMultiplied) {
  const Array wide = Array::of<float>({1, 2}, {1, 10});
  EXPECT_THAT(error_of({"Gemm", {wide, wide}}), HasSubstr("cannot be multiplied"));
  EXPECT_THAT(error_of({"Gemm", {Array::of<float>({2}, {1, 2}), kSquare}}), HasSubstr("must be matrices"));
  EXPECT_THAT(error_of({"Gemm", {Array::of<int32_t>({1, 1}, {1}), Array::of<int32_t>({1, 1}, {1})}}),
              HasSubstr("a Gemm of int32 is not supported"));
}

}  // namespace
}  // namespace tamis::network
