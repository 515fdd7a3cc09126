#pragma once

#include "network/passes/resolve.h"

#include <cstddef>

namespace tamis::network {

/// What became of the nodes of a network.
struct Simplified {
  size_t halves = 0;          ///< values of float16 or bfloat16 that became float32 inside the network
  size_t identities = 0;      ///< nodes that gave what they took
  size_t scalings = 0;        ///< BatchNorms, and scales and offsets by channel, that went into weights
  size_t paddings = 0;        ///< Pads that went into convolutions and pools
  size_t activations = 0;     ///< activations that were spelled out: hard-swish, SiLU, GELU
  size_t normalisations = 0;  ///< LayerNormalization, RMSNormalization and Softmax that were spelled out
  size_t transposes = 0;      ///< Transposes that went into others, or move nothing in memory
  size_t factors = 0;         ///< powers of two that went into weights
  size_t spectra = 0;         ///< STFTs that became convolutions
  size_t einsums = 0;         ///< Einsums that became products of matrices
};

/// Rewrites a network without faults into one of fewer nodes that computes the same, up to the rounding of
/// folded weights. Values that disappear are no longer among its facts.
Simplified simplify(Resolved& network);

// The steps, in this order. Each returns how many nodes it took away, put together or made others of.

/// Makes float32 of all values of float16 and bfloat16 inside a network, and casts its inputs and outputs of
/// these types, which stay as they are. Nodes that cast to 16 bits still round to them; sums, products and
/// what lies between nodes are no longer rounded, nor do they overflow beyond 65504. The number of values.
size_t widen_halves(Resolved& network);

/// Makes a convolution of an STFT of a real signal whose window and step are known: a filter for the real and
/// the imaginary part of each bin. It computes more, and is tuned.
size_t convolve_spectra(Resolved& network);

/// Makes a MatMul of each Einsum of two inputs that is one but for the order of axes.
size_t multiply_einsums(Resolved& network);

/// Lets a Transpose of what a Transpose gives take its input, and makes a Reshape of one that only moves axes
/// of size 1.
size_t merge_transposes(Resolved& network);
/// Takes out Identity, Dropout, and casts, reshapes and transposes that change nothing.
size_t drop_identities(Resolved& network);
/// Puts zero paddings of rows and columns into the convolution that alone takes them, and into average pools
/// that count the padding. Never into a MaxPool, whose border is no zero.
size_t fold_paddings(Resolved& network);
/// Puts a BatchNorm, and a constant that is multiplied with or added to each channel, into the weights and
/// the bias of the convolution, Gemm, or MatMul with an Add before it, which nobody else takes.
size_t fold_scalings(Resolved& network);
/// Puts activations that are spelled out as products into one node: HardSwish, Swish, Gelu.
size_t recognise_activations(Resolved& network);

/// Puts normalisations over the last axes, and Softmax, that are spelled out into one node.
size_t recognise_normalisations(Resolved& network);
/// Puts a factor or divisor that is a power of two (the scale of attention scores) into constant weights and
/// biases before it, through what is linear; and multiplies where the network divides by other constants that
/// are powers of two. Both change no rounding.
size_t fold_powers_of_two(Resolved& network);

/// Takes out the nodes at these places, and facts and constants that nobody takes any more.
void drop_nodes(Resolved& network, const std::vector<bool>& dropped);

}  // namespace tamis::network
