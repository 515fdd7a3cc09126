#pragma once

#include "network/passes/resolve.h"

#include <string>
#include <utility>
#include <vector>

namespace tamis::network {

/// Makes nodes that take the place of one: they inherit its name, opset and place in the file. Values between
/// them are named after the first output of the node.
class Rewriting {
 public:
  /// Both must outlive the rewriting.
  Rewriting(Resolved& network, const Node& node) : network_(network), node_(node) {}

  /// The name of a new constant of the network.
  std::string constant(const std::string& what, Array value) {
    std::string name = node_.outputs[0] + "/" + what;
    network_.facts.insert_or_assign(name, Fact::of(value));
    network_.graph.constants.insert_or_assign(name, std::move(value));
    return name;
  }
  /// The name of a new value of float32.
  std::string value(const std::string& what, Shape shape) {
    std::string name = node_.outputs[0] + "/" + what;
    network_.facts.insert_or_assign(name, Fact{ElementType::float32, std::move(shape), std::nullopt});
    return name;
  }
  /// Adds a node of ONNX's own operators, without attributes. The reference holds until the next one is
  /// added.
  Node& add(const std::string& type, std::vector<std::string> inputs, const std::string& output) {
    Node made = node_;
    made.type = type;
    made.inputs = std::move(inputs);
    made.outputs = {output};
    made.attributes.clear();
    nodes_.push_back(std::move(made));
    return nodes_.back();
  }
  /// All nodes that were added, in their order.
  std::vector<Node> nodes() && { return std::move(nodes_); }

 private:
  Resolved& network_;
  const Node& node_;
  std::vector<Node> nodes_;
};

}  // namespace tamis::network
