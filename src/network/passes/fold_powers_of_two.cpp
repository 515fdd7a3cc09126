#include "network/passes/graph_index.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

// A factor that is a power of two changes no rounding, so it may be applied earlier: the scale of attention
// scores goes into the weights of the queries.

namespace tamis::network {
namespace {

bool is_power_of_two(double x) {
  int exponent = 0;
  return std::isnormal(x) && x > 0 && std::frexp(x, &exponent) == 0.5;
}

/// The single factor, a power of two, that a node multiplies its other input with; nothing for other nodes.
struct Factor {
  double factor = 1;
  std::string of;
};

std::optional<Factor> factor_of(const Node& node, const GraphIndex& index) {
  if (node.inputs.size() != 2 || !(is(node, "Mul") || is(node, "Div"))) return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    const auto number = index.scalar(node.inputs[i]);
    if (!number || !is_power_of_two(*number) || (is(node, "Div") && i == 0)) continue;
    return Factor{is(node, "Div") ? 1.0 / *number : *number, node.inputs[1 - i]};
  }
  return std::nullopt;
}

/// A constant input of a node.
struct Place {
  const Node* node = nullptr;
  size_t input = 0;
};

/// The constants that, scaled, scale a value.
class Search {
 public:
  explicit Search(const GraphIndex& index) : index_(index) {}

  /// Whether there are such. Nobody else may take what is scaled on the way.
  bool find(const std::string& value) {
    const Node* node = index_.producer(value);
    if (node == nullptr || index_.only_consumer(value) == nullptr || !node->domain.empty()) return false;
    if (is_in(*node, {"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity"}))
      return find(node->inputs[0]);
    if (is(*node, "MatMul")) return scale_one(*node);
    if (is_in(*node, {"Conv", "ConvTranspose", "Gemm"}))
      return scale(*node, 1) && (node->inputs.size() < 3 || node->inputs[2].empty() || scale(*node, 2));
    if (is_in(*node, {"Add", "Sub"})) return scale_or_find(*node, 0) && scale_or_find(*node, 1);
    return false;
  }

  [[nodiscard]] const std::vector<Place>& places() const { return places_; }

 private:
  static bool is_in(const Node& node, std::initializer_list<std::string_view> types) {
    return std::find(types.begin(), types.end(), node.type) != types.end();
  }

  bool scale(const Node& node, size_t input) {
    const Array* constant = index_.constant(node.inputs[input]);
    if (constant == nullptr || constant->type() != ElementType::float32) return false;
    places_.push_back({&node, input});
    return true;
  }

  bool scale_or_find(const Node& node, size_t input) {
    return index_.constant(node.inputs[input]) != nullptr ? scale(node, input) : find(node.inputs[input]);
  }

  /// One factor of a product, a constant one if there is.
  bool scale_one(const Node& node) {
    if (scale(node, 1) || scale(node, 0)) return true;
    const size_t before = places_.size();
    if (find(node.inputs[0])) return true;
    places_.resize(before);
    return find(node.inputs[1]);
  }

  const GraphIndex& index_;
  std::vector<Place> places_;
};

/// The elements times a power of two; nothing where one becomes too small or too large for that to be exact.
std::optional<Array> scaled(const Array& array, double factor) {
  NewArray<float> result(array.shape());
  const auto from = array.values<float>();
  for (size_t i = 0; i < from.size(); ++i) {
    const auto value = static_cast<float>(from[i] * factor);
    if (value != 0 && !std::isnormal(value)) return std::nullopt;
    if (value == 0 && from[i] != 0) return std::nullopt;
    result.values()[i] = value;
  }
  return std::move(result).finish();
}

void set_input(Resolved& network, Node& node, size_t input, const std::string& what, const Array& value) {
  node.inputs[input] = node.outputs[0] + "/" + what + std::to_string(input);
  network.graph.constants.insert_or_assign(node.inputs[input], value);
  network.facts.insert_or_assign(node.inputs[input], Fact::of(value));
}

bool is_same_shape(const Resolved& network, const std::string& a, const std::string& b) {
  const auto first = network.facts.find(a);
  const auto second = network.facts.find(b);
  return first != network.facts.end() && second != network.facts.end() && first->second.shape &&
         first->second.shape == second->second.shape && first->second.type == ElementType::float32;
}

/// Whether a node multiplies or divides, and takes a constant of one element.
bool has_scalar(const Resolved& network, const Node& node) {
  if (!(is(node, "Mul") || is(node, "Div"))) return false;
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
    const auto constant = network.graph.constants.find(input);
    return constant != network.graph.constants.end() && constant->second.elements() == 1;
  });
}

/// Puts the factor of a node into weights before it. Whether there are such.
bool fold_factor(Resolved& network, Node& node) {
  if (!has_scalar(network, node)) return false;
  const GraphIndex index(network.graph);
  const auto factor = factor_of(node, index);
  Search search(index);
  if (!factor || !is_same_shape(network, factor->of, node.outputs[0]) || !search.find(factor->of))
    return false;
  std::vector<Array> constants;
  for (const Place& place : search.places()) {
    const auto constant = scaled(*index.constant(place.node->inputs[place.input]), factor->factor);
    if (!constant) return false;
    constants.push_back(*constant);
  }
  std::vector<Node>& nodes = network.graph.nodes;
  for (size_t i = 0; i < constants.size(); ++i) {
    const Place& place = search.places()[i];
    set_input(network, nodes[static_cast<size_t>(place.node - nodes.data())], place.input, "scaled",
              constants[i]);
  }
  node.type = "Identity";
  node.opset = 13;
  node.inputs = {factor->of};
  return true;
}

/// Multiplies where a node divides by a constant of powers of two, which is the same and takes less time.
void multiply_instead(Resolved& network, Node& node) {
  if (!is(node, "Div") || node.inputs.size() != 2) return;
  const auto found = network.graph.constants.find(node.inputs[1]);
  if (found == network.graph.constants.end() || found->second.type() != ElementType::float32) return;
  const auto divisors = found->second.values<float>();
  NewArray<float> factors(found->second.shape());
  for (size_t i = 0; i < divisors.size(); ++i) {
    factors.values()[i] = 1 / divisors[i];
    if (!is_power_of_two(divisors[i]) || !is_power_of_two(factors.values()[i])) return;
  }
  node.type = "Mul";
  set_input(network, node, 1, "inverse", std::move(factors).finish());
}

}  // namespace

size_t fold_powers_of_two(Resolved& network) {
  size_t count = 0;
  for (Node& node : network.graph.nodes)
    if (fold_factor(network, node)) ++count;
  for (Node& node : network.graph.nodes) multiply_instead(network, node);
  drop_identities(network);
  return count;
}

}  // namespace tamis::network
