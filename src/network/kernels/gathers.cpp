#include "network/kernels/generators.h"
#include "network/kernels/values.h"
#include "network/operators/settings.h"

#include <array>
#include <utility>

namespace tamis::network {
namespace {

/// How the input of a Gather is seen: its dimensions in memory, of which one is gathered along. Neighbours
/// before and behind it are one where all lie row-major.
struct Table {
  std::vector<int64_t> extents;
  std::vector<std::vector<int64_t>> steps;  ///< of each dimension, along each axis of the input
  size_t gathered = 0;
};

Table table_of(const Shape& shape, const PhysicalOrder& order, size_t axis) {
  Table table;
  const bool row_major = std::is_sorted(order.begin(), order.end());
  for (const size_t each : order) {
    const bool apart = table.extents.empty() || !row_major || each == axis || each == axis + 1;
    if (apart) {
      if (each == axis) table.gathered = table.extents.size();
      table.extents.push_back(1);
      table.steps.emplace_back(shape.size(), 0);
    }
    for (int64_t& step : table.steps.back()) step *= shape[each];
    table.steps.back()[each] = 1;
    table.extents.back() *= shape[each];
  }
  return table;
}

/// Indices from the end are negative. Those that lie outside are held to the nearest place.
Status gather(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Fact* data, call.input(0));
  if (!data->shape) return without_generator(call, "Gather of a shape that is not known");
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, data->shape->size(), 0));
  TAMIS_ASSIGN(const PhysicalOrder order, builder.order_of(call.node().inputs[0]));
  const Table table = table_of(*data->shape, order, axis);
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0, table.extents));
  TAMIS_ASSIGN(const Operand indices, builder.input(call, 1));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  // The operands are y, the indices, and each dimension of the table.
  const size_t count = indices.shape.size();
  Space space{{}, std::vector<int64_t>(2 + table.extents.size(), 0)};
  for (size_t i = 0; i < y.shape.size(); ++i) {
    Axis each{y.shape[i], std::vector<int64_t>(space.offsets.size(), 0)};
    each.steps[0] = y.steps[i];
    if (i >= axis && i < axis + count) {
      each.steps[1] = indices.steps[i - axis];
    } else {
      const size_t from = i < axis ? i : i - count + 1;
      for (size_t d = 0; d < table.extents.size(); ++d) each.steps[2 + d] = table.steps[d][from];
    }
    space.axes.push_back(std::move(each));
  }
  const int64_t size = x.shape[axis];
  builder.add(store_everywhere(
      space, y.buffer,
      [&](std::span<const loop::Affine> places) {
        const loop::Value given = load_of(indices, places[1]);
        const loop::Value from_end = given + number_like(given, static_cast<double>(size));
        const loop::Value index = loop::Value::select(less(given, number_like(given, 0)), from_end, given);
        return loop::Value::load_at({x.buffer, {places.begin() + 2, places.end()}}, table.gathered, index,
                                    x.element);
      },
      builder.shape()));
  return {};
}

constexpr std::array kGatherGenerators{Generator{"Gather", nullptr, gather}};

}  // namespace

std::span<const Generator> gather_generators() { return kGatherGenerators; }

}  // namespace tamis::network
