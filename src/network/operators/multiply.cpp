#include "network/operators/multiply.h"

#include "network/operators/wide.h"

#include <algorithm>
#include <cassert>
#include <vector>

namespace tamis::network {
namespace {

constexpr size_t kPanel = 64;  ///< columns of a, and rows of b, that are read at a time

/// `count` rows from `row` on, row-major.
template <class Sum>
std::vector<Sum> read_rows(const MatrixView& matrix, size_t row, size_t count) {
  std::vector<Sum> values(count * matrix.columns);
  if (!matrix.transposed) {
    read_elements(*matrix.array, matrix.first + row * matrix.columns, std::span(values));
    return values;
  }
  std::vector<Sum> piece(count);
  for (size_t column = 0; column < matrix.columns; ++column) {
    read_elements(*matrix.array, matrix.first + column * matrix.rows + row, std::span(piece));
    for (size_t i = 0; i < count; ++i) values[i * matrix.columns + column] = piece[i];
  }
  return values;
}

template <class Sum>
void multiply_panels(const MatrixView& a, const MatrixView& b, std::span<Sum> y) {
  assert(a.columns == b.rows && y.size() == a.rows * b.columns);
  if (y.empty()) return;
  const MatrixView columns{a.array, a.first, a.columns, a.rows, !a.transposed};  // a's columns as rows
  for (size_t begin = 0; begin < b.rows; begin += kPanel) {
    const size_t count = std::min(kPanel, b.rows - begin);
    const std::vector<Sum> of_a = read_rows<Sum>(columns, begin, count);
    const std::vector<Sum> of_b = read_rows<Sum>(b, begin, count);
    for (size_t row = 0; row < a.rows; ++row)
      for (size_t k = 0; k < count; ++k)
        add_scaled(y.data() + row * b.columns, of_b.data() + k * b.columns, 1, of_a[k * a.rows + row],
                   b.columns);
  }
}

}  // namespace

void multiply_add(const MatrixView& a, const MatrixView& b, std::span<double> y) { multiply_panels(a, b, y); }

void multiply_add(const MatrixView& a, const MatrixView& b, std::span<uint64_t> y) {
  multiply_panels(a, b, y);
}

}  // namespace tamis::network
