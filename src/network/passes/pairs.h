#pragma once

#include "network/passes/layers.h"
#include "tamis/workload.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis::network {

/// A depthwise convolution whose output a pointwise one alone takes: one program can compute both.
struct LayerPair {
  size_t depthwise = 0;  ///< its place among the layers
  size_t pointwise = 0;  ///< behind it
  Workload workload;     ///< the separable_conv2d that they are together; its name is that of the second
};

/// The pairs among the layers of a network, in their order. No layer is in two.
std::vector<LayerPair> pairs_of(const Resolved& network, const std::vector<Layer>& layers);

/// The layers with each of these pairs as one layer, in the place of its pointwise part.
std::vector<Layer> join_pairs(std::vector<Layer> layers, std::span<const LayerPair> pairs);

/// A distinct workload of pairs.
struct PairWorkload {
  Workload workload;                    ///< its name is its spec
  size_t times = 0;                     ///< pairs that have it
  size_t depthwise = 0, pointwise = 0;  ///< places of its parts among the distinct workloads of the layers
};

/// The distinct workloads of the pairs, in the order of their first occurrence. `workloads` are those of the
/// layers, of distinct_workloads().
std::vector<PairWorkload> distinct_pairs(std::span<const LayerPair> pairs,
                                         std::span<const NetworkWorkload> workloads);

}  // namespace tamis::network
