#include "network/kernels/generators.h"
#include "network/kernels/integer_terms.h"
#include "network/kernels/quantised_values.h"
#include "network/operators/matrices.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tamis::network {
namespace {

using loop::Element;

/// An operator that multiplies matrices of bytes, and where its inputs are.
struct ProductForm {
  std::string_view type;
  ProductInputs inputs;
  bool is_gemm = false;
};

constexpr std::array kProductForms{
    ProductForm{"MatMulInteger", {.a_zero = 2, .b_zero = 3}},
    ProductForm{"QLinearMatMul",
                {.a_scale = 1, .a_zero = 2, .b = 3, .b_scale = 4, .b_zero = 5, .y_scale = 6, .y_zero = 7}},
    ProductForm{"MatMulIntegerToFloat", {.a_scale = 2, .a_zero = 4, .b_scale = 3, .b_zero = 5, .bias = 6}},
    ProductForm{"QGemm",
                {.a_scale = 1,
                 .a_zero = 2,
                 .b = 3,
                 .b_scale = 4,
                 .b_zero = 5,
                 .y_scale = 7,
                 .y_zero = 8,
                 .bias = 6,
                 .multiplies_alpha = true},
                true},
};

const ProductForm& form_of_product(const Call& call) {
  return *std::find_if(kProductForms.begin(), kProductForms.end(),
                       [&](const ProductForm& form) { return form.type == call.node().type; });
}

/// A matrix of an operand, or many: an axis of one place where the operand has none.
struct Matrix {
  Axis outer;               ///< rows of A, columns of B
  Axis inner;               ///< what is summed along
  std::vector<Axis> batch;  ///< other axes, outermost first
};

/// `inner_is_last`: whether the sums go along the last axis.
Matrix matrix_of(const Operand& operand, bool inner_is_last) {
  Matrix matrix{{1, {0}}, {1, {0}}, {}};
  const size_t rank = operand.shape.size();
  const auto axis = [&](size_t i) { return Axis{operand.shape[i], {operand.steps[i]}}; };
  if (rank == 1) {
    matrix.inner = axis(0);
    return matrix;
  }
  for (size_t i = 0; i + 2 < rank; ++i) matrix.batch.push_back(axis(i));
  matrix.outer = axis(inner_is_last ? rank - 2 : rank - 1);
  matrix.inner = axis(inner_is_last ? rank - 1 : rank - 2);
  return matrix;
}

/// Activations as tiles read them.
struct ReadActivations {
  std::string buffer;
  Axis rows;
  std::vector<Axis> batch;
};

/// Where rows of uint8 lie together in whole steps of sums they are read where they are; otherwise they are
/// copied.
ReadActivations read_activations(KernelBuilder& builder, const Operand& a, const Matrix& matrix) {
  const int64_t inner = matrix.inner.extent;
  const bool together = matrix.inner.steps[0] == 1 || inner == 1;
  if (a.element == Element::uint8 && together && inner % kProductsAtOnce == 0)
    return {a.buffer, matrix.outer, matrix.batch};
  const int64_t row = filled(inner, kProductsAtOnce);
  int64_t rows = matrix.outer.extent;
  Space space{{}, {0, 0}};
  ReadActivations read{{}, {matrix.outer.extent, {row}}, matrix.batch};
  for (size_t i = matrix.batch.size(); i-- > 0;) {
    read.batch[i].steps[0] = rows * row;
    space.axes.push_back({matrix.batch[i].extent, {rows * row, matrix.batch[i].steps[0]}});
    rows *= matrix.batch[i].extent;
  }
  read.buffer = builder.kept(rows * row, Element::uint8, When::each_call);
  space.axes.push_back({matrix.outer.extent, {row, matrix.outer.steps[0]}});
  space.axes.push_back({inner, {1, matrix.inner.steps[0]}});
  LoopShape bytes = builder.shape();
  bytes.lanes *= 4;
  builder.add(store_everywhere(
      space, read.buffer,
      [&](std::span<const loop::Affine> places) { return shifted_activation(load_of(a, places[1])); },
      bytes));
  return read;
}

/// The step of batch axis `i` of `rank` along axes of fewer dimensions, which lie to the right.
int64_t batch_step(const std::vector<Axis>& axes, size_t i, size_t rank) {
  if (i + axes.size() < rank) return 0;
  const Axis& axis = axes[i + axes.size() - rank];
  return axis.extent == 1 ? 0 : axis.steps[0];
}

/// Row-major numbers of the places of axes, as their steps.
std::vector<Axis> numbered(std::vector<Axis> axes, int64_t first) {
  for (size_t i = axes.size(); i-- > 0;) {
    axes[i].steps[0] = first;
    first *= axes[i].extent;
  }
  return axes;
}

/// Both matrices as the operator multiplies them.
struct Factors {
  Operand a;
  Operand b;
  Matrix left;
  Matrix right;
};

Result<Factors> factors_of(const Call& call, KernelBuilder& builder, const ProductForm& form, When when) {
  Factors factors;
  TAMIS_ASSIGN(factors.a, builder.input(call, form.inputs.a));
  TAMIS_ASSIGN(factors.b, builder.input(call, form.inputs.b, when));
  bool a_transposed = false;
  bool b_transposed = false;
  if (form.is_gemm) {
    TAMIS_ASSIGN(const GemmOperands operands, gemm_operands(call, form.inputs.a, form.inputs.b));
    a_transposed = operands.a_transposed;
    b_transposed = operands.b_transposed;
  }
  factors.left = matrix_of(factors.a, !a_transposed);
  factors.right = matrix_of(factors.b, b_transposed);
  return factors;
}

/// The axes around rows of the result: a step for each operand of tiles.
std::vector<Axis> batch_axes(const Operand& y, const Factors& factors, const ReadActivations& read) {
  const size_t matrix_rank = size_t{factors.a.shape.size() > 1} + size_t{factors.b.shape.size() > 1};
  const size_t rank = y.shape.size() - matrix_rank;
  const std::vector<Axis> groups = numbered(factors.right.batch, 1);
  const std::vector<Axis> rows = numbered(factors.left.batch, factors.left.outer.extent);
  std::vector<Axis> axes;
  for (size_t i = 0; i < rank; ++i) {
    Axis axis{y.shape[i], std::vector<int64_t>(TileStep::count, 0)};
    axis.steps[TileStep::activations] = batch_step(read.batch, i, rank);
    axis.steps[TileStep::result] = y.steps[i];
    axis.steps[TileStep::group] = batch_step(groups, i, rank);
    axis.steps[TileStep::row] = batch_step(rows, i, rank);
    axes.push_back(std::move(axis));
  }
  return axes;
}

/// Gives lines their numbers: a parameter of each line of all matrices goes on from one to the next.
void number_lines(IntegerTiles& tiles, bool through_batch) {
  tiles.rows.steps[TileStep::line] = 1;
  if (!through_batch) return;
  for (Axis& axis : tiles.outer) axis.steps[TileStep::line] = axis.steps[TileStep::row];
}

/// Whether an input has so many elements.
bool has_each(const Call& call, size_t input, int64_t elements) {
  const Fact* fact = call.optional_input(input);
  return fact != nullptr && fact->shape && element_count(*fact->shape) == elements;
}

Status multiply(const Call& call, KernelBuilder& builder) {
  const ProductForm& form = form_of_product(call);
  ProductTerms terms(call, builder, form.inputs);
  TAMIS_ASSIGN(const Factors factors, factors_of(call, builder, form, terms.when()));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  const int64_t inner = factors.left.inner.extent;
  if (inner == 0) return without_generator(call, call.node().type + " of empty sums");
  const int64_t steps = filled(inner, kProductsAtOnce) / kProductsAtOnce;
  int64_t groups = 1;
  for (const Axis& axis : factors.right.batch) groups *= axis.extent;
  int64_t rows = factors.left.outer.extent;
  for (const Axis& axis : factors.left.batch) rows *= axis.extent;
  const int64_t columns = factors.right.outer.extent;
  WeightSource source{&factors.b, factors.right.batch, factors.right.outer.steps[0], {factors.right.inner}};
  const PackedColumns layout = PackedColumns::of(groups, columns, steps, builder.shape());

  const int64_t lines = factors.left.outer.extent;
  const bool through_batch = rows != lines && has_each(call, form.inputs.a_zero, rows);
  TAMIS_TRY(terms.prepare(source, layout, columns, through_batch ? rows : lines));

  const ReadActivations read = read_activations(builder, factors.a, factors.left);
  IntegerTiles tiles;
  tiles.activations = read.buffer;
  tiles.layout = layout;
  tiles.outer = batch_axes(y, factors, read);
  tiles.rows = {lines, std::vector<int64_t>(TileStep::count, 0)};
  tiles.rows.steps[TileStep::activations] = read.rows.steps[0];
  tiles.rows.steps[TileStep::row] = 1;
  const size_t rank = y.shape.size();
  const bool has_columns = factors.b.shape.size() > 1;
  if (factors.a.shape.size() > 1) tiles.rows.steps[TileStep::result] = y.steps[rank - (has_columns ? 2 : 1)];
  tiles.column_step = has_columns ? y.steps[rank - 1] : 1;
  tiles.sums = {{steps, {kProductsAtOnce}}};
  tiles.last_products = inner;
  tiles.result = y.buffer;
  number_lines(tiles, through_batch);
  terms.add(std::move(tiles), rows);
  return {};
}

constexpr std::array kIntegerProductGenerators{
    Generator{"MatMulInteger", nullptr, multiply},
    Generator{"QLinearMatMul", nullptr, multiply},
    Generator{"MatMulIntegerToFloat", nullptr, multiply, nullptr, "com.microsoft"},
    Generator{"QGemm", nullptr, multiply, nullptr, "com.microsoft"},
};

}  // namespace

std::span<const Generator> integer_product_generators() { return kIntegerProductGenerators; }

}  // namespace tamis::network
