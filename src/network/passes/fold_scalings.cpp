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

/// Where the channels of a value lie.
struct Channels {
  size_t rank = 0;
  size_t axis = 1;
  int64_t count = 0;
};

/// A constant as one number for each channel of a value.
std::optional<std::vector<double>> by_channel(const Array* constant, const Channels& channels) {
  if (constant == nullptr || constant->type() != ElementType::float32) return std::nullopt;
  const std::vector<double> values = doubles(*constant);
  const Shape& shape = constant->shape();
  if (shape.size() > channels.rank) return std::nullopt;
  if (values.size() == 1) return std::vector<double>(static_cast<size_t>(channels.count), values[0]);
  if (constant->elements() != channels.count) return std::nullopt;
  // The one long axis must fall on the channels when the shapes are aligned at their ends.
  const size_t axis =
      channels.rank - shape.size() +
      static_cast<size_t>(std::find(shape.begin(), shape.end(), channels.count) - shape.begin());
  return axis == channels.axis ? std::optional(values) : std::nullopt;
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
                                  const Channels& channels) {
  if (node.inputs.size() != 2) return std::nullopt;
  const bool first = node.inputs[0] == value;
  const auto constant = by_channel(index.constant(node.inputs[first ? 1 : 0]), channels);
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
                                  const Channels& channels) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.type == "BatchNormalization")
    return node.inputs[0] == value && channels.axis == 1
               ? batch_norm(node, index, static_cast<size_t>(channels.count))
               : std::nullopt;
  return arithmetic(node, value, index, channels);
}

Array scaled_columns(const Array& matrix, const std::vector<double>& factors) {
  NewArray<float> scaled(matrix.shape());
  const auto from = matrix.values<float>();
  for (size_t i = 0; i < from.size(); ++i)
    scaled.values()[i] = static_cast<float>(from[i] * factors[i % factors.size()]);
  return std::move(scaled).finish();
}

/// A product with a constant matrix, and the sum with a constant that may follow it.
struct MatrixProduct {
  Node* node = nullptr;
  Node* sum = nullptr;  ///< null where there is none
  Channels channels;    ///< of the last axis
  Scaling offsets;      ///< what the sum does; nothing where there is none
};

/// Where a MatMul is such a product and nobody else takes what it and its sum give.
std::optional<MatrixProduct> product_at(Resolved& network, const GraphIndex& index, Node& node) {
  const Array* matrix = index.constant(node.inputs[1]);
  const auto fact = network.facts.find(node.outputs[0]);
  if (matrix == nullptr || matrix->type() != ElementType::float32 || matrix->shape().size() != 2 ||
      fact == network.facts.end() || !fact->second.shape || fact->second.shape->empty())
    return std::nullopt;
  const size_t rank = fact->second.shape->size();
  MatrixProduct product{&node, nullptr, {rank, rank - 1, matrix->shape()[1]}, {}};
  const Node* next = index.only_consumer(node.outputs[0]);
  if (next == nullptr || !is(*next, "Add")) return product;
  const auto offsets = arithmetic(*next, node.outputs[0], index, product.channels);
  if (!offsets) return std::nullopt;
  product.sum = &network.graph.nodes[static_cast<size_t>(next - network.graph.nodes.data())];
  product.offsets = *offsets;
  return product;
}

/// Puts what follows a product, and its sum, into the matrix and the sum, which there must be unless nothing
/// is added. Whether there was anything.
bool fold_after_product(Resolved& network, std::vector<bool>& dropped, size_t place) {
  const GraphIndex index(network.graph);
  const auto product = product_at(network, index, network.graph.nodes[place]);
  if (!product) return false;
  Node& last = product->sum != nullptr ? *product->sum : *product->node;
  const std::string value = last.outputs[0];
  const Node* next = index.only_consumer(value);
  const auto scaling = next == nullptr ? std::nullopt : scaling_of(*next, value, index, product->channels);
  if (!scaling) return false;
  std::vector<double> offsets = scaling->offsets;
  for (size_t c = 0; product->sum != nullptr && c < offsets.size(); ++c)
    offsets[c] += product->offsets.offsets[c] * scaling->factors[c];
  const bool is_shifted = std::any_of(offsets.begin(), offsets.end(), [](double x) { return x != 0; });
  const bool is_scaled =
      std::any_of(scaling->factors.begin(), scaling->factors.end(), [](double x) { return x != 1; });
  if (product->sum == nullptr && is_shifted && !is_scaled) return false;  // a sum already
  const auto at = static_cast<size_t>(next - network.graph.nodes.data());
  Node& after = network.graph.nodes[at];
  const std::string output = after.outputs[0];
  const Array matrix = scaled_columns(network.graph.constants.at(product->node->inputs[1]), scaling->factors);
  product->node->inputs[1] = output + "/weights";
  add_constant(network, output + "/weights", matrix);
  if (!is_shifted) {  // the sum, if any, adds nothing now
    for (Node* gone : {product->sum, &after})
      if (gone != nullptr) dropped[static_cast<size_t>(gone - network.graph.nodes.data())] = true;
    product->node->outputs[0] = output;
  } else {
    if (product->sum != nullptr)
      dropped[static_cast<size_t>(product->sum - network.graph.nodes.data())] = true;
    const std::vector<float> bias(offsets.begin(), offsets.end());
    add_constant(network, output + "/bias", Array::of<float>({product->channels.count}, bias));
    after.type = "Add";
    after.opset = 14;
    after.inputs = {product->node->outputs[0], output + "/bias"};
    after.attributes.clear();
  }
  for (Node& node : network.graph.nodes)
    if (dropped[static_cast<size_t>(&node - network.graph.nodes.data())]) {
      node.inputs.clear();
      node.outputs.clear();
    }
  return true;
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
  const auto scaling = scaling_of(*next, value, index, {fact->second.shape->size(), 1, of->channels});
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
  for (size_t i = 0; i < network.graph.nodes.size(); ++i)
    while (!dropped[i] && is(network.graph.nodes[i], "MatMul") && fold_after_product(network, dropped, i))
      ++count;
  drop_nodes(network, dropped);
  return count;
}

}  // namespace tamis::network
