#include "network/passes/graph_index.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

namespace tamis::network {
namespace {

using Order = std::vector<int64_t>;

const Shape* shape_in(const Resolved& network, const std::string& value) {
  const auto fact = network.facts.find(value);
  return fact != network.facts.end() && fact->second.shape ? &*fact->second.shape : nullptr;
}

/// From which axis of its input each axis of a Transpose comes; nothing for another node.
std::optional<Order> order_of_axes(const Resolved& network, const Node& node) {
  if (!is(node, "Transpose") || node.inputs.empty()) return std::nullopt;
  const Shape* shape = shape_in(network, node.inputs[0]);
  if (shape == nullptr) return std::nullopt;
  const auto rank = static_cast<int64_t>(shape->size());
  Order order(shape->size());
  std::iota(order.rbegin(), order.rend(), 0);
  if (const auto* given = find_attribute<Order>(node, "perm")) order = *given;
  for (int64_t& axis : order)
    if (axis < 0) axis += rank;
  return order;
}

/// A Transpose of what a Transpose gives takes what that one takes. Whether it is one.
bool take_before(const Resolved& network, const GraphIndex& index, Node& node) {
  const auto order = order_of_axes(network, node);
  const Node* before = order ? index.producer(node.inputs[0]) : nullptr;
  const auto order_before = before == nullptr ? std::nullopt : order_of_axes(network, *before);
  if (!order_before) return false;
  Order merged;
  for (const int64_t axis : *order) merged.push_back((*order_before)[static_cast<size_t>(axis)]);
  node.inputs[0] = before->inputs[0];
  node.attributes.insert_or_assign("perm", std::move(merged));
  return true;
}

/// Whether a Transpose leaves the elements where they are in memory, though their axes move.
bool moves_ones_only(const Shape& shape, const Order& order) {
  int64_t last = -1;
  for (const int64_t axis : order) {
    if (shape[static_cast<size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return !std::is_sorted(order.begin(), order.end());
}

bool become_reshape(Resolved& network, Node& node) {
  const auto order = order_of_axes(network, node);
  const Shape* from = order ? shape_in(network, node.inputs[0]) : nullptr;
  if (from == nullptr || !moves_ones_only(*from, *order)) return false;
  const Shape* to = shape_in(network, node.outputs[0]);
  // A Reshape reads 0 as a size of its input.
  if (to == nullptr || std::find(to->begin(), to->end(), 0) != to->end()) return false;
  const std::string name = node.outputs[0] + "/shape";
  const Array sizes = Array::of<int64_t>({static_cast<int64_t>(to->size())}, *to);
  network.graph.constants.insert_or_assign(name, sizes);
  network.facts.insert_or_assign(name, Fact::of(sizes));
  node.type = "Reshape";
  node.opset = 14;
  node.inputs.push_back(name);
  node.attributes.clear();
  return true;
}

/// The Transposes that nobody takes any more.
std::vector<bool> untaken_transposes(const Graph& graph) {
  const GraphIndex index(graph);
  std::vector<bool> untaken(graph.nodes.size(), false);
  for (size_t i = 0; i < untaken.size(); ++i)
    untaken[i] = is(graph.nodes[i], "Transpose") && index.uses(graph.nodes[i].outputs[0]) == 0;
  return untaken;
}

}  // namespace

size_t merge_transposes(Resolved& network) {
  const GraphIndex index(network.graph);
  size_t count = 0;
  for (Node& node : network.graph.nodes)
    if (take_before(network, index, node)) ++count;
  drop_nodes(network, untaken_transposes(network.graph));
  for (Node& node : network.graph.nodes)
    if (become_reshape(network, node)) ++count;
  return count;
}

}  // namespace tamis::network
