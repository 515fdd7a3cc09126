#pragma once

#include "network/kernels/builder.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tamis::network {

/// The value of an operator that computes element by element, from those of its inputs at the same place
/// (default ones where they are absent). Errors: unsupported for types or attributes without a generator; as
/// the operator's own.
using ExpressionOf = Result<loop::Value> (*)(const Call& call, const std::vector<loop::Value>& inputs);
/// The axis of the first input that another input, of one dimension, goes along; nothing where that input
/// broadcasts as in ONNX. Errors: as the operator's own.
using AxisOf = Result<std::optional<size_t>> (*)(const Call& call, size_t input);
/// Adds the nests of an operator. Errors: likewise.
using NestsOf = Status (*)(const Call& call, KernelBuilder& builder);

/// How an operator becomes a program: by an expression or by nests.
struct Generator {
  std::string_view type;
  ExpressionOf expression = nullptr;
  NestsOf nests = nullptr;
  AxisOf axis = nullptr;         ///< of an expression; null where all inputs broadcast
  std::string_view domain = {};  ///< empty for ONNX's own
};

// The generators of each family, each in a file of the family's name.

/// Arithmetic of one or several values that broadcast: Add, Pow, Exp.
std::span<const Generator> arithmetic_generators();
/// Sin, Atan, Cosh: what polynomials stand for.
std::span<const Generator> function_generators();
/// Relu, Gelu, HardSwish, BatchNormalization.
std::span<const Generator> activation_generators();
/// What takes or gives booleans and other types: Less, Where, Cast.
std::span<const Generator> logic_generators();
/// MaxPool, GlobalAveragePool.
std::span<const Generator> pool_generators();
/// ReduceSum, ReduceMax.
std::span<const Generator> reduction_generators();
/// Softmax, LayerNormalization, LRN.
std::span<const Generator> normalization_generators();
/// Other places for the same elements: Transpose, Concat, Pad.
std::span<const Generator> movement_generators();
/// What lies at indices: Gather.
std::span<const Generator> gather_generators();
/// Conv and ConvTranspose.
std::span<const Generator> convolution_generators();
/// MatMul and Gemm.
std::span<const Generator> matrix_generators();
/// Einsum.
std::span<const Generator> einsum_generators();
/// LSTM, GRU and RNN.
std::span<const Generator> recurrence_generators();
/// What indices choose: GatherElements, ScatterND.
std::span<const Generator> index_generators();
/// What the order or the place of elements decides: ArgMax, TopK, OneHot.
std::span<const Generator> selection_generators();
/// Resize.
std::span<const Generator> resize_generators();
/// QuantizeLinear, DequantizeLinear, QLinearAdd.
std::span<const Generator> quantisation_generators();
/// Products of matrices of bytes: MatMulInteger, QLinearMatMul.
std::span<const Generator> integer_product_generators();
/// Convolutions of bytes: ConvInteger, QLinearConv.
std::span<const Generator> integer_convolution_generators();

/// The generator of an operator; null where there is none.
const Generator* find_generator(const Node& node);

/// `node 3 "x" (Mod): there is no code generator for ...`. With nothing said, for the operator.
Error without_generator(const Call& call, const std::string& what = {});
/// Errors: as without_generator where a value is of another type than float32.
Status check_float(const Call& call, const loop::Value& value);

}  // namespace tamis::network
