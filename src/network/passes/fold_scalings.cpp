#include "network/passes/graph_index.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>

namespace tamis::network {
namespace {

/// Each channel times a factor plus an offset.
struct Scaling {
  std::vector<double> factors;
  std::vector<double> offsets;
};

std::vector<double> doubles(const Array& array) {
  const auto values = array.values<float>();
  return {values.begin(), values.end()};
}

/// A constant as one number for each channel of a value of this rank, whose channels are its second axis.
std::optional<std::vector<double>> by_channel(const Array* constant, size_t rank, int64_t channels) {
  if (constant == nullptr || constant->type() != ElementType::float32) return std::nullopt;
  const std::vector<double> values = doubles(*constant);
  if (values.size() == 1) return std::vector<double>(static_cast<size_t>(channels), values[0]);
  const Shape& shape = constant->shape();
  if (constant->elements() != channels || shape.size() > rank) return std::nullopt;
  // The one long axis must fall on the channels when the shapes are aligned at their ends.
  const size_t axis = rank - shape.size() +
                      static_cast<size_t>(std::find(shape.begin(), shape.end(), channels) - shape.begin());
  return axis == 1 ? std::optional(values) : std::nullopt;
}

std::optional<Scaling> batch_norm(const Node& node, const GraphIndex& index, size_t channels) {
  if (node.inputs.size() != 5 || attribute_or<int64_t>(node, "training_mode", 0) != 0) return std::nullopt;
  std::vector<std::vector<double>> parts;
  for (size_t i = 1; i < 5; ++i) {
    const Array* part = index.constant(node.inputs[i]);
    if (part == nullptr || part->type() != ElementType::float32 || part->values<float>().size() != channels)
      return std::nullopt;
    parts.push_back(doubles(*part));
  }
  Scaling scaling;
  const double epsilon = attribute_or<float>(node, "epsilon", 1e-5F);
  for (size_t c = 0; c < channels; ++c) {
    const double factor = parts[0][c] / std::sqrt(parts[3][c] + epsilon);
    scaling.factors.push_back(factor);
    scaling.offsets.push_back(parts[1][c] - parts[2][c] * factor);
  }
  return scaling;
}

/// What Add, Sub, Mul and Div of `value` and a constant do to its channels.
std::optional<Scaling> arithmetic(const Node& node, const std::string& value, const GraphIndex& index,
                                  size_t rank, int64_t channels) {
  if (node.inputs.size() != 2) return std::nullopt;
  const bool first = node.inputs[0] == value;
  const auto constant = by_channel(index.constant(node.inputs[first ? 1 : 0]), rank, channels);
  if (!constant) return std::nullopt;
  Scaling scaling{std::vector<double>(constant->size(), 1), std::vector<double>(constant->size(), 0)};
  if (node.type == "Add")
    scaling.offsets = *constant;
  else if (node.type == "Mul")
    scaling.factors = *constant;
  else if (!first)
    return std::nullopt;
  else if (node.type == "Sub")
    std::transform(constant->begin(), constant->end(), scaling.offsets.begin(), [](double x) { return -x; });
  else if (node.type == "Div" && std::find(constant->begin(), constant->end(), 0.0) == constant->end())
    std::transform(constant->begin(), constant->end(), scaling.factors.begin(),
                   [](double x) { return 1 / x; });
  else
    return std::nullopt;
  return scaling;
}

/// A node with weights: where the output channels lie in them.
struct Weighted {
  Node* node = nullptr;
  int64_t channels = 0;
  int64_t groups = 1;       ///< of a transposed convolution, whose weights have the channels of a group only
  size_t channel_axis = 0;  ///< of the weights
};

std::optional<Weighted> weighted(Node& node, const GraphIndex& index) {
  if (!node.domain.empty() || node.inputs.size() < 2) return std::nullopt;
  const Array* weights = index.constant(node.inputs[1]);
  if (weights == nullptr || weights->type() != ElementType::float32 || weights->shape().size() < 2)
    return std::nullopt;
  const bool biased = node.inputs.size() > 2 && !node.inputs[2].empty();
  const Array* bias = biased ? index.constant(node.inputs[2]) : nullptr;
  if (biased && (bias == nullptr || bias->type() != ElementType::float32)) return std::nullopt;
  const Shape& shape = weights->shape();
  if (node.type == "Conv") return Weighted{&node, shape[0], 1, 0};
  if (node.type == "ConvTranspose") {
    const int64_t groups = attribute_or<int64_t>(node, "group", 1);
    return Weighted{&node, shape[1] * groups, groups, 1};
  }
  if (node.type == "Gemm" && attribute_or<float>(node, "beta", 1) == 1 &&
      (bias == nullptr ||
       bias->shape() == Shape{shape[attribute_or<int64_t>(node, "transB", 0) != 0 ? 0 : 1]})) {
    const size_t axis = attribute_or<int64_t>(node, "transB", 0) != 0 ? 0 : 1;
    return Weighted{&node, shape[axis], 1, axis};
  }
  return std::nullopt;
}

Array scaled_weights(const Array& weights, const Weighted& of, const std::vector<double>& factors) {
  NewArray<float> scaled(weights.shape());
  const auto from = weights.values<float>();
  const std::vector<int64_t> steps = row_major_steps(weights.shape());
  const auto inner = static_cast<size_t>(steps[of.channel_axis]);
  const auto own = static_cast<size_t>(weights.shape()[of.channel_axis]);
  // The inputs of a transposed convolution come group by group, and each group has output channels of its
  // own.
  const size_t group_size = from.size() / static_cast<size_t>(of.groups);
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t channel = i / inner % own + (of.groups > 1 ? i / group_size * own : 0);
    scaled.values()[i] = static_cast<float>(from[i] * factors[channel]);
  }
  return std::move(scaled).finish();
}

Array scaled_bias(const Array* bias, const Weighted& of, const Scaling& scaling) {
  NewArray<float> scaled({of.channels});
  for (size_t c = 0; c < static_cast<size_t>(of.channels); ++c) {
    const double before = bias == nullptr ? 0 : bias->values<float>()[c];
    scaled.values()[c] = static_cast<float>(before * scaling.factors[c] + scaling.offsets[c]);
  }
  return std::move(scaled).finish();
}

void add_constant(Resolved& network, const std::string& name, const Array& value) {
  network.graph.constants.insert_or_assign(name, value);
  network.facts.insert_or_assign(name, Fact::of(value));
}

/// Lets `of` compute what `scaling` made of it under the name of the latter's output.
void fold(Resolved& network, const Weighted& of, const Scaling& scaling, const std::string& output) {
  Node& node = *of.node;
  const bool biased = node.inputs.size() > 2 && !node.inputs[2].empty();
  const Array weights = network.graph.constants.at(node.inputs[1]);
  const Array bias = biased ? network.graph.constants.at(node.inputs[2]) : Array();
  node.inputs.resize(3);
  node.inputs[1] = output + "/weights";
  node.inputs[2] = output + "/bias";
  add_constant(network, node.inputs[1], scaled_weights(weights, of, scaling.factors));
  add_constant(network, node.inputs[2], scaled_bias(biased ? &bias : nullptr, of, scaling));
  node.outputs[0] = output;
}

/// The scaling that a node is of a value with so many channels.
std::optional<Scaling> scaling_of(const Node& node, const std::string& value, const GraphIndex& index,
                                  size_t rank, int64_t channels) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.type == "BatchNormalization")
    return node.inputs[0] == value ? batch_norm(node, index, static_cast<size_t>(channels)) : std::nullopt;
  return arithmetic(node, value, index, rank, channels);
}

/// Folds what directly follows a weighted node into it. Whether there was anything.
bool fold_next(Resolved& network, const GraphIndex& index, std::vector<bool>& dropped, size_t place) {
  std::vector<Node>& nodes = network.graph.nodes;
  const auto of = weighted(nodes[place], index);
  if (!of) return false;
  const std::string value = nodes[place].outputs[0];
  const Node* next = index.only_consumer(value);
  const auto fact = network.facts.find(value);
  if (next == nullptr || fact == network.facts.end() || !fact->second.shape) return false;
  const auto scaling = scaling_of(*next, value, index, fact->second.shape->size(), of->channels);
  if (!scaling) return false;
  const auto at = static_cast<size_t>(next - nodes.data());
  dropped[at] = true;
  const std::string output = next->outputs[0];
  nodes[at].inputs.clear();
  nodes[at].outputs.clear();
  fold(network, *of, *scaling, output);
  return true;
}

}  // namespace

size_t fold_scalings(Resolved& network) {
  std::vector<bool> dropped(network.graph.nodes.size(), false);
  size_t count = 0;
  // What a value is called stays, and who takes it: the index holds while nodes are folded.
  const GraphIndex index(network.graph);
  for (size_t i = 0; i < network.graph.nodes.size(); ++i)
    while (!dropped[i] && fold_next(network, index, dropped, i)) ++count;
  drop_nodes(network, dropped);
  return count;
}

}  // namespace tamis::network
