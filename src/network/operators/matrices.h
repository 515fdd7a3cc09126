#pragma once

#include "network/graph/array.h"
#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis::network {

/// What numpy makes of a product of two arrays: matrices in the last two dimensions, the others broadcast.
/// One dimension alone is a row on the left and a column on the right, which the result does not have.
struct MatrixProduct {
  Shape a;      ///< with a row at least
  Shape b;      ///< with a column at least
  Shape y;      ///< as the operator gives it
  Shape batch;  ///< dimensions of y before those of the matrices
  int64_t rows = 1;
  int64_t inner = 1;
  int64_t columns = 1;
};

/// The product of arrays of these shapes. Errors: invalid_input where they do not go together, or one is a
/// scalar.
Result<MatrixProduct> matrix_product(const Call& call, Shape a, Shape b);

/// The elements of Y. The second wraps around, for integers.
void multiply_matrices(const MatrixProduct& product, const Array& a, const Array& b, std::span<double> y);
void multiply_matrices(const MatrixProduct& product, const Array& a, const Array& b, std::span<uint64_t> y);
/// The operands of a Gemm as it uses them.
struct GemmOperands {
  bool a_transposed = false;
  bool b_transposed = false;
  int64_t rows = 0;
  int64_t inner = 0;
  int64_t columns = 0;
};

/// The operands of a Gemm, with A and B at these inputs, and its attributes `transA` and `transB`. Errors:
/// invalid_input where they are no matrices that can be multiplied.
Result<GemmOperands> gemm_operands(const Call& call, size_t a_input, size_t b_input);
/// A times B, row-major.
std::vector<double> multiply_operands(const GemmOperands& operands, const Array& a, const Array& b);

}  // namespace tamis::network
