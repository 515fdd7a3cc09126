#include "network/kernels/products.h"

#include "network/kernels/rows.h"
#include "network/kernels/values.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace tamis::network {
namespace {

constexpr std::array kFactors{kProductLeft, kProductRight};
constexpr int64_t kMostPackedElements = int64_t{1} << 26;

/// How an axis is covered by blocks of several units of some places: vectors of lanes, or rows. The last
/// block begins earlier where the others leave less than one.
struct Tiles {
  int64_t unit = 1;    ///< places of a unit
  int64_t units = 1;   ///< of a block
  int64_t blocks = 1;  ///< one after the other, from the first place on
  int64_t extent = 1;  ///< of the axis

  [[nodiscard]] int64_t places() const { return unit * units; }
  [[nodiscard]] bool has_last() const { return blocks * places() < extent; }
};

/// Blocks of nearly equal size, each of at most so many units.
Tiles tiles_of(int64_t extent, int64_t unit, int64_t most) {
  const int64_t all = (extent + unit - 1) / unit;
  const int64_t blocks = (all + most - 1) / most;
  Tiles tiles{unit, (all + blocks - 1) / blocks, 1, extent};
  while (tiles.places() > extent) --tiles.units;
  tiles.blocks = extent / tiles.places();
  return tiles;
}

int64_t lanes_of(int64_t extent, int64_t lanes) { return power_of_two_below(std::min(extent, lanes)); }

/// Which axes of a space a block in registers goes along.
struct BlockAxes {
  size_t vector = 0;
  std::optional<size_t> rows;  ///< along which the vectors of one factor are used again
};

int64_t extents_of(const Space& space, const std::function<bool(const Axis&)>& counts) {
  int64_t size = 1;
  for (const Axis& axis : space.axes)
    if (counts(axis)) size *= axis.extent;
  return size;
}

bool is_kept(const Axis& axis) { return !axis.reduced; }
bool is_any(const Axis&) { return true; }

/// The longest kept axis along which the factor that lies together along the vectors stays the same; none
/// where both lie together.
std::optional<size_t> rows_axis(const Space& space, size_t vector) {
  std::optional<size_t> best;
  const std::vector<int64_t>& along = space.axes[vector].steps;
  const bool both = along[kProductLeft] != 0 && along[kProductRight] != 0;
  if (both) return best;
  const size_t factor = along[kProductLeft] != 0 ? kProductLeft : kProductRight;
  for (size_t i = 0; i < space.axes.size(); ++i) {
    const Axis& axis = space.axes[i];
    if (i == vector || axis.reduced || axis.steps[factor] != 0) continue;
    if (!best || axis.extent > space.axes[*best].extent) best = i;
  }
  return best;
}

/// How many vectors and rows a block has, so that it fits the registers of such vectors.
struct BlockSize {
  int64_t vectors = 4;
  int64_t rows = 6;
};

BlockSize block_size(int64_t rows, int64_t vectors, int64_t widest_lanes) {
  constexpr int64_t kWideLanes = 16;
  constexpr int64_t kMostRows = 14;
  const int64_t registers = widest_lanes >= kWideLanes ? 32 : 16;
  const int64_t few = registers / 4;  // sums that go on side by side where there is a single row
  const int64_t usual = registers / 8;
  const int64_t most = rows == 1 ? few : rows == 2 ? few * 3 / 4 : usual;
  const int64_t blocks = (vectors + most - 1) / most;
  BlockSize size{(vectors + blocks - 1) / blocks, 1};
  size.rows = std::clamp<int64_t>((registers - 1 - size.vectors) / size.vectors, 1, kMostRows);
  return size;
}

/// LoopCursor of operands while loops are entered.
struct LoopCursor {
  std::vector<loop::Loop> loops;
  std::vector<loop::Affine> at;

  void enter(const loop::Loop& loop, const Axis& axis, int64_t times) {
    loops.push_back(loop);
    for (size_t i = 0; i < at.size(); ++i) at[i] += times * axis.steps[i] * loop::Affine::variable(loop.name);
  }
  void move(const Axis& axis, int64_t places) {
    for (size_t i = 0; i < at.size(); ++i) at[i] += places * axis.steps[i];
  }
};

loop::Value factor_at(const Product& product, size_t operand, std::span<const loop::Affine> places) {
  const std::string& buffer = operand == kProductLeft ? product.left : product.right;
  return loop::Value::load({buffer, {places[operand]}}, product.element);
}

/// A stage of blocks: `places` is where the first block lies.
loop::Stage block_stage(KernelBuilder& builder, const Product& product, const BlockAxes& axes,
                        LoopCursor places, const Tiles& vectors, int64_t rows) {
  const Space& space = product.space;
  const size_t depth = places.loops.size();
  for (size_t i = 0; i < space.axes.size(); ++i)
    if (space.axes[i].reduced)
      places.enter({"sum" + std::to_string(i), space.axes[i].extent, true}, space.axes[i], 1);
  if (axes.rows) places.enter({"row", rows, false, loop::LoopKind::unrolled}, space.axes[*axes.rows], 1);
  places.enter({"vector", vectors.units, false, loop::LoopKind::unrolled}, space.axes[axes.vector],
               vectors.unit);
  places.enter({"lane", vectors.unit, false, loop::LoopKind::vectorized}, space.axes[axes.vector], 1);
  const loop::Value left = factor_at(product, kProductLeft, places.at);
  const loop::Value right = factor_at(product, kProductRight, places.at);
  loop::Stage stage;
  stage.name = builder.stage_name();
  stage.loops = std::move(places.loops);
  stage.tile_depth = depth;
  stage.output = {product.output, {places.at[kProductOutput]}};
  if (!stage.reduces()) {  // a single product each
    stage.finish = product.finish(left * right, places.at);
    return stage;
  }
  const loop::Value sum = loop::Value::accumulated(product.element);
  stage.initial = loop::Value::constant(0, product.element);
  stage.update = loop::Value::multiply_add(left, right, sum);
  stage.finish = product.finish(sum, places.at);
  return stage;
}

/// The stages of all rows, for vectors at one place.
void add_rows(KernelBuilder& builder, const Product& product, const BlockAxes& axes, const LoopCursor& places,
              const Tiles& vectors, const Tiles& rows, std::vector<loop::Stage>& stages) {
  LoopCursor blocks = places;
  if (axes.rows && rows.blocks > 1)
    blocks.enter({"rows", rows.blocks}, product.space.axes[*axes.rows], rows.places());
  stages.push_back(block_stage(builder, product, axes, std::move(blocks), vectors, rows.places()));
  if (!rows.has_last()) return;
  LoopCursor last = places;
  last.move(product.space.axes[*axes.rows], rows.extent - rows.places());
  stages.push_back(block_stage(builder, product, axes, std::move(last), vectors, rows.places()));
}

struct BlockTiles {
  Tiles vectors;
  Tiles rows;
};

BlockTiles block_tiles(const Space& space, const BlockAxes& axes, int64_t widest) {
  const int64_t columns = space.axes[axes.vector].extent;
  const int64_t lanes = lanes_of(columns, widest);
  const int64_t rows = axes.rows ? space.axes[*axes.rows].extent : 1;
  const BlockSize size = block_size(rows, (columns + lanes - 1) / lanes, widest);
  return {tiles_of(columns, lanes, size.vectors), tiles_of(rows, 1, size.rows)};
}

/// Kept axes that no block goes along, outermost first, as loops.
void enter_outer(const Space& space, const BlockAxes& axes, LoopCursor& places) {
  for (size_t i = 0; i < space.axes.size(); ++i)
    if (!space.axes[i].reduced && i != axes.vector && i != axes.rows)
      places.enter({"outer" + std::to_string(i), space.axes[i].extent}, space.axes[i], 1);
}

/// The nests of a product both of whose factors lie together, or stay, along the axis of the vectors.
void add_blocks(KernelBuilder& builder, const Product& product, size_t vector) {
  const BlockAxes axes{vector, rows_axis(product.space, vector)};
  const BlockTiles tiles = block_tiles(product.space, axes, builder.shape().lanes);
  const Axis& along = product.space.axes[vector];
  const int64_t steps = extents_of(product.space, is_any) / builder.shape().lanes;
  const auto add = [&](LoopCursor places) {
    loop::Nest nest;
    nest.loops = std::exchange(places.loops, {});
    std::vector<loop::Stage> stages;
    add_rows(builder, product, axes, places, tiles.vectors, tiles.rows, stages);
    for (loop::Stage& stage : stages) nest.body.emplace_back(std::move(stage));
    share_out(nest, steps, builder.shape());
    builder.add(std::move(nest));
  };
  LoopCursor places{{}, {product.space.offsets.begin(), product.space.offsets.end()}};
  enter_outer(product.space, axes, places);
  LoopCursor blocks = places;
  if (tiles.vectors.blocks > 1)
    blocks.enter({"vectors", tiles.vectors.blocks}, along, tiles.vectors.places());
  add(std::move(blocks));
  if (!tiles.vectors.has_last()) return;
  places.move(along, along.extent - tiles.vectors.places());
  add(std::move(places));
}

// What a product costs in vectors along each axis.

/// Elements of a factor along all axes that it has.
int64_t factor_elements(const Space& space, size_t factor) {
  return extents_of(space, [&](const Axis& axis) { return axis.steps[factor] != 0; });
}

bool lies_together(const Axis& axis, size_t operand) { return axis.steps[operand] <= 1; }

/// About how many steps of the processor a product takes in vectors along a kept axis; endless where a factor
/// would have to be copied that is too large.
double cost_along(const Space& space, size_t vector, int64_t widest) {
  const Axis& along = space.axes[vector];
  const auto lanes = static_cast<double>(lanes_of(along.extent, widest));
  const auto all = static_cast<double>(extents_of(space, is_any));
  const auto outputs = static_cast<double>(extents_of(space, is_kept));
  double rows = 1;
  if (const auto axis = rows_axis(space, vector)) rows = static_cast<double>(space.axes[*axis].extent);
  constexpr double kMostReuse = 6;
  double cost = all / lanes * (0.5 + 1 / std::min(rows, kMostReuse));
  cost += along.steps[kProductOutput] == 1 ? outputs / lanes : 1.5 * outputs;
  for (const size_t factor : kFactors) {
    if (lies_together(along, factor)) continue;
    const int64_t copied = factor_elements(space, factor);
    if (copied > kMostPackedElements) return std::numeric_limits<double>::infinity();
    cost += 3.0 * static_cast<double>(copied);
  }
  return cost;
}

/// The same in vectors along the reduced axis that is innermost in both factors, whose lanes are put together
/// for each element of the output; endless where there is none.
double cost_of_rows(const Space& space, int64_t widest) {
  constexpr double kPerOutput = 14;
  for (const Axis& axis : space.axes) {
    if (!axis.reduced || axis.steps[kProductLeft] != 1 || axis.steps[kProductRight] != 1) continue;
    const auto lanes = static_cast<double>(lanes_of(axis.extent, widest));
    return 1.2 * static_cast<double>(extents_of(space, is_any)) / lanes +
           kPerOutput * static_cast<double>(extents_of(space, is_kept));
  }
  return std::numeric_limits<double>::infinity();
}

/// Copies a factor so that it lies together along an axis, its reduced axes next.
void pack(KernelBuilder& builder, Product& product, size_t factor, size_t vector) {
  std::string& buffer = factor == kProductLeft ? product.left : product.right;
  std::vector<Axis>& axes = product.space.axes;
  std::vector<size_t> order;
  for (const bool reduced : {false, true})
    for (size_t i = 0; i < axes.size(); ++i)
      if (i != vector && axes[i].reduced == reduced && axes[i].steps[factor] != 0) order.push_back(i);
  order.push_back(vector);
  std::vector<int64_t> steps(axes.size(), 0);
  int64_t step = 1;
  for (size_t i = order.size(); i-- > 0;) {
    steps[order[i]] = step;
    step *= axes[order[i]].extent;
  }
  const std::string copy = builder.workspace(step, product.element);
  Space space{{}, {0, product.space.offsets[factor]}};
  for (const size_t i : order) space.axes.push_back({axes[i].extent, {steps[i], axes[i].steps[factor]}});
  const std::string from = buffer;
  builder.add(store_everywhere(
      space, copy,
      [&](std::span<const loop::Affine> places) {
        return loop::Value::load({from, {places[1]}}, product.element);
      },
      builder.shape()));
  for (size_t i = 0; i < axes.size(); ++i) axes[i].steps[factor] = steps[i];
  product.space.offsets[factor] = 0;
  buffer = copy;
}

/// Sums in vectors along a reduced axis.
void add_dots(KernelBuilder& builder, const Product& product) {
  Space space = product.space;
  // The first operand of a space only orders it here: as the larger factor lies, what it has not outermost.
  const size_t first = factor_elements(space, kProductLeft) > factor_elements(space, kProductRight)
                           ? kProductLeft
                           : kProductRight;
  constexpr int64_t kOutermost = int64_t{1} << 40;
  for (Axis& axis : space.axes)
    axis.steps.insert(axis.steps.begin(), axis.steps[first] == 0 ? kOutermost : axis.steps[first]);
  space.offsets.insert(space.offsets.begin(), 0);
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const loop::Value sum = rows.sum_of_products(
        [&](std::span<const loop::Affine> at) { return factor_at(product, kProductLeft, at.subspan(1)); },
        [&](std::span<const loop::Affine> at) { return factor_at(product, kProductRight, at.subspan(1)); });
    rows.store(1 + kProductOutput, product.output,
               [&](std::span<const loop::Affine> at) { return product.finish(sum, at.subspan(1)); });
  });
}

}  // namespace

std::vector<loop::Stage> product_stages(KernelBuilder& builder, const Product& product, size_t vector,
                                        std::span<const loop::Affine> origin) {
  const BlockAxes axes{vector, rows_axis(product.space, vector)};
  const BlockTiles tiles = block_tiles(product.space, axes, builder.shape().lanes);
  const Axis& along = product.space.axes[vector];
  LoopCursor places{{}, {product.space.offsets.begin(), product.space.offsets.end()}};
  for (size_t i = 0; i < places.at.size(); ++i) places.at[i] += origin[i];
  enter_outer(product.space, axes, places);
  std::vector<loop::Stage> stages;
  LoopCursor blocks = places;
  if (tiles.vectors.blocks > 1)
    blocks.enter({"vectors", tiles.vectors.blocks}, along, tiles.vectors.places());
  add_rows(builder, product, axes, blocks, tiles.vectors, tiles.rows, stages);
  if (!tiles.vectors.has_last()) return stages;
  places.move(along, along.extent - tiles.vectors.places());
  add_rows(builder, product, axes, places, tiles.vectors, tiles.rows, stages);
  return stages;
}

void add_product(KernelBuilder& builder, Product product) {
  product.space = merged(std::move(product.space));
  std::vector<Axis>& axes = product.space.axes;
  if (extents_of(product.space, is_kept) == 0) return;
  if (std::all_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.reduced; }))
    axes.insert(axes.begin(), {1, std::vector<int64_t>(product.space.offsets.size(), 0)});
  const int64_t widest = builder.shape().lanes;
  std::optional<size_t> best;
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].reduced) continue;
    const double cost = cost_along(product.space, i, widest);
    if (best && cost >= least) continue;
    best = i;
    least = cost;
  }
  if (product.element == loop::Element::float32 && cost_of_rows(product.space, widest) < least)
    return add_dots(builder, product);
  for (const size_t factor : kFactors)
    if (!lies_together(axes[*best], factor) && factor_elements(product.space, factor) <= kMostPackedElements)
      pack(builder, product, factor, *best);
  add_blocks(builder, product, *best);
}

}  // namespace tamis::network
