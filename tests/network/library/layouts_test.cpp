#include "network/library/layouts.h"

#include "network/library/min_cut.h"
#include "network/passes/graphs.h"
#include "network/passes/simplify.h"

#include <gtest/gtest.h>

namespace tamis::network {
namespace {

/// The orders of a graph's steps, where a convolution takes `plain_ns` or `last_ns`.
struct Laid {
  Resolved network;
  std::vector<Layer> layers;
  std::vector<PlannedStep> steps;
  LayoutChoice choice;

  [[nodiscard]] Order order(const std::string& output) const {
    for (const PlannedStep& step : steps)
      if (step.outputs.front() == output) return step.order;
    ADD_FAILURE() << "no step gives " << output;
    return Order::plain;
  }
};

Laid lay_out(const TestGraph& graph, double plain_ns, double last_ns, std::set<std::string> plain_only = {}) {
  Laid laid;
  laid.network = *resolve(graph.model(), {});
  simplify(laid.network);
  laid.layers = *layers_of(laid.network);
  laid.steps = planned_steps(laid.network, laid.layers, 24);
  const LayoutTime time = [&](const Workload& workload) {
    return workload.layout == Layout::nchw ? plain_ns : last_ns;
  };
  laid.choice = choose_orders(laid.network, {time, std::move(plain_only)}, laid.steps);
  return laid;
}

/// Two convolutions with a pool between them; 64 kB between any two.
TestGraph two_convolutions() {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(16), fixed(32), fixed(32)})
      .constant("w", random_floats({16, 16, 1, 1}, 1))
      .node("Conv", {"x", "w"}, {"a"})
      .node("MaxPool", {"a"}, {"b"}, {{"kernel_shape", std::vector<int64_t>{1, 1}}})
      .node("Conv", {"b", "w"}, {"y"})
      .output("y");
  return graph;
}

TEST(Layouts, StayPlainWhereNothingIsGained) {
  const Laid laid = lay_out(two_convolutions(), 1000, 1000);
  EXPECT_EQ(laid.order("a"), Order::plain);
  EXPECT_EQ(laid.choice.conversions_ns, 0);
  EXPECT_EQ(laid.choice.layers_ns, 2000);
}

TEST(Layouts, ChangeWhereTheGainPaysForTheConversions) {
  const double conversion = conversion_ns(65536);
  const Laid laid = lay_out(two_convolutions(), 3 * conversion, conversion);
  EXPECT_EQ(laid.order("a"), Order::channels_last);
  EXPECT_EQ(laid.order("b"), Order::channels_last);
  EXPECT_EQ(laid.order("y"), Order::channels_last);
  EXPECT_DOUBLE_EQ(laid.choice.conversions_ns, 2 * conversion);
}

TEST(Layouts, DoNotChangeForLessThanTheConversions) {
  const double conversion = conversion_ns(65536);
  const Laid laid = lay_out(two_convolutions(), conversion, 0.1 * conversion);
  EXPECT_EQ(laid.order("a"), Order::plain);
}

TEST(Layouts, NeverGiveAStepAnOrderThatItCannotHave) {
  const Laid laid = lay_out(two_convolutions(), kForbidden, 1000, {"b"});
  EXPECT_EQ(laid.order("a"), Order::channels_last);
  EXPECT_EQ(laid.order("b"), Order::plain);
  EXPECT_EQ(laid.order("y"), Order::channels_last);
  EXPECT_DOUBLE_EQ(laid.choice.conversions_ns, 4 * conversion_ns(65536));
}

TEST(Layouts, ConvertOnceForSeveralWhoTakeAValue) {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(16), fixed(32), fixed(32)})
      .constant("w", random_floats({16, 16, 1, 1}, 1))
      .node("Conv", {"x", "w"}, {"a"})
      .node("Conv", {"x", "w"}, {"b"})
      .node("Concat", {"a", "b"}, {"y"}, {{"axis", int64_t{1}}})
      .output("y");
  const Laid laid = lay_out(graph, kForbidden, 1000);
  // x for both convolutions, and either a and b or y, which is as large.
  EXPECT_DOUBLE_EQ(laid.choice.conversions_ns,
                   conversion_ns(65536) + std::min(2 * conversion_ns(65536), conversion_ns(131072)));
}

TEST(PlannedSteps, FuseChainsOfOneShape) {
  TestGraph graph;
  graph.input("x", {fixed(4), fixed(5)})
      .constant("c", random_floats({5}, 2))
      .node("Exp", {"x"}, {"a"})
      .node("Add", {"a", "c"}, {"b"})
      .node("ReduceSum", {"b", "axes"}, {"s"})
      .constant("axes", Array::of<int64_t>({1}, {1}))
      .node("Sqrt", {"s"}, {"t"})
      .node("Div", {"x", "t"}, {"y"})
      .output("y");
  Laid laid = lay_out(graph, 1, 1);
  ASSERT_EQ(laid.steps.size(), 4);
  EXPECT_EQ(laid.steps[0].nodes.size(), 2);
  EXPECT_EQ(laid.steps[0].outputs, std::vector<std::string>{"b"});
  // The root is taken for each row, not for each element.
  EXPECT_EQ(laid.steps[2].outputs, std::vector<std::string>{"t"});
  EXPECT_EQ(planned_steps(laid.network, laid.layers, 1).size(), 5);
}

TEST(PlannedSteps, DoNotFuseWhatOthersTakeAsWell) {
  TestGraph graph;
  graph.input("x", {fixed(4)}).node("Exp", {"x"}, {"a"}).node("Neg", {"a"}, {"b"}).output("a").output("b");
  EXPECT_EQ(lay_out(graph, 1, 1).steps.size(), 2);
}

TEST(PlannedSteps, AreCalledAfterTheirOperatorOrOutput) {
  PlannedStep step;
  step.nodes = {Node{.type = "Relu",
                     .domain = {},
                     .opset = 17,
                     .name = "relu1",
                     .place = 0,
                     .inputs = {},
                     .outputs = {"y"}}};
  step.outputs = {"y"};
  EXPECT_EQ(name_of(step), "relu1");
  step.nodes.front().name.clear();
  EXPECT_EQ(name_of(step), "y");
}

}  // namespace
}  // namespace tamis::network
