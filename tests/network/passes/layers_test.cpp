#include "network/passes/layers.h"

#include "network/passes/graphs.h"
#include "network/passes/simplify.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Layer> layers_of(const TestGraph& graph) {
  auto network = resolve(graph.model(), {});
  EXPECT_TRUE(network.ok() && network->faults.empty());
  simplify(*network);
  return network::layers_of(*network).value();
}

/// The only layer's workload as a spec, or why it is not tuned.
std::string only(const TestGraph& graph) {
  const std::vector<Layer> layers = layers_of(graph);
  if (layers.size() != 1) return std::to_string(layers.size()) + " layers";
  const Layer& layer = layers.front();
  if (!layer.workload) return layer.why_not;
  const std::string spec = to_spec(*layer.workload);
  return spec.substr(0, spec.find(",type=float32"));
}

std::vector<int64_t> list(std::vector<int64_t> values) { return values; }

TEST(Layers, AreConvolutionsWithWhatFollowsThem) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(14), fixed(14)});
  graph.constant("w", random_floats({32, 16, 3, 3}, 1)).constant("b", random_floats({32}, 2));
  graph.node("Conv", {"x", "w", "b"}, {"c"}, {{"pads", list({1, 1, 1, 1})}, {"strides", list({2, 2})}});
  EXPECT_EQ(only(TestGraph(graph).node("Relu", {"c"}, {"y"}).output("y")),
            "conv2d:n=1,ci=16,h=14,w=14,co=32,k=3,stride=2,pad=1");
  EXPECT_EQ(only(TestGraph(graph).output("c")),
            "conv2d:n=1,ci=16,h=14,w=14,co=32,k=3,stride=2,pad=1,clip_min=none");
}

TEST(Layers, KnowDepthwiseAndGroupedConvolutions) {
  const auto grouped = [](int64_t co, int64_t groups) {
    TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(8), fixed(8)});
    graph.constant("w", random_floats({co, 16 / groups, 3, 3}, 1));
    return only(graph.node("Conv", {"x", "w"}, {"y"}, {{"group", groups}}).output("y"));
  };
  EXPECT_THAT(grouped(16, 16), HasSubstr("depthwise_conv2d:"));
  EXPECT_THAT(grouped(32, 16), HasSubstr("grouped_conv2d:"));
  EXPECT_THAT(grouped(8, 4), HasSubstr("groups=4"));
}

TEST(Layers, TakeTheSidesThatPaddingSameGives) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(6), fixed(6)});
  graph.constant("w", random_floats({16, 16, 3, 3}, 1));
  graph.node("Conv", {"x", "w"}, {"y"}, {{"auto_pad", std::string("SAME_UPPER")}, {"strides", list({2, 2})}});
  EXPECT_THAT(only(graph.output("y")), HasSubstr("pad_bottom=1"));
}

TEST(Layers, TakeARowForAnImageOfOneRow) {
  TestGraph graph =
      TestGraph().input("x", {fixed(1), fixed(16), fixed(128)}).constant("w", random_floats({8, 16, 3}, 1));
  EXPECT_THAT(only(graph.node("Conv", {"x", "w"}, {"y"}, {{"pads", list({1, 1})}}).output("y")),
              HasSubstr("ci=16,h=1,w=128,co=8"));
}

TEST(Layers, AreConvolutionsOfVolumes) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(8), fixed(14), fixed(12)});
  graph.constant("w", random_floats({32, 16, 3, 3, 1}, 1)).constant("b", random_floats({32}, 2));
  graph.node("Conv", {"x", "w", "b"}, {"c"},
             {{"pads", list({1, 1, 0, 0, 1, 0})}, {"strides", list({1, 2, 2})}});
  EXPECT_EQ(only(graph.node("Relu", {"c"}, {"y"}).output("y")),
            "conv3d:n=1,ci=16,d=8,h=14,w=12,co=32,kd=3,kh=3,kw=1,stride_d=1,stride_h=2,stride_w=2,"
            "pad_front=1,pad_back=0,pad_top=1,pad_left=0,pad_bottom=1,pad_right=0");
}

TEST(Layers, KnowTransposedConvolutions) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(8), fixed(8)});
  graph.constant("w", random_floats({16, 8, 3, 3}, 1));
  graph.node("ConvTranspose", {"x", "w"}, {"y"},
             {{"pads", list({1, 1, 1, 1})}, {"strides", list({2, 2})}, {"output_padding", list({1, 1})}});
  const std::string spec = only(graph.output("y"));
  EXPECT_THAT(spec, HasSubstr("conv2d_transpose:n=1,ci=16,h=8,w=8,co=8,k=3,stride=2,pad=1"));
  EXPECT_THAT(spec, HasSubstr("output_pad=1"));
}

TEST(Layers, AreProductsWithAConstantMatrix) {
  TestGraph graph =
      TestGraph().input("x", {fixed(2), fixed(5), fixed(64)}).constant("w", random_floats({64, 32}, 1));
  graph.constant("b", random_floats({32}, 2))
      .node("MatMul", {"x", "w"}, {"m"})
      .node("Add", {"b", "m"}, {"y"});
  EXPECT_EQ(only(graph.output("y")), "dense:n=10,ci=64,co=32,clip_min=none");
  TestGraph gemm = TestGraph().input("x", {fixed(3), fixed(64)}).constant("w", random_floats({32, 64}, 1));
  EXPECT_EQ(only(gemm.node("Gemm", {"x", "w"}, {"y"}, {{"transB", int64_t{1}}}).output("y")),
            "dense:n=3,ci=64,co=32,bias=0,clip_min=none");
}

TEST(Layers, AreProductsOfActivations) {
  TestGraph graph = TestGraph().input("a", {fixed(1), fixed(4), fixed(16), fixed(8)});
  graph.input("b", {fixed(1), fixed(4), fixed(8), fixed(16)}).node("MatMul", {"a", "b"}, {"y"});
  EXPECT_EQ(only(graph.output("y")), "matmul:batch=4,m=16,n=16,k=8,bias=0,clip_min=none");
}

TEST(Layers, SayWhyTheyAreNotTuned) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(4), fixed(8), fixed(8)});
  graph.input("w", {fixed(4), fixed(4), fixed(3), fixed(3)}).node("Conv", {"x", "w"}, {"y"});
  EXPECT_EQ(only(graph.output("y")), "its weights are no constant");
  TestGraph grouped = TestGraph().input("x", {fixed(1), fixed(4), fixed(8), fixed(8), fixed(8)});
  grouped.constant("w", random_floats({4, 2, 3, 3, 3}, 1))
      .node("Conv", {"x", "w"}, {"y"}, {{"group", int64_t{2}}});
  EXPECT_EQ(only(grouped.output("y")), "of three dimensions tamis tunes convolutions without groups only");
  EXPECT_THAT(only(TestGraph().input("x", {fixed(2)}).node("Relu", {"x"}, {"y"}).output("y")), IsEmpty())
      << "it computes too little to be worth it";
}

TEST(Layers, KeepWhatOthersTakeToo) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(4), fixed(4)});
  graph.constant("w", random_floats({16, 16, 1, 1}, 1))
      .node("Conv", {"x", "w"}, {"c"})
      .node("Relu", {"c"}, {"y"});
  EXPECT_THAT(layers_of(graph.output("y").output("c")), SizeIs(2));
}

TEST(Layers, AddAResidualThatIsThereBefore) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(4), fixed(4)});
  for (const char* name : {"u", "v"}) graph.constant(name, random_floats({16, 16, 1, 1}, 1));
  graph.node("Conv", {"x", "u"}, {"a"}).node("Conv", {"x", "v"}, {"b"}).node("Add", {"a", "b"}, {"s"});
  const std::vector<Layer> layers = layers_of(graph.node("Relu", {"s"}, {"y"}).output("y"));
  ASSERT_THAT(layers, SizeIs(2));
  EXPECT_EQ(layers[0].nodes.size(), 1U) << "b is not there yet";
  EXPECT_EQ(layers[1].operands.residual, "a");
  EXPECT_THAT(to_spec(*layers[1].workload, {DataType::float32, Layout::nchw}), HasSubstr("residual=1"));
  EXPECT_EQ(layers[1].workload->epilogue.clip_min, 0);
}

TEST(Layers, JoinNeitherResidualsNorActivationsWhereATargetHasNone) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(4), fixed(4)});
  graph.constant("u", random_floats({16, 16, 1, 1}, 1))
      .node("Conv", {"x", "u"}, {"a"})
      .node("Add", {"a", "x"}, {"s"});
  Resolved network = resolve(graph.node("HardSwish", {"s"}, {"y"}).output("y").model(), {}).value();
  EXPECT_THAT(network::layers_of(network, {.rich_epilogues = false}).value(), SizeIs(3));
  EXPECT_THAT(network::layers_of(network).value(), SizeIs(1));
}

TEST(Layers, AddNothingOfAnotherShape) {
  TestGraph graph = TestGraph()
                        .input("x", {fixed(1), fixed(16), fixed(4), fixed(4)})
                        .input("r", {fixed(16), fixed(1), fixed(1)});
  graph.constant("u", random_floats({16, 16, 1, 1}, 1)).node("Conv", {"x", "u"}, {"a"});
  EXPECT_THAT(layers_of(graph.node("Add", {"a", "r"}, {"y"}).output("y")), SizeIs(2));
}

TEST(Layers, EndWithAnActivation) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(4), fixed(4)});
  graph.constant("u", random_floats({16, 16, 1, 1}, 1))
      .node("Conv", {"x", "u"}, {"a"})
      .node("Sigmoid", {"a"}, {"s"});
  graph.node("Mul", {"a", "s"}, {"m"}).node("Relu", {"m"}, {"y"});
  const std::vector<Layer> layers = layers_of(graph.output("y"));
  ASSERT_THAT(layers, SizeIs(2));
  EXPECT_EQ(layers[0].workload->epilogue.activation, Activation::silu);
}

TEST(DistinctWorkloads, CountLayersThatDifferInTheirWeightsOnly) {
  TestGraph graph = TestGraph().input("x", {fixed(1), fixed(16), fixed(4), fixed(4)});
  for (const char* name : {"u", "v", "w"}) graph.constant(name, random_floats({16, 16, 1, 1}, 1));
  graph.node("Conv", {"x", "u"}, {"a"}).node("Conv", {"a", "v"}, {"b"}).node("Relu", {"b"}, {"c"});
  const std::vector<Layer> layers = layers_of(graph.node("Conv", {"c", "w"}, {"y"}).output("y"));
  const std::vector<NetworkWorkload> workloads = distinct_workloads(layers);
  ASSERT_THAT(workloads, SizeIs(2));
  EXPECT_THAT(workloads[0].layers, ElementsAre(0, 2));
  EXPECT_THAT(workloads[1].layers, ElementsAre(1)) << "it clips";
}

}  // namespace
}  // namespace tamis::network
