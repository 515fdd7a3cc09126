#include "targets/vta/schedule/blocked_workload.h"

#include "targets/vta/vta_testing.h"

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using testing::workload;

BlockedWorkload blocked(const std::string& spec, const Hardware& hardware = {}) {
  Result<BlockedWorkload> result = block_workload(workload(spec), hardware);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  return *result;
}

std::string refusal(const std::string& spec) {
  const Result<BlockedWorkload> result = block_workload(workload(spec), Hardware{});
  return result.ok() ? "" : result.error().message;
}

TEST(BlockedWorkload, CountsTheBlocksAndUopsOfResNetC2) {
  const BlockedWorkload c2 = blocked("conv2d:ci=64,h=56,w=56,co=64,k=3,pad=1");
  EXPECT_EQ(c2.ci_blocks, 4);
  EXPECT_EQ(c2.co_blocks, 4);
  EXPECT_EQ(c2.gemm_uops(), 451584);
}

TEST(BlockedWorkload, MergesTheGroupsOfADepthwiseConvolutionIntoBlocks) {
  const BlockedWorkload depthwise = blocked("depthwise_conv2d:ci=32,h=8,w=8,k=3,pad=1");
  EXPECT_EQ(depthwise.groups, 2);
  EXPECT_EQ(depthwise.merged, 16);
  EXPECT_EQ(depthwise.ci_blocks, 1);
}

TEST(BlockedWorkload, MergesGroupsOfUnequalChannels) {
  const BlockedWorkload grouped = blocked("grouped_conv2d:ci=32,h=8,w=8,co=64,k=1,groups=4");
  EXPECT_EQ(grouped.merged, 2);
  EXPECT_EQ(grouped.groups, 2);
  EXPECT_EQ(grouped.co_blocks, 2);
}

TEST(BlockedWorkload, SplitsATransposedConvolutionIntoPhases) {
  const BlockedWorkload up = blocked("conv2d_transpose:ci=16,h=4,w=4,co=16,k=4,stride=2,pad=1");
  ASSERT_EQ(up.h.phases.size(), 2U);
  EXPECT_EQ(up.h.positions, 4);
  EXPECT_EQ(up.h.phases[0].count + up.h.phases[1].count, 4);
  EXPECT_EQ(up.h.output(), 8);
}

TEST(BlockedWorkload, ATransposedKernelSmallerThanItsStrideHasPhasesWithoutTaps) {
  const BlockedWorkload up = blocked("conv2d_transpose:ci=16,h=4,w=4,co=16,k=1,stride=2");
  EXPECT_EQ(up.h.phases[0].count, 1);
  EXPECT_EQ(up.h.phases[1].count, 0);
}

TEST(BlockedWorkload, RoundsTheBatchUpToWholeBlocks) {
  Hardware hardware;
  hardware.log_batch = 1;
  EXPECT_EQ(blocked("dense:n=5,ci=16,co=16", hardware).batch_blocks, 3);
}

TEST(BlockedWorkload, RefusesChannelsThatDoNotFillBlocks) {
  EXPECT_NE(refusal("conv2d:ci=3,h=8,w=8,co=16,k=3").find("ci = 3"), std::string::npos);
  EXPECT_NE(refusal("dense:ci=16,co=1000").find("co = 1000"), std::string::npos);
  EXPECT_NE(refusal("grouped_conv2d:ci=24,h=8,w=8,co=24,k=1,groups=3").find("3 groups of 8"),
            std::string::npos);
}

TEST(BlockedWorkload, RefusesWhatVtaCannotCompute) {
  const std::string conv = "conv2d:ci=16,h=8,w=8,co=16,k=3,";
  EXPECT_NE(refusal(conv + "type=float32").find("computes in int8, not in float32"), std::string::npos);
  EXPECT_NE(refusal(conv + "layout=nhwc").find("takes the layout nchw, not nhwc"), std::string::npos);
  EXPECT_NE(refusal(conv + "dilation_w=2").find("no dilation, and this one is 1x2"), std::string::npos);
  EXPECT_NE(refusal("matmul:m=16,n=16,k=16").find("use dense"), std::string::npos);
}

TEST(BlockedWorkload, NamesTheSameWorkWhereSidesOfThePaddingDiffer) {
  const std::string message = refusal("conv2d:ci=16,h=8,w=9,co=16,k=3,pad_top=1,pad_left=2,pad_right=1");
  EXPECT_NE(message.find("pad_top 1, pad_bottom 0, pad_left 2 and pad_right 1"), std::string::npos)
      << message;
  EXPECT_NE(message.find("h=9,pad_h=0,w=10,pad_w=1 is the same work"), std::string::npos) << message;
  EXPECT_NE(refusal("conv2d_transpose:ci=16,h=8,w=8,co=16,k=3,pad_top=1").find("off the output"),
            std::string::npos);
}

}  // namespace
}  // namespace tamis::vta
