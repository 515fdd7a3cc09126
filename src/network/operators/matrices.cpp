#include "network/operators/matrices.h"

#include "network/operators/broadcast.h"
#include "network/operators/multiply.h"

#include <utility>

namespace tamis::network {
namespace {

Shape all_but_matrix(const Shape& shape) { return {shape.begin(), shape.end() - 2}; }

template <class Sum>
void multiply_batches(const MatrixProduct& product, const Array& a, const Array& b, std::span<Sum> y) {
  const auto rows = static_cast<size_t>(product.rows);
  const auto inner = static_cast<size_t>(product.inner);
  const auto columns = static_cast<size_t>(product.columns);
  if (y.empty()) return;
  BroadcastWalk walk(product.batch, {all_but_matrix(product.a), all_but_matrix(product.b)});
  for (size_t first = 0; first < y.size(); first += rows * columns) {
    multiply_add({&a, walk.at(0) * rows * inner, rows, inner, false},
                 {&b, walk.at(1) * inner * columns, inner, columns, false}, y.subspan(first, rows * columns));
    walk.next();
  }
}

}  // namespace

Result<MatrixProduct> matrix_product(const Call& call, Shape a, Shape b) {
  if (a.empty() || b.empty()) return call.invalid("its inputs must have at least one dimension");
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  const std::string shapes = to_string(a) + " and " + to_string(b);
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  MatrixProduct product;
  product.rows = a[a.size() - 2];
  product.inner = a.back();
  product.columns = b.back();
  if (b[b.size() - 2] != product.inner)
    return call.invalid("matrices of shapes " + shapes + " cannot be multiplied");
  TAMIS_ASSIGN(product.batch, broadcast(call, all_but_matrix(a), all_but_matrix(b)));
  product.y = product.batch;
  if (!row) product.y.push_back(product.rows);
  if (!column) product.y.push_back(product.columns);
  product.a = std::move(a);
  product.b = std::move(b);
  return product;
}

void multiply_matrices(const MatrixProduct& product, const Array& a, const Array& b, std::span<double> y) {
  multiply_batches(product, a, b, y);
}

void multiply_matrices(const MatrixProduct& product, const Array& a, const Array& b, std::span<uint64_t> y) {
  multiply_batches(product, a, b, y);
}

Result<GemmOperands> gemm_operands(const Call& call, size_t a_input, size_t b_input) {
  TAMIS_ASSIGN(const Shape a, call.shape(a_input));
  TAMIS_ASSIGN(const Shape b, call.shape(b_input));
  TAMIS_ASSIGN(const int64_t a_transposed, call.integer("transA", 0));
  TAMIS_ASSIGN(const int64_t b_transposed, call.integer("transB", 0));
  if (a.size() != 2 || b.size() != 2)
    return call.invalid("inputs of shapes " + to_string(a) + " and " + to_string(b) + " must be matrices");
  GemmOperands operands{a_transposed != 0, b_transposed != 0};
  operands.rows = a[a_transposed != 0 ? 1 : 0];
  operands.inner = a[a_transposed != 0 ? 0 : 1];
  operands.columns = b[b_transposed != 0 ? 0 : 1];
  if (operands.inner != b[b_transposed != 0 ? 1 : 0])
    return call.invalid("matrices of shapes " + to_string(a) + " and " + to_string(b) +
                        " cannot be multiplied" +
                        (a_transposed != 0 || b_transposed != 0 ? " (as transposed)" : ""));
  return operands;
}

std::vector<double> multiply_operands(const GemmOperands& operands, const Array& a, const Array& b) {
  const auto rows = static_cast<size_t>(operands.rows);
  const auto inner = static_cast<size_t>(operands.inner);
  const auto columns = static_cast<size_t>(operands.columns);
  std::vector<double> sums(rows * columns);
  multiply_add({&a, 0, rows, inner, operands.a_transposed}, {&b, 0, inner, columns, operands.b_transposed},
               std::span(sums));
  return sums;
}

}  // namespace tamis::network
