#pragma once

#include "network/passes/resolve.h"

#include <cstddef>

namespace tamis::network {

/// What became of the nodes of a network.
struct Simplified {
  size_t identities = 0;   ///< nodes that gave what they took
  size_t scalings = 0;     ///< BatchNorms, and scales and offsets by channel, that went into weights
  size_t paddings = 0;     ///< Pads that went into convolutions and pools
  size_t activations = 0;  ///< activations that were spelled out: hard-swish, SiLU, GELU
};

/// Rewrites a network without faults into one of fewer nodes that computes the same, up to the rounding of
/// folded weights. Values that disappear are no longer among its facts.
Simplified simplify(Resolved& network);

// The steps, in this order. Each returns how many nodes it took away or put together.

/// Takes out Identity, Dropout, and casts, reshapes and transposes that change nothing.
size_t drop_identities(Resolved& network);
/// Puts zero paddings of rows and columns into the convolution that alone takes them, and into average pools
/// that count the padding. Never into a MaxPool, whose border is no zero.
size_t fold_paddings(Resolved& network);
/// Puts a BatchNorm, and a constant that is multiplied with or added to each channel, into the weights and
/// the bias of the convolution or Gemm before it, which nobody else takes.
size_t fold_scalings(Resolved& network);
/// Puts activations that are spelled out as products into one node: HardSwish, Swish, Gelu.
size_t recognise_activations(Resolved& network);

/// Takes out the nodes at these places, and facts and constants that nobody takes any more.
void drop_nodes(Resolved& network, const std::vector<bool>& dropped);

}  // namespace tamis::network
