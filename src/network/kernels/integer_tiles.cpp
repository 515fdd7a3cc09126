#include "network/kernels/integer_tiles.h"

#include "network/kernels/quantised_values.h"

#include <algorithm>
#include <utility>

namespace tamis::network {
namespace {

using loop::Element;

constexpr int64_t kColumnVectors = 4;     ///< of a block
constexpr int64_t kWideVectorBytes = 64;  ///< vectors of this width come with 32 registers

loop::Affine variable_of(const std::string& name) { return loop::Affine::variable(name); }

/// Sums that are kept in registers at once.
int64_t accumulators(const LoopShape& shape) { return shape.lanes * 4 >= kWideVectorBytes ? 24 : 12; }

/// Adds loops along axes of one step, and gives where they are. Names are `NAME0`, `NAME1`, ...
loop::Affine enter_all(std::vector<loop::Loop>& loops, const std::string& name, const std::vector<Axis>& axes,
                       bool reduction) {
  loop::Affine place;
  for (size_t i = 0; i < axes.size(); ++i) {
    const std::string loop = name + std::to_string(i);
    loops.push_back({loop, axes[i].extent, reduction});
    place += axes[i].steps[0] * variable_of(loop);
  }
  return place;
}

/// The row-major number of the place where loops `NAME0`, ... are.
loop::Affine number_of(const std::string& name, const std::vector<Axis>& axes) {
  loop::Affine number;
  for (size_t i = 0; i < axes.size(); ++i) {
    number *= axes[i].extent;
    number += variable_of(name + std::to_string(i));
  }
  return number;
}

/// The tiles of one height and one width of columns.
class TilesOf {
 public:
  TilesOf(KernelBuilder& builder, const IntegerTiles& tiles) : builder_(&builder), tiles_(&tiles) {}

  /// `tall` rows in each of `row_tiles` tiles from `row` on; `wide` columns in each of `blocks` blocks from
  /// `block` on.
  void add(int64_t row, int64_t row_tiles, int64_t tall, int64_t block, int64_t blocks, int64_t wide) {
    if (row_tiles == 0 || blocks == 0) return;
    nest_ = {};
    places_.assign(tiles_->offsets.begin(), tiles_->offsets.end());
    for (size_t i = 0; i < tiles_->outer.size(); ++i)
      enter("outer" + std::to_string(i), tiles_->outer[i].extent, tiles_->outer[i], 1);
    nest_.loops.push_back({"block", blocks});
    block_ = variable_of("block") + loop::Affine(block);
    for (size_t i = 0; i < places_.size(); ++i) places_[i] += row * tiles_->rows.steps[i];
    enter("tile", row_tiles, tiles_->rows, tall);
    tall_ = tall;
    vectors_ = filled(wide, lanes()) / lanes();
    scratch_ = builder_->scratch({tall, vectors_ * lanes()}, Element::int32);
    multiply();
    for (const Part& part : parts_of(wide, lanes(), false)) finish(part);
    int64_t places = tiles_->layout.steps;
    for (const loop::Loop& loop : nest_.loops) places *= loop.extent;
    share_out(nest_, places * tall * wide, builder_->shape());
    builder_->add(std::move(nest_));
  }

 private:
  [[nodiscard]] int64_t lanes() const { return builder_->shape().lanes; }

  void enter(const std::string& name, int64_t extent, const Axis& axis, int64_t times) {
    if (extent == 1) return;
    nest_.loops.push_back({name, extent});
    for (size_t i = 0; i < places_.size(); ++i) places_[i] += times * axis.steps[i] * variable_of(name);
  }

  /// The place of a row of the tile and a column of its block.
  [[nodiscard]] TilePlace place(const loop::Affine& column) const {
    const auto at = [&](size_t operand) {
      return places_[operand] + tiles_->rows.steps[operand] * variable_of("m");
    };
    const loop::Affine whole = tiles_->layout.block * block_ + column;
    return {at(TileStep::group), whole, at(TileStep::channel) + whole, at(TileStep::row), at(TileStep::line)};
  }

  /// As many steps at once as fill the pipelines without making much code.
  [[nodiscard]] int64_t unrolled(int64_t steps) const {
    constexpr int64_t kMostProducts = 32;
    int64_t unrolled = 4;
    while (unrolled > 1 && (steps % unrolled != 0 || unrolled * tall_ * vectors_ > kMostProducts))
      unrolled /= 2;
    return unrolled;
  }

  void multiply() {
    const PackedColumns& layout = tiles_->layout;
    loop::Stage stage;
    stage.name = builder_->stage_name();
    loop::Affine activation =
        places_[TileStep::activations] + tiles_->rows.steps[TileStep::activations] * variable_of("m");
    loop::Affine step;
    for (size_t i = 0; i < tiles_->sums.size(); ++i) {
      const Axis& sum = tiles_->sums[i];
      const int64_t at_once = i + 1 == tiles_->sums.size() ? unrolled(sum.extent) : 1;
      const std::string name = "sum" + std::to_string(i);
      stage.loops.push_back({name, sum.extent / at_once, true});
      loop::Affine place = at_once * variable_of(name);
      if (at_once > 1) {
        stage.loops.push_back({"step", at_once, true, loop::LoopKind::unrolled});
        place += variable_of("step");
      }
      activation += sum.steps[0] * place;
      step *= sum.extent;
      step += place;
    }
    add_tile_loops(stage, vectors_, lanes());
    const loop::Affine column = lanes() * variable_of("vector") + variable_of("lane");
    const loop::Affine weight = layout.group_bytes() * places_[TileStep::group] +
                                layout.block_bytes() * block_ +
                                kProductsAtOnce * (layout.block * step + column);
    stage.output = {scratch_, {variable_of("m"), column}};
    stage.initial = loop::Value::constant(0, Element::int32);
    stage.update = loop::Value::dot4(loop::Value::load({tiles_->activations, {activation}}, Element::uint8),
                                     loop::Value::load({tiles_->weights, {weight}}, Element::int8),
                                     loop::Value::accumulated(Element::int32));
    stage.finish = loop::Value::accumulated(Element::int32);
    nest_.body.emplace_back(std::move(stage));
  }

  void add_tile_loops(loop::Stage& stage, int64_t vectors, int64_t lanes) const {
    stage.loops.push_back({"m", tall_, false, loop::LoopKind::unrolled});
    stage.loops.push_back({"vector", vectors, false, loop::LoopKind::unrolled});
    stage.loops.push_back({"lane", lanes, false, loop::LoopKind::vectorized});
  }

  void finish(const Part& part) {
    loop::Stage stage;
    stage.name = builder_->stage_name();
    add_tile_loops(stage, part.blocks * part.unrolled, part.lanes);
    const loop::Affine column =
        loop::Affine(part.begin) + part.lanes * variable_of("vector") + variable_of("lane");
    const TilePlace at = place(column);
    const loop::Affine result = places_[TileStep::result] +
                                tiles_->rows.steps[TileStep::result] * variable_of("m") +
                                tiles_->column_step * at.column;
    stage.output = {tiles_->result, {result}};
    stage.finish =
        tiles_->finish(loop::Value::load({scratch_, {variable_of("m"), column}}, Element::int32), at);
    nest_.body.emplace_back(std::move(stage));
  }

  KernelBuilder* builder_;
  const IntegerTiles* tiles_;
  loop::Nest nest_;
  std::vector<loop::Affine> places_;  ///< of each operand, at the first row of the tile
  loop::Affine block_;
  std::string scratch_;  ///< the sums of a tile
  int64_t tall_ = 1;
  int64_t vectors_ = 1;
};

/// Rows of a tile: of those that registers hold, a divisor if one is near.
int64_t height_of(int64_t rows, int64_t most) {
  if (rows <= most) return rows;
  for (int64_t tall = most; 2 * tall > most; --tall)
    if (rows % tall == 0) return tall;
  return most;
}

/// Puts axes together that all operands see as one.
void join_axes(std::vector<Axis>& outer, Axis& rows) {
  std::erase_if(outer, [](const Axis& axis) { return axis.extent == 1; });
  // All rows of a tile are multiplied by the same weights.
  if (rows.extent == 1 && !outer.empty() && outer.back().steps[TileStep::group] == 0) {
    rows = outer.back();
    outer.pop_back();
  }
  const auto joins = [&](const Axis& axis) {
    for (size_t i = 0; i < axis.steps.size(); ++i)
      if (axis.steps[i] != rows.extent * rows.steps[i]) return false;
    return true;
  };
  while (!outer.empty() && joins(outer.back())) {
    rows.extent *= outer.back().extent;
    outer.pop_back();
  }
}

/// Neighbouring blocks or steps, in which as many columns or products are filled.
struct Run {
  int64_t first = 0;
  int64_t count = 1;
  int64_t filled = 1;
};

struct Packing {
  const WeightSource& source;
  const PackedColumns& layout;
  const std::string& packed;

  /// Packs some blocks and some steps of the last sum.
  [[nodiscard]] loop::Stage stage(std::string name, const Run& blocks, const Run& steps) const {
    loop::Stage stage;
    stage.name = std::move(name);
    loop::Affine from = enter_all(stage.loops, "group", source.groups, false);
    stage.loops.push_back({"block", blocks.count});
    std::vector<Axis> sums = source.sums;
    const int64_t step = sums.back().steps[0];
    sums.back() = {steps.count, {kProductsAtOnce * step}};
    from += enter_all(stage.loops, "sum", sums, false);
    stage.loops.push_back({"column", blocks.filled});
    stage.loops.push_back({"part", steps.filled, false, loop::LoopKind::unrolled});
    const loop::Affine block = variable_of("block") + loop::Affine(blocks.first);
    const loop::Affine column = layout.block * block + variable_of("column");
    from += source.column_step * column + step * variable_of("part") +
            loop::Affine(steps.first * kProductsAtOnce * step);
    sums.back().extent = filled(source.sums.back().extent, kProductsAtOnce) / kProductsAtOnce;
    const loop::Affine sum = number_of("sum", sums) + loop::Affine(steps.first);
    const loop::Affine whole = layout.blocks() * number_of("group", source.groups) + block;
    stage.output = {packed,
                    {layout.block_bytes() * whole +
                     kProductsAtOnce * (layout.block * sum + variable_of("column")) + variable_of("part")}};
    stage.finish = source.operand == nullptr ? loop::Value::constant(1, Element::int8)
                                             : shifted_weight(load_of(*source.operand, from));
    return stage;
  }
};

}  // namespace

PackedColumns PackedColumns::of(int64_t groups, int64_t columns, int64_t steps, const LoopShape& shape) {
  const int64_t vectors = std::min(kColumnVectors, filled(columns, shape.lanes) / shape.lanes);
  return {groups, columns, steps, std::max<int64_t>(vectors, 1) * shape.lanes};
}

void add_packing(KernelBuilder& builder, When when, const WeightSource& source, const PackedColumns& layout,
                 const std::string& packed) {
  const int64_t places = source.sums.back().extent;
  const int64_t block_rest = layout.columns % layout.block;
  const int64_t step_rest = places % kProductsAtOnce;
  if (block_rest != 0 || step_rest != 0)
    builder.add(store_everywhere(
                    {{{layout.bytes(), {1}}}, {0}}, packed,
                    [](std::span<const loop::Affine>) { return loop::Value::constant(0, Element::int8); },
                    builder.shape()),
                when);
  const Packing packing{source, layout, packed};
  for (const Run blocks : {Run{0, layout.columns / layout.block, layout.block},
                           Run{layout.columns / layout.block, block_rest > 0 ? 1 : 0, block_rest}})
    for (const Run steps : {Run{0, places / kProductsAtOnce, kProductsAtOnce},
                            Run{places / kProductsAtOnce, step_rest > 0 ? 1 : 0, step_rest}})
      if (blocks.count > 0 && steps.count > 0)
        builder.add(loop::Nest{{}, {packing.stage(builder.stage_name(), blocks, steps)}}, when);
}

void add_column_terms(KernelBuilder& builder, When when, const WeightSource& source,
                      const PackedColumns& layout, const ColumnTerms& columns, const std::string& terms) {
  loop::Stage stage;
  stage.name = builder.stage_name();
  loop::Affine from = enter_all(stage.loops, "group", source.groups, false);
  stage.loops.push_back({"column", layout.columns});
  stage.tile_depth = stage.loops.size();
  from += source.column_step * variable_of("column") + enter_all(stage.loops, "sum", source.sums, true);
  const ColumnTerms::Place at{number_of("group", source.groups), variable_of("column")};
  stage.output = {terms, {layout.columns * at.first + at.second}};
  stage.initial = columns.zero_point(at);
  int64_t products = 1;
  for (const Axis& sum : source.sums) products *= sum.extent;
  stage.initial = stage.initial * loop::Value::constant(static_cast<double>(products), Element::int32);
  stage.update = loop::Value::accumulated(Element::int32) -
                 as(shifted_weight(load_of(*source.operand, from)), Element::int32);
  stage.finish = columns.finish(loop::Value::accumulated(Element::int32), at);
  builder.add(loop::Nest{{}, {std::move(stage)}}, when);
}

void add_tiles(KernelBuilder& builder, const IntegerTiles& given) {
  IntegerTiles tiles = given;
  join_axes(tiles.outer, tiles.rows);
  const PackedColumns& layout = tiles.layout;
  const int64_t most = accumulators(builder.shape()) / (layout.block / builder.shape().lanes);
  const int64_t tall = height_of(tiles.rows.extent, most);
  const int64_t row_tiles = tiles.rows.extent / tall;
  const int64_t rows_left = tiles.rows.extent % tall;
  const int64_t blocks = layout.columns / layout.block;
  const int64_t columns_left = layout.columns % layout.block;
  TilesOf nests(builder, tiles);
  const auto add_rows = [&](int64_t block, int64_t count, int64_t wide) {
    nests.add(0, row_tiles, tall, block, count, wide);
    if (rows_left > 0) nests.add(row_tiles * tall, 1, rows_left, block, count, wide);
  };
  add_rows(0, blocks, layout.block);
  if (columns_left > 0) add_rows(blocks, 1, columns_left);
}

}  // namespace tamis::network
