#pragma once

#include "network/graph/graph.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tamis::network {

/// Who computes and who takes each value of a graph. Holds the graph by reference, and knows it as it was
/// when the index was made.
class GraphIndex {
 public:
  explicit GraphIndex(const Graph& graph);

  /// The node that computes a value; null for inputs and constants.
  [[nodiscard]] const Node* producer(std::string_view value) const;
  /// The same, where it is of this type of ONNX's own operators and nobody but one node takes the value.
  [[nodiscard]] const Node* private_producer(std::string_view value, std::string_view type) const;
  /// How many inputs of nodes and outputs of the graph the value is.
  [[nodiscard]] size_t uses(std::string_view value) const;
  /// The node that alone takes a value, which is no output of the graph; null where there is none.
  [[nodiscard]] const Node* only_consumer(std::string_view value) const;
  /// A value that is a constant of the graph; null for another one.
  [[nodiscard]] const Array* constant(std::string_view value) const;
  /// The element of a constant float32 that has a single one.
  [[nodiscard]] std::optional<float> scalar(std::string_view value) const;

 private:
  struct Entry {
    const Node* producer = nullptr;
    const Node* consumer = nullptr;
    size_t uses = 0;
    bool output = false;
  };

  const Graph* graph_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// Whether a node is of this type of ONNX's own operators.
inline bool is(const Node& node, std::string_view type) { return node.domain.empty() && node.type == type; }

}  // namespace tamis::network
