#pragma once

#include "network/operators/operator.h"

#include <span>

namespace tamis::network {

// The operators of each family, each in a file of the family's name.

std::span<const OperatorDefinition>
unary_operators();  ///< one value in, one of its shape out: Relu, Exp, Cast
std::span<const OperatorDefinition> binary_operators();  ///< two values that broadcast: Add, Mul, Less, Pow
std::span<const OperatorDefinition> convolution_operators();   ///< Conv, ConvTranspose
std::span<const OperatorDefinition> pooling_operators();       ///< MaxPool, GlobalAveragePool
std::span<const OperatorDefinition> product_operators();       ///< products of matrices: MatMul, Gemm
std::span<const OperatorDefinition> recurrent_operators();     ///< LSTM, GRU, RNN
std::span<const OperatorDefinition> quantization_operators();  ///< QuantizeLinear, DequantizeLinear
std::span<const OperatorDefinition>
integer_product_operators();  ///< products of quantised numbers: QLinearConv, MatMulInteger

}  // namespace tamis::network
