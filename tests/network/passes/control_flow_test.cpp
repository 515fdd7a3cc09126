// If, Loop and Scan: kept and computed when the network runs, or written out when it is resolved.

#include "network/passes/graphs.h"
#include "network/passes/reference_run.h"
#include "network/passes/resolve.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Inputs = std::map<std::string, Array, std::less<>>;

Attribute body(const TestGraph& graph) { return std::make_shared<const Graph>(graph.graph()); }

Attribute numbers(std::vector<int64_t> values) { return values; }

/// What a network gives, the first output's elements; both as it is resolved and when it is simplified.
std::vector<float> computed(const TestGraph& graph, const Inputs& inputs) {
  auto network = resolve(graph.model(), {});
  if (!network.ok()) {
    ADD_FAILURE() << network.error().message;
    return {};
  }
  const auto before = reference_run(*network, inputs);
  if (!before.ok()) {
    ADD_FAILURE() << before.error().message;
    return {};
  }
  simplify(*network);
  const auto after = reference_run(*network, inputs);
  const auto values = before->front().values<float>();
  const auto again = after.ok() ? after->front().values<float>() : values.subspan(0, 0);
  EXPECT_TRUE(std::equal(values.begin(), values.end(), again.begin(), again.end()));
  const auto fact = network->facts.find(network->graph.outputs[0].name);
  if (fact != network->facts.end() && fact->second.shape) {
    EXPECT_EQ(*fact->second.shape, before->front().shape()) << "what is inferred";
  }
  return {values.begin(), values.end()};
}

std::vector<std::string> types(const TestGraph& graph) {
  const auto network = resolve(graph.model(), {});
  if (!network.ok()) return {network.error().message};
  if (const Status status = without_faults(*network); !status.ok()) return {status.error().message};
  std::vector<std::string> types;
  for (const Node& node : network->graph.nodes) types.push_back(node.type);
  return types;
}

std::string fault(const TestGraph& graph) {
  const auto network = resolve(graph.model(), {});
  const Status status = network.ok() ? without_faults(*network) : Status(network.error());
  return status.ok() ? "none" : status.error().message;
}

std::string failure(const TestGraph& graph, const Inputs& inputs) {
  const auto network = resolve(graph.model(), {});
  if (!network.ok()) return network.error().message;
  const auto outputs = reference_run(*network, inputs);
  return outputs.ok() ? "none" : outputs.error().message;
}

// If

/// y is x + 1 or x * 2; `big`, which is not computed for this, in one branch.
TestGraph choice(const std::string& in_else = "Mul") {
  const TestGraph yes = TestGraph().node("Add", {"x", "one"}, {"t"}).output("t");
  const TestGraph no =
      TestGraph().constant("two", floats({}, {2})).node(in_else, {"x", "two"}, {"t"}).output("t");
  return TestGraph()
      .input("x", {fixed(2)})
      .input("c", {}, ElementType::boolean)
      .constant("one", floats({}, {1}))
      .node("If", {"c"}, {"y"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
      .output("y");
}

TEST(ControlFlow, TakesTheBranchThatTheDataSay) {
  for (const char* other : {"Mul", "Pow"}) {  // of which the second is computed only where it is taken
    const Inputs yes{{"x", floats({2}, {3, 4})}, {"c", Array::scalar(true)}};
    EXPECT_THAT(computed(choice(other), yes), ElementsAre(4, 5));
  }
  const Inputs no{{"x", floats({2}, {3, 4})}, {"c", Array::scalar(false)}};
  EXPECT_THAT(computed(choice("Mul"), no), ElementsAre(6, 8));
  EXPECT_THAT(computed(choice("Pow"), no), ElementsAre(9, 16));
}

TEST(ControlFlow, ComputesBothBranchesWhereTheyAreSmallAndCannotFail) {
  EXPECT_THAT(types(choice("Mul")), ElementsAre("Add", "Mul", "Where"));
  EXPECT_THAT(types(choice("Pow")), ElementsAre("If"));
}

TEST(ControlFlow, LeavesABranchThatDoesNotFitUntilItIsTaken) {
  const TestGraph yes = TestGraph().node("Relu", {"x"}, {"t"}).output("t");
  const TestGraph no = TestGraph().node("MatMul", {"x", "w"}, {"t"}).output("t");
  const TestGraph graph =
      TestGraph()
          .input("x", {fixed(2)})
          .input("c", {}, ElementType::boolean)
          .constant("w", floats({3}, {1, 2, 3}))
          .node("If", {"c"}, {"y"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
          .output("y");
  const Array x = floats({2}, {-3, 4});
  EXPECT_THAT(computed(graph, {{"x", x}, {"c", Array::scalar(true)}}), ElementsAre(0, 4));
  EXPECT_THAT(failure(graph, {{"x", x}, {"c", Array::scalar(false)}}), HasSubstr("MatMul"));
}

TEST(ControlFlow, RefusesBranchesOfDifferentTypes) {
  const TestGraph yes = TestGraph().node("Shape", {"x"}, {"t"}).output("t");
  const TestGraph no = TestGraph().node("Relu", {"x"}, {"t"}).output("t");
  EXPECT_THAT(fault(TestGraph()
                        .input("x", {fixed(2)})
                        .input("c", {}, ElementType::boolean)
                        .node("If", {"c"}, {"y"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
                        .output("y")),
              HasSubstr("is int64 in one branch and float32 in the other"));
}

// Loop

/// The body of a Loop that adds `step`, of the graph around it, to a sum, and gives each sum; which goes on
/// by `condition`, or the number of the round.
TestGraph adding(const std::string& condition) {
  TestGraph graph = TestGraph()
                        .input("round", {}, ElementType::int64)
                        .input("going", {}, ElementType::boolean)
                        .input("sum", {fixed(2)})
                        .constant("last", Array::scalar<int64_t>(1));
  if (condition == "round")
    graph.node("Less", {"round", "last"}, {"on"});
  else
    graph.node("Identity", {condition}, {"on"});
  return graph.node("Add", {"sum", "step"}, {"next"}).output("on").output("next").output("next");
}

TestGraph looping(const std::string& count, const std::string& condition, const TestGraph& of) {
  return TestGraph()
      .input("x", {fixed(2)})
      .input("n", {}, ElementType::int64)
      .input("c", {}, ElementType::boolean)
      .constant("three", Array::scalar<int64_t>(3))
      .constant("step", floats({2}, {1, 10}))
      .node("Loop", {count, condition, "x"}, {"sum", "all"}, {{"body", body(of)}});
}

Inputs for_loop(int64_t n, bool c) {
  return {{"x", floats({2}, {0, 5})}, {"n", Array::scalar(n)}, {"c", Array::scalar(c)}};
}

/// What the network takes of these inputs.
std::vector<float> looped(TestGraph graph, const std::string& output, int64_t n, bool c) {
  graph.output(output);
  const Resolved network = resolve(graph.model(), {}).value();
  Inputs inputs = for_loop(n, c);
  std::erase_if(inputs, [&](const auto& entry) { return !network.facts.contains(entry.first); });
  return computed(graph, inputs);
}

TEST(ControlFlow, GoesRoundAsOftenAsTheDataSay) {
  const TestGraph graph = looping("n", "", adding("going"));
  EXPECT_THAT(looped(graph, "sum", 3, true), ElementsAre(3, 35));
  EXPECT_THAT(looped(graph, "all", 3, true), ElementsAre(1, 15, 2, 25, 3, 35));
  EXPECT_THAT(looped(graph, "sum", 0, true), ElementsAre(0, 5));
  EXPECT_THAT(looped(graph, "all", -2, true), ElementsAre());
}

TEST(ControlFlow, EndsWhereTheBodySaysWhateverTheConditionWas) {
  for (const char* condition : {"", "c"}) {
    const TestGraph graph = looping("n", condition, adding("round"));
    EXPECT_THAT(looped(graph, "all", 9, true), ElementsAre(1, 15, 2, 25)) << condition;
  }
  EXPECT_THAT(looped(looping("n", "c", adding("round")), "all", 9, false), ElementsAre());
  EXPECT_THAT(looped(looping("", "c", adding("round")), "sum", 9, true), ElementsAre(2, 25))
      << "without a count";
}

TEST(ControlFlow, WritesOutALoopOfAKnownCount) {
  const TestGraph graph = looping("three", "", adding("going"));
  EXPECT_THAT(types(TestGraph(graph).output("sum")), Each(testing::AnyOf("Add", "Identity")));
  EXPECT_THAT(types(TestGraph(graph).output("all")), Not(testing::Contains("Loop")));
  EXPECT_THAT(looped(graph, "sum", 0, true), ElementsAre(3, 35));
  EXPECT_THAT(looped(graph, "all", 0, true), ElementsAre(1, 15, 2, 25, 3, 35));
}

TEST(ControlFlow, KeepsALoopThatItsBodyMayEndOrThatIsLong) {
  EXPECT_THAT(types(looping("three", "", adding("round")).output("sum")), ElementsAre("Loop"));
  TestGraph longer = looping("many", "", adding("going")).constant("many", Array::scalar<int64_t>(257));
  EXPECT_THAT(types(longer.output("sum")), ElementsAre("Loop"));
  EXPECT_THAT(looped(looping("many", "", adding("going")).constant("many", Array::scalar<int64_t>(257)),
                     "sum", 0, true),
              ElementsAre(257, 2575));
}

TEST(ControlFlow, ComputesALoopWhoseValueGrows) {
  const TestGraph growing = TestGraph()
                                .input("round", {}, ElementType::int64)
                                .input("going", {}, ElementType::boolean)
                                .input("v", {open("n")})
                                .node("Concat", {"v", "step"}, {"w"}, {{"axis", int64_t{0}}})
                                .output("going")
                                .output("w");
  TestGraph graph = TestGraph()
                        .input("x", {fixed(1)})
                        .input("n", {}, ElementType::int64)
                        .constant("step", floats({1}, {7}))
                        .node("Loop", {"n", "", "x"}, {"y"}, {{"body", body(growing)}})
                        .output("y");
  EXPECT_THAT(computed(graph, {{"x", floats({1}, {1})}, {"n", Array::scalar<int64_t>(2)}}),
              ElementsAre(1, 7, 7));
}

TEST(ControlFlow, TakesNamesOfAllGraphsAround) {
  // An If in a Loop in the graph, whose `step` and `c` the innermost takes; the Loop hides the name `x`.
  const TestGraph yes = TestGraph().node("Add", {"x", "step"}, {"t"}).output("t");
  const TestGraph no = TestGraph().node("Pow", {"x", "step"}, {"t"}).output("t");
  const TestGraph round =
      TestGraph()
          .input("round", {}, ElementType::int64)
          .input("going", {}, ElementType::boolean)
          .input("x", {fixed(2)})
          .node("If", {"c"}, {"u"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
          .output("going")
          .output("u")
          .output("u");
  TestGraph graph = looping("n", "", round);
  EXPECT_THAT(looped(TestGraph(graph), "sum", 2, true), ElementsAre(2, 25));
  EXPECT_THAT(looped(looping("three", "", round), "sum", 0, true), ElementsAre(3, 35)) << "written out";
}

TEST(ControlFlow, RefusesALoopWhoseBodyDoesNotFit) {
  const TestGraph few =
      TestGraph().input("round", {}, ElementType::int64).node("Relu", {"x"}, {"t"}).output("t");
  EXPECT_THAT(fault(looping("n", "", few).output("sum")),
              HasSubstr("(Loop): its body must give a condition and 1 values"));
  TestGraph other = adding("going");
  EXPECT_THAT(fault(TestGraph()
                        .input("x", {fixed(2)})
                        .constant("step", floats({2}, {1, 1}))
                        .node("Loop", {"x", "", "x"}, {"y"}, {{"body", body(other)}})
                        .output("y")),
              HasSubstr("its trip count must be int64, not float32"));
}

TEST(ControlFlow, NamesTheNodeInABodyThatCannotBeComputed) {
  const TestGraph unknown = TestGraph()
                                .input("round", {}, ElementType::int64)
                                .input("going", {}, ElementType::boolean)
                                .input("v", {fixed(2)})
                                .node("Frobnicate", {"v"}, {"w"})
                                .output("going")
                                .output("w")
                                .output("w");
  EXPECT_THAT(fault(looping("n", "", unknown).output("sum")),
              testing::AllOf(HasSubstr("(Loop): node 0 (Frobnicate)"), HasSubstr("not supported")));
}

TEST(ControlFlow, RefusesBodiesThatLieTooDeep) {
  TestGraph inner = TestGraph().node("Relu", {"x"}, {"t"}).output("t");
  for (int depth = 0; depth < 9; ++depth)
    inner = TestGraph()
                .node("If", {"c"}, {"t"}, {{"then_branch", body(inner)}, {"else_branch", body(inner)}})
                .output("t");
  EXPECT_THAT(fault(inner.input("x", {fixed(2)}).input("c", {}, ElementType::boolean)),
              HasSubstr("bodies lie deeper in each other than 8"));
}

// Scan

/// Sums of rows, and each sum times `k` of the graph around.
TestGraph scanned(std::map<std::string, Attribute, std::less<>> attributes, int64_t rows = 3) {
  const TestGraph round = TestGraph()
                              .input("sum", {fixed(2)})
                              .input("row", {fixed(2)})
                              .node("Add", {"sum", "row"}, {"next"})
                              .node("Mul", {"next", "k"}, {"scaled"})
                              .output("next")
                              .output("scaled");
  attributes.emplace("body", body(round));
  attributes.emplace("num_scan_inputs", int64_t{1});
  return TestGraph()
      .input("x", {fixed(rows), fixed(2)})
      .constant("start", floats({2}, {0, 100}))
      .constant("k", floats({}, {2}))
      .node("Scan", {"start", "x"}, {"last", "all"}, std::move(attributes));
}

const Inputs kRows{{"x", floats({3, 2}, {1, 2, 3, 4, 5, 6})}};

TEST(ControlFlow, WritesOutAScan) {
  const TestGraph graph = scanned({});
  EXPECT_THAT(types(TestGraph(graph).output("all")), Not(testing::Contains("Scan")));
  EXPECT_THAT(computed(TestGraph(graph).output("last"), kRows), ElementsAre(9, 112));
  EXPECT_THAT(computed(TestGraph(graph).output("all"), kRows), ElementsAre(2, 204, 8, 212, 18, 224));
}

TEST(ControlFlow, ScansBackwardsAndAlongOtherAxes) {
  EXPECT_THAT(computed(scanned({{"scan_input_directions", numbers({1})}}).output("all"), kRows),
              ElementsAre(10, 212, 16, 220, 18, 224));
  EXPECT_THAT(computed(scanned({{"scan_output_directions", numbers({1})}}).output("all"), kRows),
              ElementsAre(18, 224, 8, 212, 2, 204));
  EXPECT_THAT(computed(scanned({{"scan_output_axes", numbers({-1})}}).output("all"), kRows),
              ElementsAre(2, 8, 18, 204, 212, 224));
  const Inputs square{{"x", floats({2, 2}, {1, 2, 3, 4})}};
  EXPECT_THAT(computed(scanned({{"scan_input_axes", numbers({1})}}, 2).output("all"), square),
              ElementsAre(2, 206, 6, 214));
}

TEST(ControlFlow, ComputesALongScanWhenTheNetworkRuns) {
  const int64_t rows = 300;
  const TestGraph graph =
      scanned({{"scan_input_directions", numbers({1})}, {"scan_output_axes", numbers({1})}}, rows);
  EXPECT_THAT(types(TestGraph(graph).output("last")), ElementsAre("Scan"));
  const std::vector<float> ones(static_cast<size_t>(2 * rows), 1.0F);
  EXPECT_THAT(computed(TestGraph(graph).output("last"), {{"x", floats({rows, 2}, ones)}}),
              ElementsAre(300, 400));
  EXPECT_EQ(computed(TestGraph(graph).output("all"), {{"x", floats({rows, 2}, ones)}})[2], 6);
}

TEST(ControlFlow, RefusesAScanWhoseAttributesDoNotFit) {
  EXPECT_THAT(fault(scanned({{"scan_input_axes", numbers({5})}}).output("all")), HasSubstr("axis 5 is none"));
  EXPECT_THAT(fault(scanned({{"scan_input_directions", numbers({1, 0})}}).output("all")),
              HasSubstr("\"scan_input_directions\" must have 1 entries, and has 2"));
  EXPECT_THAT(fault(scanned({{"num_scan_inputs", int64_t{4}}}).output("all")),
              HasSubstr("\"num_scan_inputs\" must be 1 to 2, and is 4"));
}

}  // namespace
}  // namespace tamis::network
