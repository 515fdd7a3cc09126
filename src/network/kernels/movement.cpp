#include "network/kernels/movement.h"

#include "network/kernels/generators.h"
#include "network/operators/settings.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// The input and the output of a node that moves elements.
struct Pair {
  Operand x;
  Operand y;
};

Result<Pair> pair_of(const Call& call, KernelBuilder& builder) {
  Pair pair;
  TAMIS_ASSIGN(pair.x, builder.input(call, 0));
  TAMIS_ASSIGN(pair.y, builder.output(call, 0));
  return pair;
}

Status transpose(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Pair pair, pair_of(call, builder));
  const size_t rank = pair.x.shape.size();
  std::vector<int64_t> order(rank);
  std::iota(order.rbegin(), order.rend(), 0);
  TAMIS_ASSIGN(const auto given, call.integer_list("perm"));
  if (given) order = *given;
  TAMIS_ASSIGN(const std::vector<size_t> from, distinct_axes(call, order, rank));
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < rank; ++i)
    space.axes.push_back({pair.y.shape[i], {pair.y.steps[i], pair.x.steps[from[i]]}});
  add_copy(builder, space, pair.y, pair.x);
  return {};
}

/// The places of `part`, a piece of `whole` that begins at `begin` along an axis. `part_leads`: it is
/// written.
Space piece(const Operand& part, const Operand& whole, size_t axis, int64_t begin, bool part_leads) {
  Space space{{}, {0, begin * whole.steps[axis]}};
  for (size_t i = 0; i < part.shape.size(); ++i)
    space.axes.push_back({part.shape[i], {part.steps[i], whole.steps[i]}});
  if (part_leads) return space;
  std::swap(space.offsets[0], space.offsets[1]);
  for (Axis& each : space.axes) std::swap(each.steps[0], each.steps[1]);
  return space;
}

Status concat(const Call& call, KernelBuilder& builder) {
  std::vector<Operand> parts;
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(Operand part, builder.input(call, i));
    parts.push_back(std::move(part));
  }
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, y.shape.size(), std::nullopt));
  int64_t begin = 0;
  for (const Operand& part : parts) {
    add_copy(builder, piece(part, y, axis, begin, false), y, part);
    begin += part.shape[axis];
  }
  return {};
}

Status split(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape.size(), 0));
  std::vector<int64_t> sizes;
  const Setting given = setting(call, "split", 13, 1).ok() ? *setting(call, "split", 13, 1) : Setting{};
  if (given.values) sizes = *given.values;
  // As the text has it: of equal size, the last one smaller.
  const auto outputs = static_cast<int64_t>(call.outputs());
  if (!given.given) sizes.assign(call.outputs(), (x.shape[axis] + outputs - 1) / outputs);
  int64_t begin = 0;
  for (size_t i = 0; i < call.outputs(); ++i) {
    if (call.wants(i)) {
      TAMIS_ASSIGN(const Operand part, builder.output(call, i));
      add_copy(builder, piece(part, x, axis, begin, true), part, x);
    }
    begin += sizes[i];
  }
  return {};
}

/// Indices of a step that stays the same; the first and the step, or nothing.
std::optional<std::pair<int64_t, int64_t>> steady(const std::vector<int64_t>& indices) {
  const int64_t step = indices.size() < 2 ? 1 : indices[1] - indices[0];
  for (size_t i = 1; i < indices.size(); ++i)
    if (indices[i] - indices[i - 1] != step) return std::nullopt;
  return std::pair(indices.empty() ? 0 : indices[0], step);
}

Status slice(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Pair pair, pair_of(call, builder));
  if (pair.y.elements() == 0) return {};
  TAMIS_ASSIGN(const auto indices, taken_indices(call));
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < indices.size(); ++i) {
    const auto taken = steady(indices[i]);
    if (!taken) return without_generator(call);
    space.axes.push_back({pair.y.shape[i], {pair.y.steps[i], taken->second * pair.x.steps[i]}});
    space.offsets[1] += taken->first * pair.x.steps[i];
  }
  add_copy(builder, space, pair.y, pair.x);
  return {};
}

Status expand(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Pair pair, pair_of(call, builder));
  const std::vector<int64_t> steps = broadcast_steps(pair.x, pair.y.shape.size());
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < steps.size(); ++i)
    space.axes.push_back({pair.y.shape[i], {pair.y.steps[i], steps[i]}});
  add_copy(builder, space, pair.y, pair.x);
  return {};
}

Status tile(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Pair pair, pair_of(call, builder));
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < pair.x.shape.size(); ++i) {
    const int64_t size = pair.x.shape[i];
    if (size == 0) return {};
    space.axes.push_back({pair.y.shape[i] / size, {size * pair.y.steps[i], 0}});
    space.axes.push_back({size, {pair.y.steps[i], pair.x.steps[i]}});
  }
  add_copy(builder, space, pair.y, pair.x);
  return {};
}

/// DepthToSpace, and SpaceToDepth, which is the same the other way around. `deep` has more channels.
Status between_depth_and_space(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Pair pair, pair_of(call, builder));
  TAMIS_ASSIGN(const int64_t block, call.integer("blocksize", 1));
  TAMIS_ASSIGN(const std::string mode, call.text("mode", "DCR"));
  const bool to_space = call.node().type == "DepthToSpace";
  const Operand& deep = to_space ? pair.x : pair.y;
  const Operand& wide = to_space ? pair.y : pair.x;
  const int64_t depth = wide.shape[1];
  const bool depth_last = mode == "DCR";
  const int64_t of_column = deep.steps[1] * (depth_last ? depth : 1);
  const int64_t of_depth = deep.steps[1] * (depth_last ? 1 : block * block);
  // Steps of the wide one first.
  Space space{{{deep.shape[0], {wide.steps[0], deep.steps[0]}},
               {block, {wide.steps[2], block * of_column}},
               {block, {wide.steps[3], of_column}},
               {depth, {wide.steps[1], of_depth}},
               {deep.shape[2], {wide.steps[2] * block, deep.steps[2]}},
               {deep.shape[3], {wide.steps[3] * block, deep.steps[3]}}},
              {0, 0}};
  if (!to_space)
    for (Axis& axis : space.axes) std::swap(axis.steps[0], axis.steps[1]);
  add_copy(builder, space, pair.y, pair.x);
  return {};
}

/// The axes that both shapes of as many elements divide into, innermost first; nothing where they have none
/// in common.
std::optional<std::vector<Axis>> common_axes(const Pair& pair) {
  const auto without_ones = [](const Operand& operand) {
    std::vector<std::pair<int64_t, int64_t>> left;  // size and step
    for (size_t i = operand.shape.size(); i-- > 0;)
      if (operand.shape[i] != 1) left.emplace_back(operand.shape[i], operand.steps[i]);
    return left;
  };
  auto x = without_ones(pair.x);
  auto y = without_ones(pair.y);
  std::vector<Axis> axes;
  size_t i = 0;
  size_t j = 0;
  while (i < x.size() && j < y.size()) {
    auto& [x_size, x_step] = x[i];
    auto& [y_size, y_step] = y[j];
    const int64_t common = std::min(x_size, y_size);
    if (x_size % common != 0 || y_size % common != 0) return std::nullopt;
    axes.push_back({common, {y_step, x_step}});
    x_step *= common;
    y_step *= common;
    if ((x_size /= common) == 1) ++i;
    if ((y_size /= common) == 1) ++j;
  }
  return axes;
}

bool is_row_major(const Operand& operand) {
  return std::is_sorted(operand.order.begin(), operand.order.end());
}

/// Reshape, Flatten, Squeeze and Unsqueeze: the same elements in the same order of the shapes.
Status reshape(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Pair pair, pair_of(call, builder));
  if (pair.y.elements() == 0) return {};
  if (is_row_major(pair.x) && is_row_major(pair.y)) {
    add_copy(builder, {{{pair.y.elements(), {1, 1}}}, {0, 0}}, pair.y, pair.x);
    return {};
  }
  std::optional<std::vector<Axis>> axes = common_axes(pair);
  if (!axes)
    return without_generator(call, call.node().type + " from " + to_string(pair.x.shape) + " to " +
                                       to_string(pair.y.shape) + " where one does not lie row-major");
  add_copy(builder, {std::move(*axes), {0, 0}}, pair.y, pair.x);
  return {};
}

// Pad.

/// A part of an axis of the output: where it is in the input, or that it is padding.
struct PadPart {
  int64_t first = 0;
  int64_t places = 0;
  int64_t from = 0;
  int64_t step = 1;
  bool constant = false;
};

/// What surrounds the elements [crop, crop + left) of an axis, of which the first comes to the place
/// `before`.
std::vector<PadPart> pad_parts(const std::string& mode, int64_t crop, int64_t left, int64_t before,
                               int64_t size) {
  std::vector<PadPart> parts;
  const auto add = [&](int64_t first, int64_t end, int64_t from, int64_t step) {
    first = std::max<int64_t>(first, 0);
    end = std::min(end, size);
    if (first < end) parts.push_back({first, end - first, from + step * first, step, false});
  };
  const bool constant = mode == "constant";
  const int64_t behind = before + left;
  const auto pad = [&](int64_t first, int64_t end, int64_t from, int64_t step) {
    add(first, end, from, step);
    if (constant && !parts.empty() && parts.back().first == std::max<int64_t>(first, 0))
      parts.back().constant = true;
  };
  // Sources as functions of the place: of a mirror at the first and at the last element, or always these.
  const bool mirrors = mode == "reflect";
  if (before > 0) pad(0, before, mirrors ? crop + before : crop, mirrors ? -1 : 0);
  add(before, behind, crop - before, 1);
  if (behind < size)
    pad(behind, size, mirrors ? crop + 2 * (left - 1) + before : crop + left - 1, mirrors ? -1 : 0);
  return parts;
}

/// The value of the mode `constant`.
Result<loop::Value> pad_value(const Call& call, KernelBuilder& builder, const Operand& x) {
  constexpr int64_t kIsInputSince = 11;
  if (call.opset() < kIsInputSince) {
    TAMIS_ASSIGN(const double value, call.number("value", 0));
    return loop::Value::constant(value, x.element);
  }
  if (call.optional_input(2) == nullptr) return loop::Value::constant(0, x.element);
  TAMIS_ASSIGN(const Operand value, builder.input(call, 2));
  return value.elements() == 0 ? loop::Value::constant(0, x.element) : load_of(value, 0);
}

Result<std::vector<std::vector<PadPart>>> all_pad_parts(const Call& call, const Pair& pair,
                                                        const std::string& mode) {
  TAMIS_ASSIGN(const Setting pads, setting(call, "pads", 11, 1));
  TAMIS_ASSIGN(const Setting given, setting(call, 3));
  if (!pads.values || given.is_open()) return without_generator(call, "Pad by what is not known");
  const size_t rank = pair.x.shape.size();
  std::vector<int64_t> all(rank);
  std::iota(all.begin(), all.end(), 0);
  TAMIS_ASSIGN(const std::vector<size_t> axes, distinct_axes(call, given.values.value_or(all), rank));
  std::vector<std::vector<PadPart>> parts;
  for (size_t i = 0; i < rank; ++i) parts.push_back({{0, pair.y.shape[i], 0, 1, false}});
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = axes[i];
    const int64_t begin = (*pads.values)[i];
    const int64_t end = (*pads.values)[i + axes.size()];
    const int64_t size = pair.x.shape[axis];
    if (mode == "constant") {
      parts[axis] = pad_parts(mode, 0, size, begin, pair.y.shape[axis]);
    } else {
      const int64_t crop = -std::min<int64_t>(begin, 0);
      parts[axis] = pad_parts(mode, crop, size - crop + std::min<int64_t>(end, 0),
                              std::max<int64_t>(begin, 0), pair.y.shape[axis]);
    }
  }
  return parts;
}

Status pad(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const std::string mode, call.text("mode", "constant"));
  if (mode == "wrap") return without_generator(call, "Pad that wraps");
  TAMIS_ASSIGN(const Pair pair, pair_of(call, builder));
  if (pair.y.elements() == 0) return {};
  TAMIS_ASSIGN(const auto parts, all_pad_parts(call, pair, mode));
  loop::Value filling = loop::Value::constant(0, pair.x.element);
  if (mode == "constant") {
    TAMIS_ASSIGN(filling, pad_value(call, builder, pair.x));
  }
  Shape counts;
  for (const auto& axis : parts) counts.push_back(static_cast<int64_t>(axis.size()));
  const int64_t all = *element_count(counts);
  for (int64_t number = 0; number < all; ++number) {
    Space space{{}, {0, 0}};
    bool fills = false;
    int64_t rest = number;
    for (size_t i = 0; i < parts.size(); ++i) {
      const PadPart& part = parts[i][static_cast<size_t>(rest % counts[i])];
      rest /= counts[i];
      fills = fills || part.constant;
      space.axes.push_back({part.places, {pair.y.steps[i], part.step * pair.x.steps[i]}});
      space.offsets[0] += part.first * pair.y.steps[i];
      space.offsets[1] += part.from * pair.x.steps[i];
    }
    if (!fills) {
      add_copy(builder, space, pair.y, pair.x);
      continue;
    }
    for (Axis& axis : space.axes) axis.steps[1] = 0;
    builder.add(store_everywhere(
        space, pair.y.buffer, [&](std::span<const loop::Affine>) { return filling; }, builder.shape()));
  }
  return {};
}

constexpr std::array kMovementGenerators{
    Generator{"Concat", nullptr, concat},     Generator{"DepthToSpace", nullptr, between_depth_and_space},
    Generator{"Expand", nullptr, expand},     Generator{"Flatten", nullptr, reshape},
    Generator{"Pad", nullptr, pad},           Generator{"Reshape", nullptr, reshape},
    Generator{"Slice", nullptr, slice},       Generator{"SpaceToDepth", nullptr, between_depth_and_space},
    Generator{"Split", nullptr, split},       Generator{"Squeeze", nullptr, reshape},
    Generator{"Tile", nullptr, tile},         Generator{"Transpose", nullptr, transpose},
    Generator{"Unsqueeze", nullptr, reshape},
};

}  // namespace

void add_copy(KernelBuilder& builder, const Space& space, const Operand& to, const Operand& from) {
  builder.add(store_everywhere(
      space, to.buffer, [&](std::span<const loop::Affine> places) { return load_of(from, places[1]); },
      builder.shape()));
}

Result<std::vector<std::vector<int64_t>>> taken_indices(const Call& call) {
  TAMIS_ASSIGN(const Shape shape, call.shape(0));
  NewArray<int64_t> places(shape);
  std::iota(places.values().begin(), places.values().end(), int64_t{0});
  const Fact counted = Fact::of(std::move(places).finish());
  std::vector<const Fact*> inputs;
  for (size_t i = 0; i < call.inputs(); ++i) inputs.push_back(i == 0 ? &counted : call.optional_input(i));
  TAMIS_ASSIGN(const std::vector<Fact> outputs,
               outputs_of(Call(call.node(), inputs), std::numeric_limits<int64_t>::max()));
  if (!outputs[0].value) return without_generator(call, call.node().type + " by what is not known");
  const Array& taken = *outputs[0].value;
  const std::vector<int64_t> x_steps = row_major_steps(shape);
  const std::vector<int64_t> y_steps = row_major_steps(taken.shape());
  std::vector<std::vector<int64_t>> indices(shape.size());
  for (size_t axis = 0; axis < shape.size(); ++axis)
    for (int64_t i = 0; i < taken.shape()[axis]; ++i) {
      const int64_t place = taken.values<int64_t>()[static_cast<size_t>(i * y_steps[axis])];
      indices[axis].push_back(place / x_steps[axis] % shape[axis]);
    }
  return indices;
}

std::span<const Generator> movement_generators() { return kMovementGenerators; }

}  // namespace tamis::network
