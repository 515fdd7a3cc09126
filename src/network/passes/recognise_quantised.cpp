#include "network/operators/numbers.h"
#include "network/operators/quantize.h"
#include "network/operators/wide.h"
#include "network/passes/graph_index.h"
#include "network/passes/quantised_form.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace tamis::network {
namespace {

/// A value as bytes.
struct Quantised {
  std::string bytes;
  std::string scale;
  std::string zero_point;  ///< empty where it is absent, so 0
  ElementType type = ElementType::uint8;
  int64_t axis = 1;  ///< that several scales go along
};

/// An operator between a QuantizeLinear and nodes that give it fractions.
struct Between {
  const Node* operation = nullptr;
  const Node* quantise = nullptr;
  Quantised to;
};

/// What a node gives, where its inputs are constants.
std::optional<Array> evaluated(const Resolved& network, const Node& node) {
  std::vector<const Fact*> inputs;
  for (const std::string& input : node.inputs) {
    const auto found = network.facts.find(input);
    if (!input.empty() && (found == network.facts.end() || !found->second.value)) return std::nullopt;
    inputs.push_back(input.empty() ? nullptr : &found->second);
  }
  const auto outputs = outputs_of(Call(node, std::move(inputs)), std::numeric_limits<int64_t>::max());
  return outputs.ok() ? outputs->front().value : std::nullopt;
}

class QuantisedOperators {
 public:
  explicit QuantisedOperators(Resolved& network) : network_(&network), index_(network.graph) {}

  /// The node that takes and gives bytes instead of a QuantizeLinear and what is before it.
  std::optional<Node> instead_of(const Node& quantise) {
    const auto between = between_of(quantise);
    if (!between) return std::nullopt;
    const Node& operation = *between->operation;
    if (is(operation, "Conv")) return convolution(*between);
    if (is(operation, "MatMul")) return product(*between);
    if (is(operation, "Gemm")) return gemm(*between);
    if (is(operation, "Add") || is(operation, "Mul")) return pair(*between);
    if (is(operation, "Concat")) return concat(*between);
    if (is(operation, "Sigmoid") || is(operation, "LeakyRelu") || is(operation, "GlobalAveragePool"))
      return function(*between);
    return moved(*between);
  }

 private:
  [[nodiscard]] const Fact* fact(const std::string& value) const {
    const auto found = network_->facts.find(value);
    return found == network_->facts.end() || !found->second.shape ? nullptr : &found->second;
  }

  [[nodiscard]] bool is_single_value(const std::string& value) const {
    const Fact* known = fact(value);
    return known != nullptr && element_count(*known->shape) == 1;
  }

  static bool is_byte_type(ElementType type) {
    return type == ElementType::uint8 || type == ElementType::int8;
  }

  /// The scale and zero point of a QuantizeLinear or DequantizeLinear, from its second input on.
  [[nodiscard]] Quantised quantised_at(const Node& node, const std::string& bytes) const {
    Quantised made{bytes, node.inputs[1], node.inputs.size() > 2 ? node.inputs[2] : std::string()};
    made.type = network_->facts.at(bytes).type;
    made.axis = attribute_or<int64_t>(node, "axis", 1);
    return made;
  }

  /// The bytes that a value is made of.
  [[nodiscard]] std::optional<Quantised> dequantised(const std::string& value) const {
    const Node* node = index_.producer(value);
    if (node == nullptr || node->type != "DequantizeLinear") return std::nullopt;
    if (attribute_or<int64_t>(*node, "block_size", 0) != 0 || fact(node->inputs[0]) == nullptr ||
        fact(node->inputs[1]) == nullptr || fact(node->inputs[1])->type != ElementType::float32)
      return std::nullopt;
    Quantised made = quantised_at(*node, node->inputs[0]);
    return is_byte_type(made.type) ? std::optional(made) : std::nullopt;
  }

  /// The same, where one scale is for all.
  [[nodiscard]] std::optional<Quantised> evenly_dequantised(const std::string& value) const {
    const auto made = dequantised(value);
    return made && is_single_value(made->scale) ? made : std::nullopt;
  }

  /// The same, with one scale or one for each place along an axis, of which there are so many.
  [[nodiscard]] std::optional<Quantised> dequantised_along(const std::string& value, int64_t axis) const {
    auto made = dequantised(value);
    if (!made || is_single_value(made->scale)) return made;
    const auto rank = static_cast<int64_t>(fact(made->bytes)->shape->size());
    const int64_t given = made->axis < 0 ? made->axis + rank : made->axis;
    return given == axis ? made : std::nullopt;
  }

  /// Whether a Relu before a QuantizeLinear is what its saturation does anyway.
  [[nodiscard]] bool saturates_at_zero(const Quantised& to) const {
    const Array* zero_point = index_.constant(to.zero_point);
    if (zero_point == nullptr) return false;
    return to_doubles(*zero_point)[0] == (to.type == ElementType::uint8 ? 0 : -128);
  }

  [[nodiscard]] std::optional<Between> between_of(const Node& quantise) const {
    if (quantise.type != "QuantizeLinear" || quantise.inputs.size() < 3 || quantise.inputs[2].empty())
      return std::nullopt;
    const std::string& from = quantise.inputs[0];
    if (!is_single_value(quantise.inputs[1]) || index_.uses(from) != 1) return std::nullopt;
    Between between{index_.producer(from), &quantise, quantised_at(quantise, quantise.outputs[0])};
    if (between.operation == nullptr || !is_byte_type(between.to.type)) return std::nullopt;
    if (!is(*between.operation, "Relu") || !saturates_at_zero(between.to)) return between;
    const std::string& rectified = between.operation->inputs[0];
    if (index_.uses(rectified) != 1) return between;
    between.operation = index_.producer(rectified);
    return between.operation == nullptr ? std::nullopt : std::optional(between);
  }

  static Node node_like(const Between& between, std::string type, std::vector<std::string> inputs,
                        bool of_microsoft) {
    Node made = *between.operation;
    made.type = std::move(type);
    made.inputs = std::move(inputs);
    while (!made.inputs.empty() && made.inputs.back().empty()) made.inputs.pop_back();
    made.outputs = {between.quantise->outputs[0]};
    if (of_microsoft) {
      made.domain = "com.microsoft";
      made.opset = 1;
    } else {
      made.opset = std::max<int64_t>(made.opset, 10);
    }
    return made;
  }

  /// A bias in steps of both scales, as a new constant; an empty name for none. Nothing where a step is wider
  /// than one of the result, or the bias does not fit.
  std::optional<std::string> bias_of(const Between& between, size_t input, const Quantised& a,
                                     const Quantised& b) {
    if (input >= between.operation->inputs.size() || between.operation->inputs[input].empty())
      return std::string();
    const auto bias = fractions(between.operation->inputs[input]);
    const Array* a_scale = index_.constant(a.scale);
    const Array* b_scale = index_.constant(b.scale);
    const Array* y_scale = index_.constant(between.to.scale);
    if (!bias || bias->shape().size() != 1 || a_scale == nullptr || b_scale == nullptr || y_scale == nullptr)
      return std::nullopt;
    const std::vector<double> values = to_doubles(*bias);
    const std::vector<double> scales = to_doubles(*b_scale);
    if (scales.size() != 1 && scales.size() != values.size()) return std::nullopt;
    NewArray<int32_t> steps(bias->shape());
    for (size_t i = 0; i < values.size(); ++i) {
      constexpr double kMostSteps = 1 << 30;
      const double step = to_doubles(*a_scale)[0] * scales[scales.size() == 1 ? 0 : i];
      if (!(step > 0 && step <= to_doubles(*y_scale)[0])) return std::nullopt;
      const double number = std::nearbyint(values[i] / step);
      if (!(std::fabs(number) <= kMostSteps)) return std::nullopt;
      steps.values()[i] = static_cast<int32_t>(number);
    }
    std::string name = between.quantise->outputs[0] + "/bias";
    while (network_->facts.contains(name)) name += "_";
    const Array made = std::move(steps).finish();
    network_->facts.insert_or_assign(name, Fact::of(made));
    network_->graph.constants.insert_or_assign(name, made);
    return name;
  }

  /// A constant of float32, or one that a DequantizeLinear makes of constants.
  [[nodiscard]] std::optional<Array> fractions(const std::string& value) const {
    if (const Array* constant = index_.constant(value); constant != nullptr)
      return constant->type() == ElementType::float32 ? std::optional(*constant) : std::nullopt;
    const Node* node = index_.producer(value);
    if (node == nullptr || node->type != "DequantizeLinear") return std::nullopt;
    return evaluated(*network_, *node);
  }

  std::optional<Node> convolution(const Between& between) {
    const Node& conv = *between.operation;
    const auto x = evenly_dequantised(conv.inputs[0]);
    const auto w = dequantised_along(conv.inputs[1], 0);
    const auto bias = x && w ? bias_of(between, 2, *x, *w) : std::nullopt;
    if (!bias) return std::nullopt;
    return node_like(between, "QLinearConv",
                     {x->bytes, x->scale, x->zero_point, w->bytes, w->scale, w->zero_point, between.to.scale,
                      between.to.zero_point, *bias},
                     false);
  }

  std::optional<Node> product(const Between& between) const {
    const auto a = evenly_dequantised(between.operation->inputs[0]);
    const Fact* right = fact(between.operation->inputs[1]);
    if (!a || right == nullptr || right->shape->empty()) return std::nullopt;
    const auto b =
        dequantised_along(between.operation->inputs[1], static_cast<int64_t>(right->shape->size()) - 1);
    if (!b || (right->shape->size() == 1 && !is_single_value(b->scale))) return std::nullopt;
    return node_like(between, "QLinearMatMul",
                     {a->bytes, a->scale, a->zero_point, b->bytes, b->scale, b->zero_point, between.to.scale,
                      between.to.zero_point},
                     false);
  }

  std::optional<Node> gemm(const Between& between) {
    const Node& given = *between.operation;
    const bool transposed = attribute_or<int64_t>(given, "transB", 0) != 0;
    const auto a = evenly_dequantised(given.inputs[0]);
    const auto b = dequantised_along(given.inputs[1], transposed ? 0 : 1);
    // The bias would have to be divided by alpha and multiplied by beta.
    if (!a || !b || attribute_or<float>(given, "alpha", 1) != 1 || attribute_or<float>(given, "beta", 1) != 1)
      return std::nullopt;
    const auto bias = bias_of(between, 2, *a, *b);
    if (!bias) return std::nullopt;
    Node made = node_like(between, "QGemm",
                          {a->bytes, a->scale, a->zero_point, b->bytes, b->scale, b->zero_point, *bias,
                           between.to.scale, between.to.zero_point},
                          true);
    made.attributes.erase("beta");
    return made;
  }

  std::optional<Node> pair(const Between& between) const {
    const auto a = evenly_dequantised(between.operation->inputs[0]);
    const auto b = evenly_dequantised(between.operation->inputs[1]);
    if (!a || !b || a->type != b->type || a->type != between.to.type) return std::nullopt;
    Node made = node_like(between, "QLinear" + between.operation->type,
                          {a->bytes, a->scale, a->zero_point, b->bytes, b->scale, b->zero_point,
                           between.to.scale, between.to.zero_point},
                          true);
    made.attributes[std::string(kOfFractions)] = int64_t{1};
    return made;
  }

  std::optional<Node> function(const Between& between) const {
    const auto x = evenly_dequantised(between.operation->inputs[0]);
    if (!x || x->type != between.to.type) return std::nullopt;
    return node_like(between, "QLinear" + between.operation->type,
                     {x->bytes, x->scale, x->zero_point, between.to.scale, between.to.zero_point}, true);
  }

  std::optional<Node> concat(const Between& between) const {
    std::vector<std::string> inputs{between.to.scale, between.to.zero_point};
    for (const std::string& input : between.operation->inputs) {
      const auto part = evenly_dequantised(input);
      // The new operator finds its inputs in threes, so that none may be absent.
      if (!part || part->zero_point.empty() || part->type != between.to.type) return std::nullopt;
      inputs.insert(inputs.end(), {part->bytes, part->scale, part->zero_point});
    }
    return node_like(between, "QLinearConcat", std::move(inputs), true);
  }

  [[nodiscard]] bool same_constant(const std::string& a, const std::string& b) const {
    if (a == b) return true;
    const Array* one = index_.constant(a);
    const Array* other = index_.constant(b);
    return one != nullptr && other != nullptr && to_doubles(*one) == to_doubles(*other);
  }

  /// The greatest of bytes stands for the greatest number, as scales are above 0.
  [[nodiscard]] bool pools_bytes(const Node& node, const std::string& scale) const {
    constexpr int64_t kTakesBytes = 12;
    const auto of_scale = index_.scalar(scale);
    return is(node, "MaxPool") && node.opset >= kTakesBytes && node.outputs.size() == 1 && of_scale &&
           *of_scale > 0;
  }

  /// What moves elements moves bytes as well, where they mean the same before and after, and so does what
  /// takes the greatest of some.
  std::optional<Node> moved(const Between& between) const {
    constexpr std::array kMoves{"Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Slice"};
    if (std::none_of(kMoves.begin(), kMoves.end(),
                     [&](const char* type) { return is(*between.operation, type); }) &&
        !pools_bytes(*between.operation, between.to.scale))
      return std::nullopt;
    const auto x = evenly_dequantised(between.operation->inputs[0]);
    if (!x || x->type != between.to.type || !same_constant(x->scale, between.to.scale) ||
        !same_constant(x->zero_point, between.to.zero_point))
      return std::nullopt;
    Node made = *between.operation;
    made.inputs[0] = x->bytes;
    made.outputs = {between.quantise->outputs[0]};
    return made;
  }

  Resolved* network_;
  GraphIndex index_;
};

/// Leaves out nodes whose outputs nobody takes any more.
void drop_unneeded(Resolved& network) {
  const std::vector<Node>& nodes = network.graph.nodes;
  std::vector<bool> dropped(nodes.size(), false);
  std::map<std::string, size_t, std::less<>> uses;
  for (const Port& output : network.graph.outputs) ++uses[output.name];
  for (const Node& node : nodes)
    for (const std::string& input : node.inputs) ++uses[input];
  for (size_t i = nodes.size(); i-- > 0;) {
    const Node& node = nodes[i];
    dropped[i] = std::none_of(node.outputs.begin(), node.outputs.end(),
                              [&](const std::string& output) { return !output.empty() && uses[output] > 0; });
    if (!dropped[i]) continue;
    for (const std::string& input : node.inputs) --uses[input];
  }
  drop_nodes(network, dropped);
}

}  // namespace

size_t recognise_quantised(Resolved& network) {
  std::vector<std::pair<size_t, Node>> replaced;
  {
    QuantisedOperators operators(network);
    const std::vector<Node>& nodes = network.graph.nodes;
    for (size_t i = 0; i < nodes.size(); ++i)
      if (auto node = operators.instead_of(nodes[i])) replaced.emplace_back(i, std::move(*node));
  }
  for (auto& [place, node] : replaced) network.graph.nodes[place] = std::move(node);
  drop_unneeded(network);
  return replaced.size();
}

size_t fold_dequantised(Resolved& network) {
  std::vector<bool> dropped(network.graph.nodes.size(), false);
  size_t count = 0;
  for (size_t i = 0; i < dropped.size(); ++i) {
    const Node& node = network.graph.nodes[i];
    if (node.type != "DequantizeLinear") continue;
    const auto value = evaluated(network, node);
    if (!value) continue;
    network.facts.insert_or_assign(node.outputs[0], Fact::of(*value));
    network.graph.constants.insert_or_assign(node.outputs[0], *value);
    dropped[i] = true;
    ++count;
  }
  drop_nodes(network, dropped);
  return count;
}

}  // namespace tamis::network
