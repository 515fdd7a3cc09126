#include "network/kernels/generators.h"
#include "network/kernels/movement.h"
#include "network/operators/interpolation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

// Every element so many times.

/// Along one axis every element so many times, one after the other; 0 where that is not what is taken.
int64_t repeats_of(const std::vector<int64_t>& indices, int64_t size) {
  const auto count = static_cast<int64_t>(indices.size());
  if (size == 0 || count % size != 0) return 0;
  const int64_t repeats = count / size;
  for (int64_t i = 0; i < count; ++i)
    if (indices[static_cast<size_t>(i)] != i / repeats) return 0;
  return repeats;
}

/// How often the elements of each axis are repeated by the mode `nearest`; nothing where not all alike.
std::optional<std::vector<int64_t>> all_repeats(const InterpolationRules& rules,
                                                const std::vector<ResizedAxis>& axes) {
  std::vector<int64_t> repeats;
  for (const ResizedAxis& axis : axes) {
    std::vector<int64_t> indices;
    for (int64_t place = 0; place < axis.to; ++place) {
      const Taps taps = taps_of(rules, axis, place);
      if (taps.outside) return std::nullopt;
      indices.push_back(taps.taps.front().index);
    }
    repeats.push_back(repeats_of(indices, axis.from));
    if (repeats.back() == 0) return std::nullopt;
  }
  return repeats;
}

void repeat(KernelBuilder& builder, const Operand& x, const Operand& y, const std::vector<int64_t>& repeats) {
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < repeats.size(); ++i) {
    space.axes.push_back({x.shape[i], {repeats[i] * y.steps[i], x.steps[i]}});
    space.axes.push_back({repeats[i], {y.steps[i], 0}});
  }
  add_copy(builder, space, y, x);
}

// Sums of elements by weights, one axis after the other.

/// Which elements along an axis make those of the output, and by which weights: for each in turn of several
/// taps, one number for each place of the output. The tables are written once, ahead of time.
struct TapTables {
  int64_t taps = 1;
  int64_t places = 1;
  std::string indices;
  std::string weights;  ///< none where only one element counts, as a whole
};

/// A table of the numbers, which are known.
std::string table_of_numbers(KernelBuilder& builder, const std::vector<double>& numbers, loop::Element type) {
  std::string table = builder.kept(static_cast<int64_t>(numbers.size()), type, When::once);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Space place{{{1, {1}}}, {static_cast<int64_t>(i)}};
    const auto number = [&](std::span<const loop::Affine>) {
      return loop::Value::constant(numbers[i], type);
    };
    builder.add(store_everywhere(place, table, number, {1, 1}), When::once);
  }
  return table;
}

/// Errors: unsupported for places outside of the input, which tf_crop_and_resize has.
Result<TapTables> tap_tables(const Call& call, KernelBuilder& builder, const InterpolationRules& rules,
                             const ResizedAxis& axis) {
  std::vector<Taps> all;
  TapTables tables;
  tables.places = axis.to;
  for (int64_t place = 0; place < axis.to; ++place) {
    all.push_back(taps_of(rules, axis, place));
    if (all.back().outside) return without_generator(call, call.node().type + " that reads outside");
    tables.taps = std::max(tables.taps, static_cast<int64_t>(all.back().taps.size()));
  }
  std::vector<double> indices;
  std::vector<double> weights;
  for (size_t tap = 0; tap < static_cast<size_t>(tables.taps); ++tap)
    for (const Taps& each : all) {
      const Tap one = tap < each.taps.size() ? each.taps[tap] : Tap{each.taps.front().index, 0};
      indices.push_back(static_cast<double>(one.index));
      weights.push_back(one.weight);
    }
  tables.indices = table_of_numbers(builder, indices, loop::Element::int32);
  if (rules.mode != Interpolation::nearest)
    tables.weights = table_of_numbers(builder, weights, loop::Element::float32);
  return tables;
}

/// A value while its axes are resized: where it lies, and its sizes so far.
struct Partial {
  std::string buffer;
  loop::Element element = loop::Element::float32;
  Shape shape;
  PhysicalOrder order;
  std::optional<size_t> next = std::nullopt;  ///< the axis that it is declared around
};

std::vector<int64_t> steps_in(const Shape& shape, const PhysicalOrder& order) {
  std::vector<int64_t> steps(shape.size(), 1);
  int64_t step = 1;
  for (size_t i = order.size(); i-- > 0;) {
    steps[order[i]] = step;
    step *= shape[order[i]];
  }
  return steps;
}

/// A value as three dimensions: what lies outside of an axis, the axis, and what lies inside.
std::vector<int64_t> around(const Shape& shape, const PhysicalOrder& order, size_t axis) {
  std::vector<int64_t> extents{1, shape[axis], 1};
  const auto place = std::find(order.begin(), order.end(), axis);
  for (auto each = order.begin(); each != order.end(); ++each)
    if (*each != axis) extents[each < place ? 0 : 2] *= shape[*each];
  return extents;
}

/// How far the next place of an axis lies in each of the three dimensions around an axis.
std::array<int64_t, 3> steps_around(const Partial& value, size_t around_axis, size_t axis) {
  if (axis == around_axis) return {0, 1, 0};
  const std::vector<int64_t> extents = around(value.shape, value.order, around_axis);
  const int64_t step = steps_in(value.shape, value.order)[axis];
  const auto place_of = [&](size_t i) { return std::find(value.order.begin(), value.order.end(), i); };
  if (place_of(axis) < place_of(around_axis)) return {step / (extents[1] * extents[2]), 0, 0};
  return {0, 0, step};
}

/// The nests that resize one axis. `from` is declared around it.
void resize_axis(KernelBuilder& builder, const Partial& from, const Partial& to, size_t axis,
                 const TapTables& tables) {
  const std::vector<int64_t> to_steps = steps_in(to.shape, to.order);
  // The operands are the result, what lies outside and inside of the axis, the place along it, and the three
  // dimensions of a result that is resized further.
  Space space{{}, std::vector<int64_t>(7, 0)};
  for (size_t i = 0; i < to.shape.size(); ++i) {
    const auto source = i == axis ? std::array<int64_t, 3>{} : steps_around(from, axis, i);
    const auto result = to.next ? steps_around(to, *to.next, i) : std::array<int64_t, 3>{};
    space.axes.push_back(
        {to.shape[i],
         {to_steps[i], source[0], source[2], i == axis ? 1 : 0, result[0], result[1], result[2]}});
  }
  const auto tap_at = [&](std::span<const loop::Affine> at, int64_t tap) {
    const loop::Affine place = at[3] + loop::Affine(tap * tables.places);
    const loop::Value index = loop::Value::load({tables.indices, {place}}, loop::Element::int32);
    const loop::Value element =
        loop::Value::load_at({from.buffer, {at[1], loop::Affine(0), at[2]}}, 1, index, from.element);
    return tables.weights.empty() ? element : element * loop::Value::load({tables.weights, {place}});
  };
  const auto value = [&](std::span<const loop::Affine> at) {
    loop::Value sum = tap_at(at, 0);
    for (int64_t tap = 1; tap < tables.taps; ++tap) sum = sum + tap_at(at, tap);
    return sum;
  };
  IndexAt index;
  if (to.next)
    index = [](std::span<const loop::Affine> at) { return std::vector<loop::Affine>{at[4], at[5], at[6]}; };
  builder.add(store_everywhere(space, to.buffer, value, builder.shape(), index));
}

/// The axes that change: those that shrink come first, so that no value between is larger than need be.
std::vector<size_t> changed_axes(const InterpolationRules& rules, const std::vector<ResizedAxis>& axes) {
  std::vector<size_t> changed;
  for (const bool shrinks : {true, false})
    for (size_t i = 0; i < axes.size(); ++i)
      if (!is_unchanged(rules, axes[i]) && (axes[i].to < axes[i].from) == shrinks) changed.push_back(i);
  return changed;
}

Status interpolate_axes(const Call& call, KernelBuilder& builder, const InterpolationRules& rules,
                        const std::vector<ResizedAxis>& axes) {
  constexpr int64_t kMostTaps = 64;
  const std::vector<size_t> changed = changed_axes(rules, axes);
  TAMIS_ASSIGN(const Shape shape, call.shape(0));
  TAMIS_ASSIGN(const PhysicalOrder order, builder.order_of(call.node().inputs[0]));
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0, around(shape, order, changed.front())));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (rules.mode != Interpolation::nearest && x.element != loop::Element::float32)
    return without_generator(call, call.node().type + " of " + loop::to_string(x.element) + " by weights");
  Partial from{x.buffer, x.element, x.shape, x.order};
  for (size_t i = 0; i < changed.size(); ++i) {
    const size_t axis = changed[i];
    TAMIS_ASSIGN(const TapTables tables, tap_tables(call, builder, rules, axes[axis]));
    if (tables.taps > kMostTaps) return without_generator(call, call.node().type + " by so small a factor");
    Partial to{y.buffer, y.element, from.shape, y.order};
    to.shape[axis] = axes[axis].to;
    if (i + 1 < changed.size()) {
      to.next = changed[i + 1];
      to.buffer = builder.workspace(around(to.shape, to.order, changed[i + 1]), to.element);
    }
    resize_axis(builder, from, to, axis, tables);
    from = std::move(to);
  }
  return {};
}

Status resize(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const InterpolationRules rules, interpolation_rules(call));
  TAMIS_ASSIGN(const Shape shape, call.shape(0));
  TAMIS_ASSIGN(const auto axes, resized_axes_of(call, shape));
  if (!axes) return without_generator(call, call.node().type + " to a size that is not known");
  TAMIS_ASSIGN(const Fact* result, builder.fact(call.node().outputs[0]));
  // An empty output is given all the same: steps behind it take it.
  if (element_count(*result->shape) == 0) {
    const auto y = builder.output(call, 0);
    return y.ok() ? Status() : y.error();
  }
  if (rules.mode == Interpolation::nearest || changed_axes(rules, *axes).empty()) {
    if (const auto repeats = all_repeats(rules, *axes)) {
      TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
      TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
      repeat(builder, x, y, *repeats);
      return {};
    }
  }
  return interpolate_axes(call, builder, rules, *axes);
}

constexpr std::array kResizeGenerators{
    Generator{"Resize", nullptr, resize},
    Generator{"Upsample", nullptr, resize},
};

}  // namespace

std::span<const Generator> resize_generators() { return kResizeGenerators; }

}  // namespace tamis::network
