#include "network/operators/elements.h"
#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// The key of NaN, which no number of a type of fractions has.
constexpr uint64_t kNanKey = ~uint64_t{0};

/// Numbers that are ordered as elements are, so that what orders is compiled once. NaN is the greatest.
std::vector<uint64_t> order_keys(const Array& x) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  return visit_type(x.type(), [&](auto identity) {
    using T = typename decltype(identity)::type;
    std::vector<uint64_t> keys;
    for (const T element : x.values<T>()) {
      if constexpr (kIsFloating<T>) {
        const double value = as_double(element) + 0.0;  // no -0
        const auto bits = std::bit_cast<uint64_t>(value);
        keys.push_back(std::isnan(value) ? kNanKey : (bits & kSign) != 0 ? ~bits : bits | kSign);
      } else if constexpr (std::is_unsigned_v<T>) {
        keys.push_back(static_cast<uint64_t>(element));
      } else {
        keys.push_back(static_cast<uint64_t>(static_cast<int64_t>(element)) ^ kSign);
      }
    }
    return keys;
  });
}

// TopK

Result<std::optional<int64_t>> top_count(const Call& call) {
  if (call.opset() >= 10) return one_integer(call, 1);
  TAMIS_ASSIGN(const int64_t k, call.integer("k", -1));
  return std::optional(k);
}

Result<std::vector<Fact>> infer_top_k(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const std::optional<int64_t> k, top_count(call));
  std::vector<Fact> facts{{x->type, std::nullopt, std::nullopt},
                          {ElementType::int64, std::nullopt, std::nullopt}};
  if (!x->shape || !k) return facts;
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x->shape->size(), -1));
  Shape shape = *x->shape;
  if (*k < 0 || *k > shape[axis])
    return call.invalid("the " + std::to_string(*k) + " greatest of an axis of size " +
                        std::to_string(shape[axis]) + " cannot be taken");
  shape[axis] = *k;
  for (Fact& fact : facts) fact.shape = shape;
  return facts;
}

Result<std::vector<Array>> top_k(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape().size(), -1));
  TAMIS_ASSIGN(const int64_t largest, call.integer("largest", 1));
  NewBytes values(x.type(), *outputs[0].shape);
  NewArray<int64_t> indices(*outputs[0].shape);
  if (values.bytes().empty()) return std::vector{std::move(values).finish(), std::move(indices).finish()};
  std::vector<uint64_t> keys = order_keys(x);
  if (largest != 0) std::transform(keys.begin(), keys.end(), keys.begin(), std::bit_not<>());
  const Blocks blocks = blocks_of(x.shape(), axis);
  const int64_t size = x.shape()[axis];
  const int64_t k = (*outputs[0].shape)[axis];
  std::vector<int64_t> order(static_cast<size_t>(size));
  for (int64_t row = 0; row < blocks.outer * blocks.inner; ++row) {
    const int64_t outer = row / blocks.inner;
    const int64_t inner = row % blocks.inner;
    const auto place = [&](int64_t index) { return (outer * size + index) * blocks.inner + inner; };
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return keys[static_cast<size_t>(place(a))] < keys[static_cast<size_t>(place(b))];
    });
    for (int64_t i = 0; i < k; ++i) {
      const int64_t to = (outer * k + i) * blocks.inner + inner;
      const int64_t index = order[static_cast<size_t>(i)];
      values.copy(to, x, place(index));
      indices.values()[static_cast<size_t>(to)] = index;
    }
  }
  return std::vector{std::move(values).finish(), std::move(indices).finish()};
}

// ArgMax and ArgMin

Result<std::vector<Fact>> infer_arg(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const int64_t keep, call.integer("keepdims", 1));
  if (!x->shape) return one_fact(ElementType::int64, std::nullopt);
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x->shape->size(), 0));
  Shape shape = *x->shape;
  shape[axis] = 1;
  if ((*x->shape)[axis] == 0 && element_count(shape) != 0)
    return call.invalid("there is no greatest or least of nothing, since axis " + std::to_string(axis) +
                        " is of size 0");
  if (keep == 0) shape.erase(shape.begin() + static_cast<ptrdiff_t>(axis));
  return one_fact(ElementType::int64, std::move(shape));
}

/// What orders the elements of an ArgMax or ArgMin: the greatest key wins.
struct ArgKeys {
  std::vector<uint64_t> keys;
  bool fractions = false;  ///< kNanKey is NaN
};

/// For ArgMin the order is turned around, and NaN stays the greatest.
ArgKeys arg_keys(const Array& x, bool least) {
  ArgKeys result{order_keys(x), holds_fractions(x.type())};
  for (uint64_t& key : result.keys)
    if (least && !(result.fractions && key == kNanKey)) key = ~key;
  return result;
}

/// The elements of one row: `size` from `first` on, each `step` further.
struct ArgRow {
  int64_t first = 0;
  int64_t step = 1;
  int64_t size = 0;
};

/// The index in a row of the greatest, the first of several. NaN wins.
int64_t first_greatest(const ArgKeys& all, const ArgRow& row) {
  const auto key = [&](int64_t index) { return all.keys[static_cast<size_t>(row.first + index * row.step)]; };
  int64_t best = 0;
  for (int64_t index = 1; index < row.size; ++index)
    if (key(index) > key(best)) best = index;
  return best;
}

/// The last of several. NaN wins only where it comes first, as in onnxruntime.
int64_t last_greatest(const ArgKeys& all, const ArgRow& row) {
  const auto key = [&](int64_t index) { return all.keys[static_cast<size_t>(row.first + index * row.step)]; };
  const auto is_nan = [&](int64_t index) { return all.fractions && key(index) == kNanKey; };
  int64_t best = 0;
  for (int64_t index = 1; index < row.size; ++index)
    if (!is_nan(index) && !is_nan(best) && key(index) >= key(best)) best = index;
  return best;
}

template <bool least>
Result<std::vector<Array>> arg(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape().size(), 0));
  TAMIS_ASSIGN(const int64_t last_index, call.integer("select_last_index", 0));
  NewArray<int64_t> y(*outputs[0].shape);
  if (y.values().empty()) return std::vector{std::move(y).finish()};
  const ArgKeys keys = arg_keys(x, least);
  const Blocks blocks = blocks_of(x.shape(), axis);
  const int64_t size = x.shape()[axis];
  for (int64_t i = 0; i < blocks.outer * blocks.inner; ++i) {
    const ArgRow row{i / blocks.inner * size * blocks.inner + i % blocks.inner, blocks.inner, size};
    y.values()[static_cast<size_t>(i)] =
        last_index != 0 ? last_greatest(keys, row) : first_greatest(keys, row);
  }
  return std::vector{std::move(y).finish()};
}

// NonZero

Result<std::vector<Fact>> infer_non_zero(const Call& call) {
  TAMIS_TRY(call.input(0));
  return one_fact(ElementType::int64, std::nullopt);
}

Result<std::vector<Array>> non_zero(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  std::vector<std::vector<int64_t>> columns;
  std::vector<int64_t> at(x.shape().size(), 0);
  for (const double value : to_doubles(x)) {
    if (value != 0) columns.push_back(at);
    next_index(x.shape(), at, at.size());
  }
  NewArray<int64_t> y({static_cast<int64_t>(x.shape().size()), static_cast<int64_t>(columns.size())});
  for (size_t i = 0; i < columns.size(); ++i)
    for (size_t row = 0; row < at.size(); ++row) y.values()[row * columns.size() + i] = columns[i][row];
  return std::vector{std::move(y).finish()};
}

constexpr std::array kSelectOperators{
    OperatorDefinition{"ArgMax", infer_arg, arg<false>},
    OperatorDefinition{"ArgMin", infer_arg, arg<true>},
    OperatorDefinition{"NonZero", infer_non_zero, non_zero},
    OperatorDefinition{"TopK", infer_top_k, top_k},
};

}  // namespace

std::span<const OperatorDefinition> select_operators() { return kSelectOperators; }

}  // namespace tamis::network
