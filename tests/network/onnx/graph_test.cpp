// Graphs of ONNX files: names, order, constants, bodies.

#include "network/onnx/model_maker.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Graph& body_of(const Node& node, const std::string& name) {
  return *std::get<std::shared_ptr<const Graph>>(node.attributes.find(name)->second);
}

TEST(ReadGraph, HasNodesPortsAndConstants) {
  onnx::ModelProto proto = adding_model();
  proto.set_producer_name("maker");
  proto.mutable_graph()->mutable_node(0)->set_name("sum");
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->ir_version, 8);
  EXPECT_EQ(read->opset, 17);
  EXPECT_EQ(read->producer, "maker");
  const Graph& graph = read->graph;
  EXPECT_EQ(graph.name, "test");
  ASSERT_EQ(graph.inputs.size(), 1U);
  EXPECT_EQ(graph.inputs[0].name, "x");
  EXPECT_EQ(graph.inputs[0].type, ElementType::float32);
  EXPECT_EQ(to_string(*graph.inputs[0].shape), "2");
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(describe(graph.nodes[0]), "node 0 \"sum\" (Add)");
  EXPECT_EQ(graph.nodes[0].opset, 17);
  EXPECT_THAT(graph.nodes[0].inputs, ElementsAre("x", "w"));
  EXPECT_THAT(graph.constants.at("w").values<float>(), ElementsAre(10, 20));
}

TEST(ReadGraph, HasAttributesOfEveryKind) {
  onnx::ModelProto proto = adding_model();
  onnx::NodeProto& node = *proto.mutable_graph()->mutable_node(0);
  add_attribute(node, "i", onnx::AttributeProto::INT).set_i(-3);
  add_attribute(node, "f", onnx::AttributeProto::FLOAT).set_f(0.5F);
  add_attribute(node, "s", onnx::AttributeProto::STRING).set_s("same");
  add_attribute(node, "is", onnx::AttributeProto::INTS).add_ints(4);
  add_attribute(node, "fs", onnx::AttributeProto::FLOATS).add_floats(1.5F);
  add_attribute(node, "ss", onnx::AttributeProto::STRINGS).add_strings("a");
  fill(add_attribute(node, "t", onnx::AttributeProto::TENSOR).mutable_t(), "", {7});
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const auto& attributes = read->graph.nodes[0].attributes;
  EXPECT_EQ(std::get<int64_t>(attributes.at("i")), -3);
  EXPECT_EQ(std::get<float>(attributes.at("f")), 0.5F);
  EXPECT_EQ(std::get<std::string>(attributes.at("s")), "same");
  EXPECT_THAT(std::get<std::vector<int64_t>>(attributes.at("is")), ElementsAre(4));
  EXPECT_THAT(std::get<std::vector<float>>(attributes.at("fs")), ElementsAre(1.5F));
  EXPECT_THAT(std::get<std::vector<std::string>>(attributes.at("ss")), ElementsAre("a"));
  EXPECT_THAT(std::get<Array>(attributes.at("t")).values<float>(), ElementsAre(7));
}

TEST(ReadGraph, RefusesAttributesThatItCannotHold) {
  onnx::ModelProto proto = adding_model();
  onnx::NodeProto& node = *proto.mutable_graph()->mutable_node(0);
  add_attribute(node, "many", onnx::AttributeProto::TENSORS);
  EXPECT_THAT(refusal(proto),
              HasSubstr("node 0 (Add): the attribute \"many\": attributes of the type TENSORS"));
  node.mutable_attribute(0)->clear_type();
  EXPECT_THAT(refusal(proto), HasSubstr("does not say of which type"));
}

TEST(ReadGraph, RefusesAnAttributeThatIsGivenTwice) {
  onnx::ModelProto proto = adding_model();
  for (int i = 0; i < 2; ++i)
    add_attribute(*proto.mutable_graph()->mutable_node(0), "i", onnx::AttributeProto::INT).set_i(i);
  EXPECT_THAT(refusal(proto), HasSubstr("the attribute \"i\" is given twice"));
}

TEST(ReadGraph, SortsNodes) {
  onnx::ModelProto proto = adding_model();
  onnx::GraphProto& graph = *proto.mutable_graph();
  graph.mutable_node(0)->set_input(0, "later");
  add_node(graph.add_node(), "Relu", {"x"}, {"later"});
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->graph.nodes.size(), 2U);
  EXPECT_EQ(describe(read->graph.nodes[0]), "node 1 (Relu)");
  EXPECT_EQ(describe(read->graph.nodes[1]), "node 0 (Add)");
}

TEST(ReadGraph, SortsALongChainInReverse) {
  onnx::ModelProto proto = empty_model();
  onnx::GraphProto& graph = *proto.mutable_graph();
  const int count = 20000;
  add_port(graph.add_input(), "0");
  add_port(graph.add_output(), std::to_string(count));
  for (int i = count; i > 0; --i)
    add_node(graph.add_node(), "Relu", {std::to_string(i - 1)}, {std::to_string(i)});
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(read->graph.nodes.front().inputs, ElementsAre("0"));
}

TEST(ReadGraph, RefusesACycleAndNamesANodeOnIt) {
  onnx::ModelProto proto = adding_model();
  onnx::GraphProto& graph = *proto.mutable_graph();
  graph.mutable_node(0)->set_input(0, "b");
  add_node(graph.add_node(), "Relu", {"b"}, {"a"});
  add_node(graph.add_node(), "Neg", {"a"}, {"b"});
  EXPECT_THAT(refusal(proto), AnyOf(HasSubstr("node 1 (Relu) depends on its own output"),
                                    HasSubstr("node 2 (Neg) depends on its own output")));
}

TEST(ReadGraph, RefusesANodeThatTakesItsOwnOutput) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->mutable_node(0)->set_input(0, "y");
  EXPECT_THAT(refusal(proto), HasSubstr("node 0 (Add) depends on its own output"));
}

TEST(ReadGraph, RefusesAnOutputThatIsMadeTwice) {
  onnx::ModelProto proto = adding_model();
  add_node(proto.mutable_graph()->add_node(), "Relu", {"x"}, {"y"});
  EXPECT_THAT(refusal(proto), AllOf(HasSubstr("an output of node 1 (Relu) is of the name \"y\""),
                                    HasSubstr("an output of node 0 (Add)")));
}

TEST(ReadGraph, RefusesANodeThatMakesOneOutputTwice) {
  onnx::ModelProto proto = adding_model();
  add_node(proto.mutable_graph()->add_node(), "Split", {"x"}, {"z", "z"});
  EXPECT_THAT(refusal(proto),
              HasSubstr("an output of node 1 (Split) is of the name \"z\", which is already that "
                        "of another of its outputs"));
}

TEST(ReadGraph, RefusesAnOutputOfTheNameOfAnInputOrInitializer) {
  for (const char* name : {"x", "w"}) {
    onnx::ModelProto proto = adding_model();
    add_node(proto.mutable_graph()->add_node(), "Relu", {"x"}, {name});
    EXPECT_THAT(refusal(proto), HasSubstr("which is already that of an input or initializer"));
  }
}

TEST(ReadGraph, RefusesAnInputThatIsDeclaredTwice) {
  onnx::ModelProto proto = adding_model();
  add_port(proto.mutable_graph()->add_input(), "x");
  EXPECT_THAT(refusal(proto), HasSubstr("an input is of the name \"x\""));
}

TEST(ReadGraph, AllowsTwoNodesOfOneName) {
  onnx::ModelProto proto = adding_model();
  onnx::GraphProto& graph = *proto.mutable_graph();
  graph.mutable_node(0)->set_name("same");
  add_node(graph.add_node(), "Relu", {"y"}, {"z"}).set_name("same");
  EXPECT_TRUE(read_back(proto).ok());
}

TEST(ReadGraph, RefusesAnUnknownInputAndNamesTheNearest) {
  onnx::ModelProto wrong = adding_model();
  wrong.mutable_graph()->mutable_initializer(0)->set_name("weight1");
  wrong.mutable_graph()->mutable_node(0)->set_input(1, "weight2");
  EXPECT_THAT(refusal(wrong),
              AllOf(HasSubstr("test.onnx: node 0 (Add): its input: \"weight2\" is no input, no "
                              "initializer and no output of a node"),
                    HasSubstr("did you mean \"weight1\"?")));
}

TEST(ReadGraph, RefusesAnUnknownOutput) {
  onnx::ModelProto proto = adding_model();
  add_port(proto.mutable_graph()->add_output(), "z");
  EXPECT_THAT(refusal(proto), HasSubstr("the output: \"z\" is no input"));
}

TEST(ReadGraph, AllowsOutputsThatAreInputsInitializersOrListedTwice) {
  onnx::ModelProto proto = adding_model();
  for (const char* name : {"x", "w", "y"}) add_port(proto.mutable_graph()->add_output(), name);
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.outputs.size(), 4U);
}

TEST(ReadGraph, AllowsAGraphWithoutNodes) {
  onnx::ModelProto proto = empty_model();
  add_port(proto.mutable_graph()->add_input(), "x");
  add_port(proto.mutable_graph()->add_output(), "x");
  EXPECT_TRUE(read_back(proto).ok());
}

TEST(ReadGraph, RefusesAGraphWithoutOutputs) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->clear_output();
  EXPECT_THAT(refusal(proto), HasSubstr("it has no outputs"));
}

TEST(ReadGraph, KeepsAbsentOptionalInputsAndOutputs) {
  onnx::ModelProto proto = adding_model();
  add_node(proto.mutable_graph()->add_node(), "LSTM", {"x", "", "w", ""}, {"", "hidden"});
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(read->graph.nodes[1].inputs, ElementsAre("x", "", "w", ""));
  EXPECT_THAT(read->graph.nodes[1].outputs, ElementsAre("", "hidden"));
}

TEST(ReadGraph, TakesTheLastOfTwoInitializersOfOneName) {
  onnx::ModelProto proto = adding_model();
  fill(proto.mutable_graph()->add_initializer(), "w", {1, 2, 3});
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(read->graph.constants.at("w").values<float>(), ElementsAre(1, 2, 3));
}

TEST(ReadGraph, HoldsInitializersThatAreInputsForConstant) {
  for (const int64_t ir_version : {3, 4}) {
    onnx::ModelProto proto = adding_model(ir_version);
    add_port(proto.mutable_graph()->add_input(), "w");
    const Result<Model> read = read_back(proto);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->graph.inputs.size(), 1U);
    EXPECT_TRUE(read->graph.constants.contains("w"));
    if (ir_version == 3)
      EXPECT_THAT(read->overridable, IsEmpty());
    else
      EXPECT_THAT(read->overridable, ElementsAre("w"));
  }
}

TEST(ReadGraph, RefusesSparseInitializers) {
  onnx::ModelProto proto = adding_model();
  fill(proto.mutable_graph()->add_sparse_initializer()->mutable_values(), "thin", {1});
  EXPECT_THAT(refusal(proto), HasSubstr("the sparse initializer \"thin\" is not supported"));
}

TEST(ReadGraph, IgnoresWhatTheFileClaimsOfInnerValues) {
  onnx::ModelProto proto = adding_model();
  add_port(proto.mutable_graph()->add_value_info(), "y", {int64_t{1} << 50}, 8);
  EXPECT_TRUE(read_back(proto).ok());
}

TEST(ReadGraph, RefusesANodeWithoutAType) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->mutable_node(0)->set_op_type("");
  EXPECT_THAT(refusal(proto), HasSubstr("does not say which operator it is"));
}

TEST(ReadGraph, ShowsNoControlCharactersInMessages) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->mutable_node(0)->set_name("\x1b[2J");
  proto.mutable_graph()->mutable_node(0)->set_input(0, "\x1b[31m");
  EXPECT_THAT(refusal(proto), Not(HasSubstr("\x1b")));
}

TEST(ReadPort, HasSymbolsAndUnknownSizes) {
  onnx::ModelProto proto = adding_model();
  auto* shape =
      proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->mutable_dim(0)->set_dim_param("batch");
  shape->add_dim();
  shape->add_dim()->set_dim_value(-1);
  shape->add_dim()->set_dim_param("?");  // what Paddle's exporter calls all open sizes
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(to_string(*read->graph.inputs[0].shape), "batchx?x?x?");
  EXPECT_EQ((*read->graph.inputs[0].shape)[3].symbol, "");
}

TEST(ReadPort, MayHaveNoShapeAndNoType) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  proto.mutable_graph()->mutable_output(0)->clear_type();
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_FALSE(read->graph.inputs[0].shape.has_value());
  EXPECT_FALSE(read->graph.outputs[0].type.has_value());
}

TEST(ReadPort, RefusesAbsurdShapes) {
  onnx::ModelProto proto = adding_model();
  add_port(proto.mutable_graph()->add_input(), "big", {int64_t{1} << 30, 0, int64_t{1} << 30});
  EXPECT_THAT(refusal(proto), HasSubstr("the value \"big\": its shape 1073741824x0x1073741824 is absurd"));
  onnx::ModelProto long_shape = adding_model();
  add_port(long_shape.mutable_graph()->add_input(), "long", std::vector<int64_t>(65, 1));
  EXPECT_THAT(refusal(long_shape), HasSubstr("65 dimensions"));
}

TEST(ReadPort, IsRefusedWhereItIsNoTensorOnlyIfItIsTaken) {
  onnx::ModelProto proto = adding_model();
  onnx::ValueInfoProto& list = *proto.mutable_graph()->add_input();
  list.set_name("list");
  list.mutable_type()->mutable_sequence_type();
  add_port(proto.mutable_graph()->add_input(), "words", {2}, onnx::TensorProto::STRING);
  EXPECT_TRUE(read_back(proto).ok());
  onnx::ModelProto takes_list = proto;
  takes_list.mutable_graph()->mutable_node(0)->set_input(0, "list");
  EXPECT_THAT(refusal(takes_list), HasSubstr("the value \"list\": it is no tensor"));
  proto.mutable_graph()->mutable_node(0)->set_input(0, "words");
  EXPECT_THAT(refusal(proto), HasSubstr("the value \"words\": the element type STRING is not supported"));
}

TEST(ReadBody, SeesTheNamesAroundItAndComesAfterWhatItTakes) {
  BranchingModel made = branching_model();
  add_node(made.then_branch->add_node(), "Relu", {"late"}, {"out"});
  add_node(made.else_branch->add_node(), "Neg", {"x"}, {"out"});
  add_node(made.model.mutable_graph()->add_node(), "Abs", {"x"}, {"late"});
  const Result<Model> read = read_back(made.model);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->graph.nodes.size(), 2U);
  EXPECT_EQ(read->graph.nodes[0].type, "Abs");
  EXPECT_EQ(body_of(read->graph.nodes[1], "then_branch").nodes[0].type, "Relu");
}

TEST(ReadBody, HidesAnOuterNameByItsInitializer) {
  BranchingModel made = branching_model();
  fill(made.model.mutable_graph()->add_initializer(), "w", {1});
  fill(made.then_branch->add_initializer(), "w", {7});
  add_node(made.then_branch->add_node(), "Relu", {"w"}, {"out"});
  add_node(made.else_branch->add_node(), "Neg", {"w"}, {"out"});
  const Result<Model> read = read_back(made.model);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(body_of(read->graph.nodes[0], "then_branch").constants.at("w").values<float>(), ElementsAre(7));
  EXPECT_THAT(body_of(read->graph.nodes[0], "else_branch").constants, IsEmpty());
}

TEST(ReadBody, MayNameItsValuesAsTheGraphAroundItDoes) {
  BranchingModel made = branching_model();  // onnxruntime 1.31 reads it where the outer one is made later
  for (onnx::GraphProto* branch : {made.then_branch, made.else_branch}) {
    add_node(branch->add_node(), "Relu", {"x"}, {"y"});
    branch->mutable_output(0)->set_name("y");
  }
  const Result<Model> read = read_back(made.model);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(body_of(read->graph.nodes[0], "then_branch").outputs[0].name, "y");
}

TEST(ReadBody, HidesAnOuterNameByItsInput) {
  BranchingModel made = branching_model();
  add_port(made.then_branch->add_input(), "x");
  add_node(made.then_branch->add_node(), "Relu", {"x"}, {"out"});
  add_node(made.else_branch->add_node(), "Relu", {"x"}, {"out"});
  EXPECT_TRUE(read_back(made.model).ok());
}

TEST(ReadBody, RefusesANameThatCouldBeOneAroundItOrALaterOneInIt) {
  BranchingModel made = branching_model();
  add_node(made.then_branch->add_node(), "Relu", {"x"}, {"out"});
  add_node(made.then_branch->add_node(), "Neg", {"out"}, {"x"});
  EXPECT_THAT(refusal(made.model),
              AllOf(HasSubstr("node 0 (If): the attribute \"then_branch\""),
                    HasSubstr("takes \"x\", which could be the value of the graph around it "
                              "or of node 1 (Neg) after it")));
}

TEST(ReadBody, MayGiveAValueFromAroundIt) {
  BranchingModel made = branching_model();
  for (onnx::GraphProto* branch : {made.then_branch, made.else_branch})
    branch->mutable_output(0)->set_name("x");
  EXPECT_TRUE(read_back(made.model).ok());
}

TEST(ReadBody, RefusesACycleThroughIt) {
  BranchingModel made = branching_model();
  add_node(made.then_branch->add_node(), "Relu", {"y"}, {"out"});
  add_node(made.else_branch->add_node(), "Neg", {"x"}, {"out"});
  EXPECT_THAT(refusal(made.model), HasSubstr("node 0 (If) depends on its own output"));
}

TEST(ReadBody, RefusesANameThatNobodyDefines) {
  BranchingModel made = branching_model();
  add_node(made.then_branch->add_node(), "Relu", {"condition1"}, {"out"});
  EXPECT_THAT(refusal(made.model), HasSubstr("did you mean \"condition\"?"));
}

TEST(ReadBody, DoesNotSeeTheNamesOfItsNeighbour) {
  BranchingModel made = branching_model();
  add_node(made.then_branch->add_node(), "Relu", {"x"}, {"out"});
  add_node(made.then_branch->add_node(), "Abs", {"x"}, {"inner"});
  add_node(made.else_branch->add_node(), "Neg", {"inner"}, {"out"});
  EXPECT_THAT(refusal(made.model), HasSubstr("\"inner\" is no input"));
}

TEST(ReadBody, MayHoldBodiesThatTakeNamesOfTheOutermostGraph) {
  BranchingModel inner = branching_model();
  add_node(inner.then_branch->add_node(), "Relu", {"late"}, {"out"});
  add_node(inner.else_branch->add_node(), "Neg", {"x"}, {"out"});
  BranchingModel made = branching_model();
  onnx::NodeProto& nested = *made.then_branch->add_node();
  nested = inner.model.graph().node(0);
  nested.set_output(0, "out");
  add_node(made.else_branch->add_node(), "Neg", {"x"}, {"out"});
  for (int i = 0; i < 2; ++i)
    nested.mutable_attribute(i)->mutable_g()->mutable_node(0)->set_output(0, "deep");
  for (int i = 0; i < 2; ++i) nested.mutable_attribute(i)->mutable_g()->mutable_output(0)->set_name("deep");
  add_node(made.model.mutable_graph()->add_node(), "Abs", {"x"}, {"late"});
  const Result<Model> read = read_back(made.model);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.nodes[0].type, "Abs");
}

TEST(ReadBody, RefusesBodiesThatNestDeeperThanProtobufReads) {
  onnx::GraphProto graph;
  add_port(graph.add_output(), "x");
  for (int depth = 0; depth < 100; ++depth) {
    onnx::GraphProto around;
    add_port(around.add_output(), "x");
    onnx::NodeProto& node = add_node(around.add_node(), "If", {"x"}, {"o" + std::to_string(depth)});
    *add_attribute(node, "then_branch", onnx::AttributeProto::GRAPH).mutable_g() = graph;
    graph = std::move(around);
  }
  onnx::ModelProto proto = empty_model();
  add_port(graph.add_input(), "x");
  *proto.mutable_graph() = std::move(graph);
  EXPECT_THAT(refusal(proto), HasSubstr("protobuf cannot read it"));
}

}  // namespace
}  // namespace tamis::network
