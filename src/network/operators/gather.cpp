#include "network/operators/families.h"
#include "network/operators/indices.h"
#include "network/operators/moving.h"
#include "network/operators/settings.h"

#include <array>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

// Gather

Result<std::vector<Fact>> infer_gather(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* indices, call.input(1));
  TAMIS_TRY(check_indices(call, 1));
  if (!x->shape || !indices->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x->shape->size(), 0));
  Shape shape = *x->shape;
  const auto place = shape.erase(shape.begin() + static_cast<ptrdiff_t>(axis));
  shape.insert(place, indices->shape->begin(), indices->shape->end());
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> gather(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape().size(), 0));
  const int64_t size = x.shape()[axis];
  TAMIS_ASSIGN(const std::vector<int64_t> indices, call.integers(1));
  NewBytes y(x.type(), *outputs[0].shape);
  if (y.bytes().empty()) return std::vector{std::move(y).finish()};
  std::vector<int64_t> places;
  for (const int64_t index : indices) {
    TAMIS_ASSIGN(const int64_t place, checked_index(call, index, size));
    places.push_back(place);
  }
  const Blocks blocks = blocks_of(x.shape(), axis);
  int64_t to = 0;
  for (int64_t outer = 0; outer < blocks.outer; ++outer)
    for (const int64_t place : places) {
      y.copy(to, x, (outer * size + place) * blocks.inner, blocks.inner);
      to += blocks.inner;
    }
  return std::vector{std::move(y).finish()};
}

// GatherElements

Result<std::vector<Fact>> infer_gather_elements(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* indices, call.input(1));
  TAMIS_TRY(check_indices(call, 1));
  if (!x->shape || !indices->shape) return one_fact(x->type, indices->shape);
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x->shape->size(), 0));
  TAMIS_TRY(check_lie_within(call, *indices->shape, *x->shape, axis));
  return one_fact(x->type, indices->shape);
}

Result<std::vector<Array>> gather_elements(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape().size(), 0));
  NewBytes y(x.type(), *outputs[0].shape);
  TAMIS_ASSIGN(const std::vector<int64_t> places, places_along(call, x.shape(), axis, 1));
  for (size_t i = 0; i < places.size(); ++i) y.copy(static_cast<int64_t>(i), x, places[i]);
  return std::vector{std::move(y).finish()};
}

// GatherND

Result<std::vector<Fact>> infer_gather_nd(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* indices, call.input(1));
  TAMIS_TRY(check_indices(call, 1));
  TAMIS_ASSIGN(const int64_t batch, call.integer("batch_dims", 0));
  if (!x->shape || !indices->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const IndexTuples tuples, index_tuples(call, *indices->shape, *x->shape, batch));
  Shape shape(indices->shape->begin(), indices->shape->end() - 1);
  shape.insert(shape.end(), x->shape->begin() + static_cast<ptrdiff_t>(tuples.batch + tuples.length),
               x->shape->end());
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> gather_nd(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const int64_t batch, call.integer("batch_dims", 0));
  NewBytes y(x.type(), *outputs[0].shape);
  if (y.bytes().empty()) return std::vector{std::move(y).finish()};
  if (x.elements() == 0)
    return call.invalid("an input of shape " + to_string(x.shape()) + " has no elements");
  TAMIS_ASSIGN(const TuplePlaces tuples, places_of_tuples(call, x.shape(), 1, batch));
  int64_t to = 0;
  for (const int64_t place : tuples.places) {
    y.copy(to, x, place, tuples.inner);
    to += tuples.inner;
  }
  return std::vector{std::move(y).finish()};
}

constexpr std::array kGatherOperators{
    OperatorDefinition{"Gather", infer_gather, gather},
    OperatorDefinition{"GatherElements", infer_gather_elements, gather_elements},
    OperatorDefinition{"GatherND", infer_gather_nd, gather_nd},
};

}  // namespace

std::span<const OperatorDefinition> gather_operators() { return kGatherOperators; }

}  // namespace tamis::network
