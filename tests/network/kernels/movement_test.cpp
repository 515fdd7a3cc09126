// Kernels that put elements at other places.
#include "network/kernels/running.h"
#include "network/operators/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;
using Integers = std::vector<int64_t>;

Array integers_of(const Integers& values) {
  return Array::of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

/// In ONNX's order and with the channels of x0 and y0 innermost.
std::string fault_of_images(const TestCall& call, std::set<size_t> known = {}) {
  const std::string fault = fault_of(call, {.known = known});
  if (!fault.empty()) return fault;
  const std::string last =
      fault_of(call, {.orders = {{"x0", kChannelsLast}, {"y0", kChannelsLast}}, .known = known});
  return last.empty() ? last : "channels last: " + last;
}

TEST(TransposeKernel, TakesAnyPermutation) {
  for (const Integers& order :
       {Integers{0, 2, 1, 3}, Integers{0, 2, 3, 1}, Integers{3, 2, 1, 0}, Integers{0, 1, 3, 2}})
    EXPECT_EQ(fault_of_images({"Transpose", {numbers({2, 19, 5, 35})}, {{"perm", order}}}), "")
        << to_string(order);
  EXPECT_EQ(fault_of({"Transpose", {numbers({4, 5})}}), "");
}

TEST(TransposeKernel, TakesAllTypes) {
  const std::map<std::string, Attribute, std::less<>> order{{"perm", Integers{1, 0}}};
  EXPECT_EQ(fault_of({"Transpose", {Array::of<int64_t>({2, 3}, {1, 2, 3, 4, 5, 6})}, order}), "");
  EXPECT_EQ(fault_of({"Transpose", {Array::of<bool>({2, 2}, {true, false, false, true})}, order}), "");
  EXPECT_EQ(fault_of({"Transpose", {Array::of<uint8_t>({2, 2}, {255, 1, 2, 3})}, order}), "");
}

TEST(TransposeKernel, RefusesFloat64) {
  EXPECT_THAT(refusal_of({"Transpose", {Array::of<double>({2}, {1, 2})}}), HasSubstr("elements of float64"));
}

TEST(ConcatKernel, JoinsAlongAnyAxis) {
  for (const int64_t axis : {0, 1, 3, -1}) {
    Shape other{2, 19, 5, 7};
    other[static_cast<size_t>(axis < 0 ? 3 : axis)] = 3;
    const Array x = numbers({2, 19, 5, 7});
    EXPECT_EQ(fault_of_images({"Concat", {x, numbers(other, 2), x}, {{"axis", axis}}}), "") << axis;
  }
}

TEST(SplitKernel, DividesAlongAnyAxis) {
  TestCall call{"Split", {numbers({2, 18, 5, 7})}, {{"axis", int64_t{1}}}};
  call.outputs = 3;
  EXPECT_EQ(fault_of_images(call), "");
  call.inputs.emplace_back(integers_of({5, 1, 12}));
  EXPECT_EQ(fault_of_images(call, {1}), "");
  TestCall nearly{"Split", {numbers({7})}, {{"num_outputs", int64_t{3}}}, 18};
  nearly.outputs = 3;
  EXPECT_EQ(fault_of(nearly), "");
}

TEST(SliceKernel, TakesStepsOfBothSigns) {
  const auto slice = [](const Integers& starts, const Integers& ends, const Integers& along,
                        const Integers& steps) {
    return TestCall{"Slice",
                    {numbers({2, 19, 5, 7}), integers_of(starts), integers_of(ends), integers_of(along),
                     integers_of(steps)}};
  };
  const std::set<size_t> known{1, 2, 3, 4};
  EXPECT_EQ(fault_of_images(slice({1}, {18}, {1}, {2}), known), "");
  EXPECT_EQ(fault_of_images(slice({-1, 0}, {-100, 3}, {3, 2}, {-2, 1}), known), "");
  EXPECT_EQ(fault_of_images(slice({5}, {5}, {1}, {1}), known), "");
  EXPECT_THAT(refusal_of(slice({1}, {18}, {1}, {2})), HasSubstr("Slice by what is not known"));
}

TEST(ExpandKernel, Repeats) {
  EXPECT_EQ(fault_of({"Expand", {numbers({5, 1}), integers_of({3, 5, 19})}}, {.known = {1}}), "");
}

TEST(TileKernel, Repeats) {
  EXPECT_EQ(fault_of_images({"Tile", {numbers({2, 3, 5, 7}), integers_of({1, 2, 3, 2})}}, {1}), "");
}

TEST(DepthToSpaceKernel, HasBothModes) {
  for (const char* mode : {"DCR", "CRD"})
    EXPECT_EQ(fault_of_images({"DepthToSpace",
                               {numbers({2, 12, 5, 7})},
                               {{"blocksize", int64_t{2}}, {"mode", std::string(mode)}}}),
              "")
        << mode;
}

TEST(SpaceToDepthKernel, IsTheOtherWayAround) {
  EXPECT_EQ(fault_of_images({"SpaceToDepth", {numbers({2, 3, 4, 6})}, {{"blocksize", int64_t{2}}}}), "");
}

TEST(ReshapeKernel, CopiesBetweenOrders) {
  const TestCall call{"Reshape", {numbers({2, 12, 5, 7}), integers_of({2, 3, 4, 35})}};
  EXPECT_EQ(fault_of(call, {.known = {1}}), "");
  EXPECT_EQ(fault_of(call, {.orders = {{"x0", kChannelsLast}}, .known = {1}}), "");
  const TestCall flat{"Flatten", {numbers({2, 12, 5, 7})}};
  EXPECT_EQ(fault_of(flat, {.orders = {{"x0", kChannelsLast}}}), "");
  const TestCall squeezed{"Squeeze", {numbers({2, 12, 1, 1}), integers_of({2, 3})}};
  EXPECT_EQ(fault_of(squeezed, {.orders = {{"x0", kChannelsLast}}, .known = {1}}), "");
}

TEST(ReshapeKernel, RefusesShapesThatHaveNoAxesInCommon) {
  const TestCall call{"Reshape", {numbers({1, 6, 4, 1}), integers_of({8, 3})}};
  EXPECT_THAT(refusal_of(call, {.orders = {{"x0", {0, 2, 1, 3}}}, .known = {1}}),
              HasSubstr("Reshape from 1x6x4x1 to 8x3 where one does not lie row-major"));
}

TEST(PadKernel, HasAllModes) {
  const Array pads = integers_of({0, 1, 2, 3, 0, 2, 1, 4});
  const Array x = numbers({2, 19, 5, 7});
  for (const char* mode : {"constant", "reflect", "edge"})
    EXPECT_EQ(fault_of_images({"Pad", {x, pads}, {{"mode", std::string(mode)}}}, {1}), "") << mode;
  EXPECT_EQ(fault_of_images({"Pad", {x, pads, Array::scalar(-3.5F)}}, {1}), "");
  EXPECT_EQ(fault_of_images({"Pad", {x}, {{"pads", Integers{0, 0, 1, 1, 0, 0, 1, 1}}, {"value", 2.0F}}, 9}),
            "");
}

TEST(PadKernel, CropsWhereAPadIsNegative) {
  const Array pads = integers_of({0, -1, 2, -3, 0, -2, -1, 4});
  const Array x = numbers({2, 19, 5, 7});
  for (const char* mode : {"constant", "edge"})
    EXPECT_EQ(fault_of_images({"Pad", {x, pads}, {{"mode", std::string(mode)}}}, {1}), "") << mode;
}

TEST(GatherKernel, TakesRowsOfATable) {
  const Array indices = Array::of<int64_t>({2, 3}, {0, 5, -1, 99, 17, -100});
  EXPECT_EQ(fault_of({"Gather", {numbers({100, 768}), indices}}), "");
  EXPECT_EQ(fault_of({"Gather", {numbers({100, 3}), Array::of<int32_t>({2}, {7, -3})}}), "");
}

TEST(GatherKernel, IsAlongAnyAxis) {
  for (const int64_t axis : {0, 1, 2, 3}) {
    const TestCall call{"Gather", {numbers({5, 7, 6, 19}), integers_of({2, 0, -1})}, {{"axis", axis}}};
    EXPECT_EQ(fault_of_images(call), "") << axis;
  }
  EXPECT_EQ(fault_of({"Gather", {numbers({5, 7}), Array::scalar<int64_t>(3)}, {{"axis", int64_t{1}}}}), "");
}

TEST(GatherKernel, HoldsIndicesToTheTable) {
  // The reference refuses such indices, so what is computed is compared with the nearest ones.
  const Array x = numbers({4, 21});
  const Array wild = integers_of({4, 1000, INT64_MAX, -5, INT64_MIN});
  std::map<std::string, Fact, std::less<>> facts{{"x0", {ElementType::float32, Shape{4, 21}, std::nullopt}},
                                                 {"x1", {ElementType::int64, Shape{5}, std::nullopt}},
                                                 {"y0", {ElementType::float32, Shape{5, 21}, std::nullopt}}};
  const KernelContext context{&facts};
  const TestCall call{"Gather", {x, wild}};
  const auto kernel = operator_program(node_of(call), context);
  ASSERT_TRUE(kernel.ok()) << kernel.error().message;
  const auto written = run_kernel(*kernel, context, {{"x0", x}, {"x1", wild}}, {{"y0", facts["y0"]}});
  ASSERT_TRUE(written.ok()) << written.error().message;
  const auto expected = run({"Gather", {x, integers_of({3, 3, 3, 0, 0})}}).value()[0];
  const auto y = written->at("y0").values<float>();
  EXPECT_TRUE(std::equal(y.begin(), y.end(), expected.values<float>().begin()));
}

TEST(ResizeKernel, RepeatsByWholeFactors) {
  const Array scales = Array::of<float>({4}, {1, 1, 2, 3});
  const TestCall call{"Resize",
                      {numbers({2, 5, 3, 7}), std::nullopt, scales},
                      {{"coordinate_transformation_mode", std::string("asymmetric")},
                       {"nearest_mode", std::string("floor")}}};
  EXPECT_EQ(fault_of_images(call, {2}), "");
  EXPECT_EQ(fault_of_images({"Resize", {numbers({2, 5, 3, 7}), std::nullopt, scales}}, {2}), "");
  EXPECT_EQ(fault_of_images({"Upsample", {numbers({2, 5, 3, 7}), scales}, {}, 9}, {1}), "");
}

using Words = std::map<std::string, Attribute, std::less<>>;

TestCall resized(const Shape& from, const Shape& to, Words words) {
  std::vector<int64_t> sizes(to.begin(), to.end());
  return {"Resize", {numbers(from), std::nullopt, std::nullopt, integers_of(sizes)}, std::move(words), 19};
}

TEST(ResizeKernel, TakesTheNearestByAnyFactor) {
  const Words floor{{"nearest_mode", std::string("floor")}};
  for (const Shape& to : {Shape{2, 5, 5, 9}, Shape{2, 5, 2, 40}, Shape{2, 5, 3, 4}, Shape{2, 5, 7, 7}}) {
    EXPECT_EQ(fault_of_images(resized({2, 5, 3, 7}, to, {}), {3}), "") << to_string(to);
    EXPECT_EQ(fault_of_images(resized({2, 5, 3, 7}, to, floor), {3}), "") << to_string(to);
  }
}

TEST(ResizeKernel, GivesAnEmptyOutputForASizeOfZero) {
  for (const char* mode : {"nearest", "linear"})
    EXPECT_EQ(fault_of(resized({2, 5, 3, 7}, {2, 5, 0, 7}, {{"mode", std::string(mode)}}), {.known = {3}}),
              "");
}

TEST(ResizeKernel, InterpolatesInEveryWay) {
  for (const char* mode : {"linear", "cubic"})
    for (const char* coordinates :
         {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"})
      for (const Shape& to : {Shape{2, 5, 6, 14}, Shape{2, 5, 2, 40}, Shape{2, 5, 1, 3}, Shape{2, 6, 9, 7}}) {
        const Words words{{"mode", std::string(mode)},
                          {"coordinate_transformation_mode", std::string(coordinates)}};
        EXPECT_EQ(fault_of_images(resized({2, 5, 3, 7}, to, words), {3}), "")
            << mode << coordinates << to_string(to);
      }
}

TEST(ResizeKernel, ReadsMoreElementsWhereItSmooths) {
  for (const char* mode : {"linear", "cubic"}) {
    const Words words{
        {"mode", std::string(mode)}, {"antialias", int64_t{1}}, {"exclude_outside", int64_t{1}}};
    EXPECT_EQ(fault_of_images(resized({2, 5, 9, 21}, {2, 5, 4, 8}, words), {3}), "") << mode;
  }
}

TEST(ResizeKernel, RefusesWhatLiesOutsideAndFractionsOfBytes) {
  const Words crop{{"coordinate_transformation_mode", std::string("tf_crop_and_resize")}};
  const Array region = Array::of<float>({4}, {-1, 0, 2, 1});
  EXPECT_THAT(refusal_of({"Resize", {numbers({4, 4}), region, std::nullopt, integers_of({4, 4})}, crop, 19},
                         {.known = {1, 3}}),
              HasSubstr("Resize that reads outside"));
  const Array bytes = Array::of<uint8_t>({2}, {1, 2});
  EXPECT_THAT(refusal_of({"Resize",
                          {bytes, std::nullopt, std::nullopt, integers_of({4})},
                          {{"mode", std::string("linear")}},
                          19},
                         {.known = {3}}),
              HasSubstr("Resize of uint8 by weights"));
}

RC_GTEST_PROP(SliceKernel, TakesAnyPart, ()) {
  const Shape shape{*rc::gen::inRange<int64_t>(1, 8), *rc::gen::inRange<int64_t>(1, 40)};
  const auto starts = *rc::gen::container<Integers>(2, rc::gen::inRange<int64_t>(-45, 45));
  const auto ends = *rc::gen::container<Integers>(2, rc::gen::inRange<int64_t>(-45, 45));
  const auto steps = *rc::gen::container<Integers>(2, rc::gen::elementOf(Integers{-3, -2, -1, 1, 2, 3}));
  const TestCall call{
      "Slice",
      {numbers(shape), integers_of(starts), integers_of(ends), integers_of({0, 1}), integers_of(steps)}};
  RC_ASSERT(fault_of(call, {.orders = {{"x0", {1, 0}}}, .known = {1, 2, 3, 4}}) == "");
}

RC_GTEST_PROP(PadKernel, PadsAndCropsAnyShape, ()) {
  const Shape shape{*rc::gen::inRange<int64_t>(3, 8), *rc::gen::inRange<int64_t>(3, 40)};
  const auto pads = *rc::gen::container<Integers>(4, rc::gen::inRange<int64_t>(-1, 3));
  const auto mode = *rc::gen::elementOf(std::vector<std::string>{"constant", "edge"});
  const TestCall call{"Pad", {numbers(shape), integers_of(pads)}, {{"mode", mode}}};
  RC_ASSERT(fault_of(call, {.orders = {{"y0", {1, 0}}}, .known = {1}}) == "");
}

TEST(KernelOperators, AreInOrderAndOnlyOnce) {
  const std::vector<std::string_view> all = kernel_operators();
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST(KernelOperators, AllHaveADefinition) {
  for (const std::string_view type : kernel_operators()) EXPECT_NE(find_operator("", type), nullptr) << type;
}

}  // namespace
}  // namespace tamis::network
