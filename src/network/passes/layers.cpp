#include "network/passes/layers.h"

#include "network/passes/graph_index.h"
#include "network/passes/layer_workload.h"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace tamis::network {
namespace {

/// The bounds of a node that clips: a ReLU, or a Clip whose bounds are constants.
struct Bounds {
  double least = -std::numeric_limits<double>::infinity();
  double greatest = std::numeric_limits<double>::infinity();
};

std::optional<Bounds> bounds_of(const Node& node, const GraphIndex& index) {
  if (is(node, "Relu")) return Bounds{0, std::numeric_limits<double>::infinity()};
  if (!is(node, "Clip")) return std::nullopt;
  Bounds bounds;
  if (node.opset < 11) {
    bounds.least = attribute_or<float>(node, "min", std::numeric_limits<float>::lowest());
    bounds.greatest = attribute_or<float>(node, "max", std::numeric_limits<float>::max());
    return bounds;
  }
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty()) continue;
    const auto bound = index.scalar(node.inputs[i]);
    if (!bound) return std::nullopt;
    (i == 1 ? bounds.least : bounds.greatest) = *bound;
  }
  if (bounds.least > bounds.greatest) return std::nullopt;
  return bounds;
}

/// What a layer adds to each output channel by an Add of a constant; empty where the node is none. Layers of
/// a matrix have their channels along the last axis of what they give.
std::string bias_of(const Layer& layer, const Node& node, const GraphIndex& index) {
  if (!is(node, "Add") || !layer.operands.bias.empty() || node.inputs.size() != 2) return {};
  const Workload& workload = *layer.workload;
  if (workload.op != Operator::dense && workload.op != Operator::matmul) return {};
  const int64_t channels = workload.op == Operator::dense ? workload.shape.co : workload.matmul.n;
  const std::string& other = node.inputs[node.inputs[0] == layer.operands.output ? 1 : 0];
  const Array* constant = index.constant(other);
  const bool fits = constant != nullptr && constant->type() == ElementType::float32 &&
                    constant->elements() == channels && !constant->shape().empty() &&
                    constant->shape().back() == channels;
  return fits ? other : std::string();
}

/// The activation that a node is; nothing for one that workloads do not know.
std::optional<Activation> activation_of(const Node& node) {
  if (is(node, "HardSwish")) return Activation::hard_swish;
  if (is(node, "Swish") && attribute_or<float>(node, "alpha", 1) == 1) return Activation::silu;
  if (is(node, "Gelu") && attribute_or<std::string>(node, "approximate", "none") == "none")
    return Activation::gelu;
  if (is(node, "Sigmoid")) return Activation::sigmoid;
  if (is(node, "Tanh")) return Activation::tanh;
  const bool sixth = std::abs(attribute_or<float>(node, "alpha", 0.2F) - 1.0F / 6) < 1e-6F &&
                     attribute_or<float>(node, "beta", 0.5F) == 0.5F;
  if (is(node, "HardSigmoid") && sixth) return Activation::hard_sigmoid;
  return std::nullopt;
}

/// Puts layers together, in the order of the nodes.
class Joining {
 public:
  Joining(const Resolved& network, const LayerOptions& options)
      : network_(network), options_(options), index_(network.graph) {}

  std::vector<Layer> layers() {
    std::vector<Layer> layers;
    for (const Node& node : network_.graph.nodes) {
      if (joined_.contains(node.outputs[0])) continue;
      Layer layer = layer_of(node, network_, index_);
      if (layer.workload) extend(layer, node);
      layers.push_back(std::move(layer));
    }
    return layers;
  }

 private:
  /// Joins what the layer's output alone goes into, node by node: a bias, a residual, and an activation,
  /// which is the last.
  void extend(Layer& layer, const Node& anchor) {
    for (bool open = true; open;) {
      const Node* next = index_.only_consumer(layer.operands.output);
      if (next == nullptr) return;
      if (join_activation(layer, *next))
        open = false;
      else if (!join_bias(layer, *next) && !join_residual(layer, *next, anchor))
        return;
      layer.nodes.push_back(*next);
      layer.operands.output = next->outputs[0];
      joined_.insert(next->outputs[0]);
    }
  }

  bool join_bias(Layer& layer, const Node& next) const {
    const std::string bias = layer.operands.residual.empty() ? bias_of(layer, next, index_) : std::string();
    if (bias.empty()) return false;
    layer.operands.bias = bias;
    layer.workload->epilogue.bias = true;
    return true;
  }

  /// The other operand of an Add, where it has the layer's shape and is there before the layer begins.
  bool join_residual(Layer& layer, const Node& next, const Node& anchor) const {
    if (!options_.rich_epilogues) return false;
    if (!is(next, "Add") || !layer.operands.residual.empty() || next.inputs.size() != 2) return false;
    const std::string& other = next.inputs[next.inputs[0] == layer.operands.output ? 1 : 0];
    const auto own = network_.facts.find(layer.operands.output);
    const auto added = network_.facts.find(other);
    if (added == network_.facts.end() || !added->second.shape || added->second.shape != own->second.shape)
      return false;
    const Node* producer = index_.producer(other);
    if (index_.constant(other) != nullptr || producer >= &anchor) return false;
    layer.operands.residual = other;
    layer.workload->epilogue.residual = true;
    return true;
  }

  bool join_activation(Layer& layer, const Node& next) const {
    Epilogue& epilogue = layer.workload->epilogue;
    if (const auto bounds = bounds_of(next, index_)) {
      epilogue.clip_min = bounds->least;
      epilogue.clip_max = bounds->greatest;
      return true;
    }
    const auto activation = options_.rich_epilogues ? activation_of(next) : std::nullopt;
    if (!activation) return false;
    epilogue.activation = *activation;
    return true;
  }

  const Resolved& network_;
  LayerOptions options_;
  GraphIndex index_;
  std::set<std::string, std::less<>> joined_;  // outputs that an earlier layer gives
};

}  // namespace

Result<std::vector<Layer>> layers_of(const Resolved& network, const LayerOptions& options) {
  TAMIS_TRY(without_faults(network));
  return Joining(network, options).layers();
}

std::vector<NetworkWorkload> distinct_workloads(const std::vector<Layer>& layers) {
  std::vector<NetworkWorkload> workloads;
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (!layers[i].workload) continue;
    const std::string spec = to_spec(*layers[i].workload, {DataType::float32, Layout::nchw});
    const auto [place, added] = places.emplace(spec, workloads.size());
    if (added) {
      workloads.push_back({*layers[i].workload, {}});
      workloads.back().workload.name = spec;
    }
    workloads[place->second].layers.push_back(i);
  }
  return workloads;
}

}  // namespace tamis::network
