// Kernels in which indices, order or places decide.
#include "network/kernels/running.h"
#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;
using Attributes = std::map<std::string, Attribute, std::less<>>;

/// Indices from -size to below size.
Array indices_below(int64_t size, const Shape& shape) {
  NewArray<int64_t> array(shape);
  uint64_t state = 12345;
  for (int64_t& index : array.values()) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    index = static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(2 * size)) - size;
  }
  return std::move(array).finish();
}

PhysicalOrder turned_around(const Shape& shape) {
  PhysicalOrder turned;
  for (size_t axis = shape.size(); axis-- > 0;) turned.push_back(axis);
  return turned;
}

/// In ONNX's order, with the input turned around and with the output turned around.
std::string fault_in_orders(const TestCall& call, const std::set<size_t>& known = {}) {
  const auto outputs = run(call);
  if (!outputs.ok()) return outputs.error().message;
  const std::vector<std::map<std::string, PhysicalOrder, std::less<>>> all{
      {},
      {{"x0", turned_around(call.inputs[0]->shape())}},
      {{"y0", turned_around(outputs->front().shape())}}};
  for (size_t i = 0; i < all.size(); ++i)
    if (const std::string fault = fault_of(call, {.orders = all[i], .known = known}); !fault.empty())
      return "orders " + std::to_string(i) + ": " + fault;
  return {};
}

TEST(GatherElementsKernel, IsAlongAnyAxis) {
  for (const int64_t axis : {0, 1, 2}) {
    Shape shape{4, 5, 19};
    shape[static_cast<size_t>(axis)] = 7;
    const Array x = numbers({4, 5, 19});
    const Array indices = indices_below(x.shape()[static_cast<size_t>(axis)], shape);
    EXPECT_EQ(fault_in_orders({"GatherElements", {x, indices}, {{"axis", axis}}}), "") << axis;
  }
}

TEST(GatherNdKernel, TakesTuplesBehindBatches) {
  const Array x = numbers({3, 4, 4, 19});
  for (const int64_t length : {1, 2, 3})
    EXPECT_EQ(fault_in_orders({"GatherND", {x, indices_below(3, {5, 2, length})}}), "") << length;
  EXPECT_EQ(fault_in_orders({"GatherND", {x, indices_below(4, {3, 6, 2})}, {{"batch_dims", int64_t{1}}}}),
            "");
  EXPECT_EQ(fault_in_orders({"GatherND", {x, indices_below(3, {3, 4, 1})}, {{"batch_dims", int64_t{2}}}}),
            "");
}

TEST(ScatterElementsKernel, UpdatesAlongAnyAxis) {
  const Array x = numbers({4, 9, 19});
  for (const char* reduction : {"none", "add", "mul", "max", "min"})
    for (const int64_t axis : {0, 1, 2}) {
      Shape shape{3, 5, 18};
      shape[static_cast<size_t>(axis)] = 9;
      const Array indices = indices_below(x.shape()[static_cast<size_t>(axis)], shape);
      const Attributes attributes{{"axis", axis}, {"reduction", std::string(reduction)}};
      const TestCall call{"ScatterElements", {x, indices, numbers(shape, 2)}, attributes, 18};
      EXPECT_EQ(fault_in_orders(call), "") << reduction << axis;
    }
  const TestCall row{"ScatterElements", {numbers({9}), indices_below(9, {40}), numbers({40}, 2)}, {}, 18};
  EXPECT_EQ(fault_of(row), "");
}

TEST(ScatterElementsKernel, KeepsTheLastOfSeveralUpdates) {
  const Array x = numbers({19, 33});
  const Array indices = Array::of<int64_t>({4, 1}, {2, 2, 2, -17});
  EXPECT_EQ(fault_in_orders({"ScatterElements", {x, indices, numbers({4, 1}, 2)}}), "");
  EXPECT_EQ(fault_of({"Scatter", {numbers({5}), axes({1, 1, 3}), float_list({1, 2, 3})}, {}, 10}), "");
}

TEST(ScatterElementsKernel, RefusesToAddBytes) {
  const Array x = Array::of<uint8_t>({2}, {1, 2});
  EXPECT_THAT(refusal_of({"ScatterElements",
                          {x, axes({1}), Array::of<uint8_t>({1}, {3})},
                          {{"reduction", std::string("add")}},
                          18}),
              HasSubstr("ScatterElements that puts uint8 together"));
}

TEST(ScatterNdKernel, UpdatesElementsAndSlices) {
  const Array x = numbers({6, 5, 19});
  for (const char* reduction : {"none", "add", "max"}) {
    const Attributes attributes{{"reduction", std::string(reduction)}};
    EXPECT_EQ(fault_in_orders({"ScatterND", {x, indices_below(5, {7, 3}), numbers({7}, 2)}, attributes, 18}),
              "")
        << reduction;
    EXPECT_EQ(fault_in_orders(
                  {"ScatterND", {x, indices_below(6, {2, 4, 1}), numbers({2, 4, 5, 19}, 2)}, attributes, 18}),
              "")
        << reduction;
  }
}

TEST(ArgKernel, FindsTheBestAlongAnyAxis) {
  for (const char* type : {"ArgMax", "ArgMin"})
    for (const int64_t axis : {0, 1, 2})
      for (const int64_t last : {0, 1}) {
        const Attributes attributes{{"axis", axis}, {"select_last_index", last}, {"keepdims", int64_t{last}}};
        NewArray<float> x({3, 21, 37});
        const Array any = numbers({3, 21, 37});
        for (size_t i = 0; i < x.values().size(); ++i)
          x.values()[i] = static_cast<float>(static_cast<int>(any.values<float>()[i] * 3));
        EXPECT_EQ(fault_of({type, {std::move(x).finish()}, attributes}), "") << type << axis << last;
      }
  EXPECT_EQ(fault_of({"ArgMax", {Array::of<int64_t>({5}, {1, 7, -3, 7, 2})}}), "");
  EXPECT_EQ(fault_of({"ArgMin", {Array::of<int32_t>({5}, {1, -7, -3, -7, 2})}}), "");
}

TEST(ArgKernel, TakesWhatIsNoNumberFirst) {
  const Array x = Array::of<float>({3, 3}, {1, kNotANumber, 3, kNotANumber, 5, 6, 9, 8, kNotANumber});
  for (const char* type : {"ArgMax", "ArgMin"})
    for (const int64_t last : {0, 1})
      EXPECT_EQ(fault_of({type, {x}, {{"axis", int64_t{1}}, {"select_last_index", last}}}), "")
          << type << last;
}

TEST(TopKKernel, SortsTheFirstOnes) {
  for (const int64_t largest : {0, 1})
    for (const int64_t axis : {0, 1, 2})
      for (const int64_t k : {1, 3}) {
        NewArray<float> x({4, 21, 5});
        const Array any = numbers({4, 21, 5});
        for (size_t i = 0; i < x.values().size(); ++i)
          x.values()[i] = static_cast<float>(static_cast<int>(any.values<float>()[i] * 4));
        TestCall call{"TopK",
                      {std::move(x).finish(), Array::of<int64_t>({1}, {k})},
                      {{"axis", axis}, {"largest", largest}}};
        call.outputs = 2;
        EXPECT_EQ(fault_in_orders(call, {1}), "") << largest << axis << k;
      }
  TestCall odd{"TopK",
               {float_list({1, kNotANumber, -kInfinite, 4, kNotANumber}), Array::of<int64_t>({1}, {5})}};
  odd.outputs = 2;
  EXPECT_EQ(fault_of(odd, {.known = {1}}), "");
}

TEST(CumSumKernel, GoesBothWays) {
  for (const int64_t reverse : {0, 1})
    for (const int64_t exclusive : {0, 1})
      for (const int64_t axis : {0, 1, 2}) {
        const TestCall call{"CumSum",
                            {numbers({3, 7, 19}), Array::scalar<int64_t>(axis)},
                            {{"reverse", reverse}, {"exclusive", exclusive}}};
        EXPECT_EQ(fault_in_orders(call, {1}), "") << reverse << exclusive << axis;
      }
  EXPECT_EQ(fault_of({"CumSum", {axes({1, 2, 3}), Array::scalar<int64_t>(0)}}, {.known = {1}}), "");
  EXPECT_THAT(refusal_of({"CumSum", {axes({1, 2, 3}), Array::scalar<int64_t>(0)}}),
              HasSubstr("CumSum along an axis that is not known"));
}

TEST(OneHotKernel, MarksIndices) {
  for (const int64_t axis : {0, 1, -1})
    EXPECT_EQ(fault_of({"OneHot",
                        {indices_below(9, {3, 5}), Array::scalar<int64_t>(9), float_list({-1, 2})},
                        {{"axis", axis}}},
                       {.known = {1}}),
              "")
        << axis;
  EXPECT_EQ(
      fault_of({"OneHot", {float_list({1, 3, 7}), Array::scalar<float>(5), axes({0, 1})}}, {.known = {1}}),
      "");
}

TEST(TriluKernel, KeepsATriangle) {
  for (const int64_t upper : {0, 1})
    for (const int64_t shift : {-2, 0, 3})
      EXPECT_EQ(fault_in_orders(
                    {"Trilu", {numbers({2, 7, 19}), Array::scalar<int64_t>(shift)}, {{"upper", upper}}}, {1}),
                "")
          << upper << shift;
}

TEST(DropoutKernel, IsNothingOutsideOfTraining) {
  TestCall call{"Dropout", {numbers({3, 21})}, {}, 9};
  call.outputs = 2;
  EXPECT_EQ(fault_of(call), "");
  EXPECT_THAT(refusal_of({"Dropout", {numbers({3}), Array::scalar(0.5F), Array::scalar(false)}, {}, 13}),
              HasSubstr("Dropout that trains"));
}

}  // namespace
}  // namespace tamis::network
