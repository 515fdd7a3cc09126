#include "targets/vta/codegen/plan.h"

#include <array>

namespace tamis::vta {
namespace {

constexpr size_t kNone = SIZE_MAX;

/// What a context's regions hold: for every slot the tile that was loaded there last.
struct Resident {
  int64_t bias = -1;  // the co tile
  std::vector<std::array<int64_t, 5>> inp, wgt;
};

class Planner {
 public:
  Planner(const Schedule& schedule, const Footprint& footprint, const BlockedWorkload& blocked,
          uint64_t most_steps)
      : schedule_(schedule),
        footprint_(footprint),
        blocked_(blocked),
        most_steps_(most_steps),
        last_tile_(contexts(), kNone),
        last_step_(contexts(), kNone),
        resident_(contexts()) {
    for (Resident& resident : resident_) {
      resident.inp.resize(static_cast<size_t>(footprint.inp_slots), {-1});
      resident.wgt.resize(static_cast<size_t>(footprint.wgt_slots), {-1});
    }
  }

  Plan run() {
    for (int64_t b = 0; b < footprint_.outer_b; ++b) plan_batch(b);
    if (!plan_.tiles.empty()) plan_.tiles.back().release_store = true;  // FINISH waits for the last store
    return std::move(plan_);
  }

 private:
  size_t contexts() const { return static_cast<size_t>(schedule_.contexts()); }

  int64_t extent(OuterLoop loop) const {
    switch (loop) {
      case OuterLoop::h:
        return (footprint_.outer_h + schedule_.h_threads - 1) / schedule_.h_threads;
      case OuterLoop::co:
        return (footprint_.outer_co + schedule_.co_threads - 1) / schedule_.co_threads;
      case OuterLoop::w:
        return footprint_.outer_w;
    }
    return 1;
  }

  void plan_batch(int64_t b) {
    std::array<int64_t, 3> at{};  // indexed by OuterLoop
    const auto loop = [&](size_t depth) -> int64_t& {
      return at[static_cast<size_t>(schedule_.order[depth])];
    };
    for (loop(0) = 0; loop(0) < extent(schedule_.order[0]); ++loop(0))
      for (loop(1) = 0; loop(1) < extent(schedule_.order[1]); ++loop(1))
        for (loop(2) = 0; loop(2) < extent(schedule_.order[2]); ++loop(2)) {
          plan_group(b, at[0], at[1], at[2]);
          if (plan_.truncated) return;
        }
  }

  void plan_group(int64_t b, int64_t h_group, int64_t co_group, int64_t w) {
    TileGroup group{plan_.tiles.size(), 0, plan_.steps.size(), 0};
    for (int64_t h = 0; h < schedule_.h_threads; ++h) {
      for (int64_t co = 0; co < schedule_.co_threads; ++co) {
        const Tile tile{h * schedule_.co_threads + co, b, h_group * schedule_.h_threads + h, w,
                        co_group * schedule_.co_threads + co};
        if (tile.h < footprint_.outer_h && tile.co < footprint_.outer_co) add_tile(tile);
      }
    }
    group.tiles_end = plan_.tiles.size();
    for (int64_t in_tile = 0; in_tile < schedule_.tile_b; ++in_tile)
      for (int64_t ci = 0; ci < footprint_.outer_ci; ++ci)
        for (size_t tile = group.tiles_begin; tile < group.tiles_end; ++tile) add_step(tile, in_tile, ci);
    group.steps_end = plan_.steps.size();
    plan_.groups.push_back(group);
    plan_.truncated = plan_.steps.size() > most_steps_;
  }

  void add_tile(Tile tile) {
    size_t& last = last_tile_[static_cast<size_t>(tile.context)];
    if (must_wait(last, store_waited_)) {
      plan_.tiles[last].release_store = true;
      tile.wait_store = true;
    }
    last = plan_.tiles.size();
    int64_t& bias = resident_[static_cast<size_t>(tile.context)].bias;
    tile.load_bias = !schedule_.reuse || bias != tile.co;
    bias = tile.co;
    plan_.tiles.push_back(tile);
  }

  void add_step(size_t position, int64_t b, int64_t ci) {
    const Tile& tile = plan_.tiles[position];
    const auto context = static_cast<size_t>(tile.context);
    Step step{static_cast<uint32_t>(position), b, ci};
    const int64_t channel_group = tile.co * schedule_.tile_co / blocked_.co_blocks;
    step.load_inp = replace(resident_[context].inp, footprint_.inp_slots > 1 ? ci : 0,
                            {tile.b * schedule_.tile_b + b, tile.h, tile.w, channel_group, ci});
    step.load_wgt =
        replace(resident_[context].wgt, footprint_.wgt_slots > 1 ? ci : 0, {tile.co, ci, 0, 0, 0});
    if (const size_t last = last_step_[context]; step.loads() && must_wait(last, compute_waited_)) {
      plan_.steps[last].release_compute = true;
      step.wait_compute = true;
    }
    last_step_[context] = plan_.steps.size();
    plan_.steps.push_back(step);
  }

  /// Whether the engine must wait for what was done at position `last`. It need not where nothing was, or
  /// where it has already waited for something later: engines work in order. So the waits that remain take
  /// tokens in ascending order.
  static bool must_wait(size_t last, size_t& waited) {
    if (last == kNone || (waited != kNone && last <= waited)) return false;
    waited = last;
    return true;
  }

  /// Puts a tile into its slot; says whether it must be loaded.
  bool replace(std::vector<std::array<int64_t, 5>>& slots, int64_t slot,
               const std::array<int64_t, 5>& tile) const {
    std::array<int64_t, 5>& held = slots[static_cast<size_t>(slot)];
    if (schedule_.reuse && held == tile) return false;
    held = tile;
    return true;
  }

  const Schedule& schedule_;
  const Footprint& footprint_;
  const BlockedWorkload& blocked_;
  uint64_t most_steps_;
  Plan plan_;
  std::vector<size_t> last_tile_, last_step_;  // of each context
  size_t store_waited_ = kNone;                // the latest tile whose store COMPUTE has waited for
  size_t compute_waited_ = kNone;              // the latest step whose GEMM LOAD has waited for
  std::vector<Resident> resident_;
};

}  // namespace

Plan make_plan(const Schedule& schedule, const Footprint& footprint, const BlockedWorkload& blocked,
               uint64_t most_steps) {
  return Planner(schedule, footprint, blocked, most_steps).run();
}

}  // namespace tamis::vta
