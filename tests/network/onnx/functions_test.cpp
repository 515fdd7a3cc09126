// Functions that an ONNX file brings along.

#include "network/onnx/model_maker.h"

#include <gmock/gmock.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

float alpha_of(const Node& node) { return std::get<float>(node.attributes.at("alpha")); }

TEST(CallOfAFunction, BecomesWhatTheFunctionDoes) {
  onnx::ModelProto proto = calling_model();
  proto.mutable_graph()->mutable_node(0)->set_name("call");
  proto.mutable_functions(0)->mutable_node(0)->set_name("leaky");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->graph.nodes.size(), 2U);
  const Node& leaky = read->graph.nodes[0];
  EXPECT_EQ(describe(leaky), "node 0 \"call/leaky\" (LeakyRelu)");
  EXPECT_EQ(leaky.opset, 16);
  EXPECT_THAT(leaky.inputs, ElementsAre("x"));
  EXPECT_EQ(alpha_of(leaky), 0.125F);
  EXPECT_EQ(read->graph.nodes[1].inputs, leaky.outputs);
  EXPECT_THAT(read->graph.nodes[1].outputs, ElementsAre("y"));
}

TEST(CallOfAFunction, HasNamesOfItsOwn) {
  onnx::ModelProto proto = calling_model();
  add_node(proto.mutable_graph()->add_node(), "Scale", {"y"}, {"z"}, "f");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->graph.nodes.size(), 4U);
  EXPECT_NE(read->graph.nodes[0].outputs, read->graph.nodes[2].outputs);
}

TEST(CallOfAFunction, LeavesOutAttributesThatItDoesNotGive) {
  onnx::ModelProto proto = calling_model();
  proto.mutable_graph()->mutable_node(0)->clear_attribute();
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_FALSE(read->graph.nodes[0].attributes.contains("alpha"));
}

TEST(CallOfAFunction, TakesTheDefaultsOfItsAttributes) {
  onnx::ModelProto proto = calling_model();
  proto.mutable_graph()->mutable_node(0)->clear_attribute();
  onnx::AttributeProto given;
  given.set_name("alpha");
  given.set_type(onnx::AttributeProto::FLOAT);
  given.set_f(0.75F);
  proto.mutable_functions(0)->mutable_unknown_fields()->AddLengthDelimited(11, given.SerializeAsString());
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(alpha_of(read->graph.nodes[0]), 0.75F);
}

TEST(CallOfAFunction, IsOfTheOverloadThatItNames) {
  onnx::ModelProto proto = calling_model();
  onnx::FunctionProto& other = *proto.add_functions();
  other = proto.functions(0);
  other.mutable_unknown_fields()->AddLengthDelimited(13, "second");
  other.mutable_node(1)->set_op_type("Abs");
  proto.mutable_graph()->mutable_node(0)->mutable_unknown_fields()->AddLengthDelimited(8, "second");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.nodes[1].type, "Abs");
}

TEST(CallOfAFunction, LeavesOutInputsAndOutputsThatTheCallDoesNotHave) {
  onnx::ModelProto proto = calling_model();
  onnx::FunctionProto& function = *proto.mutable_functions(0);
  function.add_input("optional");
  function.add_output("inner");
  function.mutable_node(1)->set_op_type("Clip");
  function.mutable_node(1)->add_input("optional");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.nodes[1].inputs[1], "");
}

TEST(CallOfAFunction, CopiesAnInputThatIsAnOutput) {
  onnx::ModelProto proto = calling_model();
  proto.mutable_functions(0)->set_output(0, "a");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const Node& copy = read->graph.nodes.back();
  EXPECT_EQ(copy.type, "Identity");
  EXPECT_THAT(copy.inputs, ElementsAre("x"));
  EXPECT_THAT(copy.outputs, ElementsAre("y"));
}

TEST(CallOfAFunction, MayBeInAFunctionOrABody) {
  onnx::ModelProto proto = calling_model();
  onnx::FunctionProto& outer = *proto.add_functions();
  outer.set_domain("f");
  outer.set_name("Twice");
  outer.add_input("a");
  outer.add_output("c");
  outer.add_attribute("slope");
  import(outer.add_opset_import(), "f", 1);
  for (const auto& [from, to] : {std::pair("a", "b"), std::pair("b", "c")}) {
    onnx::NodeProto& call = add_node(outer.add_node(), "Scale", {from}, {to}, "f");
    add_attribute(call, "alpha", onnx::AttributeProto::FLOAT).set_ref_attr_name("slope");
  }
  onnx::NodeProto& call = *proto.mutable_graph()->mutable_node(0);
  call.set_op_type("Twice");
  call.mutable_attribute(0)->set_name("slope");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->graph.nodes.size(), 4U);
  EXPECT_EQ(alpha_of(read->graph.nodes[2]), 0.125F);
}

TEST(CallOfAFunction, SharesTheConstantsOfTheFunction) {
  onnx::ModelProto proto = calling_model();
  onnx::FunctionProto& function = *proto.mutable_functions(0);
  add_constant(function.add_node(), "c", std::vector<float>(1000, 1));
  function.mutable_node(1)->set_op_type("Add");
  function.mutable_node(1)->add_input("c");
  add_node(proto.mutable_graph()->add_node(), "Scale", {"y"}, {"z"}, "f");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  std::vector<const std::byte*> found;
  for (const Node& node : read->graph.nodes)
    if (node.type == "Constant") found.push_back(std::get<Array>(node.attributes.at("value")).bytes().data());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], found[1]);
}

TEST(CallOfAFunction, HasBodiesThatSeeTheFunctionsNames) {
  onnx::ModelProto proto = calling_model();
  onnx::FunctionProto& function = *proto.mutable_functions(0);
  onnx::NodeProto& node = *function.mutable_node(1);
  node.set_op_type("If");
  for (const char* name : {"then_branch", "else_branch"}) {
    onnx::GraphProto& body = *add_attribute(node, name, onnx::AttributeProto::GRAPH).mutable_g();
    fill(body.add_initializer(), "w", {5});
    add_node(body.add_node(), "Add", {"inner", "w"}, {"out"});
    add_port(body.add_output(), "out");
  }
  add_node(proto.mutable_graph()->add_node(), "Scale", {"y"}, {"z"}, "f");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  for (const size_t place : {1U, 3U}) {
    const Node& branching = read->graph.nodes[place];
    const Graph& body = *std::get<std::shared_ptr<const Graph>>(branching.attributes.at("then_branch"));
    EXPECT_EQ(body.nodes[0].inputs[0], read->graph.nodes[place - 1].outputs[0]);
    EXPECT_THAT(body.constants.at(body.nodes[0].inputs[1]).values<float>(), ElementsAre(5));
    EXPECT_EQ(body.outputs[0].name, body.nodes[0].outputs[0]);
  }
}

/// A function of two inputs, a and c, with an If whose branches make a value named like the first: a value of
/// the branch, not of the caller.
TEST(CallOfAFunction, WithOneValueTwiceKeepsItsNamesApart) {
  onnx::ModelProto proto = calling_model();
  onnx::FunctionProto& function = *proto.mutable_functions(0);
  function.add_input("c");
  onnx::NodeProto& node = *function.mutable_node(1);
  node.set_op_type("If");
  for (const char* name : {"then_branch", "else_branch"}) {
    onnx::GraphProto& body = *add_attribute(node, name, onnx::AttributeProto::GRAPH).mutable_g();
    fill(body.add_initializer(), "a", {5});
    add_node(body.add_node(), "Add", {"a", "c"}, {"b"});
    add_port(body.add_output(), "b");
  }
  proto.mutable_graph()->mutable_node(0)->add_input("x");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->graph.nodes.size(), 3U);
  const Node& copy = read->graph.nodes[0];
  EXPECT_EQ(copy.type, "Identity");
  EXPECT_THAT(copy.inputs, ElementsAre("x"));
  const Graph& body =
      *std::get<std::shared_ptr<const Graph>>(read->graph.nodes[2].attributes.at("then_branch"));
  EXPECT_TRUE(body.constants.contains(body.nodes[0].inputs[0]));
  EXPECT_EQ(body.nodes[0].inputs[1], copy.outputs[0]);
}

TEST(CallOfAFunction, IsRefusedWhereABodyNamesAValueLikeAnAbsentInput) {
  onnx::ModelProto proto = calling_model();
  onnx::FunctionProto& function = *proto.mutable_functions(0);
  function.add_input("absent");
  onnx::GraphProto& body =
      *add_attribute(*function.mutable_node(1), "body", onnx::AttributeProto::GRAPH).mutable_g();
  add_node(body.add_node(), "Neg", {"a"}, {"absent"});
  add_port(body.add_output(), "absent");
  EXPECT_THAT(refusal(proto), HasSubstr("gives the name \"absent\" to an input, which the call leaves out"));
}

TEST(CallOfAFunction, IsRefusedWhereItCallsItself) {
  onnx::ModelProto proto = calling_model();
  add_node(proto.mutable_functions(0)->add_node(), "Scale", {"a"}, {"c"}, "f");
  EXPECT_THAT(refusal(proto), HasSubstr("the function \"Scale\": it is called by itself"));
}

TEST(CallOfAFunction, IsRefusedWithMoreInputsThanTheFunctionHas) {
  onnx::ModelProto proto = calling_model();
  proto.mutable_graph()->mutable_node(0)->add_input("x");
  EXPECT_THAT(refusal(proto), HasSubstr("it has 1 inputs and 1 outputs, and is called with 2 and 1"));
}

TEST(CallOfAFunction, IsRefusedWhereItWouldBecomeTooLarge) {
  onnx::ModelProto proto = empty_model();
  for (int i = 0; i < 30; ++i) {
    onnx::FunctionProto& function = *proto.add_functions();
    function.set_domain("f");
    function.set_name("F" + std::to_string(i));
    import(function.add_opset_import(), "f", 1);
    for (int call = 0; call < 4 && i < 29; ++call)
      add_node(function.add_node(), "F" + std::to_string(i + 1), {}, {}, "f");
  }
  add_node(proto.mutable_graph()->add_node(), "F0", {}, {}, "f");
  EXPECT_THAT(refusal(proto), HasSubstr("calls of its functions make it too large"));
}

TEST(CallOfAFunction, DoesNotReplaceAnOperator) {
  onnx::ModelProto proto = calling_model();
  proto.mutable_functions(0)->set_domain("");
  proto.mutable_functions(0)->set_name("Relu");
  onnx::NodeProto& node = *proto.mutable_graph()->mutable_node(0);
  node.set_domain("");
  node.set_op_type("Relu");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.nodes[0].type, "Relu");
}

TEST(CallOfAFunction, IsRefusedForAGraphThatItGives) {
  onnx::ModelProto proto = calling_model();
  onnx::AttributeProto& given = *proto.mutable_graph()->mutable_node(0)->mutable_attribute(0);
  given.set_type(onnx::AttributeProto::GRAPH);
  EXPECT_THAT(refusal(proto), HasSubstr("a graph that is given to a function is not supported"));
}

TEST(Function, IsRefusedWithoutANameOrTwice) {
  onnx::ModelProto proto = calling_model();
  *proto.add_functions() = proto.functions(0);
  EXPECT_THAT(refusal(proto), HasSubstr("two functions \"Scale\""));
  proto.mutable_functions(1)->set_name("");
  EXPECT_THAT(refusal(proto), HasSubstr("a function without a name"));
}

}  // namespace
}  // namespace tamis::network
