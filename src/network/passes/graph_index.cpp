#include "network/passes/graph_index.h"

namespace tamis::network {

GraphIndex::GraphIndex(const Graph& graph) : graph_(&graph) {
  for (const Node& node : graph.nodes) {
    for (const std::string& output : node.outputs)
      if (!output.empty()) entries_[output].producer = &node;
    for (const std::string& input : node.inputs) {
      if (input.empty()) continue;
      Entry& entry = entries_[input];
      entry.consumer = &node;
      ++entry.uses;
    }
  }
  for (const Port& output : graph.outputs) {
    Entry& entry = entries_[output.name];
    entry.output = true;
    ++entry.uses;
  }
}

const Node* GraphIndex::producer(std::string_view value) const {
  const auto entry = entries_.find(value);
  return entry == entries_.end() ? nullptr : entry->second.producer;
}

const Node* GraphIndex::private_producer(std::string_view value, std::string_view type) const {
  const Node* node = producer(value);
  return node != nullptr && is(*node, type) && uses(value) == 1 ? node : nullptr;
}

size_t GraphIndex::uses(std::string_view value) const {
  const auto entry = entries_.find(value);
  return entry == entries_.end() ? 0 : entry->second.uses;
}

const Node* GraphIndex::only_consumer(std::string_view value) const {
  const auto entry = entries_.find(value);
  if (entry == entries_.end() || entry->second.output || entry->second.uses != 1) return nullptr;
  return entry->second.consumer;
}

const Array* GraphIndex::constant(std::string_view value) const {
  const auto found = graph_->constants.find(value);
  return found == graph_->constants.end() ? nullptr : &found->second;
}

std::optional<float> GraphIndex::scalar(std::string_view value) const {
  const Array* array = constant(value);
  if (array == nullptr || array->type() != ElementType::float32 || array->elements() != 1)
    return std::nullopt;
  return array->values<float>()[0];
}

}  // namespace tamis::network
