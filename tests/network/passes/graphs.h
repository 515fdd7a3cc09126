#pragma once

#include "network/graph/graph.h"
#include "tamis/random.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tamis::network {

/// A graph that is put together node by node, for tests.
class TestGraph {
 public:
  TestGraph& input(const std::string& name, std::vector<Dimension> shape,
                   ElementType type = ElementType::float32) {
    graph_.inputs.push_back({name, type, std::move(shape)});
    return *this;
  }
  TestGraph& constant(const std::string& name, Array value) {
    graph_.constants.insert_or_assign(name, std::move(value));
    return *this;
  }
  TestGraph& node(const std::string& type, std::vector<std::string> inputs, std::vector<std::string> outputs,
                  std::map<std::string, Attribute, std::less<>> attributes = {}) {
    Node node{.type = type,
              .domain = {},
              .opset = 17,
              .name = {},
              .place = graph_.nodes.size(),
              .inputs = {},
              .outputs = {}};
    node.inputs = std::move(inputs);
    node.outputs = std::move(outputs);
    node.attributes = std::move(attributes);
    graph_.nodes.push_back(std::move(node));
    return *this;
  }
  TestGraph& output(const std::string& name) {
    graph_.outputs.push_back({name, std::nullopt, std::nullopt});
    return *this;
  }
  [[nodiscard]] Graph graph() const { return graph_; }
  [[nodiscard]] Model model() const {
    return {.graph = graph_, .ir_version = 8, .opset = 17, .producer = {}, .overridable = {}};
  }

 private:
  Graph graph_;
};

inline Dimension fixed(int64_t size) { return {size, {}}; }
inline Dimension open(std::string symbol) { return {std::nullopt, std::move(symbol)}; }
inline Array floats(Shape shape, const std::vector<float>& values) {
  return Array::of<float>(std::move(shape), values);
}

/// Elements between -1 and 1 that differ by seed.
inline Array random_floats(const Shape& shape, uint64_t seed) {
  Random random(seed);
  NewArray<float> array(shape);
  for (float& value : array.values()) value = static_cast<float>(2 * random.uniform() - 1);
  return std::move(array).finish();
}

}  // namespace tamis::network
