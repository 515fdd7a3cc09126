// The code generator's ranges of micro-ops and what the simulator knows of a range, in one translation unit.

#include "targets/vta/codegen/uop_table.h"
#include "targets/vta/simulator/uop_memory.h"
#include "targets/vta/vta_testing.h"

#include <type_traits>

namespace tamis::vta {
namespace {

static_assert(!std::is_same_v<UopRange, UopSummary>);

TEST(UopRanges, OfAProgramAreSummedUpWhereTheSimulatorHoldsThem) {
  BlockedWorkload blocked;
  blocked.ci_blocks = 2;
  blocked.co_blocks = 3;
  blocked.h = {8, 3, 8, 1, 1, 3, {Taps{0, 1, 3, 0}}};
  blocked.w = blocked.h;
  Schedule schedule;
  schedule.tile_w = 4;
  schedule.tile_co = 3;
  const Footprint tile = *footprint(blocked, schedule, true);
  const UopTable table(schedule, tile, make_kernels(blocked, schedule, tile));
  const UopRange kernel = table.kernel(0, 0, 0, 0);
  ASSERT_EQ(kernel.end - kernel.begin, 9U);

  const Hardware hardware;
  const Codec codec(hardware);
  const std::vector<Uop> uops = table.uops();
  std::vector<uint8_t> bytes;
  for (const Uop& uop : uops)
    for (int byte = 0; byte < 4; ++byte)
      bytes.push_back(static_cast<uint8_t>(codec.encode(uop) >> (8 * byte)));
  UopMemory memory(codec, static_cast<int64_t>(uops.size()));
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
