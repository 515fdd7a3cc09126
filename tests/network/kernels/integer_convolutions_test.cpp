// Kernels of convolutions of bytes, against the reference: integers are exact.
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
using Attributes = std::map<std::string, Attribute, std::less<>>;
using Integers = std::vector<int64_t>;

/// A ConvInteger whose zero points are neither 0 nor the middle.
TestCall integer_convolution(const Shape& x, const Shape& w, Attributes attributes = {}) {
  return {
      "ConvInteger",
      {integers<uint8_t>(x), integers<int8_t>(w, 2), Array::scalar<uint8_t>(131), Array::scalar<int8_t>(-5)},
      std::move(attributes)};
}

const Running kChannelsLastOnce{.orders = {{"x0", kChannelsLast}, {"y0", kChannelsLast}}, .known = {1, 2, 3}};

TEST(ConvIntegerKernel, TakesPaddingStridesAndDilations) {
  const Shape x{2, 5, 9, 11};
  for (const Attributes& attributes :
       {Attributes{}, Attributes{{"pads", Integers{1, 2, 0, 1}}}, Attributes{{"strides", Integers{2, 3}}},
        Attributes{{"dilations", Integers{2, 1}}, {"pads", Integers{2, 2, 2, 2}}}}) {
    const TestCall call = integer_convolution(x, {19, 5, 3, 3}, attributes);
    EXPECT_EQ(fault_of(call), "");
    EXPECT_EQ(fault_of(call, kChannelsLastOnce), "");
  }
}

TEST(ConvIntegerKernel, ReadsAnImageWhereItIs) {
  EXPECT_EQ(fault_of(integer_convolution({1, 8, 7, 5}, {32, 8, 1, 1}), kChannelsLastOnce), "");
  EXPECT_EQ(fault_of(integer_convolution({1, 8, 7, 5}, {32, 8, 3, 2}), kChannelsLastOnce), "");
}

TEST(ConvIntegerKernel, IsOfGroupsAndOfAnyRank) {
  EXPECT_EQ(fault_of(integer_convolution({1, 12, 7, 5}, {6, 4, 3, 3}, {{"group", int64_t{3}}})), "");
  EXPECT_EQ(fault_of(integer_convolution({1, 6, 7, 5}, {12, 1, 3, 3}, {{"group", int64_t{6}}})), "");
  EXPECT_EQ(fault_of(integer_convolution({2, 3, 20}, {5, 3, 4}, {{"pads", Integers{3, 1}}})), "");
  EXPECT_EQ(fault_of(integer_convolution({1, 2, 5, 6, 7}, {3, 2, 2, 3, 1})), "");
}

TEST(ConvIntegerKernel, OfEachChannelGoesAlongChannels) {
  const Attributes attributes{
      {"group", int64_t{37}}, {"pads", Integers{1, 1, 1, 1}}, {"strides", Integers{1, 2}}};
  const TestCall call = integer_convolution({2, 37, 6, 9}, {37, 1, 3, 3}, attributes);
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, kChannelsLastOnce), "");
  TestCall centred = call;
  centred.inputs[3].reset();
  EXPECT_EQ(fault_of(centred, kChannelsLastOnce), "");
}

TEST(ConvIntegerKernel, HasAZeroPointForEachOutputChannel) {
  TestCall call = integer_convolution({1, 4, 6, 6}, {20, 2, 3, 3}, {{"group", int64_t{2}}});
  call.inputs[3] = integers<int8_t>({20}, 9);
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.known = {1, 2, 3}}), "");
}

/// A QLinearConv with a scale for each output channel.
template <class X, class W>
TestCall quantised_convolution(const Shape& x, const Shape& w, Attributes attributes = {}) {
  return {"QLinearConv",
          {integers<X>(x), scale_of(0.013F), Array::scalar<X>(12), integers<W>(w, 2),
           numbers_above(0.01F, {w[0]}), integers<W>({w[0]}, 5), scale_of(0.9F), Array::scalar<X>(7),
           integers<int32_t>({w[0]}, 6)},
          std::move(attributes)};
}

TEST(QLinearConvKernel, IsAsInTheReferenceForAllTypes) {
  const Running once{.known = {1, 2, 3, 4, 5, 6, 7, 8}};
  const Shape x{1, 6, 8, 7};
  const Shape w{20, 6, 3, 3};
  const Attributes padded{{"pads", Integers{1, 1, 1, 1}}};
  for (const TestCall& call : {quantised_convolution<uint8_t, int8_t>(x, w, padded),
                               quantised_convolution<uint8_t, uint8_t>(x, w, padded),
                               quantised_convolution<int8_t, int8_t>(x, w, padded)}) {
    EXPECT_EQ(fault_of(call), "");
    EXPECT_EQ(fault_of(call, once), "");
  }
}

TEST(QLinearConvKernel, OfEachChannelIsAsInTheReference) {
  const Attributes attributes{{"group", int64_t{24}}, {"pads", Integers{1, 1, 1, 1}}};
  const TestCall call = quantised_convolution<uint8_t, int8_t>({1, 24, 5, 9}, {24, 1, 3, 3}, attributes);
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.known = {1, 2, 3, 4, 5, 6, 7, 8}}), "");
}

TEST(QLinearConvKernel, IsTheSameInNarrowVectorsAndOnSeveralThreads) {
  const TestCall call = quantised_convolution<uint8_t, int8_t>({1, 16, 20, 20}, {70, 16, 3, 3});
  for (const int64_t bytes : {16, 32, 64})
    for (const int64_t threads : {1, 3})
      EXPECT_EQ(fault_of(call, {.known = {3, 5}, .vector_bytes = bytes, .threads = threads}), "");
}

TEST(QLinearConvKernel, RefusesEmptySums) {
  EXPECT_THAT(refusal_of(integer_convolution({1, 0, 4, 4}, {3, 0, 1, 1})), HasSubstr("of empty sums"));
}

RC_GTEST_PROP(QLinearConvKernel, IsAsInTheReferenceForAnySizes, ()) {
  const auto size = [](int64_t least, int64_t most) { return *rc::gen::inRange<int64_t>(least, most); };
  const int64_t groups = size(1, 4);
  const int64_t kernel = size(1, 4);
  const Shape x{1, groups * size(1, 7), size(4, 9), size(4, 20)};
  const Shape w{groups * size(1, 30), x[1] / groups, kernel, size(1, 4)};
  const Attributes attributes{{"group", groups},
                              {"pads", Integers{size(0, 2), size(0, 3), size(0, 2), size(0, 3)}},
                              {"strides", Integers{size(1, 3), size(1, 3)}}};
  Running running;
  if (*rc::gen::arbitrary<bool>()) running.known = {1, 2, 3, 4, 5, 6, 7, 8};
  if (*rc::gen::arbitrary<bool>()) running.orders["x0"] = kChannelsLast;
  if (*rc::gen::arbitrary<bool>()) running.orders["y0"] = kChannelsLast;
  RC_ASSERT(fault_of(quantised_convolution<uint8_t, int8_t>(x, w, attributes), running) == "");
}

}  // namespace
}  // namespace tamis::network
