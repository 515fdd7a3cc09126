#include "network/passes/resolve.h"

#include "network/passes/graphs.h"
#include "network/passes/input_shapes.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// x (batch x 2) + (a + b), of which a + b is constant.
TestGraph sum_of_constants() {
  return TestGraph()
      .input("x", {open("batch"), fixed(2)})
      .constant("a", floats({2}, {1, 2}))
      .constant("b", floats({2}, {10, 20}))
      .node("Add", {"a", "b"}, {"c"})
      .node("Add", {"x", "c"}, {"y"})
      .output("y");
}

ResolveOptions given(const std::string& text) {
  ResolveOptions options;
  EXPECT_TRUE(add_shape(options, text).ok());
  return options;
}

TEST(Resolve, ComputesWhatFollowsFromConstants) {
  const Resolved resolved = resolve(sum_of_constants().model(), given("x=3x2")).value();
  EXPECT_EQ(resolved.folded, 1U);
  ASSERT_THAT(resolved.graph.nodes, SizeIs(1));
  EXPECT_THAT(resolved.graph.constants.at("c").values<float>(), ElementsAre(11, 22));
  EXPECT_FALSE(resolved.graph.constants.contains("a")) << "nobody takes it any more";
  EXPECT_EQ(resolved.facts.at("y").shape, (Shape{3, 2}));
}

TEST(Resolve, LeavesLargeValuesToTheRunningNetwork) {
  ResolveOptions options = given("x=3x2");
  options.most_folded_elements = 1;
  EXPECT_THAT(resolve(sum_of_constants().model(), options).value().graph.nodes, SizeIs(2));
}

TEST(Resolve, TakesTheSizeOfADimensionByItsName) {
  EXPECT_EQ(resolve(sum_of_constants().model(), given("batch=5")).value().facts.at("y").shape, (Shape{5, 2}));
}

TEST(Resolve, SaysHowToGiveAShapeThatIsOpen) {
  const Error error = resolve(sum_of_constants().model(), {}).error();
  EXPECT_EQ(error.kind, ErrorKind::invalid_input);
  EXPECT_THAT(error.message, HasSubstr("input \"x\" has no fixed shape, only batchx2"));
  EXPECT_THAT(error.message, HasSubstr("`--shape x=batchx2`"));
}

TEST(Resolve, RefusesAShapeThatTheModelDoesNotAllow) {
  EXPECT_THAT(resolve(sum_of_constants().model(), given("x=3x4")).error().message,
              HasSubstr("cannot be 3x4"));
  EXPECT_THAT(resolve(sum_of_constants().model(), given("y=3x2")).error().message,
              HasSubstr("no input \"y\""));
  EXPECT_THAT(resolve(sum_of_constants().model(), given("bach=3")).error().message,
              HasSubstr("did you mean \"batch\"?"));
}

TEST(Resolve, RefusesTwoSizesOfOneName) {
  TestGraph graph =
      TestGraph().input("x", {open("n")}).input("z", {open("n")}).node("Add", {"x", "z"}, {"y"}).output("y");
  ResolveOptions options;
  options.shapes = {{"x", {2}}, {"z", {1}}};
  EXPECT_THAT(resolve(graph.model(), options).error().message,
              HasSubstr("the size n is 2 in input \"x\" and 1 in input \"z\": it must be one"));
  options.shapes = {{"x", {2}}, {"z", {2}}};
  EXPECT_TRUE(resolve(graph.model(), options).ok());
}

TEST(Resolve, TakesASizeThatTheModelNamesFromTheShapeOfAnotherInput) {
  const TestGraph graph = TestGraph()
                              .input("x", {open("b"), fixed(3)})
                              .input("y", {open("b"), fixed(3)})
                              .node("Add", {"x", "y"}, {"z"})
                              .output("z");
  for (const char* input : {"x", "y"}) {
    const Resolved resolved = resolve(graph.model(), given(std::string(input) + "=4x3")).value();
    EXPECT_EQ(resolved.facts.find("x")->second.shape, (Shape{4, 3}));
    EXPECT_EQ(resolved.facts.find("y")->second.shape, (Shape{4, 3}));
  }
  ResolveOptions options = given("y=4x3");
  options.sizes["b"] = 5;
  EXPECT_THAT(resolve(graph.model(), options).error().message,
              HasSubstr("the size b is given as b=5 and 4 in input \"y\""));
}

TEST(Resolve, LeavesOutWhatNoOutputNeeds) {
  TestGraph graph = sum_of_constants();
  graph.node("Relu", {"x"}, {"unused"});
  const Resolved resolved = resolve(graph.model(), given("x=3x2")).value();
  EXPECT_EQ(resolved.unused, 1U);
  EXPECT_THAT(resolved.graph.nodes, SizeIs(1));
}

TEST(Resolve, ListsEveryNodeThatCannotBeComputed) {
  TestGraph graph = sum_of_constants();
  graph.node("Fancy", {"y"}, {"p"})
      .node("Relu", {"p"}, {"q"})
      .node("Add", {"y"}, {"r"})
      .output("q")
      .output("r");
  const Resolved resolved = resolve(graph.model(), given("x=3x2")).value();
  ASSERT_THAT(resolved.faults, SizeIs(2));
  EXPECT_THAT(resolved.faults[0].error.message, HasSubstr("node 2 (Fancy)"));
  EXPECT_THAT(resolved.faults[1].error.message, HasSubstr("input 1 is missing"));
  EXPECT_EQ(resolved.behind_faults, 1U);
  EXPECT_THAT(without_faults(resolved).error().message, HasSubstr("and 1 other node"));
}

TEST(Resolve, PutsTheKnownBranchInThePlaceOfAnIf) {
  // Both branches call their values alike, and use one of the graph around them.
  const auto branch = [](float addend) {
    return std::make_shared<const Graph>(
        TestGraph().constant("k", floats({1}, {addend})).node("Add", {"x", "k"}, {"s"}).output("s").graph());
  };
  const Model model =
      TestGraph()
          .input("x", {fixed(2)})
          .constant("yes", Array::scalar(true))
          .constant("k", floats({1}, {100}))
          .node("If", {"yes"}, {"t"}, {{"then_branch", branch(1)}, {"else_branch", branch(2)}})
          .node("Add", {"t", "k"}, {"y"})
          .output("y")
          .model();
  const Resolved resolved = resolve(model, {}).value();
  EXPECT_THAT(resolved.faults, IsEmpty());
  EXPECT_THAT(resolved.graph.constants.at("If0/k").values<float>(), ElementsAre(1));
  EXPECT_THAT(resolved.graph.constants.at("k").values<float>(), ElementsAre(100));
  EXPECT_EQ(resolved.facts.at("y").shape, (Shape{2}));
}

TEST(Resolve, SaysThatABranchGivesTooLittle) {
  const auto body = std::make_shared<const Graph>();
  const Model model = TestGraph()
                          .input("c", {}, ElementType::boolean)
                          .node("If", {"c"}, {"y"}, {{"then_branch", body}, {"else_branch", body}})
                          .output("y")
                          .model();
  const Resolved resolved = resolve(model, {}).value();
  ASSERT_THAT(resolved.faults, SizeIs(1));
  EXPECT_THAT(resolved.faults[0].error.message, HasSubstr("it has 1 outputs, and its body gives 0"));
}

TEST(AddShape, ReadsShapesAndSizes) {
  const ResolveOptions options = given("data=1x3x224x224");
  EXPECT_EQ(options.shapes.at("data"), (Shape{1, 3, 224, 224}));
  EXPECT_EQ(given("batch=4").sizes.at("batch"), 4);
  EXPECT_EQ(given("a=b=2x2").shapes.at("a=b"), (Shape{2, 2}));
  EXPECT_EQ(given("x=").shapes.at("x"), Shape{});
}

TEST(AddShape, RefusesWhatIsNeither) {
  for (const char* text :
       {"data", "=1x2", "data=1x", "data=1x-2", "data=1,2", "data=1x99999999999999999999"}) {
    ResolveOptions options;
    EXPECT_THAT(add_shape(options, text).error().message, HasSubstr("is not of the form")) << text;
  }
  ResolveOptions options = given("x=1x2");
  EXPECT_THAT(add_shape(options, "x=1").error().message, HasSubstr("two shapes"));
}

}  // namespace
}  // namespace tamis::network
