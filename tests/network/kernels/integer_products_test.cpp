// Kernels of products of bytes, against the reference: integers are exact.
#include "network/kernels/integers.h"
#include "network/kernels/running.h"
#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;

TEST(MatMulIntegerKernel, IsExactForAllTypes) {
  const Shape a{13, 37};
  const Shape b{37, 70};
  for (const Array& left : {integers<uint8_t>(a), integers<int8_t>(a)})
    for (const Array& right : {integers<uint8_t>(b, 2), integers<int8_t>(b, 2)}) {
      EXPECT_EQ(fault_of({"MatMulInteger", {left, right}}), "");
      EXPECT_EQ(fault_of({"MatMulInteger", {left, right}}, {.known = {1}}), "") << "packed once";
    }
}

TEST(MatMulIntegerKernel, HasZeroPointsOfBothFactors) {
  const Array a = integers<uint8_t>({9, 20});
  const Array b = integers<int8_t>({20, 33}, 2);
  const TestCall call{"MatMulInteger", {a, b, Array::scalar<uint8_t>(131), Array::scalar<int8_t>(-5)}};
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.known = {1, 3}}), "");
  EXPECT_EQ(fault_of(call, {.known = {1, 2, 3}}), "");
  const TestCall each{"MatMulInteger", {a, b, integers<uint8_t>({9}, 3), integers<int8_t>({33}, 4)}};
  EXPECT_EQ(fault_of(each), "") << "of each row and column";
  EXPECT_EQ(fault_of(each, {.known = {1, 3}}), "");
}

TEST(MatMulIntegerKernel, OfUnsignedWeightsAtTheirMiddleNeedsNoSumsOfRows) {
  const TestCall call{"MatMulInteger",
                      {integers<int8_t>({5, 8}), integers<uint8_t>({8, 16}, 2), Array::scalar<int8_t>(3),
                       Array::scalar<uint8_t>(128)}};
  EXPECT_EQ(fault_of(call, {.known = {1, 2, 3}}), "");
}

TEST(MatMulIntegerKernel, BroadcastsBatches) {
  const auto fault = [](const Shape& a, const Shape& b, std::set<size_t> known = {}) {
    return fault_of(
        {"MatMulInteger",
         {integers<uint8_t>(a), integers<int8_t>(b, 2), Array::scalar<uint8_t>(7), Array::scalar<int8_t>(2)}},
        {.known = std::move(known)});
  };
  EXPECT_EQ(fault({2, 3, 5, 8}, {8, 20}), "");
  EXPECT_EQ(fault({2, 3, 5, 8}, {8, 20}, {1, 3}), "");
  EXPECT_EQ(fault({2, 3, 5, 8}, {2, 3, 8, 20}), "");
  EXPECT_EQ(fault({2, 1, 5, 8}, {3, 8, 20}), "");
  EXPECT_EQ(fault({3, 5, 9}, {3, 9, 20}, {1, 3}), "");
  EXPECT_EQ(fault({9}, {9, 20}), "");
  EXPECT_EQ(fault({4, 9}, {9}), "");
  EXPECT_EQ(fault({9}, {9}), "");
  EXPECT_EQ(fault({9}, {3, 9, 20}), "");
  EXPECT_EQ(fault({3, 4, 9}, {9}), "");
}

TEST(MatMulIntegerKernel, HasZeroPointsOfAllRowsOfABatch) {
  EXPECT_EQ(fault_of({"MatMulInteger",
                      {integers<uint8_t>({2, 5, 8}), integers<int8_t>({8, 20}, 2),
                       integers<uint8_t>({2, 5, 1}, 3)}}),
            "");
}

TEST(MatMulIntegerKernel, TakesMatricesThatLieDifferently) {
  const TestCall call{
      "MatMulInteger",
      {integers<uint8_t>({24, 32}), integers<int8_t>({32, 20}, 2), Array::scalar<uint8_t>(7)}};
  const PhysicalOrder turned{1, 0};
  EXPECT_EQ(fault_of(call, {.orders = {{"x0", turned}, {"x1", turned}, {"y0", turned}}}), "");
  EXPECT_EQ(fault_of(call, {.orders = {{"x1", turned}}, .known = {1}}), "");
}

TEST(MatMulIntegerKernel, IsTheSameInNarrowVectorsAndOnSeveralThreads) {
  const TestCall call{
      "MatMulInteger",
      {integers<uint8_t>({130, 64}), integers<int8_t>({64, 200}, 2), Array::scalar<uint8_t>(7)}};
  for (const int64_t bytes : {16, 32, 64})
    for (const int64_t threads : {1, 3})
      EXPECT_EQ(fault_of(call, {.known = {1}, .vector_bytes = bytes, .threads = threads}), "")
          << bytes << " " << threads;
}

TEST(MatMulIntegerKernel, RefusesEmptySums) {
  EXPECT_THAT(refusal_of({"MatMulInteger", {integers<uint8_t>({3, 0}), integers<int8_t>({0, 3})}}),
              HasSubstr("no code generator for MatMulInteger of empty sums"));
}

RC_GTEST_PROP(MatMulIntegerKernel, IsExactForAnySizes, ()) {
  const auto size = [](int64_t most) { return *rc::gen::inRange<int64_t>(1, most); };
  const int64_t m = size(40);
  const int64_t k = size(70);
  const int64_t n = size(150);
  const TestCall call{"MatMulInteger",
                      {integers<int8_t>({m, k}), integers<uint8_t>({k, n}, 2), Array::scalar<int8_t>(-9),
                       Array::scalar<uint8_t>(*rc::gen::element<uint8_t>(0, 128, 200))}};
  Running running;
  if (*rc::gen::arbitrary<bool>()) running.known = {1, 2, 3};
  running.threads = *rc::gen::inRange<int64_t>(1, 3);
  RC_ASSERT(fault_of(call, running) == "");
}

/// The scales, zero points and matrices of a QLinearMatMul, with a scale for each column.
TestCall quantised_product(const Array& b_scale, const Array& b_zero_point) {
  return {
      "QLinearMatMul",
      {integers<uint8_t>({14, 36}), scale_of(0.013F), Array::scalar<uint8_t>(120),
       integers<int8_t>({36, 40}, 2), b_scale, b_zero_point, scale_of(0.5F), Array::scalar<uint8_t>(101)}};
}

TEST(QLinearMatMulKernel, IsAsInTheReference) {
  const std::set<size_t> all{1, 2, 3, 4, 5, 6, 7};
  const TestCall one = quantised_product(scale_of(0.07F), Array::scalar<int8_t>(0));
  const TestCall each = quantised_product(numbers_above(0.01F, {40}), integers<int8_t>({40}, 5));
  for (const TestCall& call : {one, each}) {
    EXPECT_EQ(fault_of(call), "");
    EXPECT_EQ(fault_of(call, {.known = all}), "");
    EXPECT_EQ(fault_of(call, {.known = {3, 4, 5}}), "");
  }
}

TEST(QLinearMatMulKernel, HasScalesOfRows) {
  TestCall call = quantised_product(scale_of(0.07F), Array::scalar<int8_t>(3));
  call.inputs[1] = numbers_above(0.01F, {14});
  call.inputs[2] = integers<uint8_t>({14}, 6);
  EXPECT_EQ(fault_of(call), "");
}

TEST(QLinearMatMulKernel, RefusesScalesOfEachMatrix) {
  const TestCall call{"QLinearMatMul",
                      {integers<uint8_t>({3, 4}), scale_of(0.01F), Array::scalar<uint8_t>(1),
                       integers<int8_t>({2, 4, 5}), numbers_above(0.01F, {2, 1, 5}),
                       integers<int8_t>({2, 1, 5}), scale_of(0.5F), Array::scalar<uint8_t>(1)}};
  EXPECT_THAT(refusal_of(call), HasSubstr("QLinearMatMul with input \"x5\" of shape 2x1x5"));
}

TestCall quantised_gemm(std::optional<Array> c, bool quantises) {
  TestCall call{.type = "QGemm",
                .inputs = {integers<int8_t>({20, 11}), scale_of(0.013F), Array::scalar<int8_t>(12),
                           integers<int8_t>({33, 20}, 2), numbers_above(0.01F, {33}),
                           integers<int8_t>({33}, 5), std::move(c)},
                .attributes = {{"transA", int64_t{1}}, {"transB", int64_t{1}}, {"alpha", 0.7F}},
                .opset = 1,
                .domain = "com.microsoft"};
  if (quantises) {
    call.inputs.emplace_back(scale_of(0.9F));
    call.inputs.emplace_back(Array::scalar<int8_t>(4));
  }
  return call;
}

TEST(QGemmKernel, IsAsInTheReference) {
  const Array row = integers<int32_t>({33}, 7);
  const Array column = integers<int32_t>({11, 1}, 7);
  const Array whole = integers<int32_t>({11, 33}, 7);
  for (const std::optional<Array>& c : {std::optional<Array>(), std::optional(row), std::optional(column),
                                        std::optional(whole), std::optional(Array::scalar<int32_t>(5000))})
    for (const bool quantises : {false, true})
      for (const std::set<size_t>& known : {std::set<size_t>{}, std::set<size_t>{1, 2, 3, 4, 5, 6, 7, 8}})
        EXPECT_EQ(fault_of(quantised_gemm(c, quantises), {.known = known}), "")
            << (c ? to_string(c->shape()) : "no C") << quantises << known.size();
}

TEST(MatMulIntegerToFloatKernel, ScalesSumsAndAddsABias) {
  const TestCall call{
      .type = "MatMulIntegerToFloat",
      .inputs = {integers<uint8_t>({2, 7, 24}), integers<int8_t>({24, 50}, 2), scale_of(0.02F),
                 numbers_above(0.01F, {50}), Array::scalar<uint8_t>(90), std::nullopt, numbers({50})},
      .opset = 1,
      .domain = "com.microsoft"};
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.known = {1, 3, 6}}), "");
  EXPECT_EQ(fault_of(call, {.known = {1, 2, 3, 4, 6}}), "");
}

}  // namespace
}  // namespace tamis::network
