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

}  // namespace tamis::network
