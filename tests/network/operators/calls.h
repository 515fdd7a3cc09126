#pragma once

#include "network/operators/operator.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tamis::network {

/// One node of an operator with constant inputs, for tests.
struct TestCall {
  std::string type;
  std::vector<std::optional<Array>> inputs;  ///< nothing for an absent one
  std::map<std::string, Attribute, std::less<>> attributes = {};
  int64_t opset = 17;
  size_t outputs = 1;
  std::string domain = {};
};

inline Node node_of(const TestCall& call) {
  Node node{.type = call.type,
            .domain = call.domain,
            .opset = call.opset,
            .name = "tested",
            .inputs = {},
            .outputs = {}};
  for (size_t i = 0; i < call.inputs.size(); ++i)
    node.inputs.push_back(call.inputs[i] ? "x" + std::to_string(i) : "");
  for (size_t i = 0; i < call.outputs; ++i) node.outputs.push_back("y" + std::to_string(i));
  node.attributes = call.attributes;
  return node;
}

/// What becomes of the call. `known`: whether the values of the inputs are, or their shapes only.
inline Result<std::vector<Fact>> facts_of(const TestCall& call, bool known = true) {
  const Node node = node_of(call);
  std::vector<Fact> facts;
  for (const auto& input : call.inputs)
    facts.push_back(Fact{input ? input->type() : ElementType::float32,
                         input ? std::optional(input->shape()) : std::nullopt, known ? input : std::nullopt});
  std::vector<const Fact*> inputs;
  for (size_t i = 0; i < facts.size(); ++i) inputs.push_back(call.inputs[i] ? &facts[i] : nullptr);
  return outputs_of(Call(node, inputs), int64_t{1} << 20);
}

/// The outputs. Of the same shapes as are said where the inputs are not known, or the test fails.
inline Result<std::vector<Array>> run(const TestCall& call) {
  TAMIS_ASSIGN(const std::vector<Fact> facts, facts_of(call));
  std::vector<Array> arrays;
  for (const Fact& fact : facts) {
    if (!fact.value) return invalid_input("an output has no value");
    arrays.push_back(*fact.value);
  }
  return arrays;
}

/// What is wrong with a call, or nothing.
inline std::string error_of(const TestCall& call) {
  const auto arrays = run(call);
  return arrays.ok() ? std::string() : arrays.error().message;
}

/// The first output's elements.
template <class T>
std::vector<T> values_of(const TestCall& call) {
  const Array array = run(call).value().front();
  const auto values = array.values<T>();
  return {values.begin(), values.end()};
}

}  // namespace tamis::network
