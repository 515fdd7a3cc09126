#pragma once

#include "network/graph/array.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tamis::network {

/// A matrix within an array.
struct MatrixView {
  const Array* array = nullptr;
  size_t first = 0;         ///< the element at row 0, column 0
  size_t rows = 0;          ///< as used
  size_t columns = 0;       ///< as used
  bool transposed = false;  ///< whether the array holds columns one after the other
};

/// y += a * b, y row-major of a.rows x b.columns. Reads a part of the matrices at a time. The second is for
/// integers: sums wrap around.
void multiply_add(const MatrixView& a, const MatrixView& b, std::span<double> y);
void multiply_add(const MatrixView& a, const MatrixView& b, std::span<uint64_t> y);

}  // namespace tamis::network
