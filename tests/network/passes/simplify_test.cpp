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

}  // namespace
}  // namespace tamis::network
