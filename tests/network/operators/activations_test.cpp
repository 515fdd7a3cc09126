#include "network/operators/lists.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Activations, KeepNaNButThresholdedReluAndShrink) {
  for (const char* type : {"Celu", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Relu",
                           "Selu", "Sigmoid", "Softplus", "Softsign", "Swish"})
    EXPECT_THAT(values_of<float>({type, {float_list({kNotANumber})}, {}, 24}), near(kNotANumber)) << type;
  for (const char* type : {"ThresholdedRelu", "Shrink"})
    EXPECT_THAT(values_of<float>({type, {float_list({kNotANumber})}}), ElementsAre(0)) << type;
}

TEST(Relu, KeepsInfinityAndTakesIntegers) {
  EXPECT_THAT(values_of<float>({"Relu", {float_list({-kInfinite, -1, 0, kInfinite})}}),
              ElementsAre(0, 0, 0, kInfinite));
  EXPECT_THAT(values_of<int32_t>({"Relu", {list_of<int32_t>({-3, 3})}}), ElementsAre(0, 3));
}

TEST(HardSigmoid, HasSlopeOneFifthByDefault) {
  EXPECT_THAT(values_of<float>({"HardSigmoid", {float_list({-3, -1, 1, 3})}}), near(0, 0.3, 0.7, 1));
}

TEST(HardSigmoid, TakesSlopeAndOffset) {
  EXPECT_THAT(values_of<float>({"HardSigmoid", {float_list({1})}, {{"alpha", 0.5F}, {"beta", 0.25F}}}),
              near(0.75));
}

TEST(HardSwish, IsZeroBelowMinusThreeAndTheInputAboveThree) {
  EXPECT_THAT(values_of<float>({"HardSwish", {float_list({-4, -3, 0, 1.5F, 3, 4})}}),
              near(0, 0, 0, 1.125, 3, 4));
}

TEST(Elu, ScalesTheExponentialBelowZero) {
  EXPECT_THAT(values_of<float>({"Elu", {float_list({-1, 2})}, {{"alpha", 2.0F}}}),
              near(2 * std::expm1(-1), 2));
}

TEST(Selu, HasTheConstantsOfItsPaper) {
  EXPECT_THAT(values_of<float>({"Selu", {float_list({1, -1})}}),
              near(1.0507010, 1.0507010 * 1.6732632 * std::expm1(-1)));
}

TEST(Celu, FollowsItsFormulaForANegativeAlphaToo) {
  EXPECT_THAT(values_of<float>({"Celu", {float_list({-1, 2})}, {{"alpha", 2.0F}}}),
              near(2 * std::expm1(-0.5), 2));
  EXPECT_THAT(values_of<float>({"Celu", {float_list({-2, 1})}, {{"alpha", -1.0F}}}), near(-std::expm1(2), 1));
}

TEST(ThresholdedRelu, PassesWhatIsAboveTheThreshold) {
  EXPECT_THAT(values_of<float>({"ThresholdedRelu", {float_list({0.5F, 1, 1.5F, -2})}}),
              ElementsAre(0, 0, 1.5F, 0));
}

TEST(LeakyRelu, HasSlopeOneHundredthByDefault) {
  EXPECT_THAT(values_of<float>({"LeakyRelu", {float_list({-100, 100})}}), near(-1, 100));
}

TEST(Softplus, DoesNotOverflow) {
  EXPECT_THAT(values_of<float>({"Softplus", {float_list({-1000, 0, 1000, kInfinite})}}),
              near(0, std::log(2.0), 1000, kInfinite));
}

TEST(Gelu, IsByTheErrorFunctionByDefault) {
  EXPECT_THAT(values_of<float>({"Gelu", {float_list({1})}, {}, 20}), near(0.8413447));
}

TEST(Gelu, IsByTanhOnRequest) {
  EXPECT_THAT(values_of<float>({"Gelu", {float_list({1})}, {{"approximate", std::string("tanh")}}, 20}),
              near(0.8411920));
}

TEST(Gelu, RefusesAnApproximationThatItDoesNotKnow) {
  EXPECT_THAT(error_of({"Gelu", {float_list({1})}, {{"approximate", std::string("sigmoid")}}, 20}),
              HasSubstr("must be \"none\" or \"tanh\", not \"sigmoid\""));
}

TEST(Mish, IsTheInputTimesTanhOfSoftplus) {
  EXPECT_THAT(values_of<float>({"Mish", {float_list({1, 100})}, {}, 18}),
              near(std::tanh(std::log1p(std::exp(1.0))), 100));
}

TEST(Swish, ScalesWhatTheSigmoidTakes) {
  EXPECT_THAT(values_of<float>({"Swish", {float_list({1})}, {{"alpha", 2.0F}}, 24}),
              near(1 / (1 + std::exp(-2.0))));
}

TEST(SwiGlu, TakesTwoValuesOfOneShape) {
  EXPECT_THAT(values_of<float>({"SwiGLU", {float_list({0, 1}), float_list({5, 3})}, {}, 28}),
              near(0, 3 / (1 + std::exp(-1.0))));
  EXPECT_THAT(error_of({"SwiGLU", {float_list({0, 1}), float_list({5})}, {}, 28}),
              HasSubstr("inputs must be of one shape"));
}

TEST(Softsign, IsBelowOne) {
  EXPECT_THAT(values_of<float>({"Softsign", {float_list({-1, 3})}}), near(-0.5, 0.75));
}

TEST(PRelu, RepeatsTheSlopeOverTheInput) {
  const Array x = Array::of<float>({2, 2}, {-1, -2, 3, -4});
  const Array slopes = Array::of<float>({2, 1}, {10, 100});
  EXPECT_THAT(values_of<float>({"PRelu", {x, slopes}}), ElementsAre(-10, -20, 3, -400));
}

TEST(PRelu, DoesNotRepeatTheInputOverTheSlope) {
  EXPECT_THAT(error_of({"PRelu", {float_list({-1}), float_list({2, 3})}}),
              HasSubstr("shape 2 does not broadcast to 1"));
}

TEST(PRelu, TakesIntegers) {
  EXPECT_THAT(values_of<int64_t>({"PRelu", {list_of<int64_t>({-3, 4}), list_of<int64_t>({2})}}),
              ElementsAre(-6, 4));
}

TEST(Activations, RefuseAnAttributeOfAnotherKindBeforeTheirInputIsKnown) {
  const TestCall call{"Elu", {float_list({1})}, {{"alpha", int64_t{1}}}};
  EXPECT_THAT(facts_of(call, false).error().message, HasSubstr("attribute \"alpha\" must be a number"));
}

}  // namespace
}  // namespace tamis::network
