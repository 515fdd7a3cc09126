#include "network/passes/simplify.h"

#include "network/passes/graph_index.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tamis::network {
namespace {

const Fact* fact_of(const Resolved& network, const std::string& value) {
  const auto found = network.facts.find(value);
  return found == network.facts.end() ? nullptr : &found->second;
}

bool same(const Resolved& network, const Node& node) {
  const Fact* from = fact_of(network, node.inputs[0]);
  const Fact* to = fact_of(network, node.outputs[0]);
  return from != nullptr && to != nullptr && from->type == to->type && from->shape &&
         from->shape == to->shape;
}

/// Whether a Transpose leaves every axis where it is.
bool moves_nothing(const Node& node) {
  const auto* order = find_attribute<std::vector<int64_t>>(node, "perm");
  return order != nullptr && std::is_sorted(order->begin(), order->end());
}

bool changes_nothing(const Resolved& network, const Node& node) {
  if (!node.domain.empty() || node.inputs.empty() || node.outputs.empty() || node.outputs[0].empty())
    return false;
  if (node.type == "Identity") return true;
  if (node.type == "Dropout") return node.outputs.size() == 1 || node.outputs[1].empty();
  if (node.type == "Transpose") return moves_nothing(node);
  const bool reshapes = node.type == "Cast" || node.type == "Reshape" || node.type == "Flatten" ||
                        node.type == "Squeeze" || node.type == "Unsqueeze" || node.type == "Expand";
  return reshapes && same(network, node);
}

/// Takes the names off outputs that nobody takes, such as the mask of a Dropout; the first output keeps its.
void forget_unused_outputs(Resolved& network) {
  const GraphIndex index(network.graph);
  for (Node& node : network.graph.nodes) {
    if (node.type == "DynamicQuantizeLinear") continue;  // computes each output from the others
    for (size_t i = 1; i < node.outputs.size(); ++i)
      if (index.uses(node.outputs[i]) == 0) node.outputs[i].clear();
  }
}

}  // namespace

size_t drop_identities(Resolved& network) {
  forget_unused_outputs(network);
  std::set<std::string, std::less<>> outputs;
  for (const Port& output : network.graph.outputs) outputs.insert(output.name);
  std::map<std::string, std::string, std::less<>> instead;
  std::vector<bool> dropped(network.graph.nodes.size(), false);
  size_t count = 0;
  for (size_t i = 0; i < dropped.size(); ++i) {
    Node& node = network.graph.nodes[i];
    for (std::string& input : node.inputs)
      if (const auto found = instead.find(input); found != instead.end()) input = found->second;
    // An output of the network keeps its name.
    if (!changes_nothing(network, node) || outputs.contains(node.outputs[0])) continue;
    instead[node.outputs[0]] = node.inputs[0];
    dropped[i] = true;
    ++count;
  }
  drop_nodes(network, dropped);
  return count;
}

void drop_nodes(Resolved& network, const std::vector<bool>& dropped) {
  std::vector<Node> kept;
  std::set<std::string, std::less<>> named;
  for (size_t i = 0; i < dropped.size(); ++i)
    if (!dropped[i]) kept.push_back(std::move(network.graph.nodes[i]));
  network.graph.nodes = std::move(kept);
  for (const Node& node : network.graph.nodes) {
    named.insert(node.inputs.begin(), node.inputs.end());
    named.insert(node.outputs.begin(), node.outputs.end());
  }
  for (const Port& port : network.graph.inputs) named.insert(port.name);
  for (const Port& port : network.graph.outputs) named.insert(port.name);
  const auto nobody = [&](const auto& entry) { return !named.contains(entry.first); };
  std::erase_if(network.facts, nobody);
  std::erase_if(network.graph.constants, nobody);
}

Simplified simplify(Resolved& network) {
  Simplified simplified;
  simplified.halves = widen_halves(network);
  simplified.spectra = convolve_spectra(network);
  simplified.einsums = multiply_einsums(network);
  simplified.transposes = merge_transposes(network);
  simplified.identities = drop_identities(network);
  simplified.paddings = fold_paddings(network);
  simplified.scalings = fold_scalings(network);
  simplified.normalisations = recognise_normalisations(network);
  simplified.activations = recognise_activations(network);
  simplified.factors = fold_powers_of_two(network);
  return simplified;
}

}  // namespace tamis::network
