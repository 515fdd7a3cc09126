#include "network/operators/matrices.h"

#include "network/kernels/generators.h"
#include "network/kernels/products.h"
#include "network/kernels/values.h"

#include <array>
#include <utility>

namespace tamis::network {
namespace {

/// The IR multiplies and adds these.
Status check_factor(const Call& call, const Operand& operand) {
  switch (operand.element) {
    case loop::Element::float32:
    case loop::Element::int32:
    case loop::Element::int64:
      return {};
    default:
      return without_generator(call, call.node().type + " of " + loop::to_string(operand.element));
  }
}

loop::Value plain_sum(const loop::Value& sum, std::span<const loop::Affine>) { return sum; }

/// A factor with the steps that it has along the axes of the product: of batches, of its rows or columns, and
/// of what is summed. One dimension alone is a row on the left and a column on the right.
struct Factor {
  std::vector<int64_t> batches;
  int64_t outer = 0;
  int64_t inner = 0;
};

Factor factor_of(const Operand& operand, size_t batches, bool is_left) {
  const size_t rank = operand.shape.size();
  Factor factor{std::vector<int64_t>(batches, 0), 0, 0};
  if (rank == 1) {
    factor.inner = operand.steps[0];
    return factor;
  }
  factor.outer = operand.steps[is_left ? rank - 2 : rank - 1];
  factor.inner = operand.steps[is_left ? rank - 1 : rank - 2];
  for (size_t i = 0; i + 2 < rank; ++i)
    if (operand.shape[i] != 1) factor.batches[batches + i + 2 - rank] = operand.steps[i];
  return factor;
}

/// Where nothing is summed, the result is zeros.
Status mat_mul(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand a, builder.input(call, 0));
  TAMIS_TRY(check_factor(call, a));
  TAMIS_ASSIGN(const Operand b, builder.input(call, 1));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const MatrixProduct matrices, matrix_product(call, a.shape, b.shape));
  const size_t batches = matrices.batch.size();
  const Factor left = factor_of(a, batches, true);
  const Factor right = factor_of(b, batches, false);
  // y has no axis for the row or the column that one dimension alone is.
  size_t next = batches;
  const int64_t row_step = a.shape.size() > 1 ? y.steps[next++] : 0;
  const int64_t column_step = b.shape.size() > 1 ? y.steps[next] : 0;
  Product product{{{}, {0, 0, 0}}, y.buffer, a.buffer, b.buffer, plain_sum, a.element};
  for (size_t i = 0; i < batches; ++i)
    product.space.axes.push_back({matrices.batch[i], {y.steps[i], left.batches[i], right.batches[i]}});
  product.space.axes.push_back({matrices.rows, {row_step, left.outer, 0}});
  product.space.axes.push_back({matrices.columns, {column_step, 0, right.outer}});
  product.space.axes.push_back({matrices.inner, {0, left.inner, right.inner}, true});
  add_product(builder, std::move(product));
  return {};
}

/// alpha * A * B + beta * C. A beta of 0 takes no notice of what C holds.
Status gemm(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const GemmOperands sizes, gemm_operands(call, 0, 1));
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1));
  TAMIS_ASSIGN(const double beta, call.number("beta", 1));
  TAMIS_ASSIGN(const Operand a, builder.input(call, 0));
  if (a.element != loop::Element::float32)
    return without_generator(call, "Gemm of " + loop::to_string(a.element));
  TAMIS_ASSIGN(const Operand b, builder.input(call, 1));
  std::optional<Operand> c;
  if (call.optional_input(2) != nullptr && beta != 0) {
    TAMIS_ASSIGN(c, builder.input(call, 2));
  }
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  const std::vector<int64_t> added = c ? broadcast_steps(*c, 2) : std::vector<int64_t>{0, 0};
  const auto finish = [&](const loop::Value& sum, std::span<const loop::Affine> places) {
    const loop::Value scaled = alpha == 1 ? sum : sum * number_like(sum, alpha);
    if (!c) return scaled;
    const loop::Value one = load_of(*c, places[3]);
    return beta == 1 ? scaled + one : loop::Value::multiply_add(one, number_like(one, beta), scaled);
  };
  const size_t a_row = sizes.a_transposed ? 1 : 0;
  const size_t b_row = sizes.b_transposed ? 1 : 0;
  Product product{{{}, {0, 0, 0, 0}}, y.buffer, a.buffer, b.buffer, finish};
  product.space.axes = {{sizes.rows, {y.steps[0], a.steps[a_row], 0, added[0]}},
                        {sizes.columns, {y.steps[1], 0, b.steps[1 - b_row], added[1]}},
                        {sizes.inner, {0, a.steps[1 - a_row], b.steps[b_row], 0}, true}};
  add_product(builder, std::move(product));
  return {};
}

constexpr std::array kMatrixGenerators{
    Generator{"Gemm", nullptr, gemm},
    Generator{"MatMul", nullptr, mat_mul},
};

}  // namespace

std::span<const Generator> matrix_generators() { return kMatrixGenerators; }

}  // namespace tamis::network
