#include "network/passes/graph_index.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace tamis::network {
namespace {

/// What a Pad adds before each axis and then after each, where it adds zeros.
std::optional<std::vector<int64_t>> zeros_added(const Node& pad, const GraphIndex& index, size_t rank) {
  if (attribute_or<std::string>(pad, "mode", "constant") != "constant") return std::nullopt;
  if (pad.opset < 11) {
    if (attribute_or<float>(pad, "value", 0) != 0) return std::nullopt;
    const std::vector<int64_t>* pads = find_attribute<std::vector<int64_t>>(pad, "pads");
    return pads == nullptr ? std::nullopt : std::optional(*pads);
  }
  if (pad.inputs.size() > 3 && !pad.inputs[3].empty()) return std::nullopt;
  if (pad.inputs.size() > 2 && !pad.inputs[2].empty() && index.scalar(pad.inputs[2]) != 0.0F)
    return std::nullopt;
  const Array* pads = pad.inputs.size() > 1 ? index.constant(pad.inputs[1]) : nullptr;
  auto sizes = pads == nullptr ? std::nullopt : pads->integers();
  if (!sizes || sizes->size() != 2 * rank) return std::nullopt;
  return sizes;
}

/// The pads of the rows and columns alone, begins and then ends, where no other axis is padded and none is
/// cropped.
std::optional<std::vector<int64_t>> spatial(const std::vector<int64_t>& pads, size_t rank) {
  if (rank < 3 || pads.size() != 2 * rank ||
      std::any_of(pads.begin(), pads.end(), [](int64_t pad) { return pad < 0; }))
    return std::nullopt;
  if (pads[0] != 0 || pads[1] != 0 || pads[rank] != 0 || pads[rank + 1] != 0) return std::nullopt;
  std::vector<int64_t> own(pads.begin() + 2, pads.begin() + static_cast<std::ptrdiff_t>(rank));
  own.insert(own.end(), pads.begin() + static_cast<std::ptrdiff_t>(rank + 2), pads.end());
  return own;
}

/// Whether a node takes its padding for zeros that belong to its input.
bool takes_zeros(const Node& node) {
  const std::string automatic = attribute_or<std::string>(node, "auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID") return false;
  if (is(node, "Conv")) return true;
  if (!is(node, "AveragePool")) return false;
  if (attribute_or<int64_t>(node, "count_include_pad", 0) == 1) return true;
  const std::vector<int64_t>* pads = find_attribute<std::vector<int64_t>>(node, "pads");
  return pads == nullptr || std::all_of(pads->begin(), pads->end(), [](int64_t pad) { return pad == 0; });
}

void add_padding(Node& node, const std::vector<int64_t>& more) {
  const std::vector<int64_t>* own = find_attribute<std::vector<int64_t>>(node, "pads");
  std::vector<int64_t> pads =
      own != nullptr && attribute_or<std::string>(node, "auto_pad", "NOTSET") == "NOTSET"
          ? *own
          : std::vector<int64_t>(more.size(), 0);
  for (size_t i = 0; i < pads.size() && i < more.size(); ++i) pads[i] += more[i];
  node.attributes.insert_or_assign("pads", std::move(pads));
  node.attributes.erase("auto_pad");
  if (node.type == "AveragePool") node.attributes.insert_or_assign("count_include_pad", int64_t{1});
}

/// The Pad whose zeros go into a node, with what it adds.
std::optional<std::pair<const Node*, std::vector<int64_t>>> padding_before(const Resolved& network,
                                                                           const Node& node,
                                                                           const GraphIndex& index) {
  if (!takes_zeros(node) || node.inputs.empty()) return std::nullopt;
  const Node* pad = index.private_producer(node.inputs[0], "Pad");
  const auto fact = network.facts.find(node.inputs[0]);
  if (pad == nullptr || fact == network.facts.end() || !fact->second.shape) return std::nullopt;
  const auto added = zeros_added(*pad, index, fact->second.shape->size());
  const auto own = added ? spatial(*added, fact->second.shape->size()) : std::nullopt;
  if (!own) return std::nullopt;
  return std::pair(pad, *own);
}

}  // namespace

size_t fold_paddings(Resolved& network) {
  std::vector<Node>& nodes = network.graph.nodes;
  const GraphIndex index(network.graph);
  std::vector<bool> dropped(nodes.size(), false);
  size_t count = 0;
  for (Node& node : nodes) {
    const auto padding = padding_before(network, node, index);
    if (!padding) continue;
    dropped[static_cast<size_t>(padding->first - nodes.data())] = true;
    add_padding(node, padding->second);
    node.inputs[0] = padding->first->inputs[0];
    ++count;
  }
  drop_nodes(network, dropped);
  return count;
}

}  // namespace tamis::network
