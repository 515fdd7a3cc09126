#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/settings.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

// Slice

/// What is taken along one dimension: `count` indices from `first` on, each `step` further.
struct Taken {
  int64_t first = 0;
  int64_t step = 1;
  int64_t count = 0;
};

/// The numbers of a Slice, one for each of its axes.
struct SliceNumbers {
  std::vector<int64_t> starts;
  std::vector<int64_t> ends;
  std::vector<int64_t> axes;
  std::vector<int64_t> steps;
};

Taken taken(int64_t start, int64_t end, int64_t step, int64_t size) {
  if (start < 0) start += size;
  if (end < 0) end += size;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, size);
    end = std::clamp<int64_t>(end, 0, size);
  } else {
    start = std::clamp<int64_t>(start, 0, std::max<int64_t>(size - 1, 0));
    end = std::clamp<int64_t>(end, -1, size - 1);
  }
  const int64_t way = size == 0 ? 0 : step > 0 ? end - start : start - end;
  if (way <= 0) return {0, 1, 0};
  const uint64_t length = step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
  const auto count = static_cast<int64_t>((static_cast<uint64_t>(way) - 1) / length + 1);
  return {start, count == 1 ? 1 : step, count};
}

/// Nothing where numbers are only known when the network runs.
Result<std::optional<SliceNumbers>> slice_numbers(const Call& call) {
  constexpr int64_t kInputsSince = 10;
  TAMIS_ASSIGN(const Setting starts, setting(call, "starts", kInputsSince, 1));
  TAMIS_ASSIGN(const Setting ends, setting(call, "ends", kInputsSince, 2));
  TAMIS_ASSIGN(const Setting axes, setting(call, "axes", kInputsSince, 3));
  TAMIS_ASSIGN(const Setting steps, setting(call, 4));
  if (!starts.given || !ends.given) return call.invalid("starts or ends are missing");
  if (starts.is_open() || ends.is_open() || axes.is_open() || steps.is_open())
    return std::optional<SliceNumbers>();
  SliceNumbers numbers{*starts.values, *ends.values, {}, {}};
  const size_t count = numbers.starts.size();
  numbers.axes.resize(count);
  std::iota(numbers.axes.begin(), numbers.axes.end(), 0);
  if (axes.given) numbers.axes = *axes.values;
  numbers.steps = steps.values.value_or(std::vector<int64_t>(count, 1));
  if (numbers.ends.size() != count || numbers.axes.size() != count || numbers.steps.size() != count)
    return call.invalid("starts, ends, axes and steps are not of the same number");
  return std::optional(std::move(numbers));
}

Result<std::vector<Taken>> taken_of(const Call& call, const SliceNumbers& numbers, const Shape& x) {
  std::vector<Taken> all;
  for (const int64_t size : x) all.push_back({0, 1, size});
  TAMIS_ASSIGN(const std::vector<size_t> axes, distinct_axes(call, numbers.axes, x.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    if (numbers.steps[i] == 0) return call.invalid("a step of 0 leads nowhere");
    all[axes[i]] = taken(numbers.starts[i], numbers.ends[i], numbers.steps[i], x[axes[i]]);
  }
  return all;
}

Result<std::vector<Fact>> infer_slice(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const std::optional<SliceNumbers> numbers, slice_numbers(call));
  if (!x->shape || !numbers) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const std::vector<Taken> all, taken_of(call, *numbers, *x->shape));
  Shape shape;
  for (const Taken& each : all) shape.push_back(each.count);
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> slice(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::optional<SliceNumbers> numbers, slice_numbers(call));
  TAMIS_ASSIGN(const std::vector<Taken> all, taken_of(call, *numbers, x.shape()));
  const std::vector<int64_t> steps = safe_steps(x);
  return std::vector{picked(x, *outputs[0].shape, [&](size_t dimension, int64_t index) {
    return (all[dimension].first + index * all[dimension].step) * steps[dimension];
  })};
}

// Compress

/// Which indices are kept, of `size` that there are; those beyond the condition are not.
std::vector<int64_t> kept(const Array& condition, int64_t size) {
  std::vector<int64_t> indices;
  const auto keeps = condition.values<bool>();
  const int64_t last = std::min(size, static_cast<int64_t>(keeps.size()));
  for (int64_t i = 0; i < last; ++i)
    if (keeps[static_cast<size_t>(i)]) indices.push_back(i);
  return indices;
}

Result<std::vector<Fact>> infer_compress(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* condition, call.input(1));
  if (condition->type != ElementType::boolean)
    return call.invalid("the condition must be boolean, not " + std::string(to_string(condition->type)));
  if (!x->shape || !condition->value) return one_fact(x->type, std::nullopt);
  Shape shape = *x->shape;
  size_t axis = 0;
  if (call.attribute("axis") != nullptr) {
    TAMIS_ASSIGN(axis, axis_attribute(call, shape.size(), std::nullopt));
  } else if (const auto count = element_count(shape)) {
    shape = {*count};
  } else {
    return call.invalid("an input of shape " + to_string(shape) + " is more than any network holds");
  }
  shape[axis] = static_cast<int64_t>(kept(*condition->value, shape[axis]).size());
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Array>> compress(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(Array x, call.value(0));
  TAMIS_ASSIGN(const Array condition, call.value(1));
  size_t axis = 0;
  if (call.attribute("axis") != nullptr) {
    TAMIS_ASSIGN(axis, axis_attribute(call, x.shape().size(), std::nullopt));
  } else {
    x = x.reshaped({x.elements()});
  }
  const std::vector<int64_t> indices = kept(condition, x.shape()[axis]);
  const std::vector<int64_t> steps = safe_steps(x);
  return std::vector{picked(x, *outputs[0].shape, [&](size_t dimension, int64_t index) {
    return (dimension == axis ? indices[static_cast<size_t>(index)] : index) * steps[dimension];
  })};
}

// ReverseSequence

struct SequenceAxes {
  size_t batch = 1;
  size_t time = 0;
};

Result<SequenceAxes> sequence_axes(const Call& call) {
  TAMIS_ASSIGN(const int64_t batch, call.integer("batch_axis", 1));
  TAMIS_ASSIGN(const int64_t time, call.integer("time_axis", 0));
  if ((batch == 0 && time == 1) || (batch == 1 && time == 0))
    return SequenceAxes{static_cast<size_t>(batch), static_cast<size_t>(time)};
  return call.invalid("batch_axis and time_axis must be 0 and 1, not " + std::to_string(batch) + " and " +
                      std::to_string(time));
}

Result<std::vector<Fact>> infer_reverse_sequence(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* lengths, call.input(1));
  TAMIS_ASSIGN(const SequenceAxes axes, sequence_axes(call));
  if (!x->shape || !lengths->shape) return one_fact(x->type, x->shape);
  if (x->shape->size() < 2 || *lengths->shape != Shape{(*x->shape)[axes.batch]})
    return call.invalid("lengths of shape " + to_string(*lengths->shape) + " are not one for each batch of " +
                        to_string(*x->shape));
  return one_fact(x->type, x->shape);
}

Result<std::vector<Array>> reverse_sequence(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::vector<int64_t> lengths, call.integers(1));
  TAMIS_ASSIGN(const SequenceAxes axes, sequence_axes(call));
  NewBytes y(x);
  if (y.bytes().empty()) return std::vector{std::move(y).finish()};
  const std::vector<int64_t> steps = safe_steps(x);
  for (size_t batch = 0; batch < lengths.size(); ++batch) {
    const int64_t length = lengths[batch];
    if (length < 0 || length > x.shape()[axes.time])
      return call.invalid("a length of " + std::to_string(length) + " is not within a time of " +
                          std::to_string(x.shape()[axes.time]));
    const int64_t begin = static_cast<int64_t>(batch) * steps[axes.batch];
    for (int64_t t = 0; t < length; ++t)
      y.copy(begin + t * steps[axes.time], x, begin + (length - 1 - t) * steps[axes.time], steps[1]);
  }
  return std::vector{std::move(y).finish()};
}

constexpr std::array kSliceOperators{
    OperatorDefinition{"Compress", infer_compress, compress},
    OperatorDefinition{"ReverseSequence", infer_reverse_sequence, reverse_sequence},
    OperatorDefinition{"Slice", infer_slice, slice},
};

}  // namespace

std::span<const OperatorDefinition> slice_operators() { return kSliceOperators; }

}  // namespace tamis::network
