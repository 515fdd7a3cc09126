#pragma once

#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <cstdint>
#include <tuple>
#include <vector>

namespace tamis::vta {

/// One output tile, computed in the accumulators of one context (virtual thread).
struct Tile {
  int64_t context = 0;
  int64_t b = 0, h = 0, w = 0, co = 0;  ///< tile coordinates
  bool load_bias = true;       ///< BiasRoute::alu: the context does not hold these channels' biases yet
  bool wait_store = false;     ///< the context's last tile must have been stored before this one is reset
  bool release_store = false;  ///< a later tile of the context, or FINISH, waits for this one's store
  bool by_block = false;       ///< finished and stored one channel block after another
};

/// One load step of a tile: load what is not there, then GEMM.
struct Step {
  uint32_t tile = 0;                    ///< position in Plan::tiles
  int64_t b = 0, ci = 0;                ///< batch block in the tile, ci outer
  uint32_t inp_slot = 0, wgt_slot = 0;  ///< where the operands lie in their regions
  uint32_t placement = 0;               ///< position in Plan::placements
  bool load_inp = true, load_wgt = true;
  bool load_bias = false;        ///< BiasRoute::gemm: the tile's blocks of biases too
  bool wait_compute = false;     ///< the load must wait until a GEMM has read what it overwrites
  bool release_compute = false;  ///< a later load waits for this GEMM
  bool loads() const { return load_inp || load_wgt || load_bias; }
};

/// Where a GEMM finds its accumulators and operands: what its micro-ops depend on beside the kernel.
struct Placement {
  int64_t context = 0, b = 0;
  uint32_t inp_slot = 0, wgt_slot = 0;
  friend bool operator==(const Placement&, const Placement&) = default;
  friend bool operator<(const Placement& left, const Placement& right) {
    return std::tie(left.context, left.b, left.inp_slot, left.wgt_slot) <
           std::tie(right.context, right.b, right.inp_slot, right.wgt_slot);
  }
};

/// Tiles that run at the same time, one a context, with their steps interleaved.
struct TileGroup {
  size_t tiles_begin = 0, tiles_end = 0;
  size_t steps_begin = 0, steps_end = 0;
};

/// A schedule written out: which tile runs where and when, what each step loads, and who waits for whom.
///
/// Tokens carry no identity, so a wait takes the oldest token of its queue. Every queue is pushed and popped
/// in the same order of steps, and each push has exactly one pop: that is what makes the waits mean what they
/// say.
struct Plan {
  std::vector<Tile> tiles;
  std::vector<Step> steps;
  std::vector<TileGroup> groups;
  std::vector<Placement> placements;  ///< that the steps have, ascending
  int64_t inp_end = 0, wgt_end = 0;   ///< of the regions that steps use, in elements
  bool truncated = false;             ///< more than `most_steps` steps; the rest is missing
};

/// The regions of inp and wgt that the tiles of a context use.
int64_t inp_region_of(const Schedule& schedule, int64_t context);
int64_t wgt_region_of(const Schedule& schedule, int64_t context);

Plan make_plan(const Schedule& schedule, const Footprint& footprint, const BlockedWorkload& blocked,
               uint64_t most_steps);

}  // namespace tamis::vta
