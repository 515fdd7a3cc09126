#include "network/kernels/generators.h"
#include "network/kernels/movement.h"
#include "network/kernels/values.h"
#include "network/operators/settings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tamis::network {
namespace {

using PlacesOf = std::span<const loop::Affine>;

/// An index of an axis as an int64: one below 0 counts from the end, and one outside is held to the nearest.
loop::Value index_along(const loop::Value& given, int64_t size) {
  const auto number = [](int64_t value) {
    return loop::Value::constant(static_cast<double>(value), loop::Element::int64);
  };
  const loop::Value wide = loop::Value::convert(given, loop::Element::int64);
  const loop::Value index = loop::Value::select(less(wide, number(0)), wide + number(size), wide);
  return maximum(minimum(index, number(size - 1)), number(0));
}

loop::Value times(const loop::Value& index, int64_t step) {
  return index * loop::Value::constant(static_cast<double>(step), loop::Element::int64);
}

loop::Value load_at_place(const Operand& operand, const loop::Value& place) {
  return loop::Value::load_at({operand.buffer, {loop::Affine(0)}}, 0, place, operand.element);
}

// GatherElements

/// Every index stands for the element that lies where the index lies, but for the axis.
Status gather_elements(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand indices, builder.input(call, 1));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape.size(), 0));
  if (y.elements() == 0) return {};
  Space space{{}, {0, 0, 0}};
  for (size_t i = 0; i < y.shape.size(); ++i)
    space.axes.push_back({y.shape[i], {y.steps[i], indices.steps[i], i == axis ? 0 : x.steps[i]}});
  builder.add(store_everywhere(
      space, y.buffer,
      [&](PlacesOf at) {
        const loop::Value index = index_along(load_of(indices, at[1]), x.shape[axis]);
        return load_at_place(x, times(index, x.steps[axis]) + loop::Value::position(at[2]));
      },
      builder.shape()));
  return {};
}

// GatherND and ScatterND: the last axis of the indices holds tuples, each of the first axes of x behind the
// batches.

struct Tuples {
  size_t batches = 0;
  size_t length = 0;
  int64_t step = 0;  ///< from one index of a tuple to the next
};

Tuples tuples_of(const Operand& indices, size_t batches) {
  return {batches, static_cast<size_t>(indices.shape.back()), indices.steps.back()};
}

/// Where the tuple at a place leads in x, as an integer.
loop::Value tuple_place(const Tuples& tuples, const Operand& indices, const Operand& x,
                        const loop::Affine& place) {
  loop::Value sum = loop::Value::constant(0, loop::Element::int64);
  for (size_t i = 0; i < tuples.length; ++i) {
    const size_t axis = tuples.batches + i;
    const loop::Affine at = place + loop::Affine(static_cast<int64_t>(i) * tuples.step);
    sum = sum + times(index_along(load_of(indices, at), x.shape[axis]), x.steps[axis]);
  }
  return sum;
}

/// The axes of what is indexed or of the updates, whose steps are `dense`: of each its own step, that of the
/// indices, and that of x where no tuple says it.
std::vector<Axis> tuple_axes(const Tuples& tuples, const Operand& dense, const Operand& indices,
                             const Operand& x) {
  const size_t of_indices = indices.shape.size() - 1;
  std::vector<Axis> axes;
  for (size_t i = 0; i < dense.shape.size(); ++i) {
    int64_t x_step = 0;
    if (i < tuples.batches) x_step = x.steps[i];
    if (i >= of_indices) x_step = x.steps[tuples.batches + tuples.length + i - of_indices];
    axes.push_back({dense.shape[i], {dense.steps[i], i < of_indices ? indices.steps[i] : 0, x_step}});
  }
  return axes;
}

Status gather_nd(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand indices, builder.input(call, 1));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const int64_t batches, call.integer("batch_dims", 0));
  if (y.elements() == 0) return {};
  const Tuples tuples = tuples_of(indices, static_cast<size_t>(batches));
  builder.add(store_everywhere(
      {tuple_axes(tuples, y, indices, x), {0, 0, 0}}, y.buffer,
      [&](PlacesOf at) {
        return load_at_place(x, tuple_place(tuples, indices, x, at[1]) + loop::Value::position(at[2]));
      },
      builder.shape()));
  return {};
}

// ScatterElements and ScatterND

/// What an update does; no function where it replaces.
struct Updated {
  loop::Value (*function)(const loop::Value& before, const loop::Value& update) = nullptr;
};

/// Errors: unsupported for bytes, which the IR does not add.
Result<Updated> update_rule(const Call& call, const Operand& x) {
  TAMIS_ASSIGN(const std::string word, call.text("reduction", "none"));
  if (word == "none") return Updated{};
  const bool is_small = loop::bytes(x.element) == 1;
  if (is_small)
    return without_generator(call,
                             call.node().type + " that puts " + loop::to_string(x.element) + " together");
  if (word == "add")
    return Updated{[](const loop::Value& before, const loop::Value& update) { return before + update; }};
  if (word == "mul")
    return Updated{[](const loop::Value& before, const loop::Value& update) { return before * update; }};
  // An update that is NaN wins, and so does one on NaN.
  if (word == "max")
    return Updated{[](const loop::Value& before, const loop::Value& update) {
      return loop::Value::select(less(update, before), before, update);
    }};
  return Updated{[](const loop::Value& before, const loop::Value& update) {
    return loop::Value::select(less(before, update), before, update);
  }};
}

/// The first input as a whole, as what is scattered to.
void copy_whole(KernelBuilder& builder, const Operand& x, const Operand& y) {
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < x.shape.size(); ++i) space.axes.push_back({x.shape[i], {y.steps[i], x.steps[i]}});
  add_copy(builder, space, y, x);
}

/// What is stored at a place of y: an update, or what it makes of the element there.
loop::Value update_of(Updated rule, const Operand& y, const loop::Value& place, const loop::Value& update) {
  return rule.function == nullptr ? update : rule.function(load_at_place(y, place), update);
}

/// Updates go in the order of the axis, the last one stays. Those side by side in other axes never meet, so
/// they are the lanes of vectors.
Status scatter_elements(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand indices, builder.input(call, 1));
  TAMIS_ASSIGN(const Operand updates, builder.input(call, 2));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape.size(), 0));
  TAMIS_ASSIGN(const Updated rule, update_rule(call, x));
  if (y.elements() == 0) return {};
  copy_whole(builder, x, y);
  if (updates.elements() == 0) return {};
  std::vector<Axis> axes;
  const auto add = [&](size_t i) {
    axes.push_back({updates.shape[i], {updates.steps[i], indices.steps[i], i == axis ? 0 : y.steps[i]}});
  };
  add(axis);
  for (size_t i = 0; i < updates.shape.size(); ++i)
    if (i != axis) add(i);
  const bool has_lanes = axes.size() > 1;
  builder.add(scatter_nest(
      {axes, {0, 0, 0}}, y.buffer,
      [&](PlacesOf at) {
        const loop::Value index = index_along(load_of(indices, at[1]), x.shape[axis]);
        const loop::Value place = times(index, y.steps[axis]) + loop::Value::position(at[2]);
        return Scattered{place, update_of(rule, y, place, load_of(updates, at[0]))};
      },
      has_lanes ? builder.shape().lanes : 1));
  return {};
}

Status scatter_nd(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand indices, builder.input(call, 1));
  TAMIS_ASSIGN(const Operand updates, builder.input(call, 2));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const Updated rule, update_rule(call, x));
  if (y.elements() == 0) return {};
  copy_whole(builder, x, y);
  if (updates.elements() == 0) return {};
  const Tuples tuples = tuples_of(indices, 0);
  // The elements of one update never meet.
  const bool has_lanes = updates.shape.size() >= indices.shape.size();
  builder.add(scatter_nest(
      {tuple_axes(tuples, updates, indices, y), {0, 0, 0}}, y.buffer,
      [&](PlacesOf at) {
        const loop::Value place = tuple_place(tuples, indices, y, at[1]) + loop::Value::position(at[2]);
        return Scattered{place, update_of(rule, y, place, load_of(updates, at[0]))};
      },
      has_lanes ? builder.shape().lanes : 1));
  return {};
}

constexpr std::array kIndexGenerators{
    Generator{"GatherElements", nullptr, gather_elements},
    Generator{"GatherND", nullptr, gather_nd},
    Generator{"Scatter", nullptr, scatter_elements},
    Generator{"ScatterElements", nullptr, scatter_elements},
    Generator{"ScatterND", nullptr, scatter_nd},
};

}  // namespace

std::span<const Generator> index_generators() { return kIndexGenerators; }

}  // namespace tamis::network
