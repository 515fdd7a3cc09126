#include "network/operators/elements.h"
#include "network/operators/families.h"
#include "network/operators/indices.h"
#include "network/operators/moving.h"
#include "network/operators/settings.h"
#include "network/operators/typing.h"

#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// What an update does to an element.
enum class UpdateRule { none, add, mul, max, min };

struct UpdateRow {
  UpdateRule reduction;
  std::string_view word;
};

constexpr std::array kUpdateRules{UpdateRow{UpdateRule::none, "none"}, UpdateRow{UpdateRule::add, "add"},
                                  UpdateRow{UpdateRule::mul, "mul"}, UpdateRow{UpdateRule::max, "max"},
                                  UpdateRow{UpdateRule::min, "min"}};

Result<UpdateRule> update_rule_of(const Call& call) {
  TAMIS_ASSIGN(const std::string word, call.text("reduction", "none"));
  for (const UpdateRow& row : kUpdateRules)
    if (row.word == word) return row.reduction;
  return call.invalid("reduction \"" + word + "\" is none of none, add, mul, max, min");
}

/// A sum or product: of fractions rounded once, of integers wrapping around.
template <class T>
T arithmetic_update(UpdateRule reduction, T a, T b) {
  const bool adds = reduction == UpdateRule::add;
  if constexpr (kIsFloating<T>) {
    return from_double<T>(adds ? as_double(a) + as_double(b) : as_double(a) * as_double(b));
  } else {
    const auto x = static_cast<uint64_t>(a);
    const auto y = static_cast<uint64_t>(b);
    return from_integer<T>(static_cast<int64_t>(adds ? x + y : x * y));
  }
}

/// An update that is NaN wins, and so does one on NaN, as in onnxruntime.
template <class T>
T updated(UpdateRule reduction, T a, T b) {
  switch (reduction) {
    case UpdateRule::none:
      return b;
    case UpdateRule::max:
      return a > b ? a : b;
    case UpdateRule::min:
      return a < b ? a : b;
    default:
      return arithmetic_update(reduction, a, b);
  }
}

/// The array with blocks of `inner` updates, in their order, at the places.
Array with_updates(const Array& x, const Array& updates, const std::vector<int64_t>& places, int64_t inner,
                   UpdateRule reduction) {
  NewBytes y(x);
  if (reduction == UpdateRule::none) {
    for (size_t i = 0; i < places.size(); ++i)
      y.copy(places[i], updates, static_cast<int64_t>(i) * inner, inner);
    return std::move(y).finish();
  }
  visit_type(x.type(), [&](auto identity) {
    using T = typename decltype(identity)::type;
    auto* to = reinterpret_cast<T*>(y.bytes().data());
    const auto from = updates.values<T>();
    size_t next = 0;
    for (const int64_t place : places)
      for (int64_t i = place; i < place + inner; ++i) to[i] = updated(reduction, to[i], from[next++]);
  });
  return std::move(y).finish();
}

// ScatterElements and its older name Scatter

Result<std::vector<Fact>> infer_scatter_elements(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* indices, call.input(1));
  TAMIS_ASSIGN(const Fact* updates, call.input(2));
  TAMIS_TRY(check_indices(call, 1));
  TAMIS_TRY(check_same_type(call, 2, 0));
  TAMIS_TRY(update_rule_of(call));
  if (!x->shape || !indices->shape || !updates->shape) return one_fact(x->type, x->shape);
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x->shape->size(), 0));
  TAMIS_TRY(check_lie_within(call, *indices->shape, *x->shape, axis));
  if (*indices->shape != *updates->shape)
    return call.invalid("indices of shape " + to_string(*indices->shape) +
                        " do not go with updates of shape " + to_string(*updates->shape));
  return one_fact(x->type, x->shape);
}

Result<std::vector<Fact>> infer_scatter(const Call& call) {
  if (call.opset() >= 11) return call.invalid("there is no Scatter since opset 11; use ScatterElements");
  return infer_scatter_elements(call);
}

Result<std::vector<Array>> scatter_elements(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array updates, call.value(2));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape().size(), 0));
  TAMIS_ASSIGN(const UpdateRule reduction, update_rule_of(call));
  TAMIS_ASSIGN(const std::vector<int64_t> places, places_along(call, x.shape(), axis, 1));
  return std::vector{with_updates(x, updates, places, 1, reduction)};
}

// ScatterND

Result<std::vector<Fact>> infer_scatter_nd(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* indices, call.input(1));
  TAMIS_ASSIGN(const Fact* updates, call.input(2));
  TAMIS_TRY(check_indices(call, 1));
  TAMIS_TRY(check_same_type(call, 2, 0));
  TAMIS_TRY(update_rule_of(call));
  if (!x->shape || !indices->shape || !updates->shape) return one_fact(x->type, x->shape);
  TAMIS_ASSIGN(const IndexTuples tuples, index_tuples(call, *indices->shape, *x->shape, 0));
  Shape expected(indices->shape->begin(), indices->shape->end() - 1);
  expected.insert(expected.end(), x->shape->begin() + static_cast<ptrdiff_t>(tuples.length), x->shape->end());
  if (*updates->shape != expected)
    return call.invalid("updates of shape " + to_string(*updates->shape) + " must be of shape " +
                        to_string(expected));
  return one_fact(x->type, x->shape);
}

Result<std::vector<Array>> scatter_nd(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(Array x, call.value(0));
  TAMIS_ASSIGN(const Array updates, call.value(2));
  TAMIS_ASSIGN(const UpdateRule reduction, update_rule_of(call));
  if (x.elements() == 0 || updates.elements() == 0) return std::vector{std::move(x)};
  TAMIS_ASSIGN(const TuplePlaces tuples, places_of_tuples(call, x.shape(), 1, 0));
  return std::vector{with_updates(x, updates, tuples.places, tuples.inner, reduction)};
}

constexpr std::array kScatterOperators{
    OperatorDefinition{"Scatter", infer_scatter, scatter_elements},
    OperatorDefinition{"ScatterElements", infer_scatter_elements, scatter_elements},
    OperatorDefinition{"ScatterND", infer_scatter_nd, scatter_nd},
};

}  // namespace

std::span<const OperatorDefinition> scatter_operators() { return kScatterOperators; }

}  // namespace tamis::network
