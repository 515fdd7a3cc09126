#include "targets/vta/codegen/plan.h"

#include "tamis/random.h"

#include <deque>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

BlockedWorkload make_blocked(int64_t co_blocks, int64_t positions) {
  BlockedWorkload blocked;
  blocked.batch_blocks = 2;
  blocked.ci_blocks = 4;
  blocked.co_blocks = co_blocks;
  blocked.h = {positions, 1, positions, 1, 0, 1, {Taps{0, 1, 1, 0}}};
  blocked.w = blocked.h;
  return blocked;
}

/// Tokens have no identity: the n-th wait takes the n-th release. What overwrites a region must, by itself or
/// through an earlier wait, have waited for the region's last user or something later.
class TokenChecker {
 public:
  void wait() {
    ASSERT_FALSE(released_.empty());
    covered_ = released_.front() + 1;
    released_.pop_front();
  }
  void overwrite(const std::vector<int64_t>& region, size_t position) {
    const auto last = last_.find(region);
    if (last == last_.end()) return;
    ASSERT_GT(covered_, last->second) << "position " << position;
  }
  void use(const std::vector<int64_t>& region, size_t position) { last_[region] = position; }
  void release(size_t position) { released_.push_back(position); }
  size_t left() const { return released_.size(); }

 private:
  std::deque<size_t> released_;
  std::map<std::vector<int64_t>, size_t> last_;
  size_t covered_ = 0;  // every position below it has been waited for
};

/// Every step finds its pieces of inp and wgt where it looks for them.
class OperandChecker {
 public:
  void step(const std::vector<int64_t>& slot, bool load, const std::vector<int64_t>& piece) {
    if (load) held_[slot] = piece;
    ASSERT_EQ(held_[slot], piece);
  }

 private:
  std::map<std::vector<int64_t>, std::vector<int64_t>> held_;
};

void expect_steps_find_their_operands(const Plan& plan, const Schedule& schedule) {
  TokenChecker tokens;
  OperandChecker operands;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const Tile& tile = plan.tiles[step.tile];
    const std::vector<int64_t> inp{0, inp_region_of(schedule, tile.context), step.inp_slot};
    const std::vector<int64_t> wgt{1, wgt_region_of(schedule, tile.context), step.wgt_slot};
    operands.step(inp, step.load_inp, {tile.b, step.b, tile.h, tile.w, step.ci});
    operands.step(wgt, step.load_wgt, {tile.co, step.ci});
    if (step.wait_compute) tokens.wait();
    if (step.load_inp) tokens.overwrite(inp, i);
    if (step.load_wgt) tokens.overwrite(wgt, i);
    tokens.use(inp, i);
    tokens.use(wgt, i);
    if (step.release_compute) tokens.release(i);
    const Placement& placement = plan.placements[step.placement];
    EXPECT_EQ(placement, (Placement{tile.context, step.b, step.inp_slot, step.wgt_slot}));
  }
  EXPECT_EQ(tokens.left(), 0U);
}

void expect_tiles_wait_for_stores(const Plan& plan) {
  TokenChecker tokens;
  for (size_t i = 0; i < plan.tiles.size(); ++i) {
    const Tile& tile = plan.tiles[i];
    if (tile.wait_store) tokens.wait();
    tokens.overwrite({tile.context}, i);
    tokens.use({tile.context}, i);
    if (tile.release_store) tokens.release(i);
  }
  EXPECT_EQ(tokens.left(), 1U) << "FINISH waits for the last store";
}

/// Biases as products are there when the tile that needs them ends, and are loaded once.
void expect_bias_blocks_once(const Plan& plan, bool product, const Footprint& tile) {
  std::set<int64_t> there;
  size_t next = 0;
  for (const TileGroup& group : plan.groups) {
    for (; next < group.steps_end; ++next)
      if (plan.steps[next].load_bias) {
        EXPECT_TRUE(there.insert(plan.tiles[plan.steps[next].tile].co).second);
      }
    for (size_t i = group.tiles_begin; product && i < group.tiles_end; ++i)
      EXPECT_TRUE(there.contains(plan.tiles[i].co));
  }
  EXPECT_EQ(there.size(), product ? static_cast<size_t>(tile.outer_co) : 0U);
}

void expect_every_tile_once(const Plan& plan, const Schedule& schedule, const Footprint& tile) {
  EXPECT_EQ(plan.tiles.size(),
            static_cast<size_t>(tile.outer_b * tile.outer_h * tile.outer_w * tile.outer_co));
  EXPECT_EQ(plan.steps.size(), plan.tiles.size() * static_cast<size_t>(schedule.tile_b * tile.outer_ci));
}

TEST(Plan, EveryWaitMeetsItsReleaseForRandomSchedules) {
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    // Odd extents, so that virtual threads do not always divide them.
    const BlockedWorkload blocked =
        make_blocked(static_cast<int64_t>(1 + random.below(6)), static_cast<int64_t>(1 + random.below(7)));
    Schedule schedule;
    schedule.co_threads = static_cast<int64_t>(1 + random.below(2));
    schedule.h_threads = static_cast<int64_t>(1 + random.below(2));
    schedule.tile_ci = 1 << random.below(3);
    schedule.tile_b = 1 + static_cast<int64_t>(random.below(2));
    schedule.reuse = random.below(2) == 1;
    schedule.keep_inp = random.below(2) == 1;
    schedule.keep_wgt = random.below(2) == 1;
    using enum OuterLoop;
    if (random.below(2) == 1) schedule.order = {co, w, h};
    schedule.shared = schedule.reuse && random.below(2) == 1;
    const bool product = schedule.reuse && random.below(2) == 1;
    schedule.bias = product ? BiasRoute::gemm : BiasRoute::alu;
    schedule = with_threads_that_work(schedule, blocked);
    const Footprint tile = *footprint(blocked, schedule, true);
    const Plan plan = make_plan(schedule, tile, blocked, 1'000'000);
    expect_steps_find_their_operands(plan, schedule);
    expect_tiles_wait_for_stores(plan);
    expect_bias_blocks_once(plan, product, tile);
    expect_every_tile_once(plan, schedule, tile);
  }
}

TEST(Plan, AResidentOperandIsLoadedOnce) {
  const BlockedWorkload blocked = make_blocked(4, 2);
  Schedule schedule;
  schedule.reuse = true;
  schedule.keep_wgt = true;
  schedule.order = {OuterLoop::co, OuterLoop::h, OuterLoop::w};
  const Plan plan = make_plan(schedule, *footprint(blocked, schedule, false), blocked, 1'000'000);
  size_t loads = 0;
  for (const Step& step : plan.steps) loads += step.load_wgt ? 1 : 0;
  EXPECT_EQ(loads, 2U * 4U * 4U);  // batches, co, ci: once each however many rows and columns
  size_t bias_loads = 0;
  for (const Tile& tile : plan.tiles) bias_loads += tile.load_bias ? 1 : 0;
  EXPECT_EQ(bias_loads, 2U * 4U);
}

TEST(Plan, ThreadsThatShareAnOperandLoadItOnce) {
  const BlockedWorkload blocked = make_blocked(4, 2);
  Schedule schedule;
  schedule.reuse = schedule.shared = true;
  schedule.co_threads = 2;
  const Plan plan = make_plan(schedule, *footprint(blocked, schedule, false), blocked, 1'000'000);
  size_t inp = 0, wgt = 0;
  for (const Step& step : plan.steps) {
    inp += step.load_inp ? 1 : 0;
    wgt += step.load_wgt ? 1 : 0;
  }
  EXPECT_EQ(wgt, plan.steps.size());
  EXPECT_EQ(inp, plan.steps.size() / 2);
}

TEST(Plan, SlotsInTurnLetLoadsRunAheadOfOneThread) {
  const BlockedWorkload blocked = make_blocked(4, 2);
  Schedule schedule;
  schedule.reuse = schedule.shared = true;
  const Plan plan = make_plan(schedule, *footprint(blocked, schedule, false), blocked, 1'000'000);
  EXPECT_FALSE(plan.steps[1].wait_compute);  // the second slot is free
  EXPECT_TRUE(plan.steps[0].release_compute);
  EXPECT_TRUE(plan.steps[2].wait_compute);
}

TEST(Plan, StopsAtItsLimit) {
  const BlockedWorkload blocked = make_blocked(4, 8);
  const Schedule schedule;
  const Plan plan = make_plan(schedule, *footprint(blocked, schedule, false), blocked, 10);
  EXPECT_TRUE(plan.truncated);
  EXPECT_LT(plan.steps.size(), 20U);
}

}  // namespace
}  // namespace tamis::vta
