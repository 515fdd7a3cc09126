#include "network/kernels/rows.h"

#include "network/kernels/values.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kMostUnrolled = 16;  ///< elements of a row whose loops are unrolled
constexpr int64_t kMostPartials = 4;   ///< vectors that a row is summed in, so that no sum waits for the last

loop::Affine variable(const char* loop) { return loop::Affine::variable(loop); }

/// The space in order, with an axis that is reduced.
Space prepared(const Space& given) {
  Space space = merged(given);
  const bool reduces =
      std::any_of(space.axes.begin(), space.axes.end(), [](const Axis& axis) { return axis.reduced; });
  if (!reduces)
    space.axes.insert(space.axes.begin(), {1, std::vector<int64_t>(space.offsets.size(), 0), true});
  return space;
}

/// The axis of the lanes: the innermost, or the innermost that is kept, if there is one.
size_t lane_axis(const Space& space, LanesAlong lanes) {
  size_t last = space.axes.size() - 1;
  if (lanes == LanesAlong::kept)
    for (size_t i = space.axes.size(); i-- > 0;)
      if (!space.axes[i].reduced) return i;
  return last;
}

}  // namespace

void Rows::make(KernelBuilder& builder, const Space& given, LanesAlong lanes,
                const std::function<void(Rows&)>& write) {
  const Space space = prepared(given);
  const size_t inner = lane_axis(space, lanes);
  int64_t places = 1;
  int64_t row = 1;
  for (const Axis& axis : space.axes) {
    places *= axis.extent;
    if (axis.reduced) row *= axis.extent;
  }
  if (places == 0) return;
  const auto write_nest = [&](const Part* part) {
    Rows rows(builder, space);
    rows.inner_ = &space.axes[inner];
    rows.part_ = part;
    rows.unrolls_ = row <= kMostUnrolled;
    Cursor cursor{{}, {space.offsets.begin(), space.offsets.end()}};
    for (size_t i = 0; i < space.axes.size(); ++i) {
      if (i == inner) continue;
      const Axis& axis = space.axes[i];
      if (axis.reduced) {
        rows.reduced_.push_back(i);
      } else {
        rows.enter(cursor, "row" + std::to_string(i), axis.extent, axis.steps, 1, loop::LoopKind::serial,
                   false);
      }
    }
    if (part != nullptr) {
      for (size_t i = 0; i < cursor.places.size(); ++i)
        cursor.places[i] += part->begin * rows.inner_->steps[i];
      rows.enter(cursor, "block", part->blocks, rows.inner_->steps, part->unrolled * part->lanes,
                 loop::LoopKind::serial, false);
    }
    rows.nest_.loops = std::move(cursor.loops);
    rows.row_ = std::move(cursor.places);
    write(rows);
    share_out(rows.nest_, places, builder.shape());
    builder.add(std::move(rows.nest_));
  };
  if (space.axes[inner].reduced) return write_nest(nullptr);
  for (const Part& part : parts_of(space.axes[inner].extent, builder.shape().lanes, true)) write_nest(&part);
}

void Rows::enter(Cursor& cursor, const std::string& name, int64_t extent, const std::vector<int64_t>& steps,
                 int64_t times, loop::LoopKind kind, bool reduction) const {
  cursor.loops.push_back({name, extent, reduction, kind});
  for (size_t i = 0; i < cursor.places.size(); ++i)
    cursor.places[i] += times * steps[i] * loop::Affine::variable(name);
}

void Rows::enter_reduced(Cursor& cursor, bool reduction) const {
  const auto kind = unrolls_ ? loop::LoopKind::unrolled : loop::LoopKind::serial;
  for (const size_t i : reduced_)
    enter(cursor, "along" + std::to_string(i), space_->axes[i].extent, space_->axes[i].steps, 1, kind,
          reduction);
}

/// The vectors and lanes of a kept axis.
void Rows::enter_lanes(Cursor& cursor) const {
  if (!lanes_are_kept()) return;
  enter(cursor, "vector", part_->unrolled, inner_->steps, part_->lanes, loop::LoopKind::unrolled, false);
  enter(cursor, "lane", part_->lanes, inner_->steps, 1, loop::LoopKind::vectorized, false);
}

void Rows::add_stage(Cursor cursor, loop::Access output, const loop::Value& value) {
  loop::Stage stage;
  stage.name = builder_->stage_name();
  stage.loops = std::move(cursor.loops);
  stage.output = std::move(output);
  stage.finish = value;
  nest_.body.emplace_back(std::move(stage));
}

void Rows::add_reduction(Cursor cursor, loop::Access output, const loop::Value& initial,
                         const UpdateAt& update) {
  const loop::Value so_far = loop::Value::accumulated(initial->element);
  loop::Stage stage;
  stage.name = builder_->stage_name();
  stage.loops = std::move(cursor.loops);
  stage.output = std::move(output);
  stage.initial = initial;
  stage.update = update(so_far, cursor.places);
  stage.finish = so_far;
  nest_.body.emplace_back(std::move(stage));
}

loop::Value Rows::reduce(const loop::Value& initial, const Combine& combine, const ValueAt& element) {
  return reduce_by(initial, combine, [&](const loop::Value& so_far, std::span<const loop::Affine> places) {
    return combine(so_far, element(places));
  });
}

loop::Value Rows::sum_of_products(const ValueAt& left, const ValueAt& right) {
  return reduce_by(
      loop::Value::constant(0), [](const loop::Value& a, const loop::Value& b) { return a + b; },
      [&](const loop::Value& so_far, std::span<const loop::Affine> places) {
        return loop::Value::multiply_add(left(places), right(places), so_far);
      });
}

loop::Value Rows::reduce_by(const loop::Value& initial, const Combine& combine, const UpdateAt& update) {
  if (!lanes_are_kept()) return reduce_inside(initial, combine, update);
  const std::string buffer = builder_->scratch({part_->unrolled, part_->lanes}, initial->element);
  const loop::Access result{buffer, {variable("vector"), variable("lane")}};
  Cursor cursor{{}, row_};
  enter_reduced(cursor, true);
  enter_lanes(cursor);
  add_reduction(std::move(cursor), result, initial, update);
  return loop::Value::load(result, initial->element);
}

/// Along the innermost axis: whole sets of vectors first, then single ones, then what is left, in ever
/// smaller vectors.
loop::Value Rows::reduce_inside(const loop::Value& initial, const Combine& combine, const UpdateAt& update) {
  const int64_t extent = inner_->extent;
  const int64_t lanes = power_of_two_below(std::min(extent, builder_->shape().lanes));
  const int64_t unrolled = power_of_two_below(std::min(extent / lanes, kMostPartials));
  const std::string buffer = builder_->scratch({unrolled, lanes}, initial->element);
  int64_t done = 0;
  const auto add = [&](int64_t vectors, int64_t width) {
    const int64_t blocks = (extent - done) / (vectors * width);
    if (blocks == 0) return;
    Cursor cursor{{}, row_};
    for (size_t i = 0; i < row_.size(); ++i) cursor.places[i] += done * inner_->steps[i];
    enter_reduced(cursor, true);
    enter(cursor, "block", blocks, inner_->steps, vectors * width, loop::LoopKind::serial, true);
    enter(cursor, "vector", vectors, inner_->steps, width, loop::LoopKind::unrolled, false);
    enter(cursor, "lane", width, inner_->steps, 1, loop::LoopKind::vectorized, false);
    const loop::Access partial{buffer, {variable("vector"), variable("lane")}};
    const loop::Value before = done == 0 ? initial : loop::Value::load(partial, initial->element);
    add_reduction(std::move(cursor), partial, before, update);
    done += blocks * vectors * width;
  };
  add(unrolled, lanes);
  add(1, lanes);
  for (int64_t width = lanes / 2; width > 0; width /= 2) add(1, width);
  fold(buffer, initial->element, unrolled, lanes, combine);
  return loop::Value::load({buffer, {loop::Affine(0), loop::Affine(0)}}, initial->element);
}

/// Puts the vectors and then the lanes of partial results together, half of them to the other half.
void Rows::fold(const std::string& buffer, loop::Element type, int64_t unrolled, int64_t lanes,
                const Combine& combine) {
  const auto at = [&](int64_t vector, int64_t first) {
    return loop::Value::load({buffer, {loop::Affine(vector), variable("lane") + loop::Affine(first)}}, type);
  };
  const auto add = [&](int64_t width, const loop::Value& value) {
    Cursor cursor{{{"lane", width, false, loop::LoopKind::vectorized}}, {}};
    add_stage(std::move(cursor), {buffer, {loop::Affine(0), variable("lane")}}, value);
  };
  if (unrolled > 1) {
    std::vector<loop::Value> all;
    for (int64_t i = 0; i < unrolled; ++i) all.push_back(at(i, 0));
    for (; all.size() > 1; all.resize(all.size() / 2))
      for (size_t i = 0; i < all.size() / 2; ++i) all[i] = combine(all[i], all[i + all.size() / 2]);
    add(lanes, all[0]);
  }
  for (int64_t half = lanes / 2; half > 0; half /= 2) add(half, combine(at(0, 0), at(0, half)));
}

loop::Value Rows::keep(const loop::Value& value) {
  Cursor cursor{{}, row_};
  enter_lanes(cursor);
  loop::Access kept{builder_->scratch({1}, value->element), {loop::Affine(0)}};
  if (lanes_are_kept())
    kept = {builder_->scratch({part_->unrolled, part_->lanes}, value->element),
            {variable("vector"), variable("lane")}};
  add_stage(std::move(cursor), kept, value);
  return loop::Value::load(kept, value->element);
}

void Rows::store_each(size_t operand, const std::string& buffer, const ValueAt& value) {
  if (lanes_are_kept()) {
    Cursor cursor{{}, row_};
    enter_reduced(cursor, false);
    enter_lanes(cursor);
    const loop::Affine place = cursor.places[operand];
    const loop::Value each = value(cursor.places);
    return add_stage(std::move(cursor), {buffer, {place}}, each);
  }
  for (const Part& part : parts_of(inner_->extent, builder_->shape().lanes, false)) {
    Cursor cursor{{}, row_};
    for (size_t i = 0; i < row_.size(); ++i) cursor.places[i] += part.begin * inner_->steps[i];
    enter_reduced(cursor, false);
    enter(cursor, "block", part.blocks, inner_->steps, part.unrolled * part.lanes, loop::LoopKind::serial,
          false);
    enter(cursor, "vector", part.unrolled, inner_->steps, part.lanes, loop::LoopKind::unrolled, false);
    enter(cursor, "lane", part.lanes, inner_->steps, 1, loop::LoopKind::vectorized, false);
    const loop::Affine place = cursor.places[operand];
    const loop::Value each = value(cursor.places);
    add_stage(std::move(cursor), {buffer, {place}}, each);
  }
}

void Rows::store(size_t operand, const std::string& buffer, const ValueAt& value) {
  Cursor cursor{{}, row_};
  enter_lanes(cursor);
  const loop::Affine place = cursor.places[operand];
  const loop::Value one = value(cursor.places);
  add_stage(std::move(cursor), {buffer, {place}}, one);
}

loop::Value sum_of_row(Rows& rows, const ValueAt& element) {
  return rows.reduce(
      loop::Value::constant(0),
      [](const loop::Value& so_far, const loop::Value& each) { return so_far + each; }, element);
}

loop::Value largest_of_row(Rows& rows, const ValueAt& element) {
  return rows.reduce(loop::Value::constant(-std::numeric_limits<double>::infinity()), maximum, element);
}

}  // namespace tamis::network
