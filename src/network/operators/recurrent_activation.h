#pragma once

#include "network/operators/operator.h"

#include <span>
#include <string_view>
#include <vector>

namespace tamis::network {

/// A function that LSTM, GRU and RNN apply to a gate, with its parameters.
struct RecurrentActivation {
  double (*function)(double x, double alpha, double beta) = nullptr;
  double alpha = 0;
  double beta = 0;

  double operator()(double x) const { return function(x, alpha, beta); }
};

/// The activations of a node, those of each direction one after the other: from `activations`, or `defaults`
/// for each direction. `activation_alpha` and `activation_beta` are consumed by those that take one, in
/// order; where they end, defaults follow (of Affine and ScaledTanh 0, as in onnxruntime, since the text
/// names none). Case does not matter. Errors: invalid_input for an unknown activation, with the nearest, or
/// for another number of them.
Result<std::vector<RecurrentActivation>> recurrent_activations(const Call& call, size_t directions,
                                                               std::span<const std::string_view> defaults);

}  // namespace tamis::network
