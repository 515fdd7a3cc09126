#include "network/passes/pairs.h"

#include "network/passes/graph_index.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// The two as one layer; nothing where no program computes both.
std::optional<Workload> joined_workload(const Layer& first, const Layer& second) {
  if (!first.workload || !second.workload) return std::nullopt;
  // What is added may not be what the pointwise part sums.
  if (second.operands.residual == first.operands.output) return std::nullopt;
  std::optional<Workload> joined = join_separable(*first.workload, *second.workload);
  if (joined) joined->name = second.workload->name;
  return joined;
}

Layer joined_layer(Layer first, Layer second, const Workload& workload) {
  Layer joined;
  joined.nodes = std::move(first.nodes);
  joined.nodes.insert(joined.nodes.end(), second.nodes.begin(), second.nodes.end());
  joined.workload = workload;
  joined.operands = std::move(second.operands);
  joined.operands.input = std::move(first.operands.input);
  joined.operands.inner_weights = std::move(first.operands.weights);
  joined.operands.inner_bias = std::move(first.operands.bias);
  joined.multiply_accumulates = multiply_accumulates(workload);
  return joined;
}

/// The place of the workload that a layer has.
size_t place_of(std::span<const NetworkWorkload> workloads, size_t layer) {
  const auto has = [&](const NetworkWorkload& one) {
    return std::find(one.layers.begin(), one.layers.end(), layer) != one.layers.end();
  };
  return static_cast<size_t>(std::find_if(workloads.begin(), workloads.end(), has) - workloads.begin());
}

}  // namespace

std::vector<LayerPair> pairs_of(const Resolved& network, const std::vector<Layer>& layers) {
  const GraphIndex index(network.graph);
  std::map<std::string, size_t> depthwise;  // by the output that one operator alone takes
  std::vector<LayerPair> pairs;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    if (!layer.workload) continue;
    if (const auto first = depthwise.find(layer.operands.input); first != depthwise.end())
      if (std::optional<Workload> joined = joined_workload(layers[first->second], layer))
        pairs.push_back({first->second, i, std::move(*joined)});
    if (layer.workload->op == Operator::depthwise_conv2d &&
        index.only_consumer(layer.operands.output) != nullptr)
      depthwise.emplace(layer.operands.output, i);
  }
  return pairs;
}

std::vector<Layer> join_pairs(std::vector<Layer> layers, std::span<const LayerPair> pairs) {
  std::vector<bool> gone(layers.size(), false);
  for (const LayerPair& pair : pairs) {
    layers[pair.pointwise] =
        joined_layer(std::move(layers[pair.depthwise]), std::move(layers[pair.pointwise]), pair.workload);
    gone[pair.depthwise] = true;
  }
  std::vector<Layer> left;
  for (size_t i = 0; i < layers.size(); ++i)
    if (!gone[i]) left.push_back(std::move(layers[i]));
  return left;
}

std::vector<PairWorkload> distinct_pairs(std::span<const LayerPair> pairs,
                                         std::span<const NetworkWorkload> workloads) {
  std::vector<PairWorkload> distinct;
  std::map<std::string, size_t> places;
  for (const LayerPair& pair : pairs) {
    const std::string spec = to_spec(pair.workload, {DataType::float32, Layout::nchw});
    const auto [place, added] = places.emplace(spec, distinct.size());
    if (added) {
      distinct.push_back(
          {pair.workload, 0, place_of(workloads, pair.depthwise), place_of(workloads, pair.pointwise)});
      distinct.back().workload.name = spec;
    }
    ++distinct[place->second].times;
  }
  return distinct;
}

}  // namespace tamis::network
