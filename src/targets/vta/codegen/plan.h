#pragma once

#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// One output tile, computed in the SRAM regions of one context (virtual thread).
struct Tile {
  int64_t context = 0;
  int64_t b = 0, h = 0, w = 0, co = 0;  ///< tile coordinates
  bool load_bias = true;                ///< the context's region does not hold these channels' biases yet
  bool wait_store = false;     ///< the context's last tile must have been stored before this one is reset
  bool release_store = false;  ///< a later tile of the context, or FINISH, waits for this one's store
};

/// One load step of a tile: load what is not there, then GEMM.
struct Step {
  uint32_t tile = 0;      ///< position in Plan::tiles
  int64_t b = 0, ci = 0;  ///< batch block in the tile, ci outer
  bool load_inp = true, load_wgt = true;
  bool wait_compute = false;     ///< the load must wait until the context's GEMM before has read its regions
  bool release_compute = false;  ///< the context's next load waits for this GEMM
  bool loads() const { return load_inp || load_wgt; }
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
  bool truncated = false;  ///< more than `most_steps` steps; the rest is missing
};

Plan make_plan(const Schedule& schedule, const Footprint& footprint, const BlockedWorkload& blocked,
               uint64_t most_steps);

}  // namespace tamis::vta
