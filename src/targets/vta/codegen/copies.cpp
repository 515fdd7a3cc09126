#include "targets/vta/codegen/copies.h"

#include <algorithm>

namespace tamis::vta {
namespace {

constexpr int64_t kMostField16 = 65535;
constexpr int64_t kMostPad = 15;

MemoryInstruction copy(Memory memory, int64_t sram, int64_t dram, int64_t rows, int64_t cols,
                       int64_t stride) {
  MemoryInstruction instruction;
  instruction.is_store = memory == Memory::out;
  instruction.memory = memory;
  instruction.sram_base = field(sram);
  instruction.dram_base = field(dram);
  instruction.y_size = field(rows);
  instruction.x_size = field(cols);
  instruction.x_stride = field(stride);
  return instruction;
}

/// `planes` pieces of `length` contiguous elements, `stride` apart in DRAM and packed in SRAM: one 2-D copy
/// where the numbers fit their fields, otherwise one copy a piece.
void copy_pieces(Memory memory, int64_t sram, int64_t dram, int64_t planes, int64_t length, int64_t stride,
                 std::vector<MemoryInstruction>& out) {
  if (length <= kMostField16 && stride <= kMostField16) {
    out.push_back(copy(memory, sram, dram, planes, length, stride));
    return;
  }
  for (int64_t plane = 0; plane < planes; ++plane)
    for (int64_t done = 0; done < length; done += kMostField16) {
      const int64_t part = std::min(kMostField16, length - done);
      out.push_back(copy(memory, sram + plane * length + done, dram + plane * stride + done, 1, part, part));
    }
}

}  // namespace

/// The part of a window of rows (or columns) that lies in the input, and the zeros before and after it.
struct CopyPlanner::Window {
  int64_t begin, size, before, after;

  Window(const Axis& axis, int64_t position, int64_t length) {
    const int64_t first = position * axis.step - axis.pad;
    begin = std::clamp<int64_t>(first, 0, axis.input);
    const int64_t end = std::clamp<int64_t>(first + length, 0, axis.input);
    size = std::max<int64_t>(0, end - begin);
    before = std::clamp<int64_t>(-first, 0, length);
    after = length - size - before;
  }
  bool padded() const { return before > 0 || after > 0; }
};

bool needs_zeros(const BlockedWorkload& blocked, const Schedule& schedule, const Footprint& footprint) {
  const auto some_tile_misses = [](const Axis& axis, int64_t tile, int64_t tiles, int64_t length) {
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t first = i * tile * axis.step - axis.pad;
      if (first >= axis.input || first + length <= 0) return true;
    }
    return false;
  };
  return some_tile_misses(blocked.h, schedule.tile_h, footprint.outer_h, footprint.inp_rows) ||
         some_tile_misses(blocked.w, schedule.tile_w, footprint.outer_w, footprint.inp_cols);
}

void CopyPlanner::load_input(const Tile& tile, const Step& step, std::vector<MemoryInstruction>& out) const {
  const Window rows(blocked_.h, tile.h * schedule_.tile_h, footprint_.inp_rows);
  const Window cols(blocked_.w, tile.w * schedule_.tile_w, footprint_.inp_cols);
  const int64_t batch = tile.b * schedule_.tile_b + step.b;
  const int64_t group = tile.co * schedule_.tile_co / blocked_.co_blocks;
  const int64_t plane_size = footprint_.inp_rows * footprint_.inp_cols;
  int64_t sram =
      inp_region_of(schedule_, tile.context) * footprint_.inp_region() + step.inp_slot * footprint_.inp_tile;
  const bool contiguous = !rows.padded() && !cols.padded() && cols.size == blocked_.w.input;
  for (int64_t g = 0; g < footprint_.groups_in_tile; ++g) {
    const int64_t plane =
        batch * blocked_.total_ci_blocks() + (group + g) * blocked_.ci_blocks + step.ci * schedule_.tile_ci;
    if (footprint_.row_step > 1) {
      load_read_rows(cols, tile.h * schedule_.tile_h * footprint_.row_step, plane, sram, out);
    } else if (contiguous) {
      const int64_t dram = bases_.input + (plane * blocked_.h.input + rows.begin) * blocked_.w.input;
      copy_pieces(Memory::inp, sram, dram, schedule_.tile_ci, plane_size, blocked_.h.input * blocked_.w.input,
                  out);
    } else {
      for (int64_t ci = 0; ci < schedule_.tile_ci; ++ci)
        load_plane(rows, cols, plane + ci, sram + ci * plane_size, out);
    }
    sram += schedule_.tile_ci * plane_size;
  }
}

void CopyPlanner::load_plane(const Window& rows, const Window& cols, int64_t plane, int64_t sram,
                             std::vector<MemoryInstruction>& out) const {
  if (rows.size == 0 || cols.size == 0) return zero_fill(sram, out);
  const int64_t dram = bases_.input + (plane * blocked_.h.input + rows.begin) * blocked_.w.input + cols.begin;
  MemoryInstruction load = copy(Memory::inp, sram, dram, rows.size, cols.size, blocked_.w.input);
  load.y_pad_0 = field(rows.before);
  load.y_pad_1 = field(rows.after);
  load.x_pad_0 = field(cols.before);
  load.x_pad_1 = field(cols.after);
  out.push_back(load);
}

/// The tile's part of all channel blocks of a step where only every row_step-th row is read.
void CopyPlanner::load_read_rows(const Window& cols, int64_t first_row, int64_t plane, int64_t sram,
                                 std::vector<MemoryInstruction>& out) const {
  if (cols.size == 0) {
    for (int64_t ci = 0; ci < schedule_.tile_ci; ++ci)
      zero_fill(sram + ci * footprint_.inp_rows * footprint_.inp_cols, out);
    return;
  }
  const int64_t image = blocked_.h.input * blocked_.w.input;
  const int64_t stride = footprint_.row_step * blocked_.w.input;
  const int64_t rows = footprint_.inp_rows;
  int64_t dram = bases_.input + plane * image + first_row * blocked_.w.input + cols.begin;
  // From the last row of a plane to the first of the next it is as far as from row to row.
  if (rows * stride == image && !cols.padded()) {
    out.push_back(copy(Memory::inp, sram, dram, schedule_.tile_ci * rows, cols.size, stride));
    return;
  }
  for (int64_t ci = 0; ci < schedule_.tile_ci; ++ci, dram += image, sram += rows * footprint_.inp_cols) {
    MemoryInstruction load = copy(Memory::inp, sram, dram, rows, cols.size, stride);
    load.x_pad_0 = field(cols.before);
    load.x_pad_1 = field(cols.after);
    out.push_back(load);
  }
}

/// A tile wholly in the padding: a row of zeros, with up to kMostPad more before it. (The Chisel design has
/// no load without a row.)
void CopyPlanner::zero_fill(int64_t sram, std::vector<MemoryInstruction>& out) const {
  for (int64_t row = 0; row < footprint_.inp_rows; row += kMostPad + 1) {
    MemoryInstruction load = copy(Memory::inp, sram + row * footprint_.inp_cols, bases_.zeros, 1,
                                  footprint_.inp_cols, footprint_.inp_cols);
    load.y_pad_0 = field(std::min(kMostPad, footprint_.inp_rows - row - 1));
    out.push_back(load);
  }
}

void CopyPlanner::load_weights(const Tile& tile, const Step& step,
                               std::vector<MemoryInstruction>& out) const {
  const int64_t taps = blocked_.h.kernel * blocked_.w.kernel;
  const int64_t sram =
      wgt_region_of(schedule_, tile.context) * footprint_.wgt_region() + step.wgt_slot * footprint_.wgt_tile;
  const int64_t stride = blocked_.ci_blocks * taps;
  const int64_t dram =
      bases_.weights + tile.co * schedule_.tile_co * stride + step.ci * schedule_.tile_ci * taps;
  copy_pieces(Memory::wgt, sram, dram, schedule_.tile_co, schedule_.tile_ci * taps, stride, out);
}

void CopyPlanner::load_bias(const Tile& tile, std::vector<MemoryInstruction>& out) const {
  const int64_t sram = tile.context * footprint_.acc_context() + footprint_.acc_tile;
  copy_pieces(Memory::acc, sram, bases_.bias + tile.co * schedule_.tile_co, 1, schedule_.tile_co,
              schedule_.tile_co, out);
}

void CopyPlanner::load_constants(std::vector<MemoryInstruction>& out) const {
  out.push_back(
      copy(Memory::inp, footprint_.inp_regions * footprint_.inp_region(), bases_.constants, 1, 1, 1));
}

void CopyPlanner::load_bias_blocks(const Tile& tile, std::vector<MemoryInstruction>& out) const {
  const int64_t first = tile.co * schedule_.tile_co;
  copy_pieces(Memory::wgt, footprint_.wgt_regions * footprint_.wgt_region() + first, bases_.bias + first, 1,
              schedule_.tile_co, schedule_.tile_co, out);
}

void CopyPlanner::store_output(const Tile& tile, std::vector<MemoryInstruction>& out) const {
  for (int64_t b = 0; b < schedule_.tile_b; ++b) store_blocks(tile, b, 0, schedule_.tile_co, out);
}

void CopyPlanner::store_block(const Tile& tile, int64_t b, int64_t co,
                              std::vector<MemoryInstruction>& out) const {
  store_blocks(tile, b, co, 1, out);
}

/// `count` channel blocks from block `co` on of batch block `b` of a tile.
void CopyPlanner::store_blocks(const Tile& tile, int64_t b, int64_t co, int64_t count,
                               std::vector<MemoryInstruction>& out) const {
  const int64_t rows = blocked_.h.output();
  const int64_t cols = blocked_.w.output();
  const int64_t tile_plane = footprint_.plane();
  const int64_t sram = tile.context * footprint_.acc_context() + (b * schedule_.tile_co + co) * tile_plane;
  const int64_t first_plane =
      (tile.b * schedule_.tile_b + b) * blocked_.total_co_blocks() + tile.co * schedule_.tile_co + co;
  const int64_t dram = bases_.output + (first_plane * rows + tile.h * footprint_.out_rows) * cols +
                       tile.w * footprint_.out_cols;
  if (footprint_.out_cols == cols)
    return copy_pieces(Memory::out, sram, dram, count, tile_plane, rows * cols, out);
  for (int64_t i = 0; i < count; ++i)
    out.push_back(copy(Memory::out, sram + i * tile_plane, dram + i * rows * cols, footprint_.out_rows,
                       footprint_.out_cols, cols));
}

void CopyPlanner::load_uops(int64_t count, std::vector<MemoryInstruction>& out) const {
  copy_pieces(Memory::uop, 0, bases_.uops, 1, count, count, out);
}

}  // namespace tamis::vta
