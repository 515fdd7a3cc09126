#include "network/passes/graph_index.h"
#include "network/passes/quantised_form.h"
#include "network/passes/simplify.h"

#include <optional>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kFloat32Code = 1;  ///< of float32 in a file

const Fact* known_fact(const Resolved& network, const std::string& value) {
  const auto found = network.facts.find(value);
  return found == network.facts.end() || !found->second.shape ? nullptr : &found->second;
}

bool is_single(const Resolved& network, const std::string& value) {
  const Fact* fact = known_fact(network, value);
  return fact != nullptr && element_count(*fact->shape) == 1;
}

/// Whether a value has one dimension, of a number for each column.
bool is_of_columns(const Resolved& network, const std::string& value, int64_t columns) {
  const Fact* fact = known_fact(network, value);
  return fact != nullptr && *fact->shape == Shape{columns} && fact->type == ElementType::float32;
}

/// A MatMulInteger and what scales its sums.
struct ScaledProduct {
  const Node* product = nullptr;
  const Node* cast = nullptr;
  const Node* scaling = nullptr;
  const Node* scales = nullptr;  ///< the product of both scales
  std::string a_scale;
  std::string b_scale;
  int64_t columns = 0;
};

/// The number of an input of a Mul that is the Cast of a MatMulInteger.
std::optional<size_t> cast_input(const Node& scaling, const GraphIndex& index) {
  for (size_t i = 0; i < 2; ++i) {
    const Node* cast = index.private_producer(scaling.inputs[i], "Cast");
    if (cast == nullptr || attribute_or<int64_t>(*cast, "to", 0) != kFloat32Code) continue;
    if (index.private_producer(cast->inputs[0], "MatMulInteger") != nullptr) return i;
  }
  return std::nullopt;
}

std::optional<ScaledProduct> scaled_product(const Resolved& network, const Node& scaling,
                                            const GraphIndex& index) {
  if (!is(scaling, "Mul") || scaling.inputs.size() != 2) return std::nullopt;
  const auto input = cast_input(scaling, index);
  if (!input) return std::nullopt;
  ScaledProduct found;
  found.scaling = &scaling;
  found.cast = index.producer(scaling.inputs[*input]);
  found.product = index.producer(found.cast->inputs[0]);
  found.scales = index.producer(scaling.inputs[1 - *input]);
  if (found.scales == nullptr || !is(*found.scales, "Mul") || found.scales->inputs.size() != 2)
    return std::nullopt;
  const Fact* weights = known_fact(network, found.product->inputs[1]);
  if (weights == nullptr || weights->shape->size() < 2) return std::nullopt;
  // Zero points of rows have no place in the new node.
  const std::vector<std::string>& inputs = found.product->inputs;
  if (inputs.size() > 2 && !inputs[2].empty() && !is_single(network, inputs[2])) return std::nullopt;
  found.columns = weights->shape->back();
  for (size_t i = 0; i < 2; ++i) {
    found.a_scale = found.scales->inputs[i];
    found.b_scale = found.scales->inputs[1 - i];
    const bool fits =
        is_single(network, found.b_scale) || is_of_columns(network, found.b_scale, found.columns);
    if (is_single(network, found.a_scale) && fits) return found;
  }
  return std::nullopt;
}

/// The Add of a bias behind a node, and the bias.
std::optional<std::pair<const Node*, std::string>> bias_behind(const Resolved& network,
                                                               const ScaledProduct& scaled,
                                                               const GraphIndex& index) {
  const std::string& sums = scaled.scaling->outputs[0];
  const Node* sum = index.only_consumer(sums);
  if (sum == nullptr || !is(*sum, "Add") || sum->inputs.size() != 2) return std::nullopt;
  const std::string& bias = sum->inputs[sum->inputs[0] == sums ? 1 : 0];
  if (!is_of_columns(network, bias, scaled.columns)) return std::nullopt;
  return std::pair(sum, bias);
}

}  // namespace

size_t recognise_scaled_products(Resolved& network) {
  std::vector<Node>& nodes = network.graph.nodes;
  const GraphIndex index(network.graph);
  std::vector<bool> dropped(nodes.size(), false);
  std::vector<std::pair<size_t, Node>> replaced;
  const auto place_of = [&](const Node* node) { return static_cast<size_t>(node - nodes.data()); };
  for (const Node& node : nodes) {
    const auto scaled = scaled_product(network, node, index);
    if (!scaled) continue;
    const auto bias = bias_behind(network, *scaled, index);
    const Node* last = bias ? bias->first : scaled->scaling;
    Node made = *scaled->product;
    made.type = "MatMulIntegerToFloat";
    made.domain = "com.microsoft";
    made.opset = 1;
    made.inputs.resize(4);
    made.inputs = {made.inputs[0],
                   made.inputs[1],
                   scaled->a_scale,
                   scaled->b_scale,
                   made.inputs[2],
                   made.inputs[3],
                   bias ? bias->second : std::string()};
    made.outputs = last->outputs;
    for (const Node* each : {scaled->product, scaled->cast, scaled->scaling}) dropped[place_of(each)] = true;
    if (index.uses(scaled->scales->outputs[0]) == 1) dropped[place_of(scaled->scales)] = true;
    replaced.emplace_back(place_of(last), std::move(made));
  }
  for (auto& [place, node] : replaced) {
    nodes[place] = std::move(node);
    dropped[place] = false;
  }
  drop_nodes(network, dropped);
  return replaced.size();
}

QuantisedForm quantised_form(Resolved& network) {
  QuantisedForm form;
  form.scaled_products = recognise_scaled_products(network);
  form.operators = recognise_quantised(network);
  fold_dequantised(network);
  return form;
}

}  // namespace tamis::network
