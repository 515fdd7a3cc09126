#include "targets/vta/codegen/kernel.h"

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

std::vector<Uop> writing(std::initializer_list<uint32_t> accumulators) {
  std::vector<Uop> uops;
  for (const uint32_t dst : accumulators) uops.push_back({dst, 0, 0});
  return uops;
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
  BlockedWorkload blocked;
  blocked.ci_blocks = 2;
  blocked.co_blocks = 3;
  blocked.h = {8, 3, 8, 1, 1, 3, {Taps{0, 1, 3, 0}}};
  blocked.w = blocked.h;
  Schedule schedule;
  schedule.tile_w = 4;
  schedule.tile_co = 3;
  const Footprint tile = *footprint(blocked, schedule, true);
  const std::vector<Kernel> kernels = make_kernels(blocked, schedule, tile);
  ASSERT_EQ(kernels.size(), 1U);
  EXPECT_EQ(kernels[0].outer.extent, 4);  // w
  EXPECT_EQ(kernels[0].inner.extent, 3);  // kernel_w
  EXPECT_EQ(kernels[0].uops.size(), 9U);  // kernel_h x co
}

}  // namespace
}  // namespace tamis::vta
