#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/settings.h"
#include "network/operators/typing.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

// Concat

/// Adds what `next` has along the axis to `all`.
Status append(const Call& call, Shape& all, const Shape& next, size_t axis) {
  const std::string shapes = "shapes " + to_string(all) + " and " + to_string(next);
  bool fit = all.size() == next.size();
  for (size_t i = 0; i < all.size() && fit; ++i) fit = i == axis || all[i] == next[i];
  if (!fit) return call.invalid(shapes + " cannot be joined at axis " + std::to_string(axis));
  TAMIS_ASSIGN(all[axis], sum_of_sizes(call, all[axis], next[axis]));
  return {};
}

Result<std::vector<Fact>> infer_concat(const Call& call) {
  TAMIS_ASSIGN(const Fact* first, call.input(0));
  bool all_known = true;
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Fact* x, call.input(i));
    TAMIS_TRY(check_same_type(call, i, 0));
    all_known = all_known && x->shape;
  }
  if (!all_known) return one_fact(first->type, std::nullopt);
  Shape shape = *first->shape;
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, shape.size(), std::nullopt));
  for (size_t i = 1; i < call.inputs(); ++i)
    TAMIS_TRY(append(call, shape, *call.optional_input(i)->shape, axis));
  return one_fact(first->type, std::move(shape));
}

Result<std::vector<Array>> concat(const Call& call, const std::vector<Fact>& outputs) {
  const Shape shape = *outputs[0].shape;
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, shape.size(), std::nullopt));
  NewBytes y(outputs[0].type, shape);
  if (y.bytes().empty()) return std::vector{std::move(y).finish()};
  const Blocks blocks = blocks_of(shape, axis);
  int64_t before = 0;
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Array x, call.value(i));
    const int64_t run = x.shape()[axis] * blocks.inner;
    for (int64_t outer = 0; outer < blocks.outer; ++outer)
      y.copy(outer * shape[axis] * blocks.inner + before, x, outer * run, run);
    before += run;
  }
  return std::vector{std::move(y).finish()};
}

// Split

Result<std::vector<int64_t>> equal_parts(const Call& call, int64_t size) {
  const auto parts = static_cast<int64_t>(call.outputs());
  if (parts > 0 && size % parts == 0) return std::vector<int64_t>(call.outputs(), size / parts);
  return call.invalid("a size of " + std::to_string(size) + " does not split into " + std::to_string(parts) +
                      " equal parts; give their sizes");
}

/// Parts of the same size, rounded up, and a last one of the rest, which must not be empty: 7 in 3 are 3, 3
/// and 1; 5 in 4 are refused, as by runtimes.
Result<std::vector<int64_t>> nearly_equal_parts(const Call& call, int64_t size) {
  TAMIS_ASSIGN(const int64_t parts, call.integer("num_outputs", 0));
  if (parts != static_cast<int64_t>(call.outputs()) || parts < 1)
    return call.invalid("num_outputs is " + std::to_string(parts) + ", but the node has " +
                        std::to_string(call.outputs()) + " outputs");
  const int64_t part = size / parts + (size % parts == 0 ? 0 : 1);
  int64_t last = 0;
  if (__builtin_mul_overflow(part, parts - 1, &last) || last > size ||
      (last == size && size > 0 && parts > 1))
    return call.invalid("a size of " + std::to_string(size) + " does not split into " +
                        std::to_string(parts) + " parts of " + std::to_string(part) + " and a rest");
  std::vector<int64_t> sizes(call.outputs(), part);
  sizes.back() = size - last;
  return sizes;
}

/// The sizes that the node gives must be those of all outputs.
Status check_parts(const Call& call, const std::vector<int64_t>& sizes, int64_t size) {
  int64_t sum = 0;
  bool fit = sizes.size() == call.outputs();
  for (const int64_t part : sizes) fit = fit && part >= 0 && !__builtin_add_overflow(sum, part, &sum);
  if (fit && sum == size) return {};
  return call.invalid("parts of " + to_string(sizes) + " are not " + std::to_string(call.outputs()) +
                      " that make up a size of " + std::to_string(size));
}

Result<std::vector<int64_t>> parts_of(const Call& call, const Setting& given, int64_t size) {
  if (given.given) {
    TAMIS_TRY(check_parts(call, *given.values, size));
    return *given.values;
  }
  if (call.opset() < 18) return equal_parts(call, size);
  if (call.attribute("num_outputs") == nullptr)
    return call.invalid("neither input 1 (split) nor attribute \"num_outputs\" is given");
  return nearly_equal_parts(call, size);
}

Result<std::vector<Fact>> infer_split(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Setting given, setting(call, "split", 13, 1));
  if (given.given && call.opset() >= 18 && call.attribute("num_outputs") != nullptr)
    return call.invalid("input 1 (split) and attribute \"num_outputs\" are both given");
  std::vector<Fact> facts(call.outputs(), Fact{x->type, std::nullopt, std::nullopt});
  if (!x->shape || given.is_open()) return facts;
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x->shape->size(), 0));
  TAMIS_ASSIGN(const std::vector<int64_t> parts, parts_of(call, given, (*x->shape)[axis]));
  for (size_t i = 0; i < facts.size(); ++i) {
    facts[i].shape = x->shape;
    (*facts[i].shape)[axis] = parts[i];
  }
  return facts;
}

Result<std::vector<Array>> split(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape().size(), 0));
  int64_t before = 0;
  std::vector<Array> parts;
  const std::vector<int64_t> steps = safe_steps(x);
  for (const Fact& output : outputs) {
    parts.push_back(picked(x, *output.shape, [&](size_t dimension, int64_t index) {
      return (index + (dimension == axis ? before : 0)) * steps[dimension];
    }));
    before += (*output.shape)[axis];
  }
  return parts;
}

constexpr std::array kJoinOperators{
    OperatorDefinition{"Concat", infer_concat, concat},
    OperatorDefinition{"Split", infer_split, split},
};

}  // namespace

std::span<const OperatorDefinition> join_operators() { return kJoinOperators; }

}  // namespace tamis::network
