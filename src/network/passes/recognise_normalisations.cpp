#include "network/passes/graph_index.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

// LayerNormalization, RMSNormalization and Softmax as exporters spell them out. Only of float32, and only
// where nobody else takes a value in between.

namespace tamis::network {
namespace {

/// The nodes of a network, and those that a pattern has met.
class Pattern {
 public:
  Pattern(const Resolved& network, const GraphIndex& index) : network_(network), index_(index) {}

  /// The node of this type that computes a value; null where there is none. It belongs to the pattern.
  const Node* made_by(const std::string& value, std::string_view type) {
    const Node* node = index_.producer(value);
    if (node == nullptr || !is(*node, type)) return nullptr;
    nodes_.insert(node);
    return node;
  }

  /// The only element of a constant of fractions or integers.
  [[nodiscard]] std::optional<double> number(const std::string& value) const {
    if (const auto scalar = index_.scalar(value)) return *scalar;
    const Array* array = index_.constant(value);
    if (array == nullptr || array->elements() != 1) return std::nullopt;
    const auto integers = array->integers();
    return integers ? std::optional(static_cast<double>(integers->front())) : std::nullopt;
  }

  [[nodiscard]] const Shape* shape(const std::string& value) const {
    const auto fact = network_.facts.find(value);
    const bool is_known =
        fact != network_.facts.end() && fact->second.shape && fact->second.type == ElementType::float32;
    return is_known ? &*fact->second.shape : nullptr;
  }

  /// Whether nobody but the pattern takes what its nodes compute, but for its root.
  [[nodiscard]] bool is_closed(const Node& root) const {
    std::map<std::string_view, size_t> inside;
    for (const Node* node : nodes_)
      for (const std::string& input : node->inputs) ++inside[input];
    return std::all_of(nodes_.begin(), nodes_.end(), [&](const Node* node) {
      if (node == &root) return true;
      return std::all_of(node->outputs.begin(), node->outputs.end(), [&](const std::string& output) {
        return output.empty() || index_.uses(output) == inside[output];
      });
    });
  }

  /// Whether a value is computed inside.
  [[nodiscard]] bool makes(const std::string& value) const { return nodes_.contains(index_.producer(value)); }
  [[nodiscard]] const std::set<const Node*>& nodes() const { return nodes_; }
  [[nodiscard]] const GraphIndex& index() const { return index_; }

 private:
  const Resolved& network_;
  const GraphIndex& index_;
  std::set<const Node*> nodes_;
};

/// The axes that a node reduces, which stay with a size of 1, sorted; nothing for another node.
std::optional<std::vector<int64_t>> reduced_axes(const Pattern& pattern, const Node& node) {
  if (attribute_or<int64_t>(node, "keepdims", 1) != 1 || node.inputs.empty()) return std::nullopt;
  const Shape* shape = pattern.shape(node.inputs[0]);
  if (shape == nullptr) return std::nullopt;
  std::optional<std::vector<int64_t>> axes;
  if (const auto* given = find_attribute<std::vector<int64_t>>(node, "axes")) axes = *given;
  if (node.inputs.size() > 1)
    if (const Array* given = pattern.index().constant(node.inputs[1])) axes = given->integers();
  if (!axes || axes->empty()) return std::nullopt;
  for (int64_t& axis : *axes)
    if (axis < 0) axis += static_cast<int64_t>(shape->size());
  std::sort(axes->begin(), axes->end());
  return axes;
}

/// The first axis, where a node reduces it and all after it.
std::optional<int64_t> axis_to_the_end(const Pattern& pattern, const Node& node) {
  const auto axes = reduced_axes(pattern, node);
  if (!axes) return std::nullopt;
  const auto rank = static_cast<int64_t>(pattern.shape(node.inputs[0])->size());
  for (size_t i = 0; i < axes->size(); ++i)
    if ((*axes)[i] != rank - static_cast<int64_t>(axes->size() - i)) return std::nullopt;
  return axes->front();
}

/// The other factor or summand where one of two inputs is a constant.
const std::string* beside_constant(const Pattern& pattern, const Node& node, const Array** constant) {
  if (node.inputs.size() != 2) return nullptr;
  for (size_t i = 0; i < 2; ++i)
    if ((*constant = pattern.index().constant(node.inputs[i])) != nullptr) return &node.inputs[1 - i];
  return nullptr;
}

/// The value that is squared, by Pow or Mul.
std::optional<std::string> base_of_square(Pattern& pattern, const std::string& value) {
  if (const Node* power = pattern.made_by(value, "Pow"))
    return pattern.number(power->inputs[1]) == 2 ? std::optional(power->inputs[0]) : std::nullopt;
  const Node* product = pattern.made_by(value, "Mul");
  const bool is_square =
      product != nullptr && product->inputs.size() == 2 && product->inputs[0] == product->inputs[1];
  return is_square ? std::optional(product->inputs[0]) : std::nullopt;
}

/// The mean of squares that a root, by Sqrt, is taken of.
struct RootMeanSquare {
  std::string base;
  int64_t axis = 0;
  float epsilon = 0;
};

std::optional<RootMeanSquare> root_mean_square(Pattern& pattern, const std::string& value) {
  const Node* root = pattern.made_by(value, "Sqrt");
  const Node* sum = root == nullptr ? nullptr : pattern.made_by(root->inputs[0], "Add");
  const Array* constant = nullptr;
  const std::string* variance = sum == nullptr ? nullptr : beside_constant(pattern, *sum, &constant);
  if (variance == nullptr || constant->type() != ElementType::float32 || constant->elements() != 1)
    return std::nullopt;
  const Node* mean = pattern.made_by(*variance, "ReduceMean");
  const auto axis = mean == nullptr ? std::nullopt : axis_to_the_end(pattern, *mean);
  const auto base = axis ? base_of_square(pattern, mean->inputs[0]) : std::nullopt;
  if (!base) return std::nullopt;
  return RootMeanSquare{*base, *axis, constant->values<float>()[0]};
}

/// A value over a root mean square: `Div(x, root)`, `Mul(x, Reciprocal(root))`, `Mul(x, Div(1, root))`.
struct Standardised {
  std::string of;
  RootMeanSquare root;
};

std::optional<Standardised> standardised(Pattern& pattern, const std::string& value) {
  if (const Node* quotient = pattern.made_by(value, "Div")) {
    const auto root = root_mean_square(pattern, quotient->inputs[1]);
    return root ? std::optional(Standardised{quotient->inputs[0], *root}) : std::nullopt;
  }
  const Node* product = pattern.made_by(value, "Mul");
  for (size_t i = 0; product != nullptr && product->inputs.size() == 2 && i < 2; ++i) {
    const Node* inverse = pattern.index().producer(product->inputs[i]);
    if (inverse == nullptr) continue;
    const bool is_quotient = is(*inverse, "Div") && pattern.number(inverse->inputs[0]) == 1;
    if (!is_quotient && !is(*inverse, "Reciprocal")) continue;
    pattern.made_by(product->inputs[i], inverse->type);
    const auto root = root_mean_square(pattern, inverse->inputs[is_quotient ? 1 : 0]);
    if (root) return Standardised{product->inputs[1 - i], *root};
  }
  return std::nullopt;
}

/// The value whose mean along the same axes is taken off, once or, as some exporters write it, in two nodes.
std::optional<std::string> uncentred(Pattern& pattern, const std::string& value, int64_t axis) {
  const Node* difference = pattern.made_by(value, "Sub");
  const Node* mean = difference == nullptr ? nullptr : pattern.made_by(difference->inputs[1], "ReduceMean");
  if (mean == nullptr || mean->inputs[0] != difference->inputs[0]) return std::nullopt;
  return axis_to_the_end(pattern, *mean) == axis ? std::optional(mean->inputs[0]) : std::nullopt;
}

/// What a spelled out node is.
struct Spelled {
  Node node;  ///< but for its names and outputs
  std::map<std::string, Array> constants;
};

/// A constant in the shape of the dimensions of another from an axis on, where it has all of them.
std::optional<Array> as_parameter(const Array& constant, const Shape& shape, int64_t axis) {
  const Shape normalised(shape.begin() + axis, shape.end());
  const Shape& own = constant.shape();
  if (constant.type() != ElementType::float32 || own.size() < normalised.size()) return std::nullopt;
  const auto rest = own.end() - static_cast<std::ptrdiff_t>(normalised.size());
  const bool has_all = std::equal(normalised.begin(), normalised.end(), rest) &&
                       std::all_of(own.begin(), rest, [](int64_t size) { return size == 1; });
  return has_all ? std::optional(constant.reshaped(normalised)) : std::nullopt;
}

/// x standardised times `scale`, plus `shift` where there is one, which `value` is before both.
std::optional<Spelled> normalisation(Pattern& pattern, const std::string& value, const Array& scale,
                                     const Array* shift, const std::string& name) {
  const auto standard = standardised(pattern, value);
  if (!standard) return std::nullopt;
  const int64_t axis = standard->root.axis;
  const bool is_centred = pattern.index().producer(standard->root.base) != nullptr &&
                          is(*pattern.index().producer(standard->root.base), "Sub") &&
                          uncentred(pattern, standard->root.base, axis).has_value();
  const auto x = is_centred ? uncentred(pattern, standard->of, axis) : std::optional(standard->of);
  const auto of_square =
      is_centred ? uncentred(pattern, standard->root.base, axis) : std::optional(standard->root.base);
  if (!x || x != of_square || (!is_centred && shift != nullptr)) return std::nullopt;
  const Shape* shape = pattern.shape(*x);
  if (shape == nullptr) return std::nullopt;
  Spelled spelled;
  spelled.node.type = is_centred ? "LayerNormalization" : "RMSNormalization";
  spelled.node.opset = is_centred ? 17 : 23;
  spelled.node.attributes = {{"axis", axis}, {"epsilon", standard->root.epsilon}};
  spelled.node.inputs = {*x, name + "/scale"};
  const auto scales = as_parameter(scale, *shape, axis);
  const auto shifts = shift == nullptr ? std::nullopt : as_parameter(*shift, *shape, axis);
  if (!scales || (shift != nullptr && !shifts)) return std::nullopt;
  spelled.constants.emplace(name + "/scale", *scales);
  if (shifts) {
    spelled.node.inputs.push_back(name + "/shift");
    spelled.constants.emplace(name + "/shift", *shifts);
  }
  return spelled;
}

/// Where `root` is the last node of a normalisation: the sum with the shift, or the product with the scale.
std::optional<Spelled> normalisation_at(Pattern& pattern, const Node& root) {
  const Node* product = &root;
  const Array* shift = nullptr;
  if (is(root, "Add")) {
    const std::string* scaled = beside_constant(pattern, root, &shift);
    product = scaled == nullptr ? nullptr : pattern.made_by(*scaled, "Mul");
  }
  if (product == nullptr || !is(*product, "Mul")) return std::nullopt;
  const Array* scale = nullptr;
  const std::string* standard = beside_constant(pattern, *product, &scale);
  if (standard == nullptr) return std::nullopt;
  return normalisation(pattern, *standard, *scale, shift, root.outputs[0]);
}

/// Where `root` divides exponentials, of what is less its maximum, by their sum.
std::optional<Spelled> softmax_at(Pattern& pattern, const Node& root) {
  if (!is(root, "Div") || root.inputs.size() != 2) return std::nullopt;
  const Node* power = pattern.made_by(root.inputs[0], "Exp");
  const Node* sum = pattern.made_by(root.inputs[1], "ReduceSum");
  if (power == nullptr || sum == nullptr || sum->inputs[0] != root.inputs[0]) return std::nullopt;
  const Node* difference = pattern.made_by(power->inputs[0], "Sub");
  const Node* most = difference == nullptr ? nullptr : pattern.made_by(difference->inputs[1], "ReduceMax");
  if (most == nullptr || most->inputs[0] != difference->inputs[0]) return std::nullopt;
  const auto axes = reduced_axes(pattern, *most);
  if (!axes || axes->size() != 1 || axes != reduced_axes(pattern, *sum)) return std::nullopt;
  Spelled spelled;
  spelled.node.type = "Softmax";
  spelled.node.opset = 13;
  spelled.node.attributes = {{"axis", axes->front()}};
  spelled.node.inputs = {most->inputs[0]};
  return spelled;
}

std::optional<Spelled> spelled_at(Pattern& pattern, const Node& root) {
  pattern.made_by(root.outputs[0], root.type);
  return is(root, "Div") ? softmax_at(pattern, root) : normalisation_at(pattern, root);
}

}  // namespace

size_t recognise_normalisations(Resolved& network) {
  std::vector<Node>& nodes = network.graph.nodes;
  std::vector<bool> dropped(nodes.size(), false);
  size_t count = 0;
  const GraphIndex index(network.graph);
  // From the end: the root of a pattern comes after its parts.
  for (size_t i = nodes.size(); i-- > 0;) {
    Node& root = nodes[i];
    if (dropped[i] || !(is(root, "Add") || is(root, "Mul") || is(root, "Div"))) continue;
    Pattern pattern(network, index);
    auto spelled = spelled_at(pattern, root);
    if (!spelled || pattern.makes(spelled->node.inputs[0]) || !pattern.is_closed(root)) continue;
    for (const Node* node : pattern.nodes()) dropped[static_cast<size_t>(node - nodes.data())] = true;
    dropped[i] = false;
    root.type = std::move(spelled->node.type);
    root.opset = spelled->node.opset;
    root.inputs = std::move(spelled->node.inputs);
    root.attributes = std::move(spelled->node.attributes);
    for (const auto& [name, value] : spelled->constants) {
      network.graph.constants.insert_or_assign(name, value);
      network.facts.insert_or_assign(name, Fact::of(value));
    }
    ++count;
  }
  drop_nodes(network, dropped);
  return count;
}

}  // namespace tamis::network
