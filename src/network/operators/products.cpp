#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/matrices.h"
#include "network/operators/numbers.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <array>
#include <utility>

namespace tamis::network {
namespace {

Result<ElementType> multiplied_type(const Call& call) {
  TAMIS_ASSIGN(
      const ElementType type,
      type_of(call, 0,
              {ElementType::float32, ElementType::float64, ElementType::float16, ElementType::bfloat16,
               ElementType::int32, ElementType::uint32, ElementType::int64, ElementType::uint64}));
  TAMIS_ASSIGN(const Fact* other, call.input(1));
  (void)other;
  TAMIS_TRY(check_same_type(call, 1, 0));
  return type;
}

Result<std::vector<Fact>> infer_mat_mul(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, multiplied_type(call));
  if (!shapes_known(call)) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const Shape a, call.shape(0));
  TAMIS_ASSIGN(const Shape b, call.shape(1));
  TAMIS_ASSIGN(MatrixProduct product, matrix_product(call, a, b));
  return std::vector<Fact>{{type, std::move(product.y), std::nullopt}};
}

template <class Sum>
Array mat_mul(const Fact& output, const MatrixProduct& product, const Array& a, const Array& b) {
  std::vector<Sum> sums(static_cast<size_t>(*element_count(*output.shape)));
  multiply_matrices(product, a, b, std::span(sums));
  return array_from(output.type, *output.shape, std::span<const Sum>(sums));
}

Result<std::vector<Array>> evaluate_mat_mul(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(1));
  TAMIS_ASSIGN(const MatrixProduct product, matrix_product(call, a.shape(), b.shape()));
  if (holds_fractions(a.type())) return std::vector{mat_mul<double>(outputs[0], product, a, b)};
  return std::vector{mat_mul<uint64_t>(outputs[0], product, a, b)};
}

Result<std::vector<Fact>> infer_gemm(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, multiplied_type(call));
  TAMIS_TRY(check_same_type(call, 2, 0));
  if (!holds_fractions(type))
    return call.cannot("a Gemm of " + std::string(to_string(type)) +
                       " is not supported, only of types that hold fractions");
  if (!shapes_known(call)) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const GemmOperands operands, gemm_operands(call, 0, 1));
  Shape y{operands.rows, operands.columns};
  if (const Fact* c = call.optional_input(2)) {
    TAMIS_ASSIGN(const Shape both, broadcast(call, y, *c->shape));
    if (both != y)
      return call.invalid("input \"" + call.node().inputs[2] + "\" of shape " + to_string(*c->shape) +
                          " does not broadcast to " + to_string(y));
  }
  return std::vector<Fact>{{type, std::move(y), std::nullopt}};
}

/// alpha * sums + beta * C. A beta of 0 takes no notice of what C holds, not even NaN.
Status add_scaled_c(const Call& call, const Shape& shape, std::vector<double>& sums) {
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 1));
  TAMIS_ASSIGN(const double beta, call.number("beta", 1));
  for (double& sum : sums) sum *= alpha;
  if (call.optional_input(2) == nullptr || beta == 0) return {};
  TAMIS_ASSIGN(const Array c, call.value(2));
  const std::vector<double> values = to_doubles(c);
  BroadcastWalk walk(shape, {c.shape()});
  for (double& sum : sums) {
    sum += beta * values[walk.at(0)];
    walk.next();
  }
  return {};
}

Result<std::vector<Array>> evaluate_gemm(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(1));
  TAMIS_ASSIGN(const GemmOperands operands, gemm_operands(call, 0, 1));
  std::vector<double> sums = multiply_operands(operands, a, b);
  TAMIS_TRY(add_scaled_c(call, *outputs[0].shape, sums));
  return std::vector{array_from(outputs[0].type, *outputs[0].shape, std::span<const double>(sums))};
}

constexpr std::array kProducts{
    OperatorDefinition{"Gemm", infer_gemm, evaluate_gemm},
    OperatorDefinition{"MatMul", infer_mat_mul, evaluate_mat_mul},
};

}  // namespace

std::span<const OperatorDefinition> product_operators() { return kProducts; }

}  // namespace tamis::network
