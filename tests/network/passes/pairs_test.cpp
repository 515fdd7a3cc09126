#include "network/passes/pairs.h"

#include "network/passes/graphs.h"
#include "network/passes/simplify.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A network with its layers and their pairs.
struct Paired {
  Resolved network;
  std::vector<Layer> layers;
  std::vector<LayerPair> pairs;
};

Paired paired(const TestGraph& graph) {
  Paired made;
  made.network = resolve(graph.model(), {}).value();
  simplify(made.network);
  made.layers = layers_of(made.network).value();
  made.pairs = pairs_of(made.network, made.layers);
  return made;
}

/// `from` through a depthwise convolution of 16 channels, a ReLU and a pointwise one to 8.
TestGraph& add_pair(TestGraph& graph, const std::string& from, const std::string& name) {
  graph.constant(name + "_wd", random_floats({16, 1, 3, 3}, 1))
      .constant(name + "_bd", random_floats({16}, 2));
  graph.constant(name + "_wp", random_floats({16, 16, 1, 1}, 3));
  graph.node("Conv", {from, name + "_wd", name + "_bd"}, {name + "_d"},
             {{"group", int64_t{16}}, {"pads", std::vector<int64_t>{1, 1, 1, 1}}});
  graph.node("Relu", {name + "_d"}, {name + "_r"});
  return graph.node("Conv", {name + "_r", name + "_wp"}, {name + "_y"});
}

TestGraph input() { return TestGraph().input("x", {fixed(1), fixed(16), fixed(8), fixed(8)}); }

TEST(Pairs, AreADepthwiseConvolutionAndThePointwiseOneBehindIt) {
  TestGraph graph = input();
  const Paired made = paired(add_pair(graph, "x", "a").output("a_y"));
  ASSERT_THAT(made.pairs, SizeIs(1));
  EXPECT_EQ(to_spec(made.pairs[0].workload, {DataType::float32, Layout::nchw}),
            "separable_conv2d:n=1,ci=16,h=8,w=8,co=16,k=3,stride=1,pad=1,bias=0,clip_min=none,type=float32");
}

TEST(Pairs, AreNoneWhereAnotherTakesTheValueBetween) {
  TestGraph graph = input();
  EXPECT_THAT(paired(add_pair(graph, "x", "a").output("a_y").output("a_r")).pairs, IsEmpty());
  TestGraph added = input();
  add_pair(added, "x", "a").node("Add", {"a_y", "a_r"}, {"s"}).output("s");
  EXPECT_THAT(paired(added).pairs, IsEmpty());
}

TEST(Pairs, BecomeOneLayerInThePlaceOfTheSecond) {
  TestGraph graph = input();
  add_pair(graph, "x", "a").node("Add", {"a_y", "x"}, {"s"}).output("s");
  const Paired made = paired(graph);
  const std::vector<Layer> joined = join_pairs(made.layers, made.pairs);
  ASSERT_THAT(joined, SizeIs(1));
  EXPECT_EQ(joined[0].workload->op, Operator::separable_conv2d);
  EXPECT_EQ(joined[0].operands.input, "x");
  EXPECT_EQ(joined[0].operands.inner_weights, "a_wd");
  EXPECT_EQ(joined[0].operands.inner_bias, "a_bd");
  EXPECT_EQ(joined[0].operands.weights, "a_wp");
  EXPECT_EQ(joined[0].operands.residual, "x");
  EXPECT_EQ(joined[0].operands.output, "s");
  EXPECT_EQ(joined[0].multiply_accumulates,
            made.layers[0].multiply_accumulates + made.layers[1].multiply_accumulates);
}

TEST(Pairs, ThatAreAlikeAreOneTaskAndKnowThoseOfTheirParts) {
  TestGraph graph = input();
  add_pair(graph, "x", "a");
  const Paired made = paired(add_pair(graph, "a_y", "b").output("b_y"));
  ASSERT_THAT(made.pairs, SizeIs(2));
  const std::vector<NetworkWorkload> workloads = distinct_workloads(made.layers);
  const std::vector<PairWorkload> pairs = distinct_pairs(made.pairs, workloads);
  ASSERT_THAT(pairs, SizeIs(1));
  EXPECT_EQ(pairs[0].times, 2);
  EXPECT_EQ(workloads[pairs[0].depthwise].workload.op, Operator::depthwise_conv2d);
  EXPECT_EQ(workloads[pairs[0].pointwise].workload.op, Operator::conv2d);
}

}  // namespace
}  // namespace tamis::network
