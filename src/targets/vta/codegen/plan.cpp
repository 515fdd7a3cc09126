#include "targets/vta/codegen/plan.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace tamis::vta {
namespace {

constexpr size_t kNone = SIZE_MAX;
constexpr uint32_t kUnknown = UINT32_MAX;

/// Which piece of an operand: its coordinates.
using Piece = std::array<int64_t, 5>;

/// What a region of SRAM holds, and who read it last.
class Region {
 public:
  explicit Region(int64_t slots) : slots_(static_cast<size_t>(slots)) {}

  struct Place {
    uint32_t slot;
    bool load;         ///< the piece is not there yet
    size_t last_step;  ///< the last that read what a load overwrites, or kNone
  };
  /// Where a piece goes. One of `fixed` has its slot; others take the slots in turn, unless with `reuse` one
  /// holds them.
  Place place(const Piece& piece, std::optional<int64_t> fixed, bool reuse) {
    const size_t held = find(piece, fixed);
    if (reuse && held < slots_.size()) return {static_cast<uint32_t>(held), false, kNone};
    const size_t slot = fixed ? static_cast<size_t>(*fixed) : next_;
    next_ = (slot + 1) % slots_.size();
    slots_[slot].piece = piece;
    return {static_cast<uint32_t>(slot), true, slots_[slot].last_step};
  }
  void read(uint32_t slot, size_t step) { slots_[slot].last_step = step; }

 private:
  struct Slot {
    Piece piece{-1};
    size_t last_step = kNone;
  };

  size_t find(const Piece& piece, std::optional<int64_t> fixed) const {
    if (fixed) return slots_[static_cast<size_t>(*fixed)].piece == piece ? *fixed : slots_.size();
    for (size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].piece == piece) return i;
    return slots_.size();
  }

  std::vector<Slot> slots_;
  size_t next_ = 0;
};

/// The later of two steps of which each may be kNone.
size_t later(size_t a, size_t b) {
  if (a == kNone) return b;
  return b == kNone ? a : std::max(a, b);
}

class Planner {
 public:
  Planner(const Schedule& schedule, const Footprint& footprint, const BlockedWorkload& blocked,
          uint64_t most_steps)
      : schedule_(schedule),
        footprint_(footprint),
        blocked_(blocked),
        most_steps_(most_steps),
        last_tile_(contexts(), kNone),
        bias_(contexts(), -1),
        bias_blocks_(static_cast<size_t>(footprint.bias_blocks > 0 ? footprint.outer_co : 0), false),
        inp_(static_cast<size_t>(footprint.inp_regions), Region(footprint.inp_slots)),
        wgt_(static_cast<size_t>(footprint.wgt_regions), Region(footprint.wgt_slots)) {}

  Plan run() {
    for (int64_t b = 0; b < footprint_.outer_b; ++b) plan_batch(b);
    if (!plan_.tiles.empty()) {
      plan_.tiles.back().release_store = true;  // FINISH waits for the last store
      if (schedule_.compact) plan_.tiles.back().by_block = true;
    }
    sort_placements();
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
    tile.by_block = schedule_.finish_by_block;
    int64_t& bias = bias_[static_cast<size_t>(tile.context)];
    tile.load_bias = !schedule_.reuse || bias != tile.co;
    bias = tile.co;
    plan_.tiles.push_back(tile);
  }

  void add_step(size_t position, int64_t b, int64_t ci) {
    const Tile& tile = plan_.tiles[position];
    const size_t number = plan_.steps.size();
    Step step{static_cast<uint32_t>(position), b, ci};
    const int64_t channel_group = tile.co * schedule_.tile_co / blocked_.co_blocks;
    Region& inp = inp_[static_cast<size_t>(inp_region_of(schedule_, tile.context))];
    Region& wgt = wgt_[static_cast<size_t>(wgt_region_of(schedule_, tile.context))];
    const auto slot_of = [&](bool keep) { return keep ? std::optional(ci) : std::nullopt; };
    const Region::Place inp_place =
        inp.place({tile.b * schedule_.tile_b + b, tile.h, tile.w, channel_group, ci},
                  slot_of(schedule_.keep_inp), schedule_.reuse);
    const Region::Place wgt_place =
        wgt.place({tile.co, ci, 0, 0, 0}, slot_of(schedule_.keep_wgt), schedule_.reuse);
    step.inp_slot = inp_place.slot;
    step.wgt_slot = wgt_place.slot;
    step.load_inp = inp_place.load;
    step.load_wgt = wgt_place.load;
    step.load_bias =
        b + 1 == schedule_.tile_b && ci + 1 == footprint_.outer_ci && bias_blocks_missing(tile.co);
    if (const size_t last = later(inp_place.last_step, wgt_place.last_step);
        must_wait(last, compute_waited_)) {
      plan_.steps[last].release_compute = true;
      step.wait_compute = true;
    }
    reach(plan_.inp_end, inp_region_of(schedule_, tile.context) * footprint_.inp_region(), step.inp_slot,
          footprint_.inp_tile);
    reach(plan_.wgt_end, wgt_region_of(schedule_, tile.context) * footprint_.wgt_region(), step.wgt_slot,
          footprint_.wgt_tile);
    inp.read(step.inp_slot, number);
    wgt.read(step.wgt_slot, number);
    step.placement = placement_of(tile, step);
    plan_.steps.push_back(step);
  }

  static void reach(int64_t& end, int64_t region, uint32_t slot, int64_t tile) {
    end = std::max(end, region + (slot + 1) * tile);
  }

  /// Whether the biases of a co tile have to be loaded; they stay for good.
  bool bias_blocks_missing(int64_t co) {
    if (bias_blocks_.empty() || bias_blocks_[static_cast<size_t>(co)]) return false;
    return bias_blocks_[static_cast<size_t>(co)] = true;
  }

  uint32_t placement_of(const Tile& tile, const Step& step) {
    const Placement placement{tile.context, step.b, step.inp_slot, step.wgt_slot};
    // Where both operands stay, their slots are the same.
    const bool same = schedule_.keep_inp && schedule_.keep_wgt;
    const int64_t slots = same ? footprint_.inp_slots : footprint_.inp_slots * footprint_.wgt_slots;
    const int64_t slot = same ? step.inp_slot : step.inp_slot * footprint_.wgt_slots + step.wgt_slot;
    const auto key = static_cast<size_t>((tile.context * schedule_.tile_b + step.b) * slots + slot);
    if (placement_numbers_.size() <= key) placement_numbers_.resize(key + 1, kUnknown);
    if (placement_numbers_[key] == kUnknown) {
      placement_numbers_[key] = static_cast<uint32_t>(plan_.placements.size());
      plan_.placements.push_back(placement);
    }
    return placement_numbers_[key];
  }

  void sort_placements() {
    std::vector<uint32_t> order(plan_.placements.size()), position(order.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return plan_.placements[a] < plan_.placements[b]; });
    for (uint32_t i = 0; i < order.size(); ++i) position[order[i]] = i;
    std::sort(plan_.placements.begin(), plan_.placements.end());
    for (Step& step : plan_.steps) step.placement = position[step.placement];
  }

  /// Whether the engine must wait for what was done at position `last`. It need not where nothing was, or
  /// where it has already waited for something later: engines work in order. So the waits that remain take
  /// tokens in ascending order.
  static bool must_wait(size_t last, size_t& waited) {
    if (last == kNone || (waited != kNone && last <= waited)) return false;
    waited = last;
    return true;
  }

  const Schedule& schedule_;
  const Footprint& footprint_;
  const BlockedWorkload& blocked_;
  uint64_t most_steps_;
  Plan plan_;
  std::vector<size_t> last_tile_;  // of each context
  std::vector<int64_t> bias_;      // the co tile whose biases a context's accumulators have behind them
  std::vector<bool> bias_blocks_;  // whether the blocks of a co tile are there
  std::vector<Region> inp_, wgt_;
  size_t store_waited_ = kNone;    // the latest tile whose store COMPUTE has waited for
  size_t compute_waited_ = kNone;  // the latest step whose GEMM LOAD has waited for
  std::vector<uint32_t> placement_numbers_;
};

}  // namespace

int64_t inp_region_of(const Schedule& schedule, int64_t context) {
  return schedule.shared ? context / schedule.co_threads : context;
}

int64_t wgt_region_of(const Schedule& schedule, int64_t context) {
  return schedule.shared ? context % schedule.co_threads : context;
}

Plan make_plan(const Schedule& schedule, const Footprint& footprint, const BlockedWorkload& blocked,
               uint64_t most_steps) {
  return Planner(schedule, footprint, blocked, most_steps).run();
}

}  // namespace tamis::vta
