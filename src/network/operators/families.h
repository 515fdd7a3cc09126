#pragma once

#include "network/operators/operator.h"

#include <span>

namespace tamis::network {

// The operators of each family, each in a file of the family's name.

/// Attention of queries to keys and values: Attention.
std::span<const OperatorDefinition> attention_operators();
/// Activations: Relu, Gelu, PRelu.
std::span<const OperatorDefinition> activation_operators();
/// Arithmetic of two values that broadcast: Add, Pow.
std::span<const OperatorDefinition> binary_operators();
/// The bits of integers: BitwiseAnd, BitShift.
std::span<const OperatorDefinition> bitwise_operators();
/// Clip and Shrink.
std::span<const OperatorDefinition> clipping_operators();
/// What gives booleans: Less, And, IsNaN.
std::span<const OperatorDefinition> comparison_operators();
/// Normalisations in two stages: LayerNormalization, GroupNormalization.
std::span<const OperatorDefinition> layer_normalization_operators();
/// Other normalisations over channels: BatchNormalization, LRN.
std::span<const OperatorDefinition> normalization_operators();
/// One number of many: ReduceSum, ReduceMax.
std::span<const OperatorDefinition> reduction_operators();
/// Normalisations along an axis: Softmax, LpNormalization.
std::span<const OperatorDefinition> softmax_operators();
/// Functions of single numbers: Exp, Round.
std::span<const OperatorDefinition> unary_operators();
/// Any number of values that broadcast: Sum, Max.
std::span<const OperatorDefinition> variadic_operators();
/// Convolutions: Conv, ConvTranspose.
std::span<const OperatorDefinition> convolution_operators();
/// Products of quantised numbers: QLinearConv, MatMulInteger.
std::span<const OperatorDefinition> integer_product_operators();
/// What onnxruntime's quantiser writes of its own domain: QLinearAdd, QGemm.
std::span<const OperatorDefinition> microsoft_operators();
/// Pools: MaxPool, GlobalAveragePool.
std::span<const OperatorDefinition> pooling_operators();
/// Products of matrices: MatMul, Gemm.
std::span<const OperatorDefinition> product_operators();
/// Rounding to few numbers and back: QuantizeLinear, DequantizeLinear.
std::span<const OperatorDefinition> quantization_operators();
/// Layers that go along a sequence: LSTM, GRU, RNN.
std::span<const OperatorDefinition> recurrent_operators();
/// Other shapes of the same elements, and shapes themselves: Reshape, Shape.
std::span<const OperatorDefinition> reshape_operators();
/// Values that follow from no data: Constant, Range.
std::span<const OperatorDefinition> make_operators();
/// Elements of another type: Cast.
std::span<const OperatorDefinition> cast_operators();
/// Concat and Split.
std::span<const OperatorDefinition> join_operators();
/// Parts of one value: Slice, Compress.
std::span<const OperatorDefinition> slice_operators();
/// Other orders and repeats: Transpose, Expand, Where.
std::span<const OperatorDefinition> arrange_operators();
/// What lies at indices: Gather.
std::span<const OperatorDefinition> gather_operators();
/// Updates at indices: ScatterElements.
std::span<const OperatorDefinition> scatter_operators();
/// Pad.
std::span<const OperatorDefinition> pad_operators();
/// Resize and Upsample.
std::span<const OperatorDefinition> resize_operators();
/// Places of certain elements: TopK, ArgMax, NonZero.
std::span<const OperatorDefinition> select_operators();
/// Along one axis: CumSum, OneHot.
std::span<const OperatorDefinition> along_operators();
/// GridSample.
std::span<const OperatorDefinition> grid_sample_operators();
/// Transforms of signals, and windows for them: DFT, STFT, HannWindow.
std::span<const OperatorDefinition> signal_operators();
/// What holds graphs: If, Loop, Scan.
std::span<const OperatorDefinition> control_flow_operators();
/// Einsum.
std::span<const OperatorDefinition> einsum_operators();

}  // namespace tamis::network
