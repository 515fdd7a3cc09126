#pragma once

#include "network/graph/array.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tamis::network {

struct Graph;

/// What a node says besides its inputs. A graph is the body of an If, a Loop or a Scan.
using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>,
                               std::vector<std::string>, Array, std::shared_ptr<const Graph>>;

/// An operator applied to named values.
struct Node {
  std::string type;                  ///< `Conv`, `Relu`, ...
  std::string domain;                ///< empty for ONNX's own operators, which a file may also call `ai.onnx`
  int64_t opset = 0;                 ///< the version of the domain's operators that the file was written for
  std::string name;                  ///< as the file has it; often empty, and not always unique
  size_t place = 0;                  ///< which node of the file's graph it is, from 0
  std::vector<std::string> inputs;   ///< names of values; empty where an optional one is absent
  std::vector<std::string> outputs;  ///< names of values; empty where nobody wants it
  std::map<std::string, Attribute, std::less<>> attributes = {};
};

/// An attribute of a kind; null where the node has none of this name and kind.
template <class T>
const T* find_attribute(const Node& node, std::string_view name) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? nullptr : std::get_if<T>(&found->second);
}

/// The same, `otherwise` where there is none.
template <class T>
T attribute_or(const Node& node, std::string_view name, T otherwise) {
  const T* found = find_attribute<T>(node, name);
  return found == nullptr ? std::move(otherwise) : *found;
}

/// A name out of a file as a terminal may show it: control characters become `?`, and what is longer than 200
/// bytes is cut.
std::string printable(std::string_view name);

/// `node 12 "conv1" (Conv)`: how messages name a node, counted from 0 as viewers do.
std::string describe(const Node& node);

/// A size of an input: a number, or a name for what is only known when the network runs. Neither for a size
/// that the file does not even name.
struct Dimension {
  std::optional<int64_t> size;
  std::string symbol;
};

/// A value that enters or leaves a graph, as the file declares it.
struct Port {
  std::string name;
  std::optional<ElementType> type;
  std::optional<std::vector<Dimension>> shape;  ///< nothing where not even the rank is declared
};

/// `1x3xHxW`; `?` for a size without a name.
std::string to_string(const std::vector<Dimension>& shape);

/// Nodes in an order in which each comes after those whose outputs it takes. Every name is the output of at
/// most one node, an input, or a constant; in a body also a value of the graph around it.
struct Graph {
  std::string name;
  std::vector<Port> inputs;  ///< without those that `constants` holds
  std::vector<Port> outputs;
  std::vector<Node> nodes;
  std::map<std::string, Array, std::less<>> constants = {};  ///< what the file stores (initializers)
};

/// A file of a network.
struct Model {
  Graph graph;
  int64_t ir_version = 0;
  int64_t opset = 0;  ///< of ONNX's own operators
  std::string producer;
  std::vector<std::string>
      overridable;  ///< constants that the file also declares as inputs (IR version 4 on)
};

}  // namespace tamis::network
