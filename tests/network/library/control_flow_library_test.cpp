// If, Loop and Scan as code, against the reference of their operators.

#include "network/library/make_library.h"
#include "network/library/run_library.h"
#include "network/passes/graphs.h"
#include "network/passes/quantised_form.h"
#include "network/passes/reference_run.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::HasSubstr;

using NamedInputs = std::map<std::string, Array, std::less<>>;

/// More rounds than a loop may have that is written out.
constexpr int64_t kRounds = 300;

Attribute body(const TestGraph& graph) { return std::make_shared<const Graph>(graph.graph()); }
Attribute numbers(std::vector<int64_t> values) { return values; }

Result<Resolved> ready(const TestGraph& graph) {
  TAMIS_ASSIGN(Resolved network, resolve(graph.model(), {}));
  TAMIS_TRY(without_faults(network));
  simplify(network);
  quantised_form(network);
  return network;
}

Result<MadeLibrary> made_of(const Resolved& network) {
  LibraryOptions options;
  options.name = "net";
  options.machine = *cpu::host_machine();
  TAMIS_ASSIGN(const std::vector<Layer> layers, layers_of(network));
  return make_library(network, layers, options);
}

/// How two arrays of floats differ; empty where they are as close as sums in another order are.
std::string difference_of_floats(const Array& expected, const Array& given) {
  if (expected.shape() != given.shape())
    return "the shape is " + to_string(given.shape()) + ", not " + to_string(expected.shape());
  const auto a = expected.values<float>();
  const auto b = given.values<float>();
  float largest = 1;
  for (const float value : a) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - b[i]) <= 5e-5F * largest))
      return fmt::format("element {} is {}, not {}", i, b[i], a[i]);
  return {};
}

enum class Left { some, none };

/// How the code of a graph differs from its reference for some inputs, each set after the other; empty where
/// it does not. Control flow must be left in the code, or none.
std::string code_fault(const TestGraph& graph, const std::vector<NamedInputs>& sets, Left left = Left::some) {
  const auto network = ready(graph);
  if (!network.ok()) return network.error().message;
  const auto made = made_of(*network);
  if (!made.ok()) return made.error().message;
  const Library& library = made->library;
  const bool has_control = std::any_of(library.steps.begin(), library.steps.end(),
                                       [](const LibraryStep& step) { return step.control != nullptr; });
  if (has_control != (left == Left::some)) return has_control ? "there is control flow" : "there is none";
  for (const NamedInputs& inputs : sets) {
    const auto expected = reference_run(*network, inputs);
    if (!expected.ok()) return "reference: " + expected.error().message;
    const auto given = run_library(library, inputs);
    if (!given.ok()) return given.error().message;
    for (size_t i = 0; i < expected->size(); ++i) {
      const std::string wrong = difference_of_floats((*expected)[i], (*given)[i]);
      if (!wrong.empty()) return library.outputs[i].name + ": " + wrong;
    }
  }
  return {};
}

std::string code_refusal(const TestGraph& graph) {
  const auto network = ready(graph);
  if (!network.ok()) return network.error().message;
  const auto made = made_of(*network);
  return made.ok() ? "none" : made.error().message;
}

// If

/// y is x^2 or x + 1, z is x or a constant; neither branch is so small that both are computed.
TestGraph choosing() {
  const TestGraph yes =
      TestGraph().constant("two", floats({}, {2})).node("Pow", {"x", "two"}, {"t"}).output("t").output("x");
  const TestGraph no = TestGraph()
                           .constant("two", floats({2, 3}, {1, 2, 3, 4, 5, 6}))
                           .node("Add", {"x", "one"}, {"t"})
                           .output("t")
                           .output("two");
  return TestGraph()
      .input("x", {fixed(2), fixed(3)})
      .input("c", {}, ElementType::boolean)
      .constant("one", floats({}, {1}))
      .node("If", {"c"}, {"y", "z"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}});
}

std::vector<NamedInputs> both_ways(const Shape& shape) {
  return {{{"x", random_floats(shape, 1)}, {"c", Array::scalar(true)}},
          {{"x", random_floats(shape, 2)}, {"c", Array::scalar(false)}}};
}

TEST(ControlFlowLibrary, TakesTheBranchThatTheDataSay) {
  EXPECT_EQ(code_fault(choosing().output("y").output("z"), both_ways({2, 3})), "");
  EXPECT_EQ(code_fault(choosing().output("z"), both_ways({2, 3})), "");
  EXPECT_EQ(code_fault(choosing().node("Mul", {"y", "z"}, {"p"}).output("p"), both_ways({2, 3})), "");
}

TEST(ControlFlowLibrary, ChoosesInsideABranch) {
  const TestGraph positive = TestGraph().node("Pow", {"x", "two"}, {"p"}).output("p");
  const TestGraph negative = TestGraph().node("Sub", {"two", "x"}, {"n"}).output("n");
  const TestGraph yes =
      TestGraph()
          .node("ReduceSum", {"x"}, {"sum"}, {{"keepdims", int64_t{0}}})
          .node("Greater", {"sum", "zero"}, {"d"})
          .node("If", {"d"}, {"i"}, {{"then_branch", body(positive)}, {"else_branch", body(negative)}})
          .node("Mul", {"i", "two"}, {"j"})
          .output("j");
  const TestGraph no = TestGraph().node("Neg", {"x"}, {"t"}).output("t");
  const TestGraph graph =
      TestGraph()
          .input("x", {fixed(4)})
          .input("c", {}, ElementType::boolean)
          .constant("two", floats({}, {2}))
          .constant("zero", floats({}, {0}))
          .node("If", {"c"}, {"y"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
          .output("y");
  std::vector<NamedInputs> sets;
  for (const float sign : {1.0F, -1.0F})
    for (const bool c : {true, false})
      sets.push_back({{"x", floats({4}, {sign, 2 * sign, 3, sign})}, {"c", Array::scalar(c)}});
  EXPECT_EQ(code_fault(graph, sets), "");
}

TEST(ControlFlowLibrary, ConvertsWhatABranchWantsInAnotherOrder) {
  const TestGraph yes = TestGraph()
                            .constant("w", random_floats({8, 8, 3, 3}, 5))
                            .node("Conv", {"h", "w"}, {"a"}, {{"pads", numbers({1, 1, 1, 1})}})
                            .node("Relu", {"a"}, {"t"})
                            .output("t");
  const TestGraph no =
      TestGraph().constant("two", floats({}, {2})).node("Pow", {"h", "two"}, {"t"}).output("t");
  const TestGraph graph =
      TestGraph()
          .input("x", {fixed(1), fixed(8), fixed(6), fixed(6)})
          .input("c", {}, ElementType::boolean)
          .constant("v", random_floats({8, 8, 1, 1}, 6))
          .node("Conv", {"x", "v"}, {"h"})
          .node("If", {"c"}, {"b"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
          .node("Conv", {"b", "v"}, {"y"})
          .output("y");
  EXPECT_EQ(code_fault(graph, both_ways({1, 8, 6, 6})), "");
}

TEST(ControlFlowLibrary, RefusesBranchesOfDifferentShapes) {
  const TestGraph yes = TestGraph().node("Relu", {"x"}, {"t"}).output("t");
  const TestGraph no = TestGraph().node("Concat", {"x", "x"}, {"t"}, {{"axis", int64_t{0}}}).output("t");
  EXPECT_THAT(
      code_refusal(TestGraph()
                       .input("x", {fixed(2)})
                       .input("c", {}, ElementType::boolean)
                       .node("If", {"c"}, {"y"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
                       .output("y")),
      HasSubstr("node 0 (If): the shape of its output \"y\" depends on data"));
}

TEST(ControlFlowLibrary, NamesABranchThatDoesNotFit) {
  const TestGraph yes = TestGraph().node("Relu", {"x"}, {"t"}).output("t");
  const TestGraph no =
      TestGraph().constant("w", floats({3}, {1, 2, 3})).node("MatMul", {"x", "w"}, {"t"}).output("t");
  EXPECT_THAT(
      code_refusal(TestGraph()
                       .input("x", {fixed(2)})
                       .input("c", {}, ElementType::boolean)
                       .node("If", {"c"}, {"y"}, {{"then_branch", body(yes)}, {"else_branch", body(no)}})
                       .output("y")),
      HasSubstr("node 0 (If): its else_branch cannot be computed for these shapes"));
}

// Loop

/// A body that carries a and b, swaps them and adds `step`, of the graph around it, to one; it goes on by
/// `on`.
TestGraph swapping(const std::string& on) {
  TestGraph graph = TestGraph()
                        .input("round", {}, ElementType::int64)
                        .input("going", {}, ElementType::boolean)
                        .input("a", {fixed(3)})
                        .input("b", {fixed(3)})
                        .constant("limit", floats({}, {40}));
  if (on == "small")
    graph.node("ReduceMax", {"a"}, {"most"}, {{"keepdims", int64_t{0}}})
        .node("Less", {"most", "limit"}, {"on"});
  else
    graph.node("Identity", {on}, {"on"});
  return graph.node("Add", {"a", "step"}, {"next"}).output("on").output("b").output("next");
}

TestGraph swapped(const std::string& count, const std::string& condition, const TestGraph& of) {
  return TestGraph()
      .input("x", {fixed(3)})
      .input("n", {}, ElementType::int64)
      .input("c", {}, ElementType::boolean)
      .constant("zero", floats({3}, {0, 0, 0}))
      .constant("many", Array::scalar<int64_t>(kRounds))
      .node("Mul", {"x", "x"}, {"step"})
      .node("Loop", {count, condition, "x", "zero"}, {"p", "q"}, {{"body", body(of)}})
      .output("p")
      .output("q");
}

std::vector<NamedInputs> for_rounds(const TestGraph& graph, const std::vector<int64_t>& counts,
                                    const std::vector<bool>& conditions = {true}) {
  std::vector<NamedInputs> sets;
  const Resolved network = resolve(graph.model(), {}).value();
  for (const int64_t n : counts)
    for (const bool c : conditions) {
      NamedInputs inputs{{"x", floats({3}, {1, -2, 3})}, {"n", Array::scalar(n)}, {"c", Array::scalar(c)}};
      std::erase_if(inputs, [&](const auto& entry) { return !network.facts.contains(entry.first); });
      sets.push_back(std::move(inputs));
    }
  return sets;
}

TEST(ControlFlowLibrary, CarriesTwoValuesAndTakesOneFromAround) {
  const TestGraph counted = swapped("n", "", swapping("going"));
  EXPECT_EQ(code_fault(counted, for_rounds(counted, {0, 1, 2, 7, -3})), "");
  const TestGraph known = swapped("many", "c", swapping("going"));
  EXPECT_EQ(code_fault(known, for_rounds(known, {0}, {true, false})), "");
}

TEST(ControlFlowLibrary, EndsALoopWhereItsBodySays) {
  for (const char* condition : {"", "c"}) {
    const TestGraph graph = swapped("n", condition, swapping("small"));
    EXPECT_EQ(code_fault(graph, for_rounds(graph, {0, 3, 100}, {true, false})), "") << condition;
  }
  const TestGraph unbounded = swapped("", "c", swapping("small"));
  EXPECT_EQ(code_fault(unbounded, for_rounds(unbounded, {0}, {true, false})), "");
}

TestGraph put_together(int64_t rounds) {
  const TestGraph of = TestGraph()
                           .input("round", {}, ElementType::int64)
                           .input("going", {}, ElementType::boolean)
                           .input("a", {fixed(3)})
                           .node("Cast", {"round"}, {"r"}, {{"to", int64_t{1}}})
                           .node("Mul", {"r", "x"}, {"part"})
                           .node("Sub", {"part", "a"}, {"next"})
                           .output("going")
                           .output("next")
                           .output("part")
                           .output("a");
  return TestGraph()
      .input("x", {fixed(3)})
      .constant("many", Array::scalar<int64_t>(rounds))
      .node("Loop", {"many", "", "x"}, {"last", "parts", "states"}, {{"body", body(of)}})
      .output("parts")
      .output("states")
      .output("last");
}

TEST(ControlFlowLibrary, PutsTheRoundsOfALoopTogether) {
  const TestGraph graph = put_together(kRounds).node("ReduceSum", {"parts"}, {"sum"}).output("sum");
  EXPECT_EQ(code_fault(graph, {{{"x", floats({3}, {1, -2, 3})}}}), "");
}

TEST(ControlFlowLibrary, PutsNothingTogetherWhereALoopHasNoRounds) {
  for (const int64_t rounds : {0, -5})
    EXPECT_EQ(code_fault(put_together(rounds), {{{"x", floats({3}, {1, -2, 3})}}}, Left::none), "") << rounds;
}

TEST(ControlFlowLibrary, CountsTheRoundsOfALoopThatItsBodyEndsByConstants) {
  const TestGraph of = TestGraph()
                           .input("round", {}, ElementType::int64)
                           .input("going", {}, ElementType::boolean)
                           .input("i", {}, ElementType::int64)
                           .input("a", {fixed(3)})
                           .constant("two", Array::scalar<int64_t>(2))
                           .node("Add", {"i", "two"}, {"j"})
                           .node("Less", {"j", "seven"}, {"on"})
                           .node("Sub", {"x", "a"}, {"next"})
                           .output("on")
                           .output("j")
                           .output("next")
                           .output("next");
  const TestGraph graph =
      TestGraph()
          .input("x", {fixed(3)})
          .constant("seven", Array::scalar<int64_t>(7))
          .constant("zero", Array::scalar<int64_t>(0))
          .constant("go", Array::scalar(true))
          .node("Loop", {"", "go", "zero", "x"}, {"i", "last", "all"}, {{"body", body(of)}})
          .output("last")
          .output("all");
  const Resolved network = resolve(graph.model(), {}).value();
  EXPECT_EQ(network.facts.find("all")->second.shape, (Shape{4, 3}));
  EXPECT_EQ(code_fault(graph, {{{"x", floats({3}, {1, -2, 3})}}}), "");
}

TEST(ControlFlowLibrary, GoesRoundInsideRoundsAndChoosesInside) {
  const TestGraph even = TestGraph().node("Sub", {"s", "outer"}, {"t"}).output("t");
  const TestGraph odd =
      TestGraph().constant("two", floats({}, {2})).node("Pow", {"s", "two"}, {"t"}).output("t");
  const TestGraph inner =
      TestGraph()
          .input("i", {}, ElementType::int64)
          .input("on", {}, ElementType::boolean)
          .input("s", {fixed(3)})
          .node("Less", {"i", "round"}, {"early"})
          .node("If", {"early"}, {"t2"}, {{"then_branch", body(even)}, {"else_branch", body(odd)}})
          .output("on")
          .output("t2");
  const TestGraph of = TestGraph()
                           .input("round", {}, ElementType::int64)
                           .input("going", {}, ElementType::boolean)
                           .input("a", {fixed(3)})
                           .node("Mul", {"a", "x"}, {"outer"})
                           .node("Loop", {"n", "", "a"}, {"b"}, {{"body", body(inner)}})
                           .node("Add", {"b", "outer"}, {"c"})
                           .node("Tanh", {"c"}, {"next"})
                           .output("going")
                           .output("next");
  const TestGraph graph = TestGraph()
                              .input("x", {fixed(3)})
                              .input("n", {}, ElementType::int64)
                              .node("Loop", {"n", "", "x"}, {"y"}, {{"body", body(of)}})
                              .node("Add", {"y", "x"}, {"z"})
                              .output("z");
  EXPECT_EQ(code_fault(graph, for_rounds(graph, {0, 1, 4, 6})), "");
}

TEST(ControlFlowLibrary, RefusesOutputsWhoseSizeDependsOnTheRounds) {
  TestGraph of = swapping("going");
  of.output("next");
  const TestGraph graph = TestGraph()
                              .input("x", {fixed(3)})
                              .input("n", {}, ElementType::int64)
                              .node("Mul", {"x", "x"}, {"step"})
                              .node("Loop", {"n", "", "x", "x"}, {"p", "q", "all"}, {{"body", body(of)}})
                              .output("p");
  EXPECT_THAT(code_refusal(TestGraph(graph).output("all")),
              HasSubstr("node 1 (Loop): the shape of its output \"all\" depends on data"));
  EXPECT_EQ(code_fault(graph, for_rounds(graph, {0, 5})), "") << "nobody takes it";
}

// Scan

/// How a Scan over two inputs with a state goes.
struct ScanCase {
  std::vector<int64_t> input_axes = {0, 0};
  std::vector<int64_t> input_directions = {0, 0};
  std::vector<int64_t> output_axes = {0, 0};
  std::vector<int64_t> output_directions = {0, 0};
  int64_t rounds = kRounds;
};

TestGraph scanning(const ScanCase& one) {
  const TestGraph of =
      TestGraph()
          .input("state", {fixed(2), fixed(3)})
          .input("a", {fixed(2), fixed(3)})
          .input("b", {fixed(3)})
          .node("Mul", {"a", "scale"}, {"scaled"})
          .node("Add", {"scaled", "b"}, {"sum"})
          .node("Sub", {"sum", "state"}, {"difference"})
          .node("Tanh", {"difference"}, {"next"})
          .node("ReduceMax", {"next"}, {"most"}, {{"axes", numbers({1})}, {"keepdims", int64_t{0}}})
          .output("next")
          .output("difference")
          .output("most");
  const auto shape = [&](std::vector<Dimension> rest, int64_t axis) {
    if (axis < 0) axis += static_cast<int64_t>(rest.size()) + 1;
    rest.insert(rest.begin() + axis, fixed(one.rounds));
    return rest;
  };
  return TestGraph()
      .input("x", {fixed(2), fixed(3)})
      .input("as", shape({fixed(2), fixed(3)}, one.input_axes[0]))
      .input("bs", shape({fixed(3)}, one.input_axes[1]))
      .constant("scale", floats({}, {0.5F}))
      .node("Scan", {"x", "as", "bs"}, {"last", "differences", "mosts"},
            {{"body", body(of)},
             {"num_scan_inputs", int64_t{2}},
             {"scan_input_axes", one.input_axes},
             {"scan_input_directions", one.input_directions},
             {"scan_output_axes", one.output_axes},
             {"scan_output_directions", one.output_directions}})
      .node("Relu", {"differences"}, {"positive"})
      .output("last")
      .output("differences")
      .output("mosts")
      .output("positive");
}

std::string scan_fault(const ScanCase& one) {
  const TestGraph graph = scanning(one);
  NamedInputs inputs;
  for (const Port& port : graph.graph().inputs) {
    Shape shape;
    for (const Dimension& dimension : *port.shape) shape.push_back(*dimension.size);
    inputs.emplace(port.name, random_floats(shape, inputs.size() + 3));
  }
  return code_fault(graph, {inputs}, one.rounds == 0 ? Left::none : Left::some);
}

TEST(ControlFlowLibrary, ScansForwardsAndBackwards) {
  EXPECT_EQ(scan_fault({}), "");
  EXPECT_EQ(scan_fault({.input_directions = {1, 0}, .output_directions = {0, 1}}), "");
}

TEST(ControlFlowLibrary, ScansAlongOtherAxes) {
  EXPECT_EQ(scan_fault({.input_axes = {1, 1}, .output_axes = {1, 0}}), "");
  EXPECT_EQ(scan_fault({.input_axes = {-1, 0}, .output_axes = {2, -1}, .output_directions = {1, 1}}), "");
}

TEST(ControlFlowLibrary, ScansNoRows) {
  EXPECT_EQ(scan_fault({.rounds = 0}), "");
  EXPECT_EQ(scan_fault({.input_axes = {1, 1}, .output_axes = {1, -1}, .rounds = 0}), "");
}

TEST(ControlFlowLibrary, ScansAsTheReferenceDoesInEveryWay) {
  Random random(11);
  const auto any = [&](int64_t first, int64_t last) {
    return first + static_cast<int64_t>(random.below(static_cast<uint64_t>(last - first + 1)));
  };
  for (int i = 0; i < 8; ++i) {
    const ScanCase one{
        {any(-3, 2), any(-2, 1)}, {any(0, 1), any(0, 1)}, {any(-3, 2), any(-2, 1)}, {any(0, 1), any(0, 1)}};
    EXPECT_EQ(scan_fault(one), "") << i;
  }
}

}  // namespace
}  // namespace tamis::network
