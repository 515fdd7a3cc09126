#pragma once

#include "network/onnx/onnx.h"
#include "network/onnx/proto.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::network {

using Names = std::vector<std::string>;

/// Adds a tensor value with these sizes; one below 0 is left without number.
inline onnx::ValueInfoProto& add_port(onnx::ValueInfoProto* port, const std::string& name,
                                      const std::vector<int64_t>& shape = {2}, int type = 1) {
  port->set_name(name);
  auto* tensor = port->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const int64_t size : shape) {
    auto* dimension = tensor->mutable_shape()->add_dim();
    if (size >= 0) dimension->set_dim_value(size);
  }
  return *port;
}

inline onnx::NodeProto& add_node(onnx::NodeProto* node, const std::string& type, const Names& inputs,
                                 const Names& outputs, const std::string& domain = "") {
  node->set_op_type(type);
  node->set_domain(domain);
  for (const std::string& name : inputs) node->add_input(name);
  for (const std::string& name : outputs) node->add_output(name);
  return *node;
}

inline onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name,
                                           onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

/// Fills a float32 tensor, raw.
inline onnx::TensorProto& fill(onnx::TensorProto* tensor, const std::string& name,
                               const std::vector<float>& values) {
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  tensor->add_dims(static_cast<int64_t>(values.size()));
  tensor->set_raw_data(values.data(), values.size() * sizeof(float));
  return *tensor;
}

/// A Constant node of float32 values.
inline onnx::NodeProto& add_constant(onnx::NodeProto* node, const std::string& output,
                                     const std::vector<float>& values) {
  add_node(node, "Constant", {}, {output});
  fill(add_attribute(*node, "value", onnx::AttributeProto::TENSOR).mutable_t(), "", values);
  return *node;
}

inline void import(onnx::OperatorSetIdProto* to, const std::string& domain, int64_t version) {
  to->set_domain(domain);
  to->set_version(version);
}

/// A model without anything but its versions.
inline onnx::ModelProto empty_model(int64_t ir_version = 8, int64_t opset = 17) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  import(model.add_opset_import(), "", opset);
  model.mutable_graph()->set_name("test");
  return model;
}

/// y = x + w, where w is (10, 20); x is the input.
inline onnx::ModelProto adding_model(int64_t ir_version = 8, int64_t opset = 17) {
  onnx::ModelProto model = empty_model(ir_version, opset);
  onnx::GraphProto& graph = *model.mutable_graph();
  add_port(graph.add_input(), "x");
  add_port(graph.add_output(), "y");
  fill(graph.add_initializer(), "w", {10, 20});
  add_node(graph.add_node(), "Add", {"x", "w"}, {"y"});
  return model;
}

/// A model with an If whose branches are empty graphs with an output `out` each, and the two of them.
struct BranchingModel {
  onnx::ModelProto model;
  onnx::GraphProto* then_branch;
  onnx::GraphProto* else_branch;
};

inline BranchingModel branching_model() {
  onnx::ModelProto model = empty_model();
  onnx::GraphProto& graph = *model.mutable_graph();
  add_port(graph.add_input(), "x");
  add_port(graph.add_input(), "condition", {}, onnx::TensorProto::BOOL);
  add_port(graph.add_output(), "y");
  onnx::NodeProto& node = add_node(graph.add_node(), "If", {"condition"}, {"y"});
  for (const char* name : {"then_branch", "else_branch"})
    add_port(add_attribute(node, name, onnx::AttributeProto::GRAPH).mutable_g()->add_output(), "out");
  onnx::NodeProto& kept = *model.mutable_graph()->mutable_node(0);
  onnx::GraphProto* then_branch = kept.mutable_attribute(0)->mutable_g();
  onnx::GraphProto* else_branch = kept.mutable_attribute(1)->mutable_g();
  return {std::move(model), then_branch, else_branch};
}

/// A function `f:Scale` of one input, LeakyRelu with the attribute `alpha` of the call, then Neg; and a call
/// of it from x to y.
inline onnx::ModelProto calling_model() {
  onnx::ModelProto model = empty_model();
  import(model.add_opset_import(), "f", 1);
  onnx::FunctionProto& function = *model.add_functions();
  function.set_domain("f");
  function.set_name("Scale");
  function.add_input("a");
  function.add_output("b");
  function.add_attribute("alpha");
  import(function.add_opset_import(), "", 16);
  onnx::NodeProto& inner = add_node(function.add_node(), "LeakyRelu", {"a"}, {"inner"});
  add_attribute(inner, "alpha", onnx::AttributeProto::FLOAT).set_ref_attr_name("alpha");
  add_node(function.add_node(), "Neg", {"inner"}, {"b"});
  onnx::GraphProto& graph = *model.mutable_graph();
  add_port(graph.add_input(), "x");
  add_port(graph.add_output(), "y");
  onnx::NodeProto& call = add_node(graph.add_node(), "Scale", {"x"}, {"y"}, "f");
  add_attribute(call, "alpha", onnx::AttributeProto::FLOAT).set_f(0.125F);
  return model;
}

/// What the reader makes of a model that is no file.
inline Result<Model> read_back(const onnx::ModelProto& model) {
  return read_model_text(model.SerializeAsString(), {"test.onnx", std::nullopt});
}

/// The message of what must not be read; a word where it is.
inline std::string refusal(const onnx::ModelProto& model) {
  const Result<Model> read = read_back(model);
  return read.ok() ? "read" : read.error().message;
}

}  // namespace tamis::network
