// Kernels that sum products: matrices and convolutions.
#include "network/kernels/running.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;
using Sizes = std::vector<int64_t>;
using Attributes = std::map<std::string, Attribute, std::less<>>;

constexpr double kOfSums = 1e-4;  ///< what sums of hundreds of products may differ by

std::string fault_of_product(const TestCall& call, Running running = {}) {
  running.tolerance = kOfSums;
  return fault_of(call, running);
}

TEST(MatMulKernel, MultipliesMatricesOfAllSizes) {
  for (const int64_t rows : {1, 2, 3, 7, 33})
    for (const int64_t columns : {1, 3, 16, 37, 131})
      for (const int64_t inner : {1, 5, 64})
        EXPECT_EQ(fault_of_product({"MatMul", {numbers({rows, inner}), numbers({inner, columns}, 2)}}), "")
            << rows << " " << columns << " " << inner;
}

TEST(MatMulKernel, BroadcastsBatches) {
  EXPECT_EQ(fault_of_product({"MatMul", {numbers({3, 1, 9, 21}), numbers({1, 4, 21, 35}, 2)}}), "");
  EXPECT_EQ(fault_of_product({"MatMul", {numbers({9, 21}), numbers({4, 21, 35}, 2)}}), "");
  EXPECT_EQ(fault_of_product({"MatMul", {numbers({2, 3, 9, 21}), numbers({3, 21, 35}, 2)}}), "");
}

TEST(MatMulKernel, TakesVectors) {
  EXPECT_EQ(fault_of_product({"MatMul", {numbers({21}), numbers({21}, 2)}}), "");
  EXPECT_EQ(fault_of_product({"MatMul", {numbers({21}), numbers({21, 35}, 2)}}), "");
  EXPECT_EQ(fault_of_product({"MatMul", {numbers({9, 21}), numbers({21}, 2)}}), "");
  EXPECT_EQ(fault_of_product({"MatMul", {numbers({4, 9, 21}), numbers({21}, 2)}}), "");
}

TEST(MatMulKernel, TakesAnyOrder) {
  const TestCall call{"MatMul", {numbers({2, 19, 33}), numbers({2, 33, 35}, 2)}};
  for (const PhysicalOrder& order : {PhysicalOrder{0, 2, 1}, PhysicalOrder{1, 2, 0}, PhysicalOrder{2, 1, 0}})
    for (const char* value : {"x0", "x1", "y0"})
      EXPECT_EQ(fault_of_product(call, {.orders = {{value, order}}}), "") << value << order[0];
}

TEST(MatMulKernel, IsOfIntegersToo) {
  const TestCall call{
      "MatMul",
      {Array::of<int32_t>({2, 3}, {1, -2, 3, 4, 5, 6}), Array::of<int32_t>({3, 2}, {1, 2, 3, -4, 5, 6})}};
  EXPECT_EQ(fault_of(call), "");
  EXPECT_THAT(refusal_of({"MatMul", {Array::of<double>({1}, {1}), Array::of<double>({1}, {1})}}),
              HasSubstr("elements of float64"));
}

TEST(MatMulKernel, IsTheSameInNarrowVectorsAndOnSeveralThreads) {
  const TestCall call{"MatMul", {numbers({3, 65, 70}), numbers({70, 131}, 2)}};
  for (const int64_t bytes : {16, 32})
    for (const int64_t threads : {1, 3})
      EXPECT_EQ(fault_of_product(call, {.vector_bytes = bytes, .threads = threads}), "") << bytes << threads;
}

TEST(GemmKernel, TransposesScalesAndAdds) {
  for (const int64_t a_transposed : {0, 1})
    for (const int64_t b_transposed : {0, 1})
      for (const Shape& c : {Shape{9, 35}, Shape{35}, Shape{9, 1}, Shape{1}, Shape{}}) {
        const Attributes attributes{
            {"transA", a_transposed}, {"transB", b_transposed}, {"alpha", 0.5F}, {"beta", 2.0F}};
        const Array a = numbers(a_transposed != 0 ? Shape{21, 9} : Shape{9, 21});
        const Array b = numbers(b_transposed != 0 ? Shape{35, 21} : Shape{21, 35}, 2);
        EXPECT_EQ(fault_of_product({"Gemm", {a, b, numbers(c, 3)}, attributes}), "")
            << a_transposed << b_transposed << to_string(c);
      }
}

TEST(GemmKernel, TakesNoNoticeOfCWhereBetaIsZero) {
  EXPECT_EQ(
      fault_of_product({"Gemm", {numbers({1, 21}), numbers({21, 35}, 2), numbers({35})}, {{"beta", 0.0F}}}),
      "");
  EXPECT_EQ(fault_of_product({"Gemm", {numbers({1, 300}), numbers({70, 300}, 2)}, {{"transB", int64_t{1}}}}),
            "");
}

/// A convolution in ONNX's order and with the channels of x0, y0 or both innermost.
std::string fault_of_convolution(const TestCall& call) {
  PhysicalOrder last{0};
  for (size_t axis = 2; axis < call.inputs[0]->shape().size(); ++axis) last.push_back(axis);
  last.push_back(1);
  const std::vector<std::map<std::string, PhysicalOrder, std::less<>>> all{
      {}, {{"x0", last}, {"y0", last}}, {{"x0", last}}, {{"y0", last}}};
  for (size_t i = 0; i < all.size(); ++i)
    if (const std::string fault = fault_of_product(call, {.orders = all[i]}); !fault.empty())
      return "orders " + std::to_string(i) + ": " + fault;
  return {};
}

TEST(ConvKernel, IsOfOneToThreeDimensions) {
  EXPECT_EQ(fault_of_convolution({"Conv", {numbers({2, 5, 41}), numbers({19, 5, 3}, 2), numbers({19}, 3)}}),
            "");
  EXPECT_EQ(fault_of_convolution({"Conv", {numbers({2, 5, 9, 23}), numbers({19, 5, 3, 2}, 2)}}), "");
  EXPECT_EQ(fault_of_convolution({"Conv",
                                  {numbers({1, 4, 5, 6, 19}), numbers({7, 4, 3, 2, 3}, 2), numbers({7}, 3)},
                                  {{"pads", Sizes{1, 0, 1, 1, 1, 1}}}}),
            "");
}

TEST(ConvKernel, HasStridesPaddingsAndDilations) {
  for (const int64_t stride : {1, 2, 3})
    for (const int64_t dilation : {1, 2}) {
      const Attributes attributes{
          {"strides", Sizes{stride, stride}}, {"pads", Sizes{1, 2, 0, 3}}, {"dilations", Sizes{dilation, 1}}};
      EXPECT_EQ(
          fault_of_convolution(
              {"Conv", {numbers({1, 5, 14, 37}), numbers({18, 5, 3, 3}, 2), numbers({18}, 3)}, attributes}),
          "")
          << stride << dilation;
    }
}

TEST(ConvKernel, IsOfAnyGroups) {
  for (const int64_t groups : {2, 3, 6}) {
    const Attributes attributes{{"group", groups}, {"auto_pad", std::string("SAME_UPPER")}};
    EXPECT_EQ(
        fault_of_convolution({"Conv",
                              {numbers({1, 6, 11, 20}), numbers({12, 6 / groups, 3, 4}, 2), numbers({12}, 3)},
                              attributes}),
        "")
        << groups;
  }
  const Attributes strided{{"group", int64_t{24}}, {"strides", Sizes{2, 2}}, {"pads", Sizes{1, 1, 1, 1}}};
  EXPECT_EQ(fault_of_convolution({"Conv", {numbers({1, 24, 15, 20}), numbers({24, 1, 3, 3}, 2)}, strided}),
            "");
}

TEST(ConvTransposeKernel, IsOfOneToThreeDimensions) {
  EXPECT_EQ(fault_of_convolution({"ConvTranspose",
                                  {numbers({2, 5, 21}), numbers({5, 19, 4}, 2), numbers({19}, 3)},
                                  {{"strides", Sizes{2}}, {"pads", Sizes{1, 1}}}}),
            "");
  EXPECT_EQ(fault_of_convolution({"ConvTranspose",
                                  {numbers({1, 3, 4, 5, 6}), numbers({3, 4, 2, 3, 2}, 2)},
                                  {{"strides", Sizes{2, 1, 2}}}}),
            "");
}

TEST(ConvTransposeKernel, HasStridesPaddingsDilationsAndGroups) {
  for (const int64_t stride : {1, 2, 3, 4})
    for (const int64_t dilation : {1, 2, 3}) {
      const Attributes attributes{{"strides", Sizes{stride, 2}},
                                  {"dilations", Sizes{dilation, 1}},
                                  {"pads", Sizes{1, 0, 2, 1}},
                                  {"group", int64_t{2}}};
      EXPECT_EQ(fault_of_convolution({"ConvTranspose",
                                      {numbers({1, 6, 7, 9}), numbers({6, 4, 3, 3}, 2), numbers({8}, 3)},
                                      attributes}),
                "")
          << stride << dilation;
    }
}

TEST(ConvTransposeKernel, PadsItsOutput) {
  const Attributes attributes{{"strides", Sizes{3, 3}}, {"output_padding", Sizes{2, 1}}};
  EXPECT_EQ(
      fault_of_convolution(
          {"ConvTranspose", {numbers({1, 3, 5, 6}), numbers({3, 4, 2, 2}, 2), numbers({4}, 3)}, attributes}),
      "");
}

TEST(ConvTransposeKernel, RefusesStridesOfTooManyPhases) {
  EXPECT_THAT(refusal_of({"ConvTranspose",
                          {numbers({1, 1, 20, 20}), numbers({1, 1, 20, 20}, 2)},
                          {{"strides", Sizes{20, 20}}}}),
              HasSubstr("a ConvTranspose of so large strides"));
}

RC_GTEST_PROP(ConvKernel, IsRightForAnyShape, ()) {
  const int64_t groups = *rc::gen::inRange<int64_t>(1, 4);
  const int64_t inputs = *rc::gen::inRange<int64_t>(1, 4);
  const int64_t outputs = *rc::gen::inRange<int64_t>(1, 20);
  const auto sizes = *rc::gen::container<Sizes>(2, rc::gen::inRange<int64_t>(5, 24));
  const auto kernel = *rc::gen::container<Sizes>(2, rc::gen::inRange<int64_t>(1, 4));
  const auto strides = *rc::gen::container<Sizes>(2, rc::gen::inRange<int64_t>(1, 4));
  const auto dilations = *rc::gen::container<Sizes>(2, rc::gen::inRange<int64_t>(1, 3));
  const auto pads = *rc::gen::container<Sizes>(4, rc::gen::inRange<int64_t>(0, 3));
  const auto type = *rc::gen::elementOf(std::vector<std::string>{"Conv", "ConvTranspose"});
  const Shape weights = type == "Conv" ? Shape{groups * outputs, inputs, kernel[0], kernel[1]}
                                       : Shape{groups * inputs, outputs, kernel[0], kernel[1]};
  const TestCall call{type,
                      {numbers({1, groups * inputs, sizes[0], sizes[1]}), numbers(weights, 2)},
                      {{"group", groups}, {"strides", strides}, {"dilations", dilations}, {"pads", pads}}};
  RC_PRE(facts_of(call, false).ok());
  RC_ASSERT(fault_of_product(call, {.orders = {{"x0", kChannelsLast}}}) == "");
}

TEST(EinsumKernel, SumsAnyProducts) {
  const auto equation = [](const char* text) {
    return std::map<std::string, Attribute, std::less<>>{{"equation", std::string(text)}};
  };
  const Array x = numbers({3, 4, 19});
  EXPECT_EQ(fault_of({"Einsum", {x}, equation("abc->cab")}), "");
  EXPECT_EQ(fault_of({"Einsum", {x}, equation("abc->b")}), "");
  EXPECT_EQ(fault_of({"Einsum", {numbers({5, 5})}, equation("aa->a")}), "");
  EXPECT_EQ(fault_of({"Einsum", {x, numbers({3, 19, 5}, 2)}, equation("bij,bjk->bik")}), "");
  EXPECT_EQ(fault_of({"Einsum", {x, numbers({4}, 2), numbers({19}, 3)}, equation("abc,b,c->a")}), "");
  EXPECT_EQ(fault_of({"Einsum", {x, numbers({1, 19}, 2)}, equation("...c,dc->...d")}), "");
  const Array wholes = Array::of<int64_t>({2}, {1, 2});
  EXPECT_THAT(refusal_of({"Einsum", {wholes}, equation("a->")}), HasSubstr("Einsum of int64"));
}

}  // namespace
}  // namespace tamis::network
