#include "network/operators/lists.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

const std::map<std::string, Attribute, std::less<>> kNoEpsilon{{"epsilon", 0.0F}};

Array ones_list(int64_t count) { return float_list(std::vector<float>(static_cast<size_t>(count), 1)); }

TEST(LayerNormalization, HasThreeOutputs) {
  const TestCall call{"LayerNormalization",
                      {Array::of<float>({2, 2}, {1, 3, 10, 30}), float_list({1, 2}), float_list({0, 5})},
                      kNoEpsilon,
                      17,
                      3};
  const std::vector<Array> outputs = run(call).value();
  ASSERT_EQ(outputs.size(), 3U);
  EXPECT_THAT(outputs[0].values<float>(), ElementsAre(-1, 7, -1, 7));
  EXPECT_EQ(outputs[1].shape(), (Shape{2, 1}));
  EXPECT_THAT(outputs[1].values<float>(), ElementsAre(2, 20));
  EXPECT_THAT(outputs[2].values<float>(), ElementsAre(1, 0.1F));
}

TEST(LayerNormalization, NormalisesAllFromTheAxisOn) {
  const Array x = Array::of<float>({1, 2, 2}, {1, 3, 1, 3});
  EXPECT_THAT(values_of<float>({"LayerNormalization",
                                {x, Array::of<float>({2, 1}, {1, 10})},
                                {{"epsilon", 0.0F}, {"axis", int64_t{1}}}}),
              ElementsAre(-1, 1, -10, 10));
}

TEST(LayerNormalization, AddsEpsilonToTheVariance) {
  EXPECT_THAT(
      values_of<float>({"LayerNormalization", {float_list({1, 3}), ones_list(2)}, {{"epsilon", 3.0F}}}),
      near(-0.5, 0.5));
  EXPECT_THAT(values_of<float>({"LayerNormalization", {float_list({2, 2}), ones_list(2)}}),
              ElementsAre(0, 0));
}

TEST(LayerNormalization, ComputesItsFirstStageInTheTypeThatItIsTold) {
  // 1 + 2^-30 is 1 in float32.
  const Array x = list_of<double>({1, 1 + 0x1p-30});
  const Array scale = list_of<double>({1, 1});
  const TestCall in_single{"LayerNormalization", {x, scale}, {}, 17, 2};
  EXPECT_THAT(values_of<double>(in_single), ElementsAre(0, 0));
  EXPECT_EQ(run(in_single).value()[1].type(), ElementType::float32);
  EXPECT_THAT(
      values_of<double>({"LayerNormalization", {x, scale}, {{"epsilon", 0.0F}, {"stash_type", int64_t{11}}}}),
      ElementsAre(-1, 1));
}

TEST(LayerNormalization, KeepsTheTypeOfHalfPrecisionButNotOfTheMean) {
  const Array x = list_of<Float16>({Float16(1.F), Float16(3.F)});
  const std::vector<Array> outputs = run({"LayerNormalization", {x, x}, kNoEpsilon, 17, 2}).value();
  EXPECT_EQ(outputs[0].type(), ElementType::float16);
  EXPECT_EQ(static_cast<float>(outputs[0].values<Float16>()[1]), 3);
  EXPECT_EQ(outputs[1].type(), ElementType::float32);
}

TEST(LayerNormalization, OfNoElementsHasNoMean) {
  const TestCall call{"LayerNormalization", {Array::of<float>({2, 0}, {}), ones_list(0)}, {}, 17, 3};
  EXPECT_THAT(run(call).value()[1].values<float>(), ElementsAre(IsNan(), IsNan()));
}

TEST(LayerNormalization, RefusesAScaleThatDoesNotBroadcast) {
  EXPECT_THAT(error_of({"LayerNormalization", {float_list({1}), float_list({1, 2})}}),
              HasSubstr("does not broadcast to 1"));
}

TEST(LayerNormalization, RefusesAStashTypeThatIsNoFraction) {
  EXPECT_THAT(error_of({"LayerNormalization", {float_list({1}), ones_list(1)}, {{"stash_type", int64_t{7}}}}),
              HasSubstr("attribute \"stash_type\" must be 1, 10, 11 or 16, not 7"));
}

TEST(RmsNormalization, DividesByTheRootOfTheMeanSquare) {
  EXPECT_THAT(
      values_of<float>({"RMSNormalization", {float_list({1, 7}), float_list({1, 10})}, kNoEpsilon, 23}),
      near(0.2, 14));
}

TEST(RmsNormalization, HasTheTypeOfItsScale) {
  const TestCall call{"RMSNormalization", {float_list({1, 7}), list_of<double>({1, 1})}, {}, 23};
  EXPECT_EQ(run(call).value()[0].type(), ElementType::float64);
}

TestCall group_norm(int64_t opset, Array parameters, int64_t groups = 2) {
  return {"GroupNormalization",
          {Array::of<float>({1, 4, 1}, {1, 3, 10, 30}), parameters, parameters},
          {{"epsilon", 0.0F}, {"num_groups", groups}},
          opset};
}

TEST(GroupNormalization, ScalesByGroupBelowOpset21) {
  EXPECT_THAT(values_of<float>(group_norm(18, float_list({1, 10}))), ElementsAre(0, 2, 0, 20));
  EXPECT_THAT(error_of(group_norm(20, ones_list(4))),
              HasSubstr("must have an element for each group, 2, and is of 4"));
}

TEST(GroupNormalization, ScalesByChannelFromOpset21On) {
  EXPECT_THAT(values_of<float>(group_norm(21, float_list({1, 2, 3, 4}))), ElementsAre(0, 4, 0, 8));
  EXPECT_THAT(error_of(group_norm(21, ones_list(2))),
              HasSubstr("must have an element for each channel, 4, and is of 2"));
}

TEST(GroupNormalization, NeedsGroupsThatDivideTheChannels) {
  EXPECT_THAT(error_of(group_norm(21, ones_list(4), 3)),
              HasSubstr("\"num_groups\" must divide the 4 channels, and is 3"));
  EXPECT_THAT(error_of(group_norm(21, ones_list(4), 0)), HasSubstr("and is 0"));
}

TEST(GroupNormalization, OfOneGroupNormalisesAll) {
  const std::vector<float> y = values_of<float>(group_norm(21, float_list({1, 1, 1, 1}), 1));
  EXPECT_NEAR((y[0] + y[1] + y[2] + y[3]) / 4, 1, 1e-6);
}

}  // namespace
}  // namespace tamis::network
