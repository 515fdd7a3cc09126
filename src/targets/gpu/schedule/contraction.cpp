#include "targets/gpu/schedule/contraction.h"

#include "targets/gpu/schedule/winograd.h"
#include "targets/loop/epilogue.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

using namespace loop;

Affine variable(const std::string& name) { return Affine::variable(name); }
int64_t blocks(int64_t extent, int64_t size) { return (extent + size - 1) / size; }

/// The extents of an image, or an index of it.
template <class T>
std::vector<T> image(Layout layout, const T& b, const T& y, const T& x, const T& channel) {
  if (layout == Layout::nchw) return {b, channel, y, x};
  return {b, y, x, channel};
}

/// An axis of the output, and how it is shared out.
struct Axis {
  std::string name;
  int64_t extent = 1;
  int64_t parts = 1;  ///< outputs of an item
  int64_t items = 1;
  int64_t lanes = 1;         ///< neighbours that are an item's; where a vector, of the axis below
  bool together = false;     ///< whether outputs along it lie together
  bool interleaved = false;  ///< whether the lanes of neighbouring items lie side by side
  int64_t of_warp = 0;       ///< items of a warp along it, where warps multiply matrices
  bool halved = false;       ///< whether two parts of an item are rows of the same matrix
  Affine group = 0;          ///< the number of the block
  int64_t groups = 1;

  std::string item() const { return name + "_item"; }
  std::string warp() const { return name + "_warp"; }
  std::string part() const { return name + "_part"; }
  std::string half() const { return name + "_half"; }
  std::string lane() const { return name + "_lane"; }
  int64_t block() const { return parts * items; }
  /// Loops over the outputs of an item, the lanes last.
  std::vector<Loop> part_loops() const {
    std::vector<Loop> loops = {{part(), parts / lanes / (halved ? 2 : 1), false, LoopKind::unrolled}};
    if (halved) loops.push_back({half(), 2, false, LoopKind::unrolled});
    if (lanes > 1)
      loops.push_back({lane(), lanes, false, together ? LoopKind::vectorized : LoopKind::unrolled});
    return loops;
  }
  /// The index in the block, without the lane.
  Affine inside() const {
    if (of_warp > 0) return inside_of_warp();
    if (interleaved) return items * lanes * variable(part()) + lanes * variable(item());
    return parts * variable(item()) + variable(part());
  }
  Affine inside_of_warp() const {
    const Affine part_number = halved ? 2 * variable(part()) + variable(half()) : variable(part());
    const Affine in_warp = of_warp * lanes * part_number;
    if (of_warp == 1) return parts * variable(item()) + in_warp;
    return parts * of_warp * variable(warp()) + in_warp + lanes * variable(item());
  }
  Affine lane_index() const { return lanes > 1 ? variable(lane()) : Affine(0); }
  Affine first() const { return block() * group + inside(); }
  Affine index() const { return first() + lane_index(); }
};

/// Where an index plus its lane is below a limit: without the lane where whole vectors are, or are not.
Affine below(int64_t limit, const Affine& first, const Affine& lane, int64_t lanes) {
  if (lanes > 1 && limit % lanes == 0) return Affine(limit - lanes) - first;
  return Affine(limit - 1) - first - lane;
}

/// The element that shared memory has: of 16 bits only where warps multiply matrices of them.
Element staged_element(const Contraction& c, Math math) {
  return is_real(c.type) && math == Math::scalar ? Element::float32 : element_of(c.type);
}

/// Whether k is the last axis of a staged block. Instructions read int8 so; halves as they come.
bool a_along_k(const Contraction& c, Math math) {
  if (c.type == DataType::int8) return math != Math::scalar;
  return math == Math::matrix && !c.columns_together() && !c.transpose_a;
}
bool b_along_k(const Contraction& c, Math math) {
  if (c.type == DataType::int8) return math != Math::scalar;
  return math == Math::matrix && (c.transpose_b || c.weights_along_k);
}

/// Elements behind the last axis of a staged block, so that what items read at once lies in different banks.
int64_t padding(const Contraction& c, Math math) {
  if (math == Math::scalar) return 0;
  return math == Math::dot4 ? 4 : 16 / bytes(element_of(c.type));
}

int64_t buffers_of(const GpuChoices& choices) {
  if (choices.pipeline == Pipeline::none) return 1;
  return choices.pipeline == Pipeline::ahead ? choices.stages : 2;
}

/// An axis of a block that is copied.
struct CopyAxis {
  std::string name;
  int64_t extent = 1;
  LoopKind kind = LoopKind::unrolled;  ///< of the axis that items do not share out
};

/// Whether the loops over the kernel are inside of those over k: then a block of the input that is staged
/// serves all taps.
bool taps_are_inside(const Contraction& c, const GpuChoices& choices) {
  return c.has_taps() && (choices.algorithm == Algorithm::direct || (c.depthwise && choices.stage_a));
}

/// The extents of a block of the input that is staged.
struct StagedBlock {
  int64_t rows = 1, columns = 1, depth = 1;
};
StagedBlock staged_block(const Contraction& c, const GpuChoices& choices) {
  StagedBlock staged;
  staged.rows = choices.tile_y * choices.items_y;
  staged.columns = choices.tile_x * choices.items_x;
  staged.depth = c.depthwise ? choices.tile_n * choices.items_n : choices.block_k;
  if (!taps_are_inside(c, choices)) return staged;
  staged.rows = (staged.rows - 1) * c.stride_h + (c.kernel_h - 1) * c.dilation_h + 1;
  staged.columns = (staged.columns - 1) * c.stride_w + (c.kernel_w - 1) * c.dilation_w + 1;
  return staged;
}

/// The extents of the blocks of the input and of the weights in shared memory.
std::vector<int64_t> shared_extents_a(const Contraction& c, const GpuChoices& g) {
  const StagedBlock block = staged_block(c, g);
  const int64_t pad = padding(c, g.math);
  if (a_along_k(c, g.math)) return {buffers_of(g), block.rows, block.columns, block.depth + pad};
  return {buffers_of(g), block.depth, block.rows, block.columns + pad};
}
std::vector<int64_t> shared_extents_b(const Contraction& c, const GpuChoices& g) {
  const int64_t n = g.tile_n * g.items_n;
  const int64_t pad = padding(c, g.math);
  if (b_along_k(c, g.math)) return {buffers_of(g), n, g.block_k + pad};
  if (taps_are_inside(c, g)) return {buffers_of(g), c.kernel_h, c.kernel_w, g.block_k, n + pad};
  return {buffers_of(g), g.block_k, n + pad};
}

class Schedule {
 public:
  Schedule(const Contraction& contraction, const GpuChoices& choices, const std::string& name)
      : c_(contraction), choices_(choices) {
    program_.name = name;
    y_ = {"y", c_.rows, choices.tile_y, choices.items_y};
    x_ = {c_.matmul ? "m" : "x", c_.columns, choices.tile_x, choices.items_x};
    n_ = {"n", c_.channels, choices.tile_n, choices.items_n};
    Axis& together = c_.columns_together() ? x_ : n_;
    together.together = together.interleaved = true;
    together.lanes = choices.vector;
    if (choices.math == Math::dot4) x_.interleaved = n_.interleaved = true;
    if (choices.math == Math::matrix) share_matrices_out();
    const int64_t at_once = choices.pipeline == Pipeline::none    ? 1
                            : choices.pipeline == Pipeline::ahead ? turn_steps()
                                                                  : 2;
    steps_ = at_once * blocks(blocks(blocks(c_.depth, choices.block_k), choices.split_k), at_once);
    real_ = is_real(c_.type);
    sum_ = sum_element_of(c_.type);
    taps_inside_ = taps_are_inside(c_, choices);
    block_ = staged_block(c_, choices);
    staged_ = staged_element(c_, choices.math);
  }

  Program schedule() {
    program_.buffers = c_.arguments();
    Nest nest;
    nest.loops = group_loops();
    add_buffers();
    body_ = &nest.body;
    clear();
    if (choices_.pipeline == Pipeline::registers) fetch_first();
    if (choices_.pipeline == Pipeline::ahead) {
      multiply_ahead();
    } else {
      multiply_all();
    }
    finish();
    program_.nests.push_back(std::move(nest));
    if (choices_.split_k > 1) program_.nests.push_back(add_parts());
    return std::move(program_);
  }

 private:
  using Body = std::vector<std::variant<Stage, Nest, Barrier>>;

  /// A block of k, and where it is staged.
  struct Block {
    Affine step = 0;  ///< its number in this part of the sum
    Affine ky = 0, kx = 0;
    Affine buffer = 0;
  };

  bool is_staged() const { return choices_.stage_a || choices_.stage_b; }
  Affine buffer() const { return at_.buffer; }

  /// Rows of 8 items, each with two columns side by side: as the instructions' results lie in registers (PTX
  /// ISA, "Warp-level matrix instructions", the fragments of mma.m16n8k16 and mma.m16n8k32).
  void share_matrices_out() {
    x_.of_warp = 8;
    n_.of_warp = 4;
    y_.of_warp = 1;
    n_.lanes = 2;
    (x_.parts > 1 ? x_ : y_).halved = true;
  }

  std::vector<Loop> group_loops() {
    x_.groups = blocks(x_.extent, x_.block());
    n_.groups = blocks(n_.extent, n_.block());
    y_.groups = blocks(y_.extent, y_.block());
    std::vector<Loop> loops = {{"batch", c_.batch, false, LoopKind::group_z}};
    if (choices_.split_k > 1) loops.push_back({"k_split", choices_.split_k, false, LoopKind::group_z});
    loops.push_back({"y_group", y_.groups, false, LoopKind::group_y});
    y_.group = variable("y_group");
    n_.group = variable("n_group");
    const Loop channels{"n_group", n_.groups, false, LoopKind::group_x};
    const int64_t swizzle = std::min(choices_.swizzle, x_.groups);
    if (swizzle > 1) {
      const std::string major = x_.name + "_major";
      const std::string minor = x_.name + "_minor";
      x_.group = swizzle * variable(major) + variable(minor);
      loops.push_back({major, blocks(x_.groups, swizzle), false, LoopKind::group_x});
      loops.push_back(channels);
      loops.push_back({minor, swizzle, false, LoopKind::group_x});
    } else {
      x_.group = variable(x_.name + "_group");
      loops.push_back({x_.name + "_group", x_.groups, false, LoopKind::group_x});
      loops.push_back(channels);
    }
    return loops;
  }

  /// The axes of a tile, the one whose outputs lie together last.
  std::vector<const Axis*> axes() const {
    if (x_.together) return {&y_, &n_, &x_};
    return {&y_, &x_, &n_};
  }

  std::vector<Loop> item_loops() const {
    std::vector<Loop> loops;
    const auto add = [&](const std::string& loop, int64_t extent) {
      loops.push_back({loop, extent, false, LoopKind::item_x});
    };
    for (const Axis* axis : axes())
      if (axis->of_warp > 1) {
        add(axis->warp(), axis->items / axis->of_warp);
      } else {
        add(axis->item(), axis->items);
      }
    if (choices_.math == Math::matrix)
      for (const Axis* axis : {&x_, &n_}) add(axis->item(), axis->of_warp);
    return loops;
  }

  static std::vector<Loop> part_loops(const std::vector<const Axis*>& axes) {
    std::vector<Loop> loops;
    for (const Axis* axis : axes)
      for (Loop& loop : axis->part_loops()) loops.push_back(std::move(loop));
    return loops;
  }

  /// The place in registers of what an item has along these axes, and such a buffer.
  static Access registers(const std::string& name, const std::vector<const Axis*>& axes) {
    Access access{name, {}};
    for (const Loop& loop : part_loops(axes)) access.index.push_back(variable(loop.name));
    return access;
  }
  /// With so many elements along k.
  void add_registers(const std::string& name, Element element, const std::vector<const Axis*>& axes,
                     int64_t depth = 1) {
    Buffer buffer{name, element, {}, Storage::registers};
    for (const Loop& loop : part_loops(axes)) buffer.extents.push_back(loop.extent);
    if (depth > 1) buffer.extents.push_back(depth);
    program_.buffers.push_back(std::move(buffer));
  }

  std::vector<const Axis*> input_axes() const {
    if (c_.depthwise) return axes();
    return {&y_, &x_};
  }

  void add_buffers() {
    if (choices_.split_k > 1) {
      std::vector<int64_t> extents = program_.find(c_.output_name)->extents;
      extents.insert(extents.begin(), choices_.split_k);
      program_.buffers.push_back({"partial", sum_, extents, Storage::workspace});
    }
    add_registers("sum", sum_, axes());
    if (choices_.math != Math::matrix) {
      const bool four = choices_.math == Math::dot4;
      add_registers("a", four ? staged_ : sum_, input_axes(), four ? 4 : 1);
      add_registers("b", four ? staged_ : sum_, {&n_}, four ? 4 : 1);
    }
    if (choices_.stage_a)
      program_.buffers.push_back({"a_shared", staged_, shared_extents_a(c_, choices_), Storage::shared});
    if (choices_.stage_b)
      program_.buffers.push_back({"b_shared", staged_, shared_extents_b(c_, choices_), Storage::shared});
  }

  /// Elements of the staged blocks; of the weights at the tap at hand.
  Access a_shared(const Affine& k, const Affine& y, const Affine& x) const {
    if (a_along_k(c_, choices_.math)) return {"a_shared", {buffer(), y, x, k}};
    return {"a_shared", {buffer(), k, y, x}};
  }
  Access b_shared(const Affine& k, const Affine& n) const {
    if (b_along_k(c_, choices_.math)) return {"b_shared", {buffer(), n, k}};
    if (taps_inside_) return {"b_shared", {buffer(), at_.ky, at_.kx, k, n}};
    return {"b_shared", {buffer(), k, n}};
  }

  Stage tile_stage(const std::string& name, const std::vector<const Axis*>& over, bool with_items) const {
    Stage stage;
    stage.name = name;
    if (with_items) stage.loops = item_loops();
    for (Loop& loop : part_loops(over)) stage.loops.push_back(std::move(loop));
    return stage;
  }

  void clear() {
    Stage stage = tile_stage("clear the sums", axes(), true);
    stage.output = registers("sum", axes());
    stage.finish = Value::constant(0, sum_);
    body_->push_back(std::move(stage));
  }

  Affine step() const { return at_.step; }
  Affine first_step() const { return choices_.split_k > 1 ? steps_ * variable("k_split") : Affine(0); }

  std::vector<Loop> step_loops() const {
    if (choices_.pipeline == Pipeline::none) return {{"k_step", steps_}};
    return {{"k_pair", steps_ / 2}, {"k_buffer", 2, false, LoopKind::unrolled}};
  }

  /// The block that the loops around are at.
  Block block_of_loops() const {
    Block block;
    const bool one = choices_.pipeline == Pipeline::none;
    block.step = first_step() + (one ? variable("k_step") : 2 * variable("k_pair") + variable("k_buffer"));
    if (c_.kernel_h > 1) block.ky = variable("ky");
    if (c_.kernel_w > 1) block.kx = variable("kx");
    if (!one) block.buffer = variable("k_buffer");
    return block;
  }

  /// How many blocks of k of each tap follow one another where blocks are copied ahead.
  int64_t turn_steps() const { return blocks_in_turn(c_, choices_.stages) / c_.taps(); }

  /// The block at a place in the order in which they are copied ahead, taps innermost.
  Block block_ahead(const Affine& turn, int64_t place) const {
    const int64_t tap = place % c_.taps();
    Block block;
    block.step = first_step() + turn_steps() * turn + Affine(place / c_.taps());
    block.ky = tap / c_.kernel_w;
    block.kx = tap % c_.kernel_w;
    block.buffer = place % choices_.stages;
    return block;
  }

  void copy_ahead(Body& body, const Block& block) {
    at_ = block;
    if (choices_.stage_a) copy_a(body, Copy::ahead, step());
    if (choices_.stage_b) copy_b(body, Copy::ahead, step());
    body.emplace_back(Barrier{false});
  }

  /// Each block is copied while those before it, one less than there are buffers, are multiplied.
  void multiply_ahead() {
    const int64_t ahead = choices_.stages - 1;
    for (int64_t place = 0; place < ahead; ++place) copy_ahead(*body_, block_ahead(0, place));
    Nest turns;
    turns.loops = {{"k_turn", steps_ / turn_steps()}};
    const Affine turn = variable("k_turn");
    for (int64_t place = 0; place < blocks_in_turn(c_, choices_.stages); ++place) {
      turns.body.emplace_back(Barrier{true, ahead - 1});
      copy_ahead(turns.body, block_ahead(turn, place + ahead));
      at_ = block_ahead(turn, place);
      turns.body.emplace_back(multiply());
    }
    body_->push_back(std::move(turns));
  }

  void add_taps(std::vector<Loop>& loops) const {
    if (c_.kernel_h > 1) loops.push_back({"ky", c_.kernel_h});
    if (c_.kernel_w > 1) loops.push_back({"kx", c_.kernel_w});
  }

  void multiply_all() {
    Nest steps;
    at_ = block_of_loops();
    if (!taps_inside_) add_taps(steps.loops);
    for (const Loop& loop : step_loops()) steps.loops.push_back(loop);
    const bool ahead = choices_.pipeline == Pipeline::registers;
    if (choices_.stage_a) copy_a(steps.body, ahead ? Copy::from_registers : Copy::whole, step());
    if (choices_.stage_b) copy_weights(steps.body, ahead ? Copy::from_registers : Copy::whole, step());
    if (is_staged()) steps.body.emplace_back(Barrier{});
    if (ahead) fetch(steps.body, step() + Affine(1));
    steps.body.emplace_back(multiply());
    if (is_staged() && choices_.pipeline == Pipeline::none) steps.body.emplace_back(Barrier{});
    body_->push_back(std::move(steps));
  }

  void fetch_first() {
    at_ = {};
    fetch(*body_, first_step());
  }
  void fetch(Body& body, const Affine& step) {
    if (choices_.stage_a) copy_a(body, Copy::to_registers, step);
    if (choices_.stage_b) copy_weights(body, Copy::to_registers, step);
  }

  // Copies to shared memory.

  enum class Copy { whole, ahead, to_registers, from_registers };
  /// An index with its lane, and what it is without.
  struct Place {
    Affine first;
    Affine lane;
    int64_t lanes = 1;
    Affine index() const { return first + lane; }
  };
  using Source = std::function<Value(const Affine& other, const Place& slow, const Place& fast)>;
  using Target = std::function<Access(const Affine& other, const Affine& slow, const Affine& fast)>;

  /// Shares the elements of a block out among the items: neighbours along `fast`, of which each has a vector.
  void copy(Body& body, const std::string& name, Copy how, const CopyAxis& other, const CopyAxis& slow,
            const CopyAxis& fast, const Source& source, const Target& target) {
    const int64_t lanes = fast.extent % choices_.load_vector == 0 ? choices_.load_vector : 1;
    const int64_t vectors = fast.extent / lanes;
    const int64_t fast_items = std::min(choices_.items(), vectors);
    const int64_t slow_items = std::max<int64_t>(1, std::min(slow.extent, choices_.items() / fast_items));
    const int64_t fast_turns = blocks(vectors, fast_items);
    const int64_t slow_turns = blocks(slow.extent, slow_items);
    Stage stage;
    stage.loops = {{slow.name + "_item", slow_items, false, LoopKind::item_x},
                   {fast.name + "_item", fast_items, false, LoopKind::item_x},
                   {other.name, other.extent, false, other.kind},
                   {slow.name + "_turn", slow_turns, false, LoopKind::unrolled},
                   {fast.name + "_turn", fast_turns, false, LoopKind::unrolled}};
    const std::string lane = fast.name + "_lane";
    if (lanes > 1) stage.loops.push_back({lane, lanes, false, LoopKind::vectorized});
    const Place slow_place{slow_items * variable(slow.name + "_turn") + variable(slow.name + "_item"), 0};
    const Place fast_place{
        fast_items * lanes * variable(fast.name + "_turn") + lanes * variable(fast.name + "_item"),
        lanes > 1 ? variable(lane) : Affine(0), lanes};
    const Affine other_place = variable(other.name);
    if (slow_turns * slow_items != slow.extent)
      stage.store_if.push_back(Affine(slow.extent - 1) - slow_place.first);
    if (fast_turns * fast_items != vectors)
      stage.store_if.push_back(Affine(fast.extent - lanes) - fast_place.first);
    const std::string next = name + "_next";
    const Access in_registers{
        next, {other_place, variable(slow.name + "_turn"), variable(fast.name + "_turn"), fast_place.lane}};
    const Element element = program_.find(name + "_shared")->element;
    if (how == Copy::to_registers && program_.find(next) == nullptr)
      program_.buffers.push_back(
          {next, element, {other.extent, slow_turns, fast_turns, lanes}, Storage::registers});
    stage.asynchronous = how == Copy::ahead;
    stage.name = how == Copy::to_registers ? "fetch a block of " + name : "stage a block of " + name;
    stage.output = how == Copy::to_registers ? in_registers
                                             : target(other_place, slow_place.index(), fast_place.index());
    stage.finish = how == Copy::from_registers ? Value::load(in_registers, element)
                                               : source(other_place, slow_place, fast_place);
    body.push_back(std::move(stage));
  }

  void copy_a(Body& body, Copy how, const Affine& step) {
    if (taps_inside_) return copy_halo(body, how, step);
    const CopyAxis y{"a_y", y_.block()};
    const CopyAxis x{"a_x", x_.block()};
    const CopyAxis k{"a_k", choices_.block_k};
    const Affine first_k = choices_.block_k * step;
    if (c_.columns_together() || c_.transpose_a)
      return copy(
          body, "a", how, y, k, x,
          [&](const Affine& row, const Place& depth, const Place& column) {
            return load_input(row + y_.block() * y_.group,
                              {x_.block() * x_.group + column.first, column.lane, column.lanes},
                              {first_k + depth.first, 0, 1});
          },
          [&](const Affine& row, const Affine& depth, const Affine& column) {
            return a_shared(depth, row, column);
          });
    copy(
        body, "a", how, y, x, k,
        [&](const Affine& row, const Place& column, const Place& depth) {
          return load_input(row + y_.block() * y_.group, {x_.block() * x_.group + column.first, 0, 1},
                            {first_k + depth.first, depth.lane, depth.lanes});
        },
        [&](const Affine& row, const Affine& column, const Affine& depth) {
          return a_shared(depth, row, column);
        });
  }

  /// The block of the input under all taps of a block of outputs: neighbours of the block, too.
  void copy_halo(Body& body, Copy how, const Affine& step) {
    CopyAxis y{"a_y", block_.rows};
    const CopyAxis x{"a_x", block_.columns};
    CopyAxis k{"a_k", block_.depth};
    const Affine first_k = c_.depthwise ? n_.block() * n_.group : choices_.block_k * step;
    const Affine first_y = c_.stride_h * (y_.block() * y_.group) - Affine(c_.pad_h);
    const Affine first_x = c_.stride_w * (x_.block() * x_.group) - Affine(c_.pad_w);
    const auto source = [&](const Affine& row, const Place& column, const Place& depth) {
      return load_padded(row + first_y, {first_x + column.first, column.lane, column.lanes},
                         {first_k + depth.first, depth.lane, depth.lanes});
    };
    const auto target = [&](const Affine& row, const Affine& column, const Affine& depth) {
      return Access{"a_shared", {buffer(), depth, row, column}};
    };
    // There may be many rows.
    y.kind = k.kind = LoopKind::serial;
    if (c_.columns_together())
      return copy(
          body, "a", how, k, y, x,
          [&](const Affine& depth, const Place& row, const Place& column) {
            return source(row.index(), column, {depth, 0, 1});
          },
          [&](const Affine& depth, const Affine& row, const Affine& column) {
            return target(row, column, depth);
          });
    copy(body, "a", how, y, x, k, source, target);
  }

  void copy_weights(Body& body, Copy how, const Affine& step) {
    if (!taps_inside_) return copy_b(body, how, step);
    Nest taps;
    add_taps(taps.loops);
    copy_b(taps.body, how, step);
    body.emplace_back(std::move(taps));
  }

  void copy_b(Body& body, Copy how, const Affine& step) {
    const CopyAxis none{"b_all", 1};
    const CopyAxis n{"b_n", n_.block()};
    const CopyAxis k{"b_k", choices_.block_k};
    const Affine first_k = choices_.block_k * step;
    if (c_.transpose_b || c_.weights_along_k)
      return copy(
          body, "b", how, none, n, k,
          [&](const Affine&, const Place& channel, const Place& depth) {
            return load_weights({first_k + depth.first, depth.lane, depth.lanes},
                                {n_.block() * n_.group + channel.first, 0, 1});
          },
          [&](const Affine&, const Affine& channel, const Affine& depth) {
            return b_shared(depth, channel);
          });
    copy(
        body, "b", how, none, k, n,
        [&](const Affine&, const Place& depth, const Place& channel) {
          return load_weights({first_k + depth.first, 0, 1},
                              {n_.block() * n_.group + channel.first, channel.lane, channel.lanes});
        },
        [&](const Affine&, const Affine& depth, const Affine& channel) { return b_shared(depth, channel); });
  }

  static void hold_below(Conditions& conditions, int64_t limit, const Place& place) {
    conditions.push_back(below(limit, place.first, place.lane, place.lanes));
  }

  Value zero() const { return Value::constant(0, staged_); }

  /// An element of the input or the weights, as it is staged.
  Value loaded(Access access) const {
    if (choices_.math != Math::scalar) return Value::load(std::move(access), staged_);
    return load_computable(std::move(access), c_.type);
  }

  /// An element of the input at a place that may lie outside of it, where it is 0.
  Value load_padded(const Affine& y, const Place& x, const Place& depth) const {
    Conditions conditions;
    hold_below(conditions, c_.depthwise ? c_.channels : c_.depth, depth);
    for (const Affine& condition : {y, Affine(c_.h - 1) - y, x.index(), Affine(c_.w - 1) - x.index()})
      conditions.push_back(condition);
    return Value::guarded(std::move(conditions),
                          loaded(c_.input(variable("batch"), y, x.index(), depth.index())), zero());
  }

  /// The input that the output at a row and column needs for the tap at hand; 0 outside of it.
  Value load_input(const Affine& row, const Place& column, const Place& depth) const {
    if (!c_.pointwise())
      return load_padded(c_.stride_h * row + c_.dilation_h * at_.ky - Affine(c_.pad_h),
                         {c_.stride_w * column.index() + c_.dilation_w * at_.kx - Affine(c_.pad_w), 0, 1},
                         depth);
    Conditions conditions;
    hold_below(conditions, c_.depthwise ? c_.channels : c_.depth, depth);
    if (!c_.matmul) conditions.push_back(Affine(c_.rows - 1) - row);
    hold_below(conditions, c_.columns, column);
    return Value::guarded(std::move(conditions),
                          loaded(c_.input(variable("batch"), row, column.index(), depth.index())), zero());
  }

  Value load_weights(const Place& depth, const Place& channel) const {
    Conditions conditions;
    if (!c_.depthwise) hold_below(conditions, c_.depth, depth);
    hold_below(conditions, c_.channels, channel);
    return Value::guarded(std::move(conditions),
                          loaded(c_.weights(variable("batch"), at_.ky, at_.kx,
                                            c_.depthwise ? Affine(0) : depth.index(), channel.index())),
                          zero());
  }

  /// As the sums are computed.
  Value summed(const Value& value) const {
    return value->element == sum_ ? value : Value::convert(value, sum_);
  }

  /// Where the input of the output at hand lies in the block that is staged.
  Access staged_input(const Affine& k) const {
    const Affine y = y_.inside();
    const Affine x = x_.inside() + x_.lane_index();
    if (!taps_inside_) return a_shared(k, y, x);
    return {"a_shared",
            {buffer(), c_.depthwise ? n_.inside() + n_.lane_index() : k,
             c_.stride_h * y + c_.dilation_h * at_.ky, c_.stride_w * x + c_.dilation_w * at_.kx}};
  }

  Nest multiply() const {
    Nest nest;
    nest.loops = item_loops();
    if (taps_inside_) add_taps(nest.loops);
    const int64_t unroll = choices_.unroll;
    const int64_t at_once = depth_of_step(c_, choices_.math);
    nest.loops.push_back({"k_o", choices_.block_k / at_once / unroll});
    nest.loops.push_back({"k_u", unroll, false, LoopKind::unrolled});
    const Affine k = at_once * unroll * variable("k_o") + at_once * variable("k_u");
    if (choices_.math == Math::matrix) {
      nest.body = {product_of_matrices(k, at_once)};
    } else if (choices_.math == Math::dot4) {
      nest.body = products_of_four(k);
    } else {
      nest.body = products(k);
    }
    return nest;
  }

  /// What a warp multiplies at once: rows of matrices, columns, then k.
  Stage product_of_matrices(const Affine& first_k, int64_t depth) const {
    Stage stage;
    stage.name = "multiply matrices";
    std::vector<Loop> rows = part_loops({&y_, &x_});
    std::stable_partition(rows.begin(), rows.end(),
                          [&](const Loop& loop) { return loop.name != y_.half() && loop.name != x_.half(); });
    stage.loops = std::move(rows);
    for (Loop& loop : part_loops({&n_})) stage.loops.push_back(std::move(loop));
    stage.loops.push_back({"k_part", depth});
    for (Loop& loop : stage.loops) loop.kind = LoopKind::matrix;
    const Affine k = first_k + variable("k_part");
    stage.output = registers("sum", axes());
    const auto factor = [&](Access access) {
      return summed(computable(Value::load(std::move(access), staged_)));
    };
    stage.finish = Value::multiply_add(factor(a_shared(k, y_.inside(), x_.inside())),
                                       factor(b_shared(k, n_.inside() + n_.lane_index())),
                                       Value::load(stage.output, sum_));
    return stage;
  }

  /// Four products at once, of elements that lie side by side along k.
  Body products_of_four(const Affine& first_k) const {
    const Affine k = first_k + variable("k_part");
    const Loop four{"k_part", 4, false, LoopKind::vectorized};
    const auto with = [](Access access, const Affine& last) {
      access.index.push_back(last);
      return access;
    };
    Stage a = tile_stage("read the input", input_axes(), false);
    a.loops.push_back(four);
    a.output = with(registers("a", input_axes()), variable("k_part"));
    a.finish = Value::load(a_shared(k, y_.inside(), x_.inside()), staged_);
    Stage b = tile_stage("read the weights", {&n_}, false);
    b.loops.push_back(four);
    b.output = with(registers("b", {&n_}), variable("k_part"));
    b.finish = Value::load(b_shared(k, n_.inside()), staged_);
    Stage product = tile_stage("multiply and add", axes(), false);
    product.output = registers("sum", axes());
    product.finish =
        Value::dot4(Value::load(with(registers("a", input_axes()), 0), staged_),
                    Value::load(with(registers("b", {&n_}), 0), staged_), Value::load(product.output, sum_));
    return {std::move(a), std::move(b), std::move(product)};
  }

  Body products(const Affine& k) const {
    const Place depth{choices_.block_k * step() + k, 0, 1};
    const Place channel{n_.first(), n_.lane_index(), n_.lanes};
    const Place column{x_.first(), x_.lane_index(), x_.lanes};
    const auto of_sum = [&](const Access& access) { return Value::load(access, staged_); };

    Stage a = tile_stage("read the input", input_axes(), false);
    a.output = registers("a", input_axes());
    a.finish = summed(choices_.stage_a ? of_sum(staged_input(k))
                                       : load_input(y_.first(), column, c_.depthwise ? channel : depth));
    Stage b = tile_stage("read the weights", {&n_}, false);
    b.output = registers("b", {&n_});
    b.finish = summed(choices_.stage_b ? of_sum(b_shared(k, n_.inside() + n_.lane_index()))
                                       : load_weights(depth, channel));
    Stage product = tile_stage("multiply and add", axes(), false);
    product.output = registers("sum", axes());
    product.finish =
        Value::multiply_add(Value::load(registers("a", input_axes()), sum_),
                            Value::load(registers("b", {&n_}), sum_), Value::load(product.output, sum_));
    return {std::move(a), std::move(b), std::move(product)};
  }

  /// Of fractions the bias is added here; finish_value() adds that of integers.
  Value finished(const Value& sum, const Affine& channel, const Access& output) const {
    const bool biased = real_ && c_.epilogue.bias;
    return finish_value(c_.epilogue, c_.type, biased ? sum + Value::load({"bias", {channel}}) : sum, channel,
                        output);
  }

  void finish() {
    Stage stage = tile_stage("finish and store", axes(), true);
    const Access output = c_.output(variable("batch"), y_.index(), x_.index(), n_.index());
    for (const Axis* axis : axes()) {
      if (axis->groups * axis->block() == axis->extent && (axis != &x_ || choices_.swizzle == 1)) continue;
      stage.store_if.push_back(below(axis->extent, axis->first(), axis->lane_index(), axis->lanes));
    }
    const Value sum = Value::load(registers("sum", axes()), sum_);
    stage.output = output;
    stage.finish = choices_.split_k > 1 ? sum : finished(sum, n_.index(), output);
    if (choices_.split_k > 1) {
      stage.output.buffer = "partial";
      stage.output.index.insert(stage.output.index.begin(), variable("k_split"));
    }
    body_->push_back(std::move(stage));
  }

  /// The sum of the parts, by a launch of its own.
  Nest add_parts() const {
    static constexpr int64_t kItems = 64;
    const Buffer& output = *program_.find(c_.output_name);
    Stage stage;
    stage.name = "add";
    Nest nest;
    std::vector<Affine> index;
    for (size_t i = 0; i < output.extents.size(); ++i) {
      const std::string name = fmt::format("axis_{}", i);
      const bool last = i + 1 == output.extents.size();
      const int64_t extent = output.extents[i];
      nest.loops.push_back({name, last ? blocks(extent, kItems) : extent, false, LoopKind::group_x});
      index.push_back(variable(name));
      if (!last) continue;
      index.back() = kItems * variable(name) + variable("item");
      if (extent % kItems != 0) stage.store_if.push_back(Affine(extent - 1) - index.back());
    }
    stage.loops = {{"item", kItems, false, LoopKind::item_x}, {"part", choices_.split_k, true}};
    stage.tile_depth = 1;
    stage.output = {c_.output_name, index};
    std::vector<Affine> partial = index;
    partial.insert(partial.begin(), variable("part"));
    const size_t channel = c_.columns_together() ? 1 : index.size() - 1;
    stage.initial = Value::constant(0, sum_);
    Value part = Value::load({"partial", partial}, sum_);
    if (!stage.store_if.empty()) part = Value::guarded(stage.store_if, part, Value::constant(0, sum_));
    stage.update = Value::accumulated(sum_) + part;
    stage.finish = finished(Value::accumulated(sum_), index[channel], stage.output);
    nest.body.push_back(std::move(stage));
    return nest;
  }

  const Contraction& c_;
  const GpuChoices& choices_;
  Program program_;
  Body* body_ = nullptr;
  Block at_;  // that is being copied or multiplied
  Axis y_, x_, n_;
  StagedBlock block_;         // that is staged
  bool taps_inside_ = false;  // as taps_are_inside()
  int64_t steps_ = 1;         // blocks of k that a group multiplies
  bool real_ = true;
  Element sum_ = Element::float32;
  Element staged_ = Element::float32;  // in shared memory
};

/// Rows of an image, and images where their channels lie together, as one row: a block of outputs then need
/// not end where a row does.
void join_rows(Contraction& c) {
  c.columns *= c.rows;
  if (c.layout == Layout::nhwc) c.columns *= std::exchange(c.batch, 1);
  c.w = c.columns;
  c.rows = c.h = 1;
}

}  // namespace

bool Contraction::pointwise() const {
  return !has_taps() && stride_h == 1 && stride_w == 1 && pad_h == 0 && pad_w == 0 && h == rows &&
         w == columns;
}

Access Contraction::input(const Affine& b, const Affine& y, const Affine& x, const Affine& k) const {
  if (dense) return {"input", {x, k}};
  if (matmul) return {"input", transpose_a ? std::vector<Affine>{b, k, x} : std::vector<Affine>{b, x, k}};
  return {input_name, image(layout, b, y, x, k)};
}

Access Contraction::weights(const Affine& b, const Affine& ky, const Affine& kx, const Affine& k,
                            const Affine& n) const {
  if (dense) return {"weights", weights_along_k ? std::vector<Affine>{n, k} : std::vector<Affine>{k, n}};
  if (matmul) return {"weights", transpose_b ? std::vector<Affine>{b, n, k} : std::vector<Affine>{b, k, n}};
  if (weights_by_batch) return {"weights", {b, k, n}};
  if (weights_along_k) return {"weights", {ky, kx, n, k}};
  return {"weights", {ky, kx, k, n}};
}

Access Contraction::output(const Affine& b, const Affine& y, const Affine& x, const Affine& n) const {
  if (dense) return {"output", {x, n}};
  if (matmul) return {"output", {b, x, n}};
  return {output_name, image(layout, b, y, x, n)};
}

std::vector<Buffer> Contraction::arguments() const {
  const Element element = element_of(type);
  std::vector<int64_t> in;
  std::vector<int64_t> by;
  std::vector<int64_t> out;
  if (dense) {
    in = {columns, depth};
    by = weights_along_k ? std::vector<int64_t>{channels, depth} : std::vector<int64_t>{depth, channels};
    out = {columns, channels};
  } else if (matmul) {
    in = transpose_a ? std::vector<int64_t>{batch, depth, columns}
                     : std::vector<int64_t>{batch, columns, depth};
    by = transpose_b ? std::vector<int64_t>{batch, channels, depth}
                     : std::vector<int64_t>{batch, depth, channels};
    out = {batch, columns, channels};
  } else {
    in = image(layout, batch, h, w, depthwise ? channels : depth);
    by = weights_by_batch ? std::vector<int64_t>{batch, depth, channels}
                          : std::vector<int64_t>{kernel_h, kernel_w, depth, channels};
    if (weights_along_k) std::swap(by[by.size() - 2], by.back());
    out = image(layout, batch, rows, columns, channels);
  }
  std::vector<Buffer> buffers = {{input_name, element, in}, {"weights", element, by}};
  if (epilogue.bias) buffers.push_back({"bias", sum_element_of(type), {channels}});
  if (epilogue.residual) buffers.push_back({"residual", element, out});
  buffers.push_back({output_name, element, out, Storage::argument, true});
  return buffers;
}

Result<Contraction> describe(const Workload& workload) {
  Contraction c;
  c.type = workload.type;
  c.epilogue = workload.epilogue;
  const ConvShape& shape = workload.shape;
  switch (workload.op) {
    case Operator::matmul:
      c.matmul = true;
      c.transpose_a = workload.matmul.transpose_a;
      c.transpose_b = workload.matmul.transpose_b;
      c.batch = workload.matmul.batch;
      c.columns = c.w = workload.matmul.m;
      c.channels = workload.matmul.n;
      c.depth = workload.matmul.k;
      return c;
    case Operator::dense:
      c.matmul = c.dense = true;
      c.columns = c.w = shape.n;
      c.channels = shape.co;
      c.depth = shape.ci;
      return c;
    case Operator::conv2d:
    case Operator::depthwise_conv2d:
      break;
    default:
      return unsupported(fmt::format(
          "GPUs have no schedule of {} here; there are matmul, dense, conv2d and depthwise_conv2d",
          to_string(workload.op)));
  }
  if (workload.layout == Layout::nchw16c)
    return unsupported("GPUs have no schedule of layout nchw16c; write layout=nhwc or layout=nchw");
  c.layout = workload.layout;
  c.depthwise = workload.op == Operator::depthwise_conv2d;
  c.batch = shape.n;
  c.rows = output_height(workload);
  c.columns = output_width(workload);
  c.channels = shape.co;
  c.depth = c.depthwise ? 1 : shape.ci;
  c.h = shape.h;
  c.w = shape.w;
  c.kernel_h = shape.kernel_h;
  c.kernel_w = shape.kernel_w;
  c.stride_h = shape.stride_h;
  c.stride_w = shape.stride_w;
  c.pad_h = shape.pad_h;
  c.pad_w = shape.pad_w;
  c.dilation_h = shape.dilation_h;
  c.dilation_w = shape.dilation_w;
  if (c.pointwise() && !c.depthwise) join_rows(c);
  return c;
}

int64_t depth_of_step(const Contraction& contraction, Math math) {
  if (math == Math::scalar) return 1;
  return math == Math::dot4 ? 4 : 32 / bytes(element_of(contraction.type));
}

int64_t blocks_in_turn(const Contraction& contraction, int64_t stages) {
  return std::lcm(contraction.taps(), stages);
}

int64_t shared_bytes(const Contraction& contraction, const GpuChoices& choices) {
  const auto product = [](const std::vector<int64_t>& extents) {
    return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
  };
  int64_t elements = 0;
  if (choices.stage_a) elements += product(shared_extents_a(contraction, choices));
  if (choices.stage_b) elements += product(shared_extents_b(contraction, choices));
  return elements * bytes(staged_element(contraction, choices.math));
}

loop::Program schedule(const Contraction& contraction, const GpuChoices& choices, const std::string& name) {
  if (is_winograd(choices.algorithm)) return schedule_winograd(contraction, choices, name);
  return Schedule(contraction, choices, name).schedule();
}

}  // namespace tamis::gpu
