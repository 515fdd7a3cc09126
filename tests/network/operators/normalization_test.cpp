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

TestCall batch_norm(Array x, const std::vector<float>& variances, int64_t opset = 15) {
  const std::vector<float> twos(variances.size(), 2);
  return {"BatchNormalization",
          {std::move(x), float_list(twos), float_list(twos), float_list(twos), float_list(variances)},
          {{"epsilon", 0.0F}},
          opset};
}

TEST(BatchNormalization, NormalisesEachChannelByWhatItIsGiven) {
  const Array x = Array::of<float>({1, 2, 2}, {2, 4, 2, 6});
  EXPECT_THAT(values_of<float>(batch_norm(x, {1, 4})), ElementsAre(2, 6, 2, 6));
}

TEST(BatchNormalization, OfOneDimensionHasOneChannel) {
  EXPECT_THAT(values_of<float>(batch_norm(float_list({2, 4}), {1})), ElementsAre(2, 6));
  EXPECT_THAT(error_of(batch_norm(float_list({2, 4}), {1, 1})),
              HasSubstr("must be of shape 1, one for each channel"));
}

TEST(BatchNormalization, MayNormaliseEachPlaceApartBelowOpset9) {
  const Array x = Array::of<float>({1, 2, 2}, {3, 4, 5, 6});
  const Array parameters = Array::of<float>({2, 2}, {1, 1, 1, 4});
  const TestCall call{"BatchNormalization",
                      {x, parameters, parameters, parameters, parameters},
                      {{"epsilon", 0.0F}, {"spatial", int64_t{0}}},
                      8};
  EXPECT_THAT(values_of<float>(call), ElementsAre(3, 4, 5, 8));
}

TEST(BatchNormalization, DoesNotTrain) {
  TestCall call = batch_norm(Array::of<float>({1, 1, 1}, {1}), {1});
  call.attributes["training_mode"] = int64_t{1};
  EXPECT_THAT(error_of(call), HasSubstr("it is to train; export the model for inference"));
  TestCall older = batch_norm(Array::of<float>({1, 1, 1}, {1}), {1}, 9);
  older.outputs = 5;
  EXPECT_THAT(error_of(older), HasSubstr("it is to train; export the model for inference"));
}

TEST(BatchNormalization, HasOneOutputWhereItDoesNotTrain) {
  TestCall call = batch_norm(Array::of<float>({1, 1, 1}, {1}), {1}, 14);
  call.outputs = 3;
  EXPECT_THAT(error_of(call), HasSubstr("there is one output where attribute \"training_mode\" is 0"));
}

TEST(BatchNormalization, TakesParametersOfAnotherType) {
  const Array parameters = list_of<float>({1});
  const TestCall call{
      "BatchNormalization",
      {Array::of<Float16>({1, 1, 1}, {Float16(3.F)}), parameters, parameters, parameters, parameters},
      {{"epsilon", 0.0F}},
      15};
  const Array y = run(call).value()[0];
  EXPECT_EQ(y.type(), ElementType::float16);
  EXPECT_EQ(static_cast<float>(y.values<Float16>()[0]), 3);
}

TEST(InstanceNormalization, NormalisesEachChannelOfEachInstance) {
  const Array x = Array::of<float>({2, 2, 2}, {1, 3, 10, 30, 5, 5, 0, 2});
  EXPECT_THAT(values_of<float>({"InstanceNormalization", {x, float_list({1, 2}), float_list({0, 1})}}),
              ::testing::Pointwise(::testing::FloatNear(1e-4F), {-1, 1, -1, 3, 0, 0, -1, 3}));
}

TEST(InstanceNormalization, NeedsPlaces) {
  EXPECT_THAT(
      error_of({"InstanceNormalization", {Array::of<float>({1, 1}, {1}), float_list({1}), float_list({1})}}),
      HasSubstr("must have places beside batch and channels, and is of shape 1x1"));
}

TEST(InstanceNormalization, NeedsAParameterForEachChannel) {
  EXPECT_THAT(error_of({"InstanceNormalization",
                        {Array::of<float>({1, 1, 1}, {1}), float_list({1, 2}), float_list({1})}}),
              HasSubstr("input \"x1\" must be of shape 1"));
}

TEST(MeanVarianceNormalization, NormalisesChannelsByDefault) {
  const Array x = Array::of<float>({2, 2, 1, 1}, {1, 10, 3, 30});
  EXPECT_THAT(values_of<float>({"MeanVarianceNormalization", {x}}), near(-1, -1, 1, 1));
}

TEST(MeanVarianceNormalization, TakesAxes) {
  EXPECT_THAT(values_of<float>(
                  {"MeanVarianceNormalization", {float_list({1, 3})}, {{"axes", std::vector<int64_t>{-1}}}}),
              near(-1, 1));
  EXPECT_THAT(error_of({"MeanVarianceNormalization", {float_list({1, 3})}}),
              HasSubstr("axis 2 is none of a value with 1"));
}

TEST(MeanVarianceNormalization, OfEqualElementsIsNaN) {
  EXPECT_THAT(values_of<float>(
                  {"MeanVarianceNormalization", {float_list({1, 1})}, {{"axes", std::vector<int64_t>{0}}}}),
              Each(IsNan()));
}

TestCall lrn(const std::vector<float>& channels, int64_t size, float bias) {
  return {"LRN",
          {Array::of<float>({1, static_cast<int64_t>(channels.size()), 1}, channels)},
          {{"size", size}, {"alpha", static_cast<float>(size)}, {"beta", 1.0F}, {"bias", bias}}};
}

TEST(Lrn, DividesAlphaByTheSize) {
  EXPECT_THAT(values_of<float>(lrn({1, 2, 3}, 3, 1)), near(1 / 6.0, 2 / 15.0, 3 / 14.0));
}

TEST(Lrn, HasItsSmallerHalfBeforeWhereTheSizeIsEven) {
  EXPECT_THAT(values_of<float>(lrn({1, 2, 3}, 2, 0)), near(1 / 5.0, 2 / 13.0, 3 / 9.0));
}

TEST(Lrn, KeepsItsBias) { EXPECT_THAT(values_of<float>(lrn({1}, 1, 1.5F)), near(1 / 2.5)); }

TEST(Lrn, NeedsASize) {
  EXPECT_THAT(error_of({"LRN", {Array::of<float>({1, 1, 1}, {1})}}),
              HasSubstr("\"size\" must be given and at least 1"));
}

}  // namespace
}  // namespace tamis::network
