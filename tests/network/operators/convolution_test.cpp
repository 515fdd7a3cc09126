#include "network/operators/calls.h"

#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using List = std::vector<int64_t>;

/// 1, 2, 3, ... in a shape.
Array counted(Shape shape) {
  std::vector<float> values(static_cast<size_t>(*element_count(shape)));
  std::iota(values.begin(), values.end(), 1.0F);
  return Array::of<float>(std::move(shape), values);
}

Array ones(const Shape& shape) {
  return Array::of<float>(shape, std::vector<float>(static_cast<size_t>(*element_count(shape)), 1));
}

TEST(Conv, AddsABiasToTheSumsOfItsWindows) {
  const TestCall call{"Conv", {counted({1, 1, 3, 3}), ones({1, 1, 2, 2}), Array::of<float>({1}, {0.5F})}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{1, 1, 2, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(12.5F, 16.5F, 24.5F, 28.5F));
}

TEST(Conv, DoesNotFlipItsKernel) {
  const TestCall call{"Conv", {counted({1, 1, 3}), counted({1, 1, 2})}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(5, 8));
}

TEST(Conv, KeepsGroupsOfChannelsApart) {
  const TestCall call{
      "Conv", {counted({1, 2, 2}), Array::of<float>({2, 1, 1}, {1, 10})}, {{"group", int64_t{2}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 2, 30, 40));
}

TEST(Conv, TakesStridesDilationsAndPaddingOfEachSide) {
  const TestCall call{"Conv",
                      {counted({1, 1, 5}), counted({1, 1, 2})},
                      {{"strides", List{2}}, {"dilations", List{3}}, {"pads", List{1, 2}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(6, 12, 4));
}

TEST(Conv, SlidesInThreeDimensions) {
  const TestCall call{"Conv", {counted({1, 1, 2, 2, 2}), ones({1, 1, 2, 1, 2})}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{1, 1, 1, 2, 1}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(14, 22));
}

TEST(Conv, PutsTheOddPaddingWhereSameUpperAndSameLowerSay) {
  TestCall call{"Conv",
                {counted({1, 1, 6}), ones({1, 1, 3})},
                {{"auto_pad", std::string("SAME_UPPER")}, {"strides", List{2}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(6, 12, 11));
  call.attributes["auto_pad"] = std::string("SAME_LOWER");
  EXPECT_THAT(values_of<float>(call), ElementsAre(3, 9, 15));
}

TEST(Conv, PadsADilatedWindowToTheSameSize) {
  const TestCall call{"Conv",
                      {counted({1, 1, 4}), ones({1, 1, 2})},
                      {{"auto_pad", std::string("SAME_UPPER")}, {"dilations", List{2}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 4, 6, 3));
}

TEST(Conv, DoesNotPadWhereValidIsAskedFor) {
  const TestCall call{"Conv", {counted({1, 1, 4}), ones({1, 1, 3})}, {{"auto_pad", std::string("VALID")}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(6, 9));
}

TEST(Conv, RefusesPadsBesidesAutoPad) {
  EXPECT_THAT(error_of({"Conv",
                        {counted({1, 1, 4}), ones({1, 1, 3})},
                        {{"auto_pad", std::string("VALID")}, {"pads", List{0, 0}}}}),
              HasSubstr("both \"auto_pad\" VALID and \"pads\""));
}

TEST(Conv, RefusesAnInputSmallerThanItsKernel) {
  EXPECT_THAT(error_of({"Conv", {counted({1, 1, 2}), ones({1, 1, 3})}}),
              HasSubstr("its window spans 3 elements, but the padded input has only 2"));
}

TEST(Conv, RefusesChannelsThatItsWeightsDoNotTake) {
  EXPECT_THAT(error_of({"Conv", {counted({1, 3, 2}), ones({1, 1, 1})}}), HasSubstr("3 channels"));
  EXPECT_THAT(error_of({"Conv", {counted({1, 2, 2}), ones({3, 1, 1})}, {{"group", int64_t{2}}}}),
              HasSubstr("not divisible into 2 groups"));
  EXPECT_THAT(error_of({"Conv", {counted({1, 2, 2}), ones({3, 1, 1})}, {{"group", int64_t{0}}}}),
              HasSubstr("0 groups"));
}

TEST(Conv, RefusesAKernelShapeOtherThanItsWeights) {
  EXPECT_THAT(error_of({"Conv", {counted({1, 1, 4}), ones({1, 1, 3})}, {{"kernel_shape", List{2}}}}),
              HasSubstr("\"kernel_shape\" is 2, but the weights are of shape 1x1x3"));
}

TEST(Conv, RefusesABiasOfAnotherSize) {
  EXPECT_THAT(error_of({"Conv", {counted({1, 1, 4}), ones({2, 1, 3}), ones({1})}}),
              HasSubstr("one bias for each output channel"));
}

TEST(Conv, RefusesAttributesThatCannotBeMeant) {
  const std::vector<std::optional<Array>> inputs{counted({1, 1, 4}), ones({1, 1, 3})};
  EXPECT_THAT(error_of({"Conv", inputs, {{"strides", List{0}}}}), HasSubstr("must be at least 1, not 0"));
  EXPECT_THAT(error_of({"Conv", inputs, {{"strides", List{1, 1}}}}), HasSubstr("must have 1 numbers, not 2"));
  EXPECT_THAT(error_of({"Conv", inputs, {{"pads", List{-1, 0}}}}), HasSubstr("must be at least 0, not -1"));
  EXPECT_THAT(error_of({"Conv", inputs, {{"dilations", List{int64_t{1} << 62}}}}),
              HasSubstr("more than 2^30"));
  EXPECT_THAT(error_of({"Conv", inputs, {{"auto_pad", std::string("SAME")}}}),
              HasSubstr("\"SAME\" is none of NOTSET"));
}

TEST(Conv, RefusesSizesThatOnlyAnEmptyBatchCouldHave) {
  const int64_t large = int64_t{1} << 29;
  const Array x = Array::of<float>({0, 1, large, large, large}, {});
  EXPECT_THAT(error_of({"Conv", {x, ones({1, 1, 1, 1, 1})}}), HasSubstr("more than any network holds"));
}

TEST(Conv, HasNothingToDoForAnEmptyBatch) {
  const TestCall call{"Conv", {Array::of<float>({0, 1, 4}, {}), ones({2, 1, 3})}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{0, 2, 2}));
}

TEST(Conv, SumsHalvesInDouble) {
  const auto half = [](float value) { return Float16(value); };
  const Array x = Array::of<Float16>({1, 3, 1}, {half(2048), half(1), half(1)});
  const Array w = Array::of<Float16>({1, 3, 1}, {half(1), half(1), half(1)});
  EXPECT_THAT(values_of<Float16>({"Conv", {x, w}}), ElementsAre(half(2050)));
}

TEST(Conv, KnowsItsShapeWithoutValues) {
  const TestCall call{"Conv", {counted({1, 1, 3, 3}), ones({4, 1, 2, 2})}};
  EXPECT_EQ(facts_of(call, false).value()[0].shape, (Shape{1, 4, 2, 2}));
}

TEST(ConvTranspose, SpreadsEachElementOverItsWindow) {
  const TestCall call{"ConvTranspose", {counted({1, 1, 3}), counted({1, 1, 2})}, {{"strides", List{2}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 2, 2, 4, 3, 6));
}

TEST(ConvTranspose, AppendsItsOutputPadding) {
  const TestCall call{"ConvTranspose",
                      {counted({1, 1, 2}), counted({1, 1, 2}), Array::of<float>({1}, {1})},
                      {{"strides", List{2}}, {"output_padding", List{1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 3, 3, 5, 1));
}

TEST(ConvTranspose, CropsByItsPads) {
  const TestCall call{"ConvTranspose",
                      {counted({1, 1, 3}), counted({1, 1, 3})},
                      {{"strides", List{2}}, {"pads", List{2, 1}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(5, 4, 9, 6));
}

TEST(ConvTranspose, CropsTheOddElementWhereItsPaddingSays) {
  // In full 1 2 5 4 9 6 9.
  TestCall call{"ConvTranspose",
                {counted({1, 1, 3}), counted({1, 1, 3})},
                {{"strides", List{2}}, {"auto_pad", std::string("SAME_UPPER")}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 2, 5, 4, 9, 6));
  call.attributes["auto_pad"] = std::string("SAME_LOWER");
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 5, 4, 9, 6, 9));
  call.attributes["output_shape"] = List{4};
  EXPECT_THAT(values_of<float>(call), ElementsAre(5, 4, 9, 6));
  call.attributes["auto_pad"] = std::string("SAME_UPPER");
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 5, 4, 9));
}

TEST(ConvTranspose, CropsTheLargerHalfAtTheStartForAnOutputShapeAlone) {
  const TestCall call{"ConvTranspose",
                      {counted({1, 1, 3}), counted({1, 1, 3})},
                      {{"strides", List{2}}, {"output_shape", List{4}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(5, 4, 9, 6));
}

TEST(ConvTranspose, GivesTheFullSizeWhereAKernelIsSmallerThanItsStride) {
  const TestCall call{"ConvTranspose",
                      {ones({1, 1, 4}), ones({1, 1, 2})},
                      {{"strides", List{3}}, {"auto_pad", std::string("SAME_UPPER")}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1));
}

TEST(ConvTranspose, MayEndInElementsThatNothingReaches) {
  TestCall call{
      "ConvTranspose", {ones({1, 1, 2}), ones({1, 1, 2})}, {{"strides", List{2}}, {"output_shape", List{5}}}};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 1, 1, 1, 0));
  call.attributes["output_shape"] = List{6};
  EXPECT_THAT(error_of(call), HasSubstr("output_shape 6 is more than the 4 that its input reaches"));
}

TEST(ConvTranspose, KeepsGroupsApart) {
  const TestCall call{"ConvTranspose", {counted({1, 2, 1}), counted({2, 2, 1})}, {{"group", int64_t{2}}}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{1, 4, 1}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 2, 6, 8));
}

TEST(ConvTranspose, RefusesWhatCannotBeMeant) {
  const std::vector<std::optional<Array>> inputs{ones({1, 1, 1}), ones({1, 1, 2})};
  EXPECT_THAT(error_of({"ConvTranspose", inputs, {{"pads", List{1, 1}}}}),
              HasSubstr("its padding crops all 2 elements"));
  EXPECT_THAT(error_of({"ConvTranspose", inputs, {{"output_padding", List{1}}}}),
              HasSubstr("must be less than the stride"));
  EXPECT_THAT(error_of({"ConvTranspose", {ones({1, 2, 1}), ones({1, 1, 2})}}), HasSubstr("2 channels"));
}

}  // namespace
}  // namespace tamis::network
