#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/settings.h"
#include "network/operators/typing.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

Array transposed(const Array& x, const std::vector<size_t>& order) {
  const std::vector<int64_t> steps = safe_steps(x);
  Shape shape;
  for (const size_t from : order) shape.push_back(x.shape()[from]);
  return picked(x, shape, [&](size_t dimension, int64_t index) { return index * steps[order[dimension]]; });
}

// Transpose

Result<std::vector<size_t>> order_of(const Call& call, size_t rank) {
  TAMIS_ASSIGN(const auto given, call.integer_list("perm"));
  std::vector<size_t> order(rank);
  std::iota(order.rbegin(), order.rend(), 0);
  if (!given) return order;
  TAMIS_ASSIGN(order, distinct_axes(call, *given, rank));
  if (order.size() != rank)
    return call.invalid("perm has " + std::to_string(order.size()) + " axes, but the input has " +
                        std::to_string(rank));
  return order;
}

Result<std::vector<Fact>> infer_transpose(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (!x->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const std::vector<size_t> order, order_of(call, x->shape->size()));
  Shape shape;
  for (const size_t from : order) shape.push_back((*x->shape)[from]);
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> transpose(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::vector<size_t> order, order_of(call, x.shape().size()));
  return std::vector{transposed(x, order)};
}

// DepthToSpace and SpaceToDepth

Result<int64_t> block_size(const Call& call) {
  TAMIS_ASSIGN(const int64_t size, call.integer("blocksize", 0));
  if (size >= 1) return size;
  return call.invalid("attribute \"blocksize\" must be at least 1");
}

/// Whether a block's places come before the channels (DCR) or behind them (CRD).
Result<std::string> depth_mode(const Call& call) {
  TAMIS_ASSIGN(std::string mode, call.text("mode", "DCR"));
  if (mode == "DCR" || mode == "CRD") return mode;
  return call.invalid("mode \"" + mode + "\" is neither DCR nor CRD");
}

/// The shape with four dimensions. Errors: invalid_input for another.
Result<Shape> image_shape(const Call& call, const Shape& shape) {
  if (shape.size() == 4) return shape;
  return call.invalid("an input of shape " + to_string(shape) + " must have four dimensions");
}

Error not_in_blocks(const Call& call, const Shape& shape, int64_t block) {
  return call.invalid("an input of shape " + to_string(shape) + " does not divide into blocks of " +
                      std::to_string(block));
}

Result<std::vector<Fact>> infer_depth_to_space(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const int64_t block, block_size(call));
  TAMIS_TRY(depth_mode(call));
  if (!x->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(Shape shape, image_shape(call, *x->shape));
  TAMIS_ASSIGN(const int64_t area, product_of_sizes(call, block, block));
  if (shape[1] % area != 0) return not_in_blocks(call, shape, block);
  shape[1] /= area;
  TAMIS_ASSIGN(shape[2], product_of_sizes(call, shape[2], block));
  TAMIS_ASSIGN(shape[3], product_of_sizes(call, shape[3], block));
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> depth_to_space(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const int64_t b, call.integer("blocksize", 0));
  TAMIS_ASSIGN(const std::string mode, depth_mode(call));
  if (x.elements() == 0) return std::vector{x.reshaped(*outputs[0].shape)};
  const Shape& s = x.shape();
  const int64_t depth = (*outputs[0].shape)[1];
  const Array y = mode == "DCR" ? transposed(x.reshaped({s[0], b, b, depth, s[2], s[3]}), {0, 3, 4, 1, 5, 2})
                                : transposed(x.reshaped({s[0], depth, b, b, s[2], s[3]}), {0, 1, 4, 2, 5, 3});
  return std::vector{y.reshaped(*outputs[0].shape)};
}

Result<std::vector<Fact>> infer_space_to_depth(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const int64_t block, block_size(call));
  TAMIS_TRY(depth_mode(call));
  if (!x->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(Shape shape, image_shape(call, *x->shape));
  if (shape[2] % block != 0 || shape[3] % block != 0) return not_in_blocks(call, shape, block);
  TAMIS_ASSIGN(const int64_t area, product_of_sizes(call, block, block));
  TAMIS_ASSIGN(shape[1], product_of_sizes(call, shape[1], area));
  shape[2] /= block;
  shape[3] /= block;
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> space_to_depth(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const int64_t b, call.integer("blocksize", 0));
  if (x.elements() == 0) return std::vector{x.reshaped(*outputs[0].shape)};
  const Shape& s = x.shape();
  TAMIS_ASSIGN(const std::string mode, depth_mode(call));
  const Array y = transposed(
      x.reshaped({s[0], s[1], s[2] / b, b, s[3] / b, b}),
      mode == "DCR" ? std::vector<size_t>{0, 3, 5, 1, 2, 4} : std::vector<size_t>{0, 1, 3, 5, 2, 4});
  return std::vector{y.reshaped(*outputs[0].shape)};
}

// Expand and Tile

Result<std::vector<Fact>> infer_expand(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_TRY(call.input(1));
  TAMIS_ASSIGN(const Setting asked, setting(call, 1));
  if (!x->shape || asked.is_open()) return one_fact(x->type, std::nullopt);
  if (std::any_of(asked.values->begin(), asked.values->end(), [](int64_t size) { return size < 0; }))
    return call.invalid("a size of " + to_string(*asked.values) + " is negative");
  TAMIS_ASSIGN(Shape shape, broadcast(call, *x->shape, *asked.values));
  return one_fact(x->type, std::move(shape));
}

/// Repeats the input along every dimension as often as the output is longer; the input's first dimensions may
/// be missing.
Result<std::vector<Array>> repeat(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  const Shape& shape = *outputs[0].shape;
  const std::vector<int64_t> steps = safe_steps(x);
  const size_t missing = shape.size() - x.shape().size();
  return std::vector{picked(x, shape, [&](size_t dimension, int64_t index) {
    if (dimension < missing) return int64_t{0};
    return index % x.shape()[dimension - missing] * steps[dimension - missing];
  })};
}

Result<std::vector<Fact>> infer_tile(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_TRY(call.input(1));
  TAMIS_ASSIGN(const Setting repeats, setting(call, 1));
  if (!x->shape || repeats.is_open()) return one_fact(x->type, std::nullopt);
  Shape shape = *x->shape;
  if (repeats.values->size() != shape.size())
    return call.invalid("there are " + std::to_string(repeats.values->size()) +
                        " repeats for an input of shape " + to_string(shape));
  for (size_t i = 0; i < shape.size(); ++i) {
    if ((*repeats.values)[i] < 0) return call.invalid("a repeat is negative");
    TAMIS_ASSIGN(shape[i], product_of_sizes(call, shape[i], (*repeats.values)[i]));
  }
  return one_fact(x->type, std::move(shape));
}

// Trilu

Result<std::vector<Fact>> infer_trilu(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (x->shape && x->shape->size() < 2)
    return call.invalid("an input of shape " + to_string(*x->shape) + " has no matrices");
  return one_fact(x->type, x->shape);
}

Result<std::vector<Array>> trilu(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const int64_t upper, call.integer("upper", 1));
  int64_t k = 0;
  if (call.optional_input(1) != nullptr) {
    TAMIS_ASSIGN(const std::optional<int64_t> given, one_integer(call, 1));
    k = *given;
  }
  NewBytes y(x);
  const int64_t rows = x.shape()[x.shape().size() - 2];
  const int64_t columns = x.shape().back();
  for (int64_t i = 0; i < x.elements(); ++i) {
    const int64_t diagonal = i % columns - i / columns % rows;
    const bool keeps = upper != 0 ? diagonal >= k : diagonal <= k;
    if (!keeps)
      std::memset(y.bytes().data() + static_cast<size_t>(i) * y.element_bytes(), 0, y.element_bytes());
  }
  return std::vector{std::move(y).finish()};
}

// Where

Result<std::vector<Fact>> infer_where(const Call& call) {
  TAMIS_ASSIGN(const Fact* condition, call.input(0));
  TAMIS_ASSIGN(const Fact* x, call.input(1));
  TAMIS_ASSIGN(const Fact* y, call.input(2));
  if (condition->type != ElementType::boolean)
    return call.invalid("the condition must be boolean, not " + std::string(to_string(condition->type)));
  TAMIS_TRY(check_same_type(call, 2, 1));
  if (!condition->shape || !x->shape || !y->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(Shape shape, broadcast_inputs(call));
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> where(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array condition, call.value(0));
  TAMIS_ASSIGN(const Array if_true, call.value(1));
  TAMIS_ASSIGN(const Array if_false, call.value(2));
  const Shape& shape = *outputs[0].shape;
  NewBytes y(outputs[0].type, shape);
  if (y.bytes().empty()) return std::vector{std::move(y).finish()};
  const auto conditions = condition.values<bool>();
  BroadcastWalk walk(shape, {condition.shape(), if_true.shape(), if_false.shape()});
  const int64_t count = *element_count(shape);
  for (int64_t i = 0; i < count; ++i, walk.next()) {
    const size_t from = conditions[walk.at(0)] ? 1 : 2;
    y.copy(i, from == 1 ? if_true : if_false, static_cast<int64_t>(walk.at(from)));
  }
  return std::vector{std::move(y).finish()};
}

constexpr std::array kArrangeOperators{
    OperatorDefinition{"DepthToSpace", infer_depth_to_space, depth_to_space},
    OperatorDefinition{"Expand", infer_expand, repeat},
    OperatorDefinition{"SpaceToDepth", infer_space_to_depth, space_to_depth},
    OperatorDefinition{"Tile", infer_tile, repeat},
    OperatorDefinition{"Transpose", infer_transpose, transpose},
    OperatorDefinition{"Trilu", infer_trilu, trilu},
    OperatorDefinition{"Where", infer_where, where},
};

}  // namespace

std::span<const OperatorDefinition> arrange_operators() { return kArrangeOperators; }

}  // namespace tamis::network
