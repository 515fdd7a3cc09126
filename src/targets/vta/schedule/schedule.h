#pragma once

#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"
#include "tamis/workload.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/schedule/blocked_workload.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::vta {

/// Which schedules a space holds.
enum class SpaceKind {
  autotvm,  ///< AutoTVM's VTA templates: the same knobs, values and index numbering
  wide,     ///< the template's knobs, then ours: loop_order, resident, uop_loops, operands, bias, epilogue
};
/// Errors: not_found for a word that is neither `template` nor `wide`.
Result<SpaceKind> parse_space_kind(const std::string& word);

/// The knobs of a workload. Convolutions of every kind: tile_b, tile_h, tile_w, tile_ci, tile_co (splits in
/// two, of the batch blocks, output positions, input channel blocks of a group and all output channel
/// blocks), oc_nthread, h_nthread; dense: tile_b, tile_ci, tile_co, oc_nthread. As in TVM 0.9's
/// vta/top/vta_{conv2d,group_conv2d,conv2d_transpose,dense}.py. The wide space has `bias` only where
/// bias_fits_blocks().
Result<Space> schedule_space(const Workload& workload, const BlockedWorkload& blocked, SpaceKind kind);

/// The outer loops over tiles, in the order that they nest (batch is always outermost).
enum class OuterLoop : uint8_t { h, co, w };

/// The loops inside a tile that one GEMM instruction covers. The first two with more than one iteration
/// become its hardware loops, the rest are written out as micro-ops.
enum class InnerLoop : uint8_t { ci, w, kernel_w, kernel_h, group, co, h };

/// How a bias reaches the accumulators.
enum class BiasRoute : uint8_t {
  alu,   ///< loaded into acc, added by the ALU: two cycles an output element
  gemm,  ///< as the product of constants and a block of weights that makes it up: one cycle (bias_blocks.h)
};

/// How a config computes a workload on VTA:
///
///     for batch, and the outer loops in `order` (virtual threads take neighbouring h and co tiles at the
///     same time):
///       reset the accumulators
///       for batch in tile, for ci outer:  load inp and wgt tiles, GEMM over `inner`
///       shift, bias, clip; store
///
/// The members from `compact` on are those of the wide space; the template has none of them.
struct Schedule {
  int64_t tile_b = 1, tile_h = 1, tile_w = 1;  ///< batch blocks, output positions
  int64_t tile_ci = 1, tile_co = 1;            ///< channel blocks
  int64_t co_threads = 1, h_threads = 1;       ///< virtual threads, each with SRAM regions of its own
  std::array<OuterLoop, 3> order{OuterLoop::h, OuterLoop::co, OuterLoop::w};
  std::array<InnerLoop, 7> inner{InnerLoop::ci,    InnerLoop::w,  InnerLoop::kernel_w, InnerLoop::kernel_h,
                                 InnerLoop::group, InnerLoop::co, InnerLoop::h};
  bool keep_inp = false;  ///< the inp region holds all of ci, so a tile of the same place is not loaded again
  bool keep_wgt = false;  ///< likewise for wgt
  bool reuse = false;     ///< skip a load of what the region already holds (the template always loads)
  /// Rows of the input that no output reads are not loaded, h and w become one loop where their steps allow
  /// it, and the last tile is finished block by block, so that its store overlaps.
  bool compact = false;
  /// Virtual threads that read the same operand share its region; a region has two slots, so that LOAD fills
  /// one while COMPUTE reads the other.
  bool shared = false;
  BiasRoute bias = BiasRoute::alu;
  bool finish_by_block = false;  ///< shift, bias, clip and store one channel block of a tile after another

  int64_t contexts() const { return co_threads * h_threads; }
};

/// The schedule that a config of schedule_space() names.
Schedule make_schedule(const Space& space, const Config& config);

/// What a schedule needs of each memory, in elements, and the extents of its loops.
struct Footprint {
  int64_t outer_b = 1, outer_h = 1, outer_w = 1, outer_ci = 1, outer_co = 1;  ///< tiles along each axis
  int64_t groups_in_tile = 1;                ///< groups whose output channels a tile holds
  int64_t co_in_group = 1;                   ///< output channel blocks of one group in a tile
  int64_t inp_rows = 1, inp_cols = 1;        ///< of an input tile
  int64_t row_step = 1;                      ///< rows of the input from one row of the tile to the next
  int64_t out_rows = 1, out_cols = 1;        ///< of a tile, all phases
  int64_t inp_tile = 1, wgt_tile = 1;        ///< elements of one load step
  int64_t inp_slots = 1, wgt_slots = 1;      ///< load steps that a region keeps
  int64_t inp_regions = 1, wgt_regions = 1;  ///< one a context, or fewer where contexts share them
  int64_t acc_tile = 1, bias_tile = 0;       ///< accumulators of a tile; biases behind them
  int64_t bias_blocks = 0;  ///< BiasRoute::gemm: blocks of weights that stay behind the wgt regions ...
  int64_t constants = 0;    ///< ... and elements behind the inp regions

  int64_t inp_region() const { return inp_tile * inp_slots; }
  int64_t wgt_region() const { return wgt_tile * wgt_slots; }
  int64_t acc_context() const { return acc_tile + bias_tile; }
  /// The output elements of one channel block of a tile.
  int64_t plane() const { return out_rows * out_cols; }
};

/// Of a schedule whose threads all have a tile (see with_threads_that_work()). Errors: unsupported when a
/// tile would cross the border between groups.
Result<Footprint> footprint(const BlockedWorkload& blocked, const Schedule& schedule, bool bias);
/// The schedule without the virtual threads that have no tile: they need no memory.
Schedule with_threads_that_work(Schedule schedule, const BlockedWorkload& blocked);

}  // namespace tamis::vta
