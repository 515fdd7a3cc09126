#include "network/kernels/space.h"

#include <algorithm>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kUnrolledVectors = 4;
constexpr int64_t kLeastSharedPlaces = 16384;  ///< below, starting threads takes longer than the work

bool can_merge(const Axis& outer, const Axis& inner) {
  if (outer.reduced != inner.reduced) return false;
  for (size_t i = 0; i < outer.steps.size(); ++i)
    if (outer.steps[i] != inner.extent * inner.steps[i]) return false;
  return true;
}

/// What a stage of store_everywhere stores, and where it begins in each operand.
struct Stored {
  const std::string& buffer;
  const ValueAt& value;
  std::vector<loop::Affine> places;
  const IndexAt* index = nullptr;  ///< of a buffer of several dimensions

  [[nodiscard]] loop::Access output(std::span<const loop::Affine> at) const {
    if (index == nullptr || !*index) return {buffer, {at[0]}};
    return {buffer, (*index)(at)};
  }
};

/// `crossing`: an axis that the stage goes along inside its blocks; null where there is none.
loop::Stage stage_of(const Part& part, size_t number, const Axis& inner, const Axis* crossing,
                     Stored stored) {
  const std::string suffix = std::to_string(number);
  loop::Stage stage;
  stage.name = "part" + suffix;
  const auto loop = [&](const std::string& name, int64_t extent, const Axis& axis, int64_t times,
                        loop::LoopKind kind) {
    if (extent == 1) return;
    stage.loops.push_back({name + suffix, extent, false, kind});
    for (size_t i = 0; i < stored.places.size(); ++i)
      stored.places[i] += times * axis.steps[i] * loop::Affine::variable(name + suffix);
  };
  for (size_t i = 0; i < stored.places.size(); ++i) stored.places[i] += part.begin * inner.steps[i];
  loop("block", part.blocks, inner, part.unrolled * part.lanes, loop::LoopKind::serial);
  if (crossing != nullptr) loop("crossing", crossing->extent, *crossing, 1, loop::LoopKind::serial);
  loop("vector", part.unrolled, inner, part.lanes, loop::LoopKind::unrolled);
  loop("lane", part.lanes, inner, 1, loop::LoopKind::vectorized);
  stage.output = stored.output(stored.places);
  stage.finish = stored.value(stored.places);
  return stage;
}

/// The axis along which an operand lies together that is scattered along the innermost one: going along it
/// inside blocks of the innermost axis, a program reads what the caches have just fetched. The number of axes
/// where there is none.
size_t crossing_axis(const Space& space) {
  constexpr int64_t kLeastExtent = 4;
  const Axis& inner = space.axes.back();
  for (size_t i = 0; i + 1 < space.axes.size(); ++i)
    for (size_t operand = 1; operand < inner.steps.size(); ++operand)
      if (inner.steps[operand] > 1 && space.axes[i].steps[operand] == 1 &&
          space.axes[i].extent >= kLeastExtent)
        return i;
  return space.axes.size();
}

/// Whether a value is an element of one operand as it is.
bool is_copy(const ValueAt& value, std::span<const loop::Affine> places) {
  return value(places)->kind == loop::Value::Kind::load;
}

/// Adds a loop that goes `times` places along an axis in each round; none for a single round.
void add_loop_along(const loop::Loop& loop, const Axis& axis, int64_t times, loop::Stage& stage,
                    std::vector<loop::Affine>& places) {
  if (loop.extent == 1) return;
  stage.loops.push_back(loop);
  for (size_t i = 0; i < places.size(); ++i)
    places[i] += times * axis.steps[i] * loop::Affine::variable(loop.name);
}

/// Stages that copy an operand which lies together along one axis to where it lies together along another:
/// square by square, which the code generator turns around in registers. None for axes that are too short.
std::vector<loop::Stage> turning_stages(const Axis& inner, const Axis& crossing, const Stored& stored,
                                        int64_t lanes) {
  constexpr int64_t kLeastSquare = 4;
  const int64_t side = power_of_two_below(std::min({inner.extent, crossing.extent, lanes}));
  if (side < kLeastSquare) return {};
  std::vector<loop::Stage> stages;
  for (const Part& columns : parts_of(inner.extent, side, true))
    for (const Part& rows : parts_of(crossing.extent, side, true)) {
      const std::string suffix = std::to_string(stages.size());
      std::vector<loop::Affine> places = stored.places;
      loop::Stage stage;
      stage.name = "square" + suffix;
      const auto loop = [&](const char* name, int64_t extent, const Axis& axis, int64_t times,
                            loop::LoopKind kind) {
        add_loop_along({name + suffix, extent, false, kind}, axis, times, stage, places);
      };
      for (size_t i = 0; i < places.size(); ++i)
        places[i] += columns.begin * inner.steps[i] + rows.begin * crossing.steps[i];
      loop("columns", columns.blocks * columns.unrolled, inner, side, loop::LoopKind::serial);
      loop("rows", rows.blocks * rows.unrolled, crossing, side, loop::LoopKind::serial);
      loop("row", side, crossing, 1, loop::LoopKind::unrolled);
      loop("lane", side, inner, 1, loop::LoopKind::vectorized);
      stage.output = stored.output(places);
      stage.finish = stored.value(places);
      stages.push_back(std::move(stage));
    }
  return stages;
}

/// Whether copies of operands repeat their elements along the innermost axis, one after the other, and lie
/// together along the axis around it.
bool repeats_elements(const Space& space) {
  constexpr int64_t kMostRepeats = 8;
  if (space.axes.size() < 2) return false;
  const Axis& inner = space.axes.back();
  const Axis& around = space.axes[space.axes.size() - 2];
  if (inner.extent > kMostRepeats || inner.steps[0] != 1 || around.steps[0] != inner.extent) return false;
  for (size_t i = 1; i < inner.steps.size(); ++i)
    if (inner.steps[i] != 0 || around.steps[i] != 1) return false;
  return true;
}

/// Stages that store each element several times: vectors along the axis around, whose elements the code
/// generator repeats in registers.
std::vector<loop::Stage> repeating_stages(const Axis& around, const Axis& inner, const Stored& stored,
                                          int64_t lanes) {
  std::vector<loop::Stage> stages;
  for (const Part& part : parts_of(around.extent, lanes, true)) {
    const std::string suffix = std::to_string(stages.size());
    std::vector<loop::Affine> places = stored.places;
    loop::Stage stage;
    stage.name = "repeated" + suffix;
    const auto loop = [&](const char* name, int64_t extent, const Axis& axis, int64_t times,
                          loop::LoopKind kind) {
      add_loop_along({name + suffix, extent, false, kind}, axis, times, stage, places);
    };
    for (size_t i = 0; i < places.size(); ++i) places[i] += part.begin * around.steps[i];
    loop("block", part.blocks * part.unrolled, around, part.lanes, loop::LoopKind::serial);
    loop("repeat", inner.extent, inner, 1, loop::LoopKind::unrolled);
    loop("lane", part.lanes, around, 1, loop::LoopKind::vectorized);
    stage.output = stored.output(places);
    stage.finish = stored.value(places);
    stages.push_back(std::move(stage));
  }
  return stages;
}

/// Takes iterations of a single axis out, so that they can be shared out.
void divide_single_axis(Space& space, const LoopShape& shape) {
  if (space.axes.size() != 1 || shape.threads == 1) return;
  const Axis whole = space.axes[0];
  int64_t pieces = shape.threads * 4;
  const int64_t least = kUnrolledVectors * shape.lanes;
  while (pieces > 1 && (whole.extent % pieces != 0 || whole.extent / pieces < least)) --pieces;
  if (pieces == 1) return;
  Axis outer = whole;
  outer.extent = pieces;
  for (int64_t& step : outer.steps) step *= whole.extent / pieces;
  space.axes[0].extent = whole.extent / pieces;
  space.axes.insert(space.axes.begin(), outer);
}

/// A nest over the places of a merged space.
loop::Nest nest_over(const Space& space, std::span<const loop::Affine> origin, const std::string& buffer,
                     const ValueAt& value, int64_t lanes, bool may_overlap, const IndexAt* index = nullptr) {
  loop::Nest nest;
  std::vector<loop::Affine> places(space.offsets.begin(), space.offsets.end());
  for (size_t operand = 0; operand < places.size(); ++operand) places[operand] += origin[operand];
  const bool repeats = may_overlap && repeats_elements(space) && is_copy(value, places);
  const size_t crossing = repeats ? space.axes.size() - 2 : crossing_axis(space);
  for (size_t i = 0; i + 1 < space.axes.size(); ++i) {
    if (i == crossing) continue;
    const std::string name = "axis" + std::to_string(i);
    nest.loops.push_back({name, space.axes[i].extent});
    for (size_t operand = 0; operand < places.size(); ++operand)
      places[operand] += space.axes[i].steps[operand] * loop::Affine::variable(name);
  }
  const Axis& inner = space.axes.back();
  const Axis* across = crossing < space.axes.size() ? &space.axes[crossing] : nullptr;
  if (across != nullptr && may_overlap && is_copy(value, places)) {
    const Stored stored{buffer, value, places, index};
    for (loop::Stage& stage : repeats ? repeating_stages(*across, inner, stored, lanes)
                                      : turning_stages(inner, *across, stored, lanes))
      nest.body.emplace_back(std::move(stage));
  }
  if (!nest.body.empty()) return nest;
  std::vector<Part> parts = parts_of(inner.extent, lanes, may_overlap);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (across != nullptr) parts[i].blocks *= std::exchange(parts[i].unrolled, 1);
    nest.body.emplace_back(stage_of(parts[i], i, inner, across, {buffer, value, places, index}));
  }
  return nest;
}

/// The same where what is around the axis that is crossed is not enough to be shared out.
void divide_crossing_axis(Space& space, const LoopShape& shape) {
  constexpr int64_t kLeastExtent = 16;
  const size_t crossing = crossing_axis(space);
  if (shape.threads == 1 || crossing == space.axes.size()) return;
  int64_t around = 1;
  for (size_t i = 0; i + 1 < space.axes.size(); ++i)
    if (i != crossing) around *= space.axes[i].extent;
  if (around >= shape.threads) return;
  const Axis whole = space.axes[crossing];
  int64_t pieces = shape.threads * 2;
  while (pieces > 1 && (whole.extent % pieces != 0 || whole.extent / pieces < kLeastExtent)) --pieces;
  if (pieces == 1) return;
  Axis outer = whole;
  outer.extent = pieces;
  for (int64_t& step : outer.steps) step *= whole.extent / pieces;
  space.axes[crossing].extent = whole.extent / pieces;
  space.axes.insert(space.axes.begin(), outer);
}

}  // namespace

Space merged(Space space) {
  std::erase_if(space.axes, [](const Axis& axis) { return axis.extent == 1; });
  std::stable_sort(space.axes.begin(), space.axes.end(),
                   [](const Axis& a, const Axis& b) { return a.steps[0] > b.steps[0]; });
  std::vector<Axis> axes;
  for (Axis& axis : space.axes) {
    if (!axes.empty() && can_merge(axes.back(), axis)) {
      axis.extent *= axes.back().extent;
      axes.back() = std::move(axis);
    } else {
      axes.push_back(std::move(axis));
    }
  }
  if (axes.empty()) axes.push_back({1, std::vector<int64_t>(space.offsets.size(), 0)});
  space.axes = std::move(axes);
  return space;
}

int64_t power_of_two_below(int64_t number) {
  int64_t power = 1;
  while (2 * power <= number) power *= 2;
  return power;
}

std::vector<Part> parts_of(int64_t extent, int64_t lanes, bool may_overlap) {
  std::vector<Part> parts;
  int64_t done = 0;
  const auto cover = [&](int64_t unrolled, int64_t width) {
    const int64_t blocks = (extent - done) / (unrolled * width);
    if (blocks == 0) return;
    parts.push_back({done, blocks, unrolled, width});
    done += blocks * unrolled * width;
  };
  cover(kUnrolledVectors, lanes);
  cover(1, lanes);
  if (done == extent) return parts;
  if (may_overlap && extent >= lanes) {
    parts.push_back({extent - lanes, 1, 1, lanes});
    return parts;
  }
  for (int64_t width = power_of_two_below(extent - done); width > 0; width /= 2) cover(1, width);
  return parts;
}

void share_out(loop::Nest& nest, int64_t places, const LoopShape& shape) {
  if (shape.threads == 1 || places < kLeastSharedPlaces) return;
  int64_t tasks = 1;
  for (loop::Loop& loop : nest.loops) {
    if (tasks >= 4 * shape.threads) return;
    loop.kind = loop::LoopKind::parallel;
    tasks *= loop.extent;
  }
}

std::vector<loop::Nest> store_everywhere(const Space& given, const std::string& buffer, const ValueAt& value,
                                         const LoopShape& shape, const IndexAt& index) {
  Space space = merged(given);
  int64_t all = 1;
  for (const Axis& axis : space.axes) all *= axis.extent;
  if (all == 0) return {};
  if (all >= kLeastSharedPlaces) {
    divide_single_axis(space, shape);
    divide_crossing_axis(space, shape);
  }
  const std::vector<loop::Affine> origin(space.offsets.size(), loop::Affine(0));
  loop::Nest nest = nest_over(space, origin, buffer, value, shape.lanes, true, &index);
  share_out(nest, all, shape);
  return {std::move(nest)};
}

loop::Nest store_inside(const Space& space, std::span<const loop::Affine> origin, const std::string& buffer,
                        const ValueAt& value, int64_t lanes, bool may_overlap) {
  return nest_over(merged(space), origin, buffer, value, lanes, may_overlap);
}

loop::Nest scatter_nest(const Space& space, const std::string& buffer, const ScatteredAt& scattered,
                        int64_t lanes) {
  std::vector<Axis> axes = space.axes;
  if (axes.empty()) axes.push_back({1, std::vector<int64_t>(space.offsets.size(), 0)});
  loop::Nest nest;
  std::vector<loop::Affine> places(space.offsets.begin(), space.offsets.end());
  for (size_t i = 0; i + 1 < axes.size(); ++i) {
    const std::string name = "axis" + std::to_string(i);
    nest.loops.push_back({name, axes[i].extent});
    for (size_t operand = 0; operand < places.size(); ++operand)
      places[operand] += axes[i].steps[operand] * loop::Affine::variable(name);
  }
  std::vector<Part> parts = parts_of(axes.back().extent, lanes, false);
  for (size_t i = 0; i < parts.size(); ++i) {
    Scattered what;
    const auto keep = [&](std::span<const loop::Affine> at) {
      what = scattered(at);
      return what.value;
    };
    // The first operand of a stage is where it stores, which here is a place of data.
    std::vector<loop::Affine> with_output{loop::Affine(0)};
    with_output.insert(with_output.end(), places.begin(), places.end());
    Axis inner = axes.back();
    inner.steps.insert(inner.steps.begin(), 0);
    const ValueAt value = [&](std::span<const loop::Affine> at) { return keep(at.subspan(1)); };
    loop::Stage stage = stage_of(parts[i], i, inner, nullptr, {buffer, value, with_output, nullptr});
    stage.store_at = loop::StoreAt{0, what.place};
    nest.body.emplace_back(std::move(stage));
  }
  return nest;
}

}  // namespace tamis::network
