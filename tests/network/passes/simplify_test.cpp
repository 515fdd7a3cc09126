#include "network/passes/simplify.h"

#include "network/passes/graphs.h"
#include "network/passes/reference_run.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

std::vector<std::string> types_of(const Resolved& network) {
  std::vector<std::string> types;
  for (const Node& node : network.graph.nodes) types.push_back(node.type);
  return types;
}

/// The types of the nodes that are left of a network with one input x, which must compute what it did before.
std::vector<std::string> simplified(const TestGraph& graph) {
  auto network = resolve(graph.model(), {});
  if (!network.ok()) return {network.error().message};
  if (const Status status = without_faults(*network); !status.ok()) return {status.error().message};
  const Array x = random_floats(*network->facts.at("x").shape, 7);
  const auto before = reference_run(*network, {{"x", x}});
  simplify(*network);
  const auto after = reference_run(*network, {{"x", x}});
  if (!before.ok() || !after.ok()) return {(before.ok() ? after : before).error().message};
  for (size_t i = 0; i < before->size(); ++i) {
    const auto expected = (*before)[i].values<float>();
    const auto got = (*after)[i].values<float>();
    EXPECT_EQ((*before)[i].shape(), (*after)[i].shape());
    for (size_t j = 0; j < expected.size(); ++j) EXPECT_NEAR(got[j], expected[j], 1e-5) << j;
  }
  return types_of(*network);
}

TestGraph image(int64_t channels) {
  return TestGraph().input("x", {fixed(1), fixed(channels), fixed(6), fixed(5)});
}

TestGraph& batch_norm(TestGraph& graph, const std::string& from, const std::string& to, int64_t channels) {
  const Array variance = floats({channels}, std::vector<float>(static_cast<size_t>(channels), 0.5F));
  return graph.constant(to + "s", random_floats({channels}, 3))
      .constant(to + "b", random_floats({channels}, 4))
      .constant(to + "m", random_floats({channels}, 5))
      .constant(to + "v", variance)
      .node("BatchNormalization", {from, to + "s", to + "b", to + "m", to + "v"}, {to});
}

Array halves(const Array& array) {
  NewArray<Float16> made(array.shape());
  const auto from = array.values<float>();
  std::transform(from.begin(), from.end(), made.values().begin(), [](float value) { return Float16(value); });
  return std::move(made).finish();
}

TEST(Simplify, ComputesInFloat32WhatAModelOfFloat16Says) {
  TestGraph graph = TestGraph().input("x", {fixed(2), fixed(64)}, ElementType::float16);
  graph.constant("w", halves(random_floats({64, 32}, 1)))
      .node("MatMul", {"x", "w"}, {"m"})
      .node("Sigmoid", {"m"}, {"y"})
      .output("y");
  Resolved network = resolve(graph.model(), {}).value();
  const Array x = halves(random_floats({2, 64}, 7));
  const Array before = reference_run(network, {{"x", x}}).value().front();
  EXPECT_EQ(widen_halves(network), 4U);
  EXPECT_THAT(types_of(network), ElementsAre("Cast", "MatMul", "Sigmoid", "Cast"));
  EXPECT_EQ(network.facts.at("x").type, ElementType::float16);
  EXPECT_EQ(network.facts.at("m").type, ElementType::float32);
  EXPECT_EQ(network.graph.constants.at("w").type(), ElementType::float32);
  const Array after = reference_run(network, {{"x", x}}).value().front();
  ASSERT_EQ(after.type(), ElementType::float16);
  for (size_t i = 0; i < before.values<Float16>().size(); ++i)
    EXPECT_NEAR(static_cast<float>(after.values<Float16>()[i]),
                static_cast<float>(before.values<Float16>()[i]), 2e-3);
}

TEST(Simplify, RoundsWhereAModelCastsToFloat16) {
  TestGraph graph = TestGraph().input("x", {fixed(3)});
  graph.node("Cast", {"x"}, {"h"}, {{"to", int64_t{10}}})
      .node("Neg", {"h"}, {"n"})
      .node("Cast", {"n"}, {"y"}, {{"to", int64_t{1}}})
      .output("y");
  Resolved network = resolve(graph.model(), {}).value();
  simplify(network);
  EXPECT_THAT(types_of(network), ElementsAre("Cast", "Cast", "Neg", "Cast"));
  const Array x = floats({3}, {1.0001F, 70000, -0.25F});
  const Array y = reference_run(network, {{"x", x}}).value().front();
  EXPECT_THAT(std::vector<float>(y.values<float>().begin(), y.values<float>().end()),
              ElementsAre(-1, -std::numeric_limits<float>::infinity(), 0.25F));
}

TEST(Simplify, KeepsConstantOutputsOfFloat16) {
  TestGraph graph = TestGraph().input("x", {fixed(2)}, ElementType::float16);
  graph.constant("c", halves(floats({2}, {1, 2}))).node("Add", {"x", "c"}, {"y"}).output("y").output("c");
  Resolved network = resolve(graph.model(), {}).value();
  simplify(network);
  const std::vector<Array> outputs = reference_run(network, {{"x", halves(floats({2}, {3, 4}))}}).value();
  EXPECT_EQ(outputs[0].values<Float16>()[1], Float16(6));
  EXPECT_EQ(outputs[1].values<Float16>()[1], Float16(2));
}

TEST(Simplify, MakesAConvolutionOfASpectrum) {
  for (const bool windowed : {true, false})
    for (const bool onesided : {true, false}) {
      TestGraph graph = TestGraph().input("x", {fixed(2), fixed(50), fixed(1)});
      graph.constant("step", Array::scalar<int64_t>(5))
          .constant("window", random_floats({16}, 40))
          .constant("length", Array::scalar<int64_t>(16))
          .node("STFT", {"x", "step", windowed ? "window" : "", "length"}, {"y"},
                {{"onesided", int64_t{onesided ? 1 : 0}}})
          .output("y");
      EXPECT_THAT(simplified(graph), ElementsAre("Reshape", "Conv", "Transpose", "Reshape"));
    }
}

TestGraph einsum_of(const char* equation, const Shape& x, const Shape& constant) {
  TestGraph graph = TestGraph().input("x", {fixed(x[0]), fixed(x[1]), fixed(x[2])});
  graph.constant("c", random_floats(constant, 9))
      .node("Einsum", {"x", "c"}, {"y"}, {{"equation", std::string(equation)}})
      .output("y");
  return graph;
}

TEST(Simplify, MakesAProductOfMatricesOfAnEinsum) {
  EXPECT_THAT(simplified(einsum_of("bij,jk->bik", {2, 3, 5}, {5, 4})),
              ElementsAre("Reshape", "MatMul", "Reshape"));
  EXPECT_THAT(simplified(einsum_of("bid,bjd->bij", {2, 3, 5}, {2, 4, 5})), Contains("MatMul"));
  EXPECT_THAT(simplified(einsum_of("bij,bjk->kbi", {2, 3, 5}, {2, 5, 4})), Contains("MatMul"));
  EXPECT_THAT(simplified(einsum_of("...ij,jk", {2, 3, 5}, {5, 4})), Contains("MatMul"));
}

TEST(Simplify, LeavesAnEinsumThatIsNoProductOfMatrices) {
  EXPECT_THAT(simplified(einsum_of("aij,jk->ak", {2, 3, 5}, {5, 4})), ElementsAre("Einsum"));
  EXPECT_THAT(simplified(einsum_of("aij,j->aij", {2, 3, 5}, {5})), ElementsAre("Einsum"));
  EXPECT_THAT(simplified(einsum_of("aij,jk->aik", {2, 3, 5}, {1, 4})), ElementsAre("Einsum"));
}

TEST(Simplify, LeavesTheSpectrumOfComplexSignals) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(50), fixed(2)});
  graph.constant("step", Array::scalar<int64_t>(5))
      .constant("length", Array::scalar<int64_t>(16))
      .node("STFT", {"x", "step", "", "length"}, {"y"}, {{"onesided", int64_t{0}}})
      .output("y");
  EXPECT_THAT(simplified(graph), ElementsAre("STFT"));
}

TEST(Simplify, PutsABatchNormIntoTheConvolutionBeforeIt) {
  TestGraph graph = image(3).constant("w", random_floats({4, 3, 3, 3}, 1)).node("Conv", {"x", "w"}, {"c"});
  batch_norm(graph, "c", "y", 4).output("y");
  EXPECT_THAT(simplified(graph), ElementsAre("Conv"));
}

TEST(Simplify, PutsScalesAndOffsetsByChannelIntoWeights) {
  TestGraph graph =
      image(3).constant("w", random_floats({4, 3, 1, 1}, 1)).constant("b", random_floats({4}, 2));
  graph.constant("scale", random_floats({1, 4, 1, 1}, 8)).constant("offset", random_floats({4, 1, 1}, 9));
  graph.constant("two", floats({}, {2}));
  graph.node("Conv", {"x", "w", "b"}, {"c"})
      .node("Mul", {"scale", "c"}, {"d"})
      .node("Add", {"d", "offset"}, {"e"});
  graph.node("Div", {"e", "two"}, {"f"}).node("Sub", {"f", "two"}, {"y"}).output("y");
  EXPECT_THAT(simplified(graph), ElementsAre("Conv"));
}

TEST(Simplify, ScalesEveryGroupOfATransposedConvolution) {
  TestGraph graph = image(4).constant("w", random_floats({4, 3, 2, 2}, 1));
  graph.node("ConvTranspose", {"x", "w"}, {"c"}, {{"group", int64_t{2}}});
  batch_norm(graph, "c", "y", 6).output("y");
  EXPECT_THAT(simplified(graph), ElementsAre("ConvTranspose"));
}

TEST(Simplify, KeepsAScalingOfWhatOthersTakeToo) {
  TestGraph graph = image(3).constant("w", random_floats({4, 3, 1, 1}, 1)).node("Conv", {"x", "w"}, {"c"});
  batch_norm(graph, "c", "y", 4).output("y").output("c");
  EXPECT_THAT(simplified(graph), ElementsAre("Conv", "BatchNormalization"));
}

TEST(Simplify, KeepsAnOffsetAlongAnotherAxis) {
  TestGraph graph =
      image(3).constant("w", random_floats({5, 3, 1, 1}, 1)).constant("offset", random_floats({5}, 2));
  graph.node("Conv", {"x", "w"}, {"c"}).node("Add", {"c", "offset"}, {"y"}).output("y");
  EXPECT_THAT(simplified(graph), ElementsAre("Conv", "Add")) << "it belongs to the columns";
}

TEST(Simplify, PutsAPadIntoTheConvolutionThatTakesIt) {
  TestGraph graph = image(3).constant("w", random_floats({4, 3, 3, 3}, 1));
  graph.constant("pads", Array::of<int64_t>({8}, {0, 0, 1, 0, 0, 0, 2, 1}));
  graph.node("Pad", {"x", "pads"}, {"p"})
      .node("Conv", {"p", "w"}, {"y"}, {{"pads", std::vector<int64_t>{0, 1, 0, 1}}});
  EXPECT_THAT(simplified(graph.output("y")), ElementsAre("Conv"));
}

TEST(Simplify, PutsAPadIntoAnAveragePoolAndNeverIntoAMaxPool) {
  for (const char* pool : {"AveragePool", "MaxPool"}) {
    TestGraph graph = image(3).constant("pads", Array::of<int64_t>({8}, {0, 0, 1, 1, 0, 0, 1, 1}));
    graph.node("Pad", {"x", "pads"}, {"p"});
    graph.node(pool, {"p"}, {"y"}, {{"kernel_shape", std::vector<int64_t>{3, 3}}}).output("y");
    EXPECT_EQ(simplified(graph).size(), std::string(pool) == "MaxPool" ? 2U : 1U) << pool;
  }
}

TEST(Simplify, RecognisesHardSwishInItsSpellings) {
  TestGraph graph =
      image(3).constant("3", floats({}, {3})).constant("0", floats({}, {0})).constant("6", floats({}, {6}));
  graph.node("Add", {"x", "3"}, {"a"}).node("Clip", {"a", "0", "6"}, {"c"});
  EXPECT_THAT(
      simplified(TestGraph(graph).node("Mul", {"x", "c"}, {"m"}).node("Div", {"m", "6"}, {"y"}).output("y")),
      ElementsAre("HardSwish"));
  EXPECT_THAT(
      simplified(TestGraph(graph).node("Div", {"c", "6"}, {"d"}).node("Mul", {"d", "x"}, {"y"}).output("y")),
      ElementsAre("HardSwish"));
  EXPECT_EQ(simplified(TestGraph(graph).node("Mul", {"x", "c"}, {"y"}).output("y")).size(), 3U)
      << "not divided";
}

TEST(Simplify, RecognisesSiluAndGelu) {
  EXPECT_THAT(simplified(image(3).node("Sigmoid", {"x"}, {"s"}).node("Mul", {"x", "s"}, {"y"}).output("y")),
              ElementsAre("Swish"));
  TestGraph gelu = image(3).constant("r", floats({}, {std::sqrt(2.0F)})).constant("1", floats({}, {1}));
  gelu.constant("h", floats({1}, {0.5F})).node("Div", {"x", "r"}, {"d"}).node("Erf", {"d"}, {"e"});
  gelu.node("Add", {"e", "1"}, {"a"})
      .node("Mul", {"x", "a"}, {"m"})
      .node("Mul", {"m", "h"}, {"y"})
      .output("y");
  EXPECT_THAT(simplified(gelu), ElementsAre("Gelu"));
}

TEST(Simplify, KeepsAnActivationWhosePartsOthersTake) {
  EXPECT_EQ(simplified(
                image(3).node("Sigmoid", {"x"}, {"s"}).node("Mul", {"x", "s"}, {"y"}).output("y").output("s"))
                .size(),
            2U);
}

TEST(Simplify, TakesOutWhatChangesNothing) {
  TestGraph graph = image(3).node("Identity", {"x"}, {"i"}).node("Dropout", {"i"}, {"d", "mask"});
  graph.node("Transpose", {"d"}, {"t"}, {{"perm", std::vector<int64_t>{0, 1, 2, 3}}})
      .node("Relu", {"t"}, {"r"});
  EXPECT_THAT(simplified(graph.node("Identity", {"r"}, {"y"}).output("y")), ElementsAre("Relu", "Identity"))
      << "an output keeps its name";
}

// Normalisations that are spelled out.

Attribute list_of(std::vector<int64_t> values) { return values; }

/// x of 2x3x8 less its mean along the last axis, in c.
TestGraph centred() {
  TestGraph graph = TestGraph().input("x", {fixed(2), fixed(3), fixed(8)});
  graph.constant("gamma", random_floats({8}, 1)).constant("beta", random_floats({8}, 2));
  graph.constant("eps", floats({}, {1e-5F}))
      .constant("two", floats({}, {2}))
      .constant("one", floats({}, {1}));
  return graph.node("ReduceMean", {"x"}, {"mean"}, {{"axes", list_of({-1})}})
      .node("Sub", {"x", "mean"}, {"c"});
}

/// The root of the mean square of a value, in `root`.
TestGraph& root_of(TestGraph& graph, const std::string& value) {
  return graph.node("Pow", {value, "two"}, {"square"})
      .node("ReduceMean", {"square"}, {"variance"}, {{"axes", list_of({2})}})
      .node("Add", {"variance", "eps"}, {"sum"})
      .node("Sqrt", {"sum"}, {"root"});
}

TEST(Simplify, RecognisesLayerNormalizationAsTorchWritesIt) {
  TestGraph graph = centred();
  root_of(graph, "c").node("Div", {"c", "root"}, {"d"}).node("Mul", {"d", "gamma"}, {"m"});
  EXPECT_THAT(simplified(TestGraph(graph).node("Add", {"m", "beta"}, {"y"}).output("y")),
              ElementsAre("LayerNormalization"));
  EXPECT_THAT(simplified(TestGraph(graph).output("m")), ElementsAre("LayerNormalization"))
      << "without a shift";
}

TEST(Simplify, RecognisesLayerNormalizationByAReciprocalAndTwoDifferences) {
  TestGraph graph = centred().node("Sub", {"x", "mean"}, {"again"});
  graph.node("Mul", {"again", "again"}, {"square"})
      .node("ReduceMean", {"square"}, {"variance"}, {{"axes", list_of({-1})}})
      .node("Add", {"eps", "variance"}, {"sum"})
      .node("Sqrt", {"sum"}, {"root"})
      .node("Reciprocal", {"root"}, {"inverse"})
      .node("Mul", {"c", "inverse"}, {"d"})
      .node("Mul", {"gamma", "d"}, {"m"});
  EXPECT_THAT(simplified(graph.node("Add", {"m", "beta"}, {"y"}).output("y")),
              ElementsAre("LayerNormalization"));
}

TEST(Simplify, KeepsANormalizationWhosePartsOthersTakeOrOverAnotherAxis) {
  TestGraph graph = centred();
  root_of(graph, "c").node("Div", {"c", "root"}, {"d"}).node("Mul", {"d", "gamma"}, {"y"}).output("y");
  EXPECT_EQ(simplified(TestGraph(graph).output("root")).size(), 8U);
  TestGraph rows = TestGraph().input("x", {fixed(2), fixed(8), fixed(8)});
  rows.constant("gamma", random_floats({8}, 1)).constant("eps", floats({}, {1e-5F}));
  rows.constant("two", floats({}, {2})).node("ReduceMean", {"x"}, {"mean"}, {{"axes", list_of({1})}});
  root_of(rows.node("Sub", {"x", "mean"}, {"c"}), "c").node("Div", {"c", "root"}, {"d"});
  EXPECT_EQ(simplified(rows.node("Mul", {"d", "gamma"}, {"y"}).output("y")).size(), 8U);
}

TEST(Simplify, RecognisesRmsNormalization) {
  TestGraph graph = TestGraph().input("x", {fixed(2), fixed(3), fixed(8)});
  graph.constant("gamma", random_floats({8}, 1)).constant("eps", floats({}, {1e-6F}));
  graph.constant("two", floats({}, {2})).constant("one", floats({}, {1}));
  root_of(graph, "x");
  EXPECT_THAT(simplified(TestGraph(graph)
                             .node("Div", {"one", "root"}, {"inverse"})
                             .node("Mul", {"x", "inverse"}, {"d"})
                             .node("Mul", {"gamma", "d"}, {"y"})
                             .output("y")),
              ElementsAre("RMSNormalization"));
  EXPECT_THAT(
      simplified(
          TestGraph(graph).node("Div", {"x", "root"}, {"d"}).node("Mul", {"d", "gamma"}, {"y"}).output("y")),
      ElementsAre("RMSNormalization"));
}

TEST(Simplify, RecognisesSoftmax) {
  TestGraph graph = image(3).node("ReduceMax", {"x"}, {"most"}, {{"axes", list_of({1})}});
  graph.node("Sub", {"x", "most"}, {"d"})
      .node("Exp", {"d"}, {"e"})
      .constant("axes", Array::of<int64_t>({1}, {-3}))
      .node("ReduceSum", {"e", "axes"}, {"sum"})
      .node("Div", {"e", "sum"}, {"y"});
  EXPECT_THAT(simplified(TestGraph(graph).output("y")), ElementsAre("Softmax"));
  EXPECT_EQ(simplified(TestGraph(graph).output("y").output("e")).size(), 5U) << "e is taken";
}

// Transposes.

TEST(Simplify, MergesTransposesAndTakesOutThoseThatCancel) {
  TestGraph graph = image(3).node("Transpose", {"x"}, {"a"}, {{"perm", list_of({0, 2, 3, 1})}});
  EXPECT_THAT(simplified(TestGraph(graph)
                             .node("Transpose", {"a"}, {"b"}, {{"perm", list_of({0, 3, 1, 2})}})
                             .node("Relu", {"b"}, {"y"})
                             .output("y")),
              ElementsAre("Relu"));
  EXPECT_THAT(
      simplified(
          TestGraph(graph).node("Transpose", {"a"}, {"y"}, {{"perm", list_of({2, 1, 0, 3})}}).output("y")),
      ElementsAre("Transpose"));
  EXPECT_THAT(simplified(TestGraph(graph).node("Transpose", {"a"}, {"y"}).output("y").output("a")),
              ElementsAre("Transpose", "Transpose"))
      << "others take the first";
}

TEST(Simplify, MakesAReshapeOfATransposeThatMovesNothingInMemory) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(4), fixed(1), fixed(5)});
  EXPECT_THAT(
      simplified(
          TestGraph(graph).node("Transpose", {"x"}, {"y"}, {{"perm", list_of({1, 0, 3, 2})}}).output("y")),
      ElementsAre("Reshape"));
  EXPECT_THAT(
      simplified(
          TestGraph(graph).node("Transpose", {"x"}, {"y"}, {{"perm", list_of({0, 3, 2, 1})}}).output("y")),
      ElementsAre("Transpose"));
}

// Powers of two.

/// Scores of 1x2x4x4 from x of 1x4x6 by two heads of 8, in `scores`; the queries are of `q`.
TestGraph attention() {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(4), fixed(6)});
  graph.constant("heads", Array::of<int64_t>({4}, {0, 0, 2, 8})).constant("8", floats({}, {8}));
  for (const std::string name : {"q", "k"}) {
    graph.constant(name + "w", random_floats({6, 16}, 1)).constant(name + "b", random_floats({16}, 2));
    graph.node("MatMul", {"x", name + "w"}, {name + "1"})
        .node("Add", {name + "b", name + "1"}, {name + "2"})
        .node("Reshape", {name + "2", "heads"}, {name + "3"});
  }
  graph.node("Transpose", {"q3"}, {"q"}, {{"perm", list_of({0, 2, 1, 3})}});
  graph.node("Transpose", {"k3"}, {"k"}, {{"perm", list_of({0, 2, 3, 1})}});
  return graph.node("MatMul", {"q", "k"}, {"scores"});
}

TEST(Simplify, PutsTheScaleOfScoresIntoTheWeightsOfTheQueries) {
  const std::vector<std::string> unscaled = simplified(attention().output("scores"));
  TestGraph after = attention().node("Div", {"scores", "8"}, {"scaled"}).node("Softmax", {"scaled"}, {"y"});
  std::vector<std::string> expected = unscaled;
  expected.emplace_back("Softmax");
  EXPECT_EQ(simplified(after.output("y")), expected);
}

TEST(Simplify, KeepsAScaleThatIsNoPowerOfTwoOrWhoseProductOthersTake) {
  const size_t unscaled = simplified(attention().output("scores")).size();
  TestGraph third = attention().constant("3", floats({}, {3})).node("Div", {"scores", "3"}, {"scaled"});
  EXPECT_EQ(simplified(third.node("Softmax", {"scaled"}, {"y"}).output("y")).size(), unscaled + 2);
  TestGraph taken = attention().node("Div", {"scores", "8"}, {"scaled"}).node("Softmax", {"scaled"}, {"y"});
  const std::vector<std::string> types = simplified(taken.output("y").output("scores"));
  EXPECT_EQ(types.size(), unscaled + 2);
  EXPECT_THAT(types, ::testing::Contains("Mul")) << "an eighth, exactly";
}

// What follows a MatMul.

TEST(Simplify, PutsABatchNormIntoAProductAndItsSum) {
  TestGraph graph = TestGraph().input("x", {fixed(4), fixed(3)}).constant("w", random_floats({3, 5}, 1));
  graph.constant("b", random_floats({5}, 2)).node("MatMul", {"x", "w"}, {"m"});
  TestGraph with_sum = TestGraph(graph).node("Add", {"m", "b"}, {"a"});
  EXPECT_THAT(simplified(batch_norm(with_sum, "a", "y", 5).output("y")), ElementsAre("MatMul", "Add"));
  EXPECT_THAT(simplified(batch_norm(graph, "m", "y", 5).output("y")), ElementsAre("MatMul", "Add"));
}

TEST(Simplify, PutsScalesByColumnIntoAProductOfAnyRank) {
  TestGraph graph =
      TestGraph().input("x", {fixed(2), fixed(4), fixed(3)}).constant("w", random_floats({3, 5}, 1));
  graph.constant("s", random_floats({5}, 2)).constant("b", random_floats({1, 5}, 3));
  graph.node("MatMul", {"x", "w"}, {"m"}).node("Mul", {"m", "s"}, {"a"});
  EXPECT_THAT(simplified(TestGraph(graph).output("a")), ElementsAre("MatMul"));
  graph.node("Add", {"a", "b"}, {"c"}).node("Mul", {"c", "s"}, {"y"}).output("y");
  EXPECT_THAT(simplified(graph), ElementsAre("MatMul", "Add"));
}

}  // namespace
}  // namespace tamis::network
