#include "network/passes/layers.h"

#include "network/passes/graph_index.h"
#include "network/passes/layer_workload.h"

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

/// Joins what a layer's output alone goes into, one node. Whether it could.
bool join_next(Layer& layer, const GraphIndex& index, bool& clipped) {
  const Node* next = index.only_consumer(layer.operands.output);
  if (next == nullptr || clipped) return false;
  Epilogue& epilogue = layer.workload->epilogue;
  if (const std::string bias = bias_of(layer, *next, index); !bias.empty()) {
    layer.operands.bias = bias;
    epilogue.bias = true;
  } else if (const auto bounds = bounds_of(*next, index)) {
    epilogue.clip_min = bounds->least;
    epilogue.clip_max = bounds->greatest;
    clipped = true;
  } else {
    return false;
  }
  layer.nodes.push_back(*next);
  layer.operands.output = next->outputs[0];
  return true;
}

}  // namespace

Result<std::vector<Layer>> layers_of(const Resolved& network) {
  TAMIS_TRY(without_faults(network));
  const GraphIndex index(network.graph);
  std::vector<Layer> layers;
  std::set<std::string, std::less<>> joined;  // outputs that an earlier layer gives
  for (const Node& node : network.graph.nodes) {
    if (joined.contains(node.outputs[0])) continue;
    Layer layer = layer_of(node, network, index);
    bool clipped = false;
    while (layer.workload && join_next(layer, index, clipped)) joined.insert(layer.operands.output);
    layers.push_back(std::move(layer));
  }
  return layers;
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
