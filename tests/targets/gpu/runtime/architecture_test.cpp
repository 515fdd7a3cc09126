#include "targets/gpu/runtime/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;

double occupancy_on(int architecture, const BlockNeeds& needs) {
  return occupancy(*find_limits(architecture), needs);
}

// The expected values are those of the CUDA Occupancy Calculator.

TEST(Occupancy, IsFullForSmallKernels) { EXPECT_EQ(occupancy_on(90, {256, 32, 0}), 1.0); }

TEST(Occupancy, IsBoundByRegisters) {
  EXPECT_EQ(occupancy_on(90, {256, 64, 0}), 0.5);
  EXPECT_EQ(occupancy_on(90, {256, 255, 0}), 0.125);
  // 72 registers are 2304 for a warp: 7 in each of the four parts, 28 of 64 warps.
  EXPECT_EQ(occupancy_on(90, {128, 72, 0}), 28.0 / 64);
}

TEST(Occupancy, IsBoundBySharedMemoryWithWhatTheSystemTakes) {
  EXPECT_EQ(occupancy_on(90, {256, 32, 227 << 10}), 0.125);
  // 49 KiB with the system's: four of them in 228 KiB.
  EXPECT_EQ(occupancy_on(90, {256, 32, 48 << 10}), 0.5);
}

TEST(Occupancy, IsBoundByTheNumberOfBlocks) { EXPECT_EQ(occupancy_on(90, {32, 16, 0}), 0.5); }

TEST(Occupancy, CountsWholeWarps) { EXPECT_EQ(occupancy_on(90, {33, 16, 0}), 1.0); }

TEST(Occupancy, IsNothingWhereNoBlockFits) {
  EXPECT_EQ(occupancy_on(90, {1024, 128, 0}), 0.0);
  EXPECT_EQ(occupancy_on(90, {32, 16, 228 << 10}), 0.0);
}

TEST(Occupancy, DependsOnTheArchitecture) {
  EXPECT_EQ(occupancy_on(86, {1024, 32, 0}), 1024.0 / 1536);
  EXPECT_EQ(occupancy_on(75, {1024, 32, 0}), 1.0);
}

TEST(Architecture, IsKnownWhereNvidiasHeadersAgreeOnIt) {
  EXPECT_EQ(occupancy_on(88, {1024, 32, 0}), 1024.0 / 1536);
  EXPECT_EQ(occupancy_on(110, {32, 16, 0}), 24.0 * 32 / 1536);
  EXPECT_EQ(facts_of_architecture("sm_110").value().shared_bytes, 227U << 10);
}

TEST(Architecture, OfAnUnknownNumberHasNoLimits) { EXPECT_EQ(find_limits(42), nullptr); }

TEST(Architecture, MayHaveALetterBehindItsNumber) {
  EXPECT_EQ(architecture_number("sm_90a").value(), 90);
  EXPECT_EQ(architecture_number("sm_103f").value(), 103);
}

TEST(Architecture, IsWrittenWithItsPrefix) {
  for (const char* name : {"90", "sm_", "sm_x", "sm_9", "compute_90", "", "sm_90b"}) {
    const Result<int> number = architecture_number(name);
    ASSERT_FALSE(number.ok()) << name;
    EXPECT_THAT(number.error().message, HasSubstr("write one as sm_90"));
  }
}

TEST(Architecture, SaysWhatABlockMayHave) {
  const Result<DeviceFacts> facts = facts_of_architecture("sm_86");
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->group_items, 1024U);
  EXPECT_EQ(facts->group_sizes[2], 64U);
  EXPECT_EQ(facts->shared_bytes, 99U << 10);
  EXPECT_EQ(facts->architecture, "sm_86");
}

TEST(Architecture, OfAnUnknownNumberHasTheSharedMemoryThatAllHave) {
  EXPECT_EQ(facts_of_architecture("sm_42").value().shared_bytes, 48U << 10);
}

}  // namespace
}  // namespace tamis::gpu
