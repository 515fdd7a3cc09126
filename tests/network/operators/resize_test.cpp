#include "network/operators/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

using Attributes = std::map<std::string, Attribute, std::less<>>;

/// A row of n numbers by a scale.
TestCall by_scale(int64_t n, float scale, Attributes attributes = {}) {
  return {"Resize", {ascending({n}), std::nullopt, float_list({scale})}, std::move(attributes), 19};
}

/// The same to a size.
TestCall to_size(int64_t n, int64_t size, Attributes attributes = {}) {
  return {
      "Resize", {ascending({n}), std::nullopt, std::nullopt, integers({size})}, std::move(attributes), 19};
}

Attributes nearest_as(const std::string& coordinates, const std::string& rule) {
  return {{"coordinate_transformation_mode", coordinates}, {"nearest_mode", rule}};
}

Attributes linear_as(const std::string& coordinates) {
  return {{"coordinate_transformation_mode", coordinates}, {"mode", "linear"}};
}

TEST(Resize, RoundsItsSizeDownFromAProductOfFloat32) {
  EXPECT_EQ(shape_of(by_scale(10, 2.6F)), (Shape{26}));
  EXPECT_EQ(shape_of(by_scale(10, 0.75F)), (Shape{7}));
}

TEST(Resize, HalfPixelIsAsymmetricForIntegerFactors) {
  for (const float scale : {2.0F, 3.0F, 4.0F, 0.5F})
    EXPECT_EQ(values_of<float>(by_scale(8, scale)),
              values_of<float>(by_scale(8, scale, nearest_as("asymmetric", "floor"))));
  EXPECT_NE(values_of<float>(by_scale(8, 2.6F)),
            values_of<float>(by_scale(8, 2.6F, nearest_as("asymmetric", "floor"))));
}

TEST(Resize, RoundsToTheNearestByItsRule) {
  EXPECT_THAT(values_of<float>(by_scale(4, 0.5F)), ElementsAre(0, 2));  // 0.5 and 2.5
  EXPECT_THAT(values_of<float>(by_scale(4, 0.5F, {{"nearest_mode", "round_prefer_ceil"}})),
              ElementsAre(1, 3));
  EXPECT_THAT(values_of<float>(by_scale(2, 2.0F, {{"nearest_mode", "ceil"}})), ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(values_of<float>(by_scale(2, 2.0F, {{"nearest_mode", "floor"}})), ElementsAre(0, 0, 0, 1));
}

TEST(Resize, TakesTheGivenScaleForCoordinatesAndNotThatOfTheSizes) {
  // 7 of 10 by 0.75: the last reads at 6 / 0.75 = 8, and not at 6 * 10 / 7 = 8.57.
  const Attributes ceil = nearest_as("asymmetric", "ceil");
  EXPECT_EQ(values_of<float>(by_scale(10, 0.75F, ceil)).back(), 8);
  EXPECT_EQ(values_of<float>(to_size(10, 7, ceil)).back(), 9);
}

TEST(Resize, InterpolatesLinearly) {
  EXPECT_THAT(values_of<float>(by_scale(2, 2, linear_as("half_pixel"))), ElementsAre(0, 0.25F, 0.75F, 1));
  EXPECT_THAT(values_of<float>(by_scale(2, 2, linear_as("asymmetric"))), ElementsAre(0, 0.5F, 1, 1));
  EXPECT_THAT(values_of<float>(to_size(3, 5, linear_as("align_corners"))), ElementsAre(0, 0.5F, 1, 1.5F, 2));
  EXPECT_THAT(values_of<float>(to_size(3, 1, linear_as("half_pixel"))), ElementsAre(1));
  EXPECT_THAT(values_of<float>(to_size(3, 1, linear_as("pytorch_half_pixel"))), ElementsAre(0));
}

TEST(Resize, AlignsCornersOfTheWholeSize) {
  EXPECT_THAT(values_of<float>(by_scale(4, 0.6F, linear_as("align_corners"))), ElementsAre(0, 3));
}

TEST(Resize, InterpolatesAlongSeveralAxes) {
  const TestCall call{
      "Resize", {ascending({2, 2}), std::nullopt, float_list({1.5F, 2})}, linear_as("align_corners"), 13};
  EXPECT_EQ(shape_of(call), (Shape{3, 4}));
  EXPECT_THAT(values_of<float>(call),
              Pointwise(FloatNear(1e-6F), {0.0F, 1 / 3.0F, 2 / 3.0F, 1.0F, 1.0F, 4 / 3.0F, 5 / 3.0F, 2.0F,
                                           2.0F, 7 / 3.0F, 8 / 3.0F, 3.0F}));
}

TEST(Resize, InterpolatesCubically) {
  // At a quarter, with a of -0.75, of the elements 0, 0, 1, 2 around the start.
  EXPECT_THAT(values_of<float>(by_scale(4, 2, {{"mode", "cubic"}}))[1], FloatNear(0.19140625F, 1e-6F));
  EXPECT_THAT(values_of<float>(by_scale(4, 2, {{"mode", "cubic"}, {"exclude_outside", int64_t{1}}}))[1],
              FloatNear(0.17314488F, 1e-6F));
}

TEST(Resize, SmoothesWhereItShrinksWithAntialias) {
  Attributes attributes = linear_as("half_pixel");
  attributes["antialias"] = int64_t{1};
  EXPECT_THAT(values_of<float>(by_scale(4, 0.5F, attributes)), ElementsAre(0.625F, 2.375F));
}

TEST(Resize, ReadsARegionAndAValueBeyond) {
  Attributes attributes = linear_as("tf_crop_and_resize");
  attributes["extrapolation_value"] = 9.0F;
  const TestCall call{
      "Resize", {ascending({3}), float_list({0.5F, 1.5F}), std::nullopt, integers({3})}, attributes, 13};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 2, 9));
  EXPECT_THAT(error_of(to_size(3, 3, attributes)), HasSubstr("needs input 1 (roi)"));
}

TEST(Resize, KeepsTheAspectRatio) {
  const auto shape = [](const std::string& policy) {
    return shape_of({"Resize",
                     {ascending({1, 4, 8}), std::nullopt, std::nullopt, integers({6, 6})},
                     {{"axes", std::vector<int64_t>{1, 2}}, {"keep_aspect_ratio_policy", policy}},
                     18});
  };
  EXPECT_EQ(shape("stretch"), (Shape{1, 6, 6}));
  EXPECT_EQ(shape("not_larger"), (Shape{1, 3, 6}));
  EXPECT_EQ(shape("not_smaller"), (Shape{1, 6, 12}));
}

TEST(Resize, TakesInputsWithoutElementsForAbsent) {
  const TestCall call{"Resize", {ascending({2}), float_list({}), float_list({}), integers({4})}, {}, 11};
  EXPECT_EQ(shape_of(call), (Shape{4}));
}

TEST(Resize, RefusesBothScalesAndSizesAndNeither) {
  EXPECT_THAT(error_of({"Resize", {ascending({2}), std::nullopt, float_list({2}), integers({4})}, {}, 13}),
              HasSubstr("scales and sizes are both given"));
  EXPECT_THAT(error_of({"Resize", {ascending({2})}, {}, 13}), HasSubstr("neither scales nor sizes"));
}

TEST(Resize, RefusesScalesThatNoNetworkHas) {
  for (const float scale : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_THAT(error_of(by_scale(2, scale)), HasSubstr("not more than 0"));
  EXPECT_THAT(error_of(by_scale(2, 1e30F)), HasSubstr("no network holds"));
  EXPECT_THAT(error_of(to_size(2, -1)), HasSubstr("negative or absurd"));
  EXPECT_THAT(error_of(to_size(0, 1)), HasSubstr("a size of 0 cannot become 1"));
}

TEST(Resize, NeedsNoArrayLargerThanItsInputAndOutput) {
  Attributes attributes = linear_as("half_pixel");
  const TestCall call{"Resize",
                      {ascending({1, 1 << 20}), std::nullopt, std::nullopt, integers({1 << 20, 1})},
                      attributes,
                      13};
  EXPECT_EQ(shape_of(call), (Shape{1 << 20, 1}));
}

TEST(Resize, RefusesToSmoothOverMoreThanTheInput) {
  Attributes attributes = linear_as("tf_crop_and_resize");
  attributes["antialias"] = int64_t{1};
  const TestCall call{
      "Resize", {ascending({3}), float_list({0, 1e30F}), float_list({1e-30F})}, attributes, 18};
  EXPECT_THAT(error_of(call), HasSubstr("a scale leaves nothing of a size of 3"));
}

TEST(Resize, RefusesWordsThatItsOpsetDoesNotKnow) {
  EXPECT_THAT(error_of(by_scale(2, 2, {{"mode", "lanczos"}})), HasSubstr("none of nearest, linear, cubic"));
  EXPECT_THAT(error_of(by_scale(2, 2, {{"coordinate_transformation_mode", "tf_half_pixel_for_nn"}})),
              HasSubstr("is none of half_pixel"));
}

TEST(Resize, RoundsAsBeforeItHadARuleInOpset10) {
  const TestCall grows{"Resize", {ascending({3}), float_list({1.5F})}, {}, 10};
  EXPECT_THAT(values_of<float>(grows), ElementsAre(0, 0, 1, 2));
  const TestCall shrinks{"Resize", {ascending({4}), float_list({0.6F})}, {}, 10};
  EXPECT_THAT(values_of<float>(shrinks), ElementsAre(0, 2));
}

TEST(Upsample, RepeatsElementsAndIsAsymmetric) {
  EXPECT_THAT(values_of<float>({"Upsample", {ascending({2})}, {{"scales", std::vector<float>{2}}}, 7}),
              ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(values_of<float>({"Upsample", {ascending({2}), float_list({2})}, {{"mode", "linear"}}, 9}),
              ElementsAre(0, 0.5F, 1, 1));
}

TEST(Upsample, RefusesToShrinkAndOpset10) {
  EXPECT_THAT(error_of({"Upsample", {ascending({2}), float_list({0.5F})}, {}, 9}), HasSubstr("less than 1"));
  EXPECT_THAT(error_of({"Upsample", {ascending({2}), float_list({2})}, {}, 10}), HasSubstr("use Resize"));
}

}  // namespace
}  // namespace tamis::network
