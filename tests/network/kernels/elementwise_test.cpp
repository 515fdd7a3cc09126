// Kernels of operators that compute element by element, against the reference.
#include "network/kernels/running.h"
#include "network/operators/lists.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;

/// Numbers of all sizes, and what is none.
Array extremes() {
  std::vector<float> values{0.0F, -0.0F, kInfinite, -kInfinite, kNotANumber, 1e-40F, 3e38F, -3e38F, 1e-8F};
  for (int i = -50; i < 50; ++i) values.push_back(static_cast<float>(i) * 0.37F);
  return float_list(values);
}

class OfOne : public ::testing::TestWithParam<const char*> {};

TEST_P(OfOne, IsAsInTheReferenceForAllSizesAndForNoNumber) {
  EXPECT_EQ(fault_of({GetParam(), {extremes()}}), "");
}

TEST_P(OfOne, IsAsInTheReferenceForOddSizes) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 5}, Shape{2, 7, 9}, Shape{131}})
    EXPECT_EQ(fault_of({GetParam(), {numbers(shape)}}), "") << to_string(shape);
}

INSTANTIATE_TEST_SUITE_P(Kernel, OfOne,
                         ::testing::Values("Abs", "Ceil", "Elu", "Erf", "Exp", "Floor", "HardSigmoid",
                                           "HardSwish", "Identity", "LeakyRelu", "Log", "Neg", "Reciprocal",
                                           "Relu", "Round", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt",
                                           "Tanh"),
                         [](const auto& one) { return std::string(one.param); });

class OfTwo : public ::testing::TestWithParam<const char*> {};

TEST_P(OfTwo, RepeatsSizesOfOne) {
  const std::vector<std::pair<Shape, Shape>> shapes{{{2, 3, 5, 7}, {2, 3, 5, 7}},
                                                    {{2, 3, 5, 7}, {3, 1, 1}},
                                                    {{2, 3, 5, 7}, {7}},
                                                    {{2, 3, 5, 7}, {}},
                                                    {{2, 3, 5, 7}, {1, 3, 1, 7}}};
  for (const auto& [a, b] : shapes)
    EXPECT_EQ(fault_of({GetParam(), {numbers(a), numbers(b, 2)}}), "") << to_string(b);
}

TEST_P(OfTwo, TakesValuesThatLieDifferently) {
  const TestCall call{GetParam(), {numbers({2, 19, 5, 3}), numbers({2, 19, 5, 3}, 2)}};
  EXPECT_EQ(fault_of(call, {.orders = {{"x0", kChannelsLast}, {"y0", kChannelsLast}}}), "");
  EXPECT_EQ(fault_of(call, {.orders = {{"x1", kChannelsLast}}}), "");
}

INSTANTIATE_TEST_SUITE_P(Kernel, OfTwo, ::testing::Values("Add", "Sub", "Mul", "Div", "Max", "Min", "PRelu"),
                         [](const auto& one) { return std::string(one.param); });

TEST(AddKernel, RepeatsSizesOfBothInputs) {
  EXPECT_EQ(fault_of({"Add", {numbers({2, 1, 5, 1}), numbers({1, 3, 1, 7}, 2)}}), "");
  EXPECT_EQ(fault_of({"Sub", {numbers({1, 3, 1, 1}), numbers({2, 3, 5, 7}, 2)}}), "");
}

TEST(MaxKernel, GivesNaNWhereverItIs) {
  const Array a = float_list({kNotANumber, 1, 2});
  const Array b = float_list({1, kNotANumber, 3});
  EXPECT_EQ(fault_of({"Max", {a, b}}), "");
  EXPECT_EQ(fault_of({"Min", {a, b, a}}), "");
}

TEST(SumKernel, TakesAnyNumberOfValues) {
  EXPECT_EQ(fault_of({"Sum", {numbers({4, 5}), numbers({5}, 2), numbers({1, 5}, 3)}}), "");
  EXPECT_EQ(fault_of({"Mean", {numbers({4, 5}), numbers({5}, 2), numbers({1, 5}, 3)}}), "");
}

TEST(ArithmeticKernel, OfIntegersWrapsAround) {
  const Array a = list_of<int32_t>({INT32_MAX, INT32_MIN, 5, -7});
  const Array b = list_of<int32_t>({1, -1, 3, 2});
  for (const char* type : {"Add", "Sub", "Mul", "Max", "Min"})
    EXPECT_EQ(fault_of({type, {a, b}}), "") << type;
  const Array wide = list_of<int64_t>({INT64_MAX, -3, int64_t{1} << 40, 0, 1});
  for (const char* type : {"Add", "Mul", "Max", "Min"})
    EXPECT_EQ(fault_of({type, {wide, list_of<int64_t>({1, 2, 3, 4, 5})}}), "") << type;
}

TEST(DivKernel, CutsTheQuotientOfIntegers) {
  const Array a = list_of<int64_t>({7, -7, 7, -7, 9});
  EXPECT_EQ(fault_of({"Div", {a, list_of<int64_t>({2, 2, -2, -2, 3})}}), "");
  const Array bytes = list_of<uint8_t>({1, 2});
  EXPECT_THAT(refusal_of({"Div", {bytes, bytes}}),
              HasSubstr("node 0 \"tested\" (Div): there is no code generator for Div of uint8"));
}

TEST(PowKernel, TakesTheExponentsThatNetworksHave) {
  const Array x = numbers_above(0, {3, 19});
  for (const float exponent : {2.0F, 3.0F, 1.0F, 0.0F, 0.5F, -0.5F, -1.0F, -2.0F, 1.5F, 4.0F})
    EXPECT_EQ(fault_of({"Pow", {x, Array::scalar(exponent)}}, {.known = {1}}), "") << exponent;
  EXPECT_EQ(fault_of({"Pow", {extremes(), Array::scalar(2.0F)}}, {.known = {1}}), "");
  EXPECT_EQ(fault_of({"Pow", {extremes(), Array::scalar(0.5F)}}, {.known = {1}}), "");
}

TEST(PowKernel, TakesAnyExponent) {
  const Array x = numbers_above(0, {3, 19});
  for (const float exponent : {1.7F, -0.3F, 2.2F, 9.0F, 65.0F, -1.5F})
    EXPECT_EQ(fault_of({"Pow", {x, Array::scalar(exponent)}}, {.known = {1}, .tolerance = 1e-4}), "")
        << exponent;
  EXPECT_EQ(fault_of({"Pow", {x, numbers({3, 19}, 2)}}, {.tolerance = 1e-4}), "");
}

TEST(PowKernel, HasTheResultsOfSignsZerosAndNoNumbers) {
  std::vector<float> bases;
  std::vector<float> exponents;
  for (const float base : {0.0F, -0.0F, 1.0F, -1.0F, -2.0F, 2.0F, kInfinite, -kInfinite, kNotANumber})
    for (const float exponent :
         {0.0F, 1.0F, 2.0F, 3.0F, -1.0F, -2.0F, -3.0F, 0.5F, 1.5F, kInfinite, -kInfinite}) {
      bases.push_back(base);
      exponents.push_back(exponent);
    }
  EXPECT_EQ(fault_of({"Pow", {float_list(bases), float_list(exponents)}}), "");
}

TEST(PowKernel, KnowsOddExponentsBeyondWhatAFloatHolds) {
  const Array x = float_list({-1, -kInfinite, 2, -0.0F});
  for (const int32_t exponent : {(1 << 24) + 1, (1 << 24) + 3, 1 << 30, -2147483647, 2147483647}) {
    for (const bool known : {false, true}) {
      const std::set<size_t> inputs = known ? std::set<size_t>{1} : std::set<size_t>{};
      EXPECT_EQ(fault_of({"Pow", {x, Array::scalar(exponent)}}, {.known = inputs}), "") << exponent;
      EXPECT_EQ(fault_of({"Pow", {x, Array::scalar(int64_t{exponent})}}, {.known = inputs}), "") << exponent;
    }
  }
  EXPECT_EQ(fault_of({"Pow", {x, Array::scalar((int64_t{1} << 53) + 1)}}, {.known = {1}}), "");
}

TEST(PowKernel, MultipliesIntegers) {
  const Array x = list_of<int64_t>({7, -7, 0, 1, 9});
  EXPECT_EQ(fault_of({"Pow", {x, Array::scalar<int64_t>(3)}}, {.known = {1}}), "");
  EXPECT_THAT(refusal_of({"Pow", {x, x}}), HasSubstr("Pow of integers by what is no known whole number"));
  EXPECT_THAT(refusal_of({"Pow", {x, Array::scalar<int64_t>(65)}}, {.known = {1}}),
              HasSubstr("Pow of integers by a number above 64"));
}

TEST(PowKernel, WrapsAroundWhereIntegersOverflowAsTheReferenceDoes) {
  for (const int32_t exponent : {2, 3, 31, 64}) {
    const Array by = Array::scalar(exponent);
    EXPECT_EQ(fault_of({"Pow", {list_of<int32_t>({2147483647, 65536, 3, -3}), by}}, {.known = {1}}), "");
    EXPECT_EQ(fault_of({"Pow", {list_of<int64_t>({9223372036854775807, 65536, 3}), by}}, {.known = {1}}), "");
  }
}

TEST(PowKernel, CutsNegativePowersOfIntegers) {
  for (const int32_t exponent : {-1, -2, -7, -100}) {
    const Array by = Array::scalar(exponent);
    EXPECT_EQ(fault_of({"Pow", {list_of<int32_t>({0, 1, -1, 2, -2, 100}), by}}, {.known = {1}}), "")
        << exponent;
    EXPECT_EQ(fault_of({"Pow", {list_of<int64_t>({0, 1, -1, 2, -2}), by}}, {.known = {1}}), "") << exponent;
  }
}

TEST(ModKernel, HasTheSignOfTheDivisorOrOfC) {
  const Array a = list_of<int64_t>({7, -7, 7, -7, 9, -9, 0});
  const Array b = list_of<int64_t>({2, 2, -2, -3, 3, 3, 5});
  EXPECT_EQ(fault_of({"Mod", {a, b}}), "");
  EXPECT_EQ(fault_of({"Mod", {a, b}, {{"fmod", int64_t{1}}}}), "");
  EXPECT_EQ(fault_of({"Mod", {numbers({3, 19}), numbers_above(0.1F, {3, 19})}, {{"fmod", int64_t{1}}}}), "");
}

TEST(ModKernel, LeavesWhatAnInfiniteDivisorDoesNotGoInto) {
  const Array a = float_list({13.25F, -13.25F, 0, kInfinite, 5});
  const Array b = float_list({kInfinite, -kInfinite, kInfinite, 3, 0});
  EXPECT_EQ(fault_of({"Mod", {a, b}, {{"fmod", int64_t{1}}}}), "");
}

TEST(FunctionKernel, IsAsInTheReferenceWhereItIsDefined) {
  std::vector<float> all;
  for (int i = -400; i <= 400; ++i) all.push_back(static_cast<float>(i) * 0.11F);
  std::vector<float> unit;
  for (int i = -64; i <= 64; ++i) unit.push_back(static_cast<float>(i) / 64);
  std::vector<float> tiny{0, 1e-3F, -1e-4F, 1e-6F, -1e-10F, 1e-30F, kNotANumber};
  for (const char* type : {"Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh"})
    EXPECT_EQ(fault_of({type, {float_list(all)}}), "") << type;
  for (const char* type : {"Asin", "Acos", "Atanh"})
    EXPECT_EQ(fault_of({type, {float_list(unit)}}), "") << type;
  for (const char* type : {"Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Asin", "Acos", "Atanh"})
    EXPECT_EQ(fault_of({type, {float_list(tiny)}}), "") << type;
  EXPECT_EQ(fault_of({"Acosh", {numbers_above(1, {131})}}), "");
  EXPECT_EQ(fault_of({"Acosh", {float_list({0, 0.5F, -1, -1e30F, -kInfinite})}}), "");
}

TEST(FunctionKernel, TakesLargeAndInfiniteArguments) {
  for (const char* type : {"Atan", "Asinh", "Cosh", "Sinh"})
    EXPECT_EQ(fault_of({type, {float_list({88.9F, -88.9F, 1e30F, -1e30F, kInfinite, -kInfinite})}}), "")
        << type;
  for (const char* type : {"Sin", "Cos"})
    EXPECT_EQ(fault_of({type, {float_list({8191.0F, 65535.5F, -99999.0F, kInfinite})}}), "") << type;
}

TEST(ActivationKernel, TakesItsAttributes) {
  EXPECT_EQ(fault_of({"Selu", {extremes()}, {{"alpha", 2.0F}, {"gamma", 3.0F}}}), "");
  EXPECT_EQ(fault_of({"Celu", {extremes()}, {{"alpha", 0.5F}}, 12}), "");
  EXPECT_EQ(fault_of({"ThresholdedRelu", {extremes()}, {{"alpha", 0.7F}}}), "");
  EXPECT_EQ(fault_of({"Shrink", {extremes()}, {{"lambd", 1.5F}, {"bias", 0.5F}}}), "");
  for (const int64_t negative : {0, 1})
    for (const int64_t positive : {0, 1})
      EXPECT_EQ(
          fault_of({"IsInf", {extremes()}, {{"detect_negative", negative}, {"detect_positive", positive}}}),
          "");
}

TEST(ClipKernel, TakesBoundsOfAllForms) {
  const Array x = extremes();
  EXPECT_EQ(fault_of({"Clip", {x, Array::scalar(0.0F), Array::scalar(6.0F)}}, {.known = {1, 2}}), "");
  EXPECT_EQ(fault_of({"Clip", {x, Array::scalar(0.0F), Array::scalar(6.0F)}}), "");
  EXPECT_EQ(fault_of({"Clip", {x, std::nullopt, Array::scalar(6.0F)}}), "");
  EXPECT_EQ(fault_of({"Clip", {x, Array::scalar(2.0F), Array::scalar(1.0F)}}), "");
  EXPECT_EQ(fault_of({"Clip", {x}, {{"min", 0.0F}, {"max", 6.0F}}, 9}), "");
}

TEST(GeluKernel, HasBothForms) {
  EXPECT_EQ(fault_of({"Gelu", {numbers({777})}, {}, 20}), "");
  EXPECT_EQ(fault_of({"Gelu", {numbers({777})}, {{"approximate", std::string("tanh")}}, 20}), "");
}

TEST(ActivationKernel, ReadsItsAttributes) {
  EXPECT_EQ(fault_of({"LeakyRelu", {extremes()}, {{"alpha", 0.3F}}}), "");
  EXPECT_EQ(fault_of({"Elu", {numbers({99})}, {{"alpha", 0.3F}}}), "");
  EXPECT_EQ(fault_of({"HardSigmoid", {extremes()}, {{"alpha", 0.1F}, {"beta", 0.3F}}}), "");
  EXPECT_EQ(fault_of({"Swish", {numbers({99})}, {{"alpha", 1.7F}}, 24}), "");
  EXPECT_EQ(fault_of({"Mish", {numbers({99})}, {}, 18}), "");
}

TEST(BatchNormalizationKernel, TakesParametersOfChannels) {
  const Shape c{19};
  const TestCall call{
      "BatchNormalization",
      {numbers({2, 19, 5, 3}), numbers(c, 2), numbers(c, 3), numbers(c, 4), numbers_above(0.1F, c)}};
  EXPECT_EQ(fault_of(call), "");
  EXPECT_EQ(fault_of(call, {.orders = {{"x0", kChannelsLast}, {"y0", kChannelsLast}}}), "");
}

TEST(ComparisonKernel, IsFalseForWhatIsNoNumber) {
  std::vector<float> values{1, 2, kNotANumber, 3, kInfinite, -0.0F, 7};
  for (int i = 0; i < 30; ++i) values.push_back(static_cast<float>(i % 5));
  const Array a = float_list(values);
  const Array b = float_list(std::vector<float>(values.size(), 2));
  for (const char* type : {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}) {
    EXPECT_EQ(fault_of({type, {a, b}}), "") << type;
    EXPECT_EQ(fault_of({type, {a, a}}), "") << type;
  }
  EXPECT_EQ(fault_of({"IsNaN", {a}}), "");
}

TEST(ComparisonKernel, TakesIntegers) {
  const Array a = list_of<int64_t>({1, -2, int64_t{1} << 40, 4, 5});
  const Array b = list_of<int64_t>({1, 2, 3, int64_t{1} << 41, 4});
  for (const char* type : {"Equal", "Less", "GreaterOrEqual"})
    EXPECT_EQ(fault_of({type, {a, b}}), "") << type;
}

TEST(LogicKernel, CombinesBooleans) {
  const Array a = list_of<bool>({true, false, true, false, true});
  const Array b = list_of<bool>({true, true, false, false, true});
  for (const char* type : {"And", "Or", "Xor", "Equal"}) EXPECT_EQ(fault_of({type, {a, b}}), "") << type;
  EXPECT_EQ(fault_of({"Not", {a}}), "");
}

TEST(WhereKernel, ChoosesAndRepeats) {
  const Array condition = Array::of<bool>({3, 1}, {true, false, true});
  EXPECT_EQ(fault_of({"Where", {condition, numbers({3, 21}), numbers({21}, 2)}}), "");
  EXPECT_EQ(fault_of({"Where", {condition, numbers({3, 21}), Array::scalar(-1e9F)}}, {.known = {2}}), "");
  EXPECT_EQ(fault_of({"Where", {condition, list_of<int64_t>({5}), list_of<int64_t>({7, 8})}}), "");
}

TEST(CastKernel, GoesBetweenAllTypesThatItTakes) {
  constexpr int64_t kFloat = 1;
  constexpr int64_t kInt32 = 6;
  constexpr int64_t kInt64 = 7;
  constexpr int64_t kBool = 9;
  std::vector<float> values{0, -0.0F, 1.5F, -1.5F, kNotANumber, kInfinite, -kInfinite, 1e20F, -1e20F, 3e9F};
  for (int i = 0; i < 30; ++i) values.push_back(static_cast<float>(i) * 0.7F);
  const Array wide = list_of<int64_t>({0, 1, -1, int64_t{1} << 33, INT64_MIN, 7});
  const Array narrow = list_of<int32_t>({0, 1, -1, INT32_MIN, INT32_MAX});
  const Array booleans = list_of<bool>({true, false, true});
  for (const Array& x : {float_list(values), wide, narrow, booleans})
    for (const int64_t to : {kFloat, kInt32, kInt64, kBool})
      EXPECT_EQ(fault_of({"Cast", {x}, {{"to", to}}}), "") << to_string(x.type()) << " to " << to;
}

TEST(CastKernel, RoundsToHalvesAndBack) {
  std::vector<float> values{0,        -0.0F, kNotANumber, kInfinite, -kInfinite,
                            65519.9F, 65520, 1e-8F,       6e-8F,     3e-5F};
  for (int i = 0; i < 40; ++i) values.push_back(static_cast<float>(i - 20) * 1.2345F);
  for (const int64_t half : {10, 16}) {
    const TestCall rounding{"Cast", {float_list(values)}, {{"to", half}}};
    EXPECT_EQ(fault_of(rounding), "");
    const Array halves = run(rounding).value().front();
    EXPECT_EQ(fault_of({"Cast", {halves}, {{"to", int64_t{1}}}}), "");
    EXPECT_EQ(fault_of({"Transpose", {halves.reshaped({10, 5})}}), "");
    EXPECT_THAT(refusal_of({"Neg", {halves}}), HasSubstr("no code generator for elements of"));
  }
}

TEST(Kernel, OfAnUnknownOperatorIsRefusedByName) {
  EXPECT_THAT(refusal_of({"NonZero", {numbers({3})}}),
              HasSubstr("node 0 \"tested\" (NonZero): there is no code generator for NonZero"));
}

TEST(Kernel, OfNoElementsDoesNothing) {
  EXPECT_EQ(fault_of({"Relu", {numbers({0, 3})}}), "");
  EXPECT_EQ(fault_of({"Softmax", {numbers({0, 3})}}), "");
}

TEST(Kernel, IsTheSameInNarrowVectorsAndOnSeveralThreads) {
  const TestCall call{"Add", {numbers({3, 130, 130}), numbers({130, 1}, 2)}};
  for (const int64_t bytes : {16, 32, 64})
    for (const int64_t threads : {1, 3}) {
      EXPECT_EQ(fault_of(call, {.vector_bytes = bytes, .threads = threads}), "") << bytes << " " << threads;
      EXPECT_EQ(fault_of({"Relu", {numbers({60007})}}, {.vector_bytes = bytes, .threads = threads}), "");
      EXPECT_EQ(fault_of({"Relu", {numbers({65536})}}, {.vector_bytes = bytes, .threads = threads}), "");
    }
}

Node node(const std::string& type, std::vector<std::string> inputs, const std::string& output) {
  Node made;
  made.type = type;
  made.opset = 17;
  made.name = type;
  made.inputs = std::move(inputs);
  made.outputs = {output};
  return made;
}

TEST(FusedKernel, TakesOneValueTwice) {
  EXPECT_EQ(fault_of_fused({node("Mul", {"x", "x"}, "y")}, {{"x", numbers({3, 17})}}), "");
}

TEST(FusedKernel, ComputesAChainInOneLoop) {
  // Hard-swish as PaddlePaddle spells it out.
  const std::vector<Node> nodes{node("Add", {"x", "three"}, "a"), node("Clip", {"a", "zero", "six"}, "b"),
                                node("Mul", {"x", "b"}, "c"), node("Div", {"c", "six"}, "y")};
  const std::map<std::string, Array> values{{"x", numbers({2, 5, 7, 3})},
                                            {"three", Array::scalar(3.0F)},
                                            {"zero", Array::scalar(0.0F)},
                                            {"six", Array::scalar(6.0F)}};
  EXPECT_EQ(fault_of_fused(nodes, values), "");
  EXPECT_EQ(fault_of_fused(nodes, values, {.orders = {{"x", kChannelsLast}, {"y", kChannelsLast}}}), "");
}

TEST(FusedKernel, RoundsWhatEachOperatorGives) {
  // A product and a sum that were rounded once would be more exact, and another number.
  const std::vector<Node> nodes{node("Mul", {"x", "scale"}, "m"), node("Add", {"m", "bias"}, "y")};
  const std::map<std::string, Array> values{
      {"x", numbers({3, 500})}, {"scale", numbers({500}, 2)}, {"bias", numbers({500}, 3)}};
  EXPECT_EQ(fault_of_fused(nodes, values, {.tolerance = 0}), "");
}

TEST(FusedKernel, RepeatsInnerValuesOfFewerElements) {
  const std::vector<Node> nodes{node("Sigmoid", {"gate"}, "s"), node("Mul", {"x", "s"}, "m"),
                                node("Add", {"m", "r"}, "y")};
  const std::map<std::string, Array> values{
      {"gate", numbers({2, 5, 1, 1})}, {"x", numbers({2, 5, 7, 3}, 2)}, {"r", numbers({2, 5, 7, 3}, 3)}};
  EXPECT_EQ(fault_of_fused(nodes, values), "");
}

TEST(FusedKernel, RefusesWhatIsNotElementwise) {
  const std::vector<Node> nodes{node("Relu", {"x"}, "a"), node("Softmax", {"a"}, "y")};
  EXPECT_THAT(fault_of_fused(nodes, {{"x", numbers({3, 4})}}), HasSubstr("no code generator for Softmax"));
}

TEST(FusedKernel, RefusesAnExpressionThatGrowsTooLarge) {
  std::vector<Node> nodes{node("Relu", {"x"}, "v0")};
  for (int i = 0; i < 12; ++i) {
    const std::string before = "v" + std::to_string(i);
    nodes.push_back(node("Add", {before, before}, i == 11 ? "y" : "v" + std::to_string(i + 1)));
  }
  EXPECT_THAT(fault_of_fused(nodes, {{"x", numbers({3, 4})}}), HasSubstr("of 13 operators is too large"));
}

PhysicalOrder any_order(size_t rank) {
  PhysicalOrder order(rank);
  for (size_t i = 0; i < rank; ++i) order[i] = i;
  for (size_t i = rank; i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<size_t>(0, i)]);
  return order;
}

RC_GTEST_PROP(ElementwiseKernel, BroadcastsAnyShapesInAnyOrders, ()) {
  const auto rank = *rc::gen::inRange<size_t>(1, 5);
  Shape whole(rank);
  for (int64_t& size : whole) size = *rc::gen::inRange<int64_t>(1, 20);
  Shape part = whole;
  for (int64_t& size : part)
    if (*rc::gen::arbitrary<bool>()) size = 1;
  part.erase(part.begin(), part.begin() + *rc::gen::inRange<ptrdiff_t>(0, static_cast<ptrdiff_t>(rank)));
  const TestCall call{"Sub", {numbers(whole), numbers(part, 2)}};
  Running running;
  running.orders["x0"] = any_order(rank);
  running.orders["x1"] = any_order(part.size());
  running.orders["y0"] = any_order(rank);
  running.threads = *rc::gen::inRange<int64_t>(1, 3);
  RC_ASSERT(fault_of(call, running) == "");
}

RC_GTEST_PROP(MovementKernel, TransposesAnyShapesInAnyOrders, ()) {
  const auto rank = *rc::gen::inRange<size_t>(1, 5);
  Shape shape(rank);
  for (int64_t& size : shape) size = *rc::gen::inRange<int64_t>(1, 20);
  const PhysicalOrder order = any_order(rank);
  const TestCall call{
      "Transpose", {numbers(shape)}, {{"perm", std::vector<int64_t>(order.begin(), order.end())}}};
  RC_ASSERT(fault_of(call, {.orders = {{"x0", any_order(rank)}, {"y0", any_order(rank)}}}) == "");
}

}  // namespace
}  // namespace tamis::network
