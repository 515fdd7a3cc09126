#include "targets/vta/codegen/plan.h"

#include "tamis/random.h"

#include <deque>

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

/// Tokens have no identity: the n-th wait takes the n-th release. A step (or tile) that overwrites its
/// context's region must, by itself or through an earlier wait, have waited for the context's last user or
/// something later.
class TokenChecker {
 public:
  void visit(size_t position, int64_t context, bool overwrites, bool waits, bool releases) {
    size_t& last = last_[static_cast<size_t>(context)];
    if (waits) {
      ASSERT_FALSE(released_.empty());
      covered_ = released_.front() + 1;
      released_.pop_front();
    }
    if (overwrites && last != SIZE_MAX) {
      ASSERT_GT(covered_, last) << "position " << position;
    }
    if (releases) released_.push_back(position);
    last = position;
  }
  size_t left() const { return released_.size(); }

 private:
  std::deque<size_t> released_;
  std::vector<size_t> last_ = std::vector<size_t>(8, SIZE_MAX);
  size_t covered_ = 0;  // every position below it has been waited for
};

void expect_tokens_match(const Plan& plan) {
  TokenChecker steps;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    steps.visit(i, plan.tiles[step.tile].context, step.loads(), step.wait_compute, step.release_compute);
  }
  EXPECT_EQ(steps.left(), 0U);
  TokenChecker tiles;
  for (size_t i = 0; i < plan.tiles.size(); ++i)
    tiles.visit(i, plan.tiles[i].context, true, plan.tiles[i].wait_store, plan.tiles[i].release_store);
  EXPECT_EQ(tiles.left(), 1U) << "FINISH waits for the last store";
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
    const Footprint tile = *footprint(blocked, schedule, true);
    const Plan plan = make_plan(schedule, tile, blocked, 1'000'000);
    expect_tokens_match(plan);
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

TEST(Plan, StopsAtItsLimit) {
  const BlockedWorkload blocked = make_blocked(4, 8);
  const Schedule schedule;
  const Plan plan = make_plan(schedule, *footprint(blocked, schedule, false), blocked, 10);
  EXPECT_TRUE(plan.truncated);
  EXPECT_LT(plan.steps.size(), 20U);
}

}  // namespace
}  // namespace tamis::vta
