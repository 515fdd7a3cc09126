#include "network/passes/graph_index.h"
#include "network/passes/simplify.h"

#include <cmath>
#include <optional>
#include <utility>
#include <variant>

namespace tamis::network {
namespace {

/// A tree of Mul and Div whose inner values nobody else takes, as one product.
struct Product {
  double constant = 1;
  std::vector<std::string> factors;
  std::vector<const Node*> nodes;
};

/// Whether two constants are the same for exporters that write six digits.
bool near(double a, double b) { return std::abs(a - b) <= 1e-5 * std::abs(b); }

void gather(Product& product, const std::string& value, const GraphIndex& index, bool root);

void gather_operand(Product& product, const std::string& value, const GraphIndex& index) {
  if (const auto number = index.scalar(value))
    product.constant *= *number;
  else
    gather(product, value, index, false);
}

void gather(Product& product, const std::string& value, const GraphIndex& index, bool root) {
  const Node* node = root ? index.producer(value) : index.private_producer(value, "Mul");
  const Node* divided = root ? nullptr : index.private_producer(value, "Div");
  if (node != nullptr && is(*node, "Mul") && node->inputs.size() == 2) {
    product.nodes.push_back(node);
    gather_operand(product, node->inputs[0], index);
    gather_operand(product, node->inputs[1], index);
    return;
  }
  if (root && node != nullptr && is(*node, "Div")) divided = node;
  const auto divisor =
      divided != nullptr && divided->inputs.size() == 2 ? index.scalar(divided->inputs[1]) : std::nullopt;
  if (divisor && *divisor != 0) {
    product.nodes.push_back(divided);
    product.constant /= *divisor;
    return gather_operand(product, divided->inputs[0], index);
  }
  product.factors.push_back(value);
}

/// x where `value` is x + `addend`, by a node of its own that is added to the nodes.
std::optional<std::string> minus(const std::string& value, double addend, const GraphIndex& index,
                                 std::vector<const Node*>& nodes) {
  const Node* sum = index.private_producer(value, "Add");
  if (sum == nullptr || sum->inputs.size() != 2) return std::nullopt;
  for (size_t i = 0; i < 2; ++i)
    if (const auto number = index.scalar(sum->inputs[i]); number && near(*number, addend)) {
      nodes.push_back(sum);
      return sum->inputs[1 - i];
    }
  return std::nullopt;
}

/// Whether a Clip is to 0 and 6.
bool to_six(const Node& clip, const GraphIndex& index) {
  if (clip.opset < 11)
    return attribute_or<float>(clip, "min", -1) == 0 && attribute_or<float>(clip, "max", 0) == 6;
  return clip.inputs.size() == 3 && index.scalar(clip.inputs[1]) == 0.0F &&
         index.scalar(clip.inputs[2]) == 6.0F;
}

/// What a spelled out activation is called, and what it is of.
struct Activation {
  std::string type;
  std::string of;
};

/// The activation whose other factor is `gate`, a function of the factor `x`; `constant` is the product's.
std::optional<Activation> gated(const std::string& gate, double constant, const GraphIndex& index,
                                std::vector<const Node*>& nodes) {
  if (const Node* sigmoid = index.private_producer(gate, "Sigmoid");
      sigmoid != nullptr && near(constant, 1)) {
    nodes.push_back(sigmoid);
    return Activation{"Swish", sigmoid->inputs[0]};
  }
  if (const Node* hard = index.private_producer(gate, "HardSigmoid"); hard != nullptr && near(constant, 1)) {
    nodes.push_back(hard);
    if (!near(attribute_or<float>(*hard, "alpha", 0.2F), 1.0 / 6) ||
        !near(attribute_or<float>(*hard, "beta", 0.5F), 0.5))
      return std::nullopt;
    return Activation{"HardSwish", hard->inputs[0]};
  }
  if (const Node* clip = index.private_producer(gate, "Clip"); clip != nullptr && near(constant, 1.0 / 6)) {
    nodes.push_back(clip);
    const auto x = to_six(*clip, index) ? minus(clip->inputs[0], 3, index, nodes) : std::nullopt;
    return x ? std::optional(Activation{"HardSwish", *x}) : std::nullopt;
  }
  const auto error = near(constant, 0.5) ? minus(gate, 1, index, nodes) : std::nullopt;
  const Node* erf = error ? index.private_producer(*error, "Erf") : nullptr;
  if (erf == nullptr) return std::nullopt;
  nodes.push_back(erf);
  Product inside;
  gather_operand(inside, erf->inputs[0], index);
  nodes.insert(nodes.end(), inside.nodes.begin(), inside.nodes.end());
  if (inside.factors.size() != 1 || !near(inside.constant, std::sqrt(0.5))) return std::nullopt;
  return Activation{"Gelu", inside.factors[0]};
}

/// The activation that a product is; its nodes, but for the root, are added to the product's.
std::optional<Activation> activation_of(Product& product, const GraphIndex& index) {
  if (product.factors.size() != 2) return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    std::vector<const Node*> nodes;
    const auto activation = gated(product.factors[i], product.constant, index, nodes);
    if (!activation || activation->of != product.factors[1 - i]) continue;
    product.nodes.insert(product.nodes.end(), nodes.begin(), nodes.end());
    return activation;
  }
  return std::nullopt;
}

bool is_product(const Node& node) { return is(node, "Mul") || is(node, "Div"); }

}  // namespace

size_t recognise_activations(Resolved& network) {
  std::vector<Node>& nodes = network.graph.nodes;
  const GraphIndex index(network.graph);
  std::vector<bool> dropped(nodes.size(), false);
  size_t count = 0;
  // From the end: the root of a product comes before its parts.
  for (size_t i = nodes.size(); i-- > 0;) {
    if (dropped[i] || !is_product(nodes[i])) continue;
    Product product;
    gather(product, nodes[i].outputs[0], index, true);
    const auto activation = activation_of(product, index);
    if (!activation) continue;
    for (const Node* node : product.nodes) dropped[static_cast<size_t>(node - nodes.data())] = true;
    dropped[i] = false;
    nodes[i].type = activation->type;
    nodes[i].opset = activation->type == "Gelu" ? 20 : activation->type == "Swish" ? 24 : 14;
    nodes[i].inputs = {activation->of};
    nodes[i].attributes.clear();
    ++count;
  }
  drop_nodes(network, dropped);
  return count;
}

}  // namespace tamis::network
