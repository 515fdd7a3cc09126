#include "targets/vta/codegen/uop_table.h"

#include "targets/vta/simulator/data_path.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

std::vector<Uop> writing(std::initializer_list<uint32_t> accumulators) {
  std::vector<Uop> uops;
  for (const uint32_t dst : accumulators) uops.push_back({dst, 0, 0});
  return uops;
}

/// A 3x3 convolution in tiles of 4 columns and 3 channel blocks, with what follows from them.
struct Tiled {
  BlockedWorkload blocked;
  Schedule schedule;
  Footprint tile;
  std::vector<Kernel> kernels;
};

Tiled tile_convolution() {
  BlockedWorkload blocked;
  blocked.ci_blocks = 2;
  blocked.co_blocks = 3;
  blocked.h = {8, 3, 8, 1, 1, 3, {Taps{0, 1, 3, 0}}};
  blocked.w = blocked.h;
  Schedule schedule;
  schedule.tile_w = 4;
  schedule.tile_co = 3;
  const Footprint tile = *footprint(blocked, schedule, true);
  return {blocked, schedule, tile, make_kernels(blocked, schedule, tile)};
}

TEST(Kernel, TwoUopsBetweenWritesOfOneAccumulatorAreEnough) {
  EXPECT_EQ(find_hazard(writing({0, 1, 2, 0, 1, 2})), std::nullopt);
  EXPECT_EQ(find_hazard(writing({})), std::nullopt);
}

TEST(Kernel, FindsAnAccumulatorWrittenTwiceWithinThree) {
  EXPECT_EQ(find_hazard(writing({0, 0})), 1U);
  EXPECT_EQ(find_hazard(writing({0, 1, 0})), 2U);
}

TEST(Kernel, TheFirstTwoLoopsOfMoreThanOneIterationBecomeHardwareLoops) {
  const std::vector<Kernel> kernels = tile_convolution().kernels;
  ASSERT_EQ(kernels.size(), 1U);
  EXPECT_EQ(kernels[0].outer.extent, 4);  // w
  EXPECT_EQ(kernels[0].inner.extent, 3);  // kernel_w
  EXPECT_EQ(kernels[0].uops.size(), 9U);  // kernel_h x co
}

TEST(Kernel, RowsThatGoOnWhereColumnsEndAreOneLoopInTheWideSpace) {
  BlockedWorkload blocked;
  blocked.ci_blocks = blocked.co_blocks = 4;
  blocked.h = {14, 1, 7, 2, 0, 1, {Taps{0, 1, 1, 0}}};  // 1x1 with a stride of 2
  blocked.w = blocked.h;
  Schedule schedule;
  schedule.tile_h = schedule.tile_w = 7;
  schedule.tile_ci = 4;
  const auto kernel_of = [&] {
    return make_kernels(blocked, schedule, *footprint(blocked, schedule, false)).front();
  };
  EXPECT_EQ(kernel_of().uops.size(), 7U);  // ci and w by hardware, h written out
  schedule.compact = true;
  const Kernel kernel = kernel_of();
  EXPECT_EQ(kernel.uops.size(), 1U);
  EXPECT_EQ(kernel.outer.extent, 4);
  EXPECT_EQ(kernel.inner.extent, 49);
  EXPECT_EQ(kernel.inner.src, 2);
}

// The code generator's ranges of micro-ops and what the simulator knows of a range, in one translation unit.
static_assert(!std::is_same_v<UopRange, UopSummary>);

TEST(UopRanges, OfAProgramAreSummedUpWhereTheSimulatorHoldsThem) {
  const Tiled tiled = tile_convolution();
  const Plan plan = make_plan(tiled.schedule, tiled.tile, tiled.blocked, 1000);
  const UopTable table(tiled.schedule, tiled.tile, tiled.kernels, plan);
  const UopRange kernel = table.kernel(0, 0);
  ASSERT_EQ(kernel.end - kernel.begin, 9U);

  const Hardware hardware;
  const Codec codec(hardware);
  const std::vector<Uop> uops = table.uops();
  std::vector<uint8_t> bytes;
  for (const Uop& uop : uops)
    for (int byte = 0; byte < 4; ++byte)
      bytes.push_back(static_cast<uint8_t>(codec.encode(uop) >> (8 * byte)));
  UopMemory memory(codec, 8192);
  memory.write(0, bytes.data(), uops.size());
  const UopSummary& summary = memory.summary(kernel.begin, kernel.end);
  EXPECT_EQ(summary.begin, kernel.begin);
  EXPECT_EQ(summary.end, kernel.end);
  uint32_t max_wgt = 0;
  for (uint32_t i = kernel.begin; i < kernel.end; ++i) max_wgt = std::max(max_wgt, uops[i].wgt);
  EXPECT_EQ(summary.max_wgt, max_wgt);
  EXPECT_EQ(summary.repeats_dst,
            find_hazard({uops.begin() + kernel.begin, uops.begin() + kernel.end}).has_value());
}

}  // namespace
}  // namespace tamis::vta
