#include "network/operators/elements.h"
#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/wide.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

// CumSum

Result<std::vector<Fact>> infer_cum_sum(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_TRY(check_indices(call, 1));
  TAMIS_ASSIGN(const std::optional<int64_t> axis, one_integer(call, 1));
  if (x->shape && axis) TAMIS_TRY(call.axis(*axis, x->shape->size()));
  return one_fact(x->type, x->shape);
}

/// The sums along one row of elements that lie `step` apart.
template <class T>
void sum_row(const T* from, T* to, int64_t size, int64_t step, bool exclusive) {
  if constexpr (kIsFloating<T>) {
    double sum = 0;
    for (int64_t i = 0; i < size; ++i) {
      const double before = sum;
      sum += as_double(from[i * step]);
      to[i * step] = from_double<T>(exclusive ? before : sum);
    }
  } else {
    uint64_t sum = 0;  // wraps around
    for (int64_t i = 0; i < size; ++i) {
      const uint64_t before = sum;
      sum += static_cast<uint64_t>(from[i * step]);
      to[i * step] = from_integer<T>(static_cast<int64_t>(exclusive ? before : sum));
    }
  }
}

Result<std::vector<Array>> cum_sum(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::optional<int64_t> given, one_integer(call, 1));
  TAMIS_ASSIGN(const size_t axis, call.axis(*given, x.shape().size()));
  TAMIS_ASSIGN(const int64_t exclusive, call.integer("exclusive", 0));
  TAMIS_ASSIGN(const int64_t reverse, call.integer("reverse", 0));
  if (x.elements() == 0) return std::vector{x};
  const Blocks blocks = blocks_of(x.shape(), axis);
  const int64_t size = x.shape()[axis];
  return visit_type(x.type(), [&](auto identity) -> Result<std::vector<Array>> {
    using T = typename decltype(identity)::type;
    NewArray<T> y(x.shape());
    for (int64_t row = 0; row < blocks.outer * blocks.inner; ++row) {
      const int64_t start = row / blocks.inner * size * blocks.inner + row % blocks.inner;
      const int64_t first = reverse != 0 ? start + (size - 1) * blocks.inner : start;
      sum_row(x.values<T>().data() + first, y.values().data() + first, size,
              reverse != 0 ? -blocks.inner : blocks.inner, exclusive != 0);
    }
    return std::vector{std::move(y).finish()};
  });
}

// OneHot

/// Errors: invalid_input where it is not one number, or of less than 1. Nothing where it is not known.
Result<std::optional<int64_t>> depth_of(const Call& call) {
  TAMIS_ASSIGN(const Fact* fact, call.input(1));
  if (!fact->value) return std::optional<int64_t>();
  const std::vector<double> values = to_doubles(*fact->value);
  if (values.size() != 1 || !(values[0] >= 1) || values[0] > 1e12)
    return call.invalid("the depth must be one number of at least 1");
  return std::optional(static_cast<int64_t>(values[0]));
}

Result<size_t> one_hot_axis(const Call& call, size_t rank) { return axis_attribute(call, rank + 1, -1); }

Result<std::vector<Fact>> infer_one_hot(const Call& call) {
  TAMIS_ASSIGN(const Fact* indices, call.input(0));
  TAMIS_ASSIGN(const std::optional<int64_t> depth, depth_of(call));
  TAMIS_ASSIGN(const Fact* values, call.input(2));
  if (values->shape && *values->shape != Shape{2})
    return call.invalid("the values must be two, off and on, not of shape " + to_string(*values->shape));
  if (!indices->shape || !depth) return one_fact(values->type, std::nullopt);
  TAMIS_ASSIGN(const size_t axis, one_hot_axis(call, indices->shape->size()));
  Shape shape = *indices->shape;
  shape.insert(shape.begin() + static_cast<ptrdiff_t>(axis), *depth);
  return one_fact(values->type, std::move(shape));
}

Result<std::vector<Array>> one_hot(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array indices, call.value(0));
  TAMIS_ASSIGN(const Array values, call.value(2));
  const Shape& shape = *outputs[0].shape;
  TAMIS_ASSIGN(const size_t axis, one_hot_axis(call, indices.shape().size()));
  NewBytes y(values.type(), shape);
  if (y.bytes().empty()) return std::vector{std::move(y).finish()};
  const Blocks blocks = blocks_of(shape, axis);
  const std::vector<double> given = to_doubles(indices);
  for (int64_t i = 0; i < *element_count(shape); ++i) {
    const int64_t outer = i / blocks.inner / shape[axis];
    const auto place = static_cast<double>(i / blocks.inner % shape[axis]);
    const double index = given[static_cast<size_t>(outer * blocks.inner + i % blocks.inner)];
    const bool on = index == place || index + static_cast<double>(shape[axis]) == place;
    y.copy(i, values, on ? 1 : 0);
  }
  return std::vector{std::move(y).finish()};
}

constexpr std::array kAlongOperators{
    OperatorDefinition{"CumSum", infer_cum_sum, cum_sum},
    OperatorDefinition{"OneHot", infer_one_hot, one_hot},
};

}  // namespace

std::span<const OperatorDefinition> along_operators() { return kAlongOperators; }

}  // namespace tamis::network
