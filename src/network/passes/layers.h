#pragma once

#include "network/graph/graph.h"
#include "network/passes/resolve.h"
#include "tamis/result.h"
#include "tamis/workload.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::network {

/// What may be computed along with an operator.
struct LayerOptions {
  /// A residual, and activations beyond a clip, which not every target has.
  bool rich_epilogues = true;
};

/// The values that the program of a tuned layer takes and gives, by name; empty where it takes none.
struct LayerOperands {
  std::string input;
  std::string weights;
  std::string bias;
  std::string residual;  ///< a value of the output's shape that is added before the activation
  std::string output;
  std::string inner_weights = {};  ///< of the depthwise part of a separable convolution, as the next
  std::string inner_bias = {};
};

/// An operator of the network with those that the same program computes.
struct Layer {
  std::vector<Node> nodes;  ///< the operator, and what follows it in the same program, in their order
  std::optional<Workload> workload;  ///< what is tuned; nothing for an operator that is not
  std::string why_not;               ///< why it is not tuned: `tamis tunes no LSTM`; empty where it is
  LayerOperands operands;            ///< of a tuned one
  int64_t multiply_accumulates = 0;  ///< of a tuned one; 0 for others
};

/// The layers of a simplified network, in the order of their operators. Convolutions with constant weights,
/// products with a constant matrix, and products of two activations are tuned; a bias, a residual and an
/// activation that follow, and whose operands nobody else takes, are computed along with them. Layers that
/// differ in nothing but their weights have equal workloads but for the name, which is that of the node.
/// Workloads are of float32 in Layout::nchw, as ONNX has them. Errors: internal for a network with faults.
Result<std::vector<Layer>> layers_of(const Resolved& network, const LayerOptions& options = {});

/// A workload of a network, and where it occurs.
struct NetworkWorkload {
  Workload workload;           ///< its name is its spec
  std::vector<size_t> layers;  ///< places among the layers
};

/// The distinct workloads of the layers, in the order of their first occurrence.
std::vector<NetworkWorkload> distinct_workloads(const std::vector<Layer>& layers);

}  // namespace tamis::network
