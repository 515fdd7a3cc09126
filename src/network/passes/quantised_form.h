#pragma once

#include "network/passes/resolve.h"

#include <cstddef>

namespace tamis::network {

/// What became of the quantised parts of a network.
struct QuantisedForm {
  size_t scaled_products = 0;  ///< MatMulIntegers whose sums are scaled by the same node
  size_t operators = 0;        ///< operators between DequantizeLinear and QuantizeLinear that take bytes
};

/// Brings a network without faults into the form in which operators take and give bytes. It should have been
/// resolved with `keeps_dequantised`, as the bytes of weights are not known otherwise.
QuantisedForm quantised_form(Resolved& network);

// The steps, in this order. Each returns how many operators it changed.

/// Puts a MatMulInteger, the Cast of its sums to float32, the Mul by a product of two scales, and the Add of
/// a bias for each column into one MatMulIntegerToFloat (com.microsoft).
size_t recognise_scaled_products(Resolved& network);
/// Puts an operator that takes what DequantizeLinear gives and gives what QuantizeLinear takes into one that
/// takes and gives bytes, where the results are the same within one quantum: QLinearConv, QLinearMatMul,
/// QGemm, QLinearAdd and others, and moves of elements.
size_t recognise_quantised(Resolved& network);
/// Computes each DequantizeLinear of constants that is left.
size_t fold_dequantised(Resolved& network);

}  // namespace tamis::network
