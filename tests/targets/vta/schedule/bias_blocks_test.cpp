#include "targets/vta/schedule/bias_blocks.h"

#include "tamis/random.h"
#include "targets/vta/vta_testing.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace tamis::vta {
namespace {

struct Layer {
  explicit Layer(const std::string& spec)
      : workload(testing::workload(spec)), blocked(*block_workload(workload, Hardware{})) {}
  Workload workload;
  BlockedWorkload blocked;
};

int64_t clipped(const Epilogue& epilogue, int64_t value) {
  return std::clamp(value, static_cast<int64_t>(epilogue.clip_min), static_cast<int64_t>(epilogue.clip_max));
}

/// What the block adds to a sum of `channel`.
int64_t product(const std::vector<int8_t>& blocks, int64_t channel) {
  const std::vector<int8_t> constants = bias_constants(1, 16);
  int64_t sum = 0;
  for (int64_t lane = 0; lane < 16; ++lane)
    sum += int64_t{blocks[static_cast<size_t>(channel * 16 + lane)]} * constants[static_cast<size_t>(lane)];
  return sum;
}

TEST(BiasBlocks, GiveTheResultOfTheBiasForEverySum) {
  const Layer layer("conv2d:ci=256,h=4,w=4,co=16,k=3,pad=1");
  ASSERT_TRUE(bias_fits_blocks(layer.workload, layer.blocked));
  const int64_t most = (256 * 9 * 16384) >> 8, least = (-256 * 9 * 16256) >> 8;
  std::vector<int32_t> bias = {
      0,       1,        -1,      63,       64,        -64,        127,           -128,
      100'000, -100'000, 147'583, -147'456, 2'000'000, -2'000'000, 2'147'000'000, -2'147'000'000};
  const Result<std::vector<int8_t>> blocks = bias_blocks(layer.workload, layer.blocked, bias);
  ASSERT_TRUE(blocks.ok()) << blocks.error().message;
  Random random(3);
  for (size_t channel = 0; channel < bias.size(); ++channel) {
    const int64_t added = product(*blocks, static_cast<int64_t>(channel));
    if (std::abs(bias[channel]) <= 100'000) {
      EXPECT_EQ(added, bias[channel]);
    }
    for (int i = 0; i < 2000; ++i) {
      const int64_t sum = static_cast<int64_t>(random.below(static_cast<uint64_t>(most - least))) + least;
      const int64_t near = -bias[channel] + i % 300 - 80;
      for (const int64_t value : {sum, std::clamp(near, least, most), most, least})
        ASSERT_EQ(clipped(layer.workload.epilogue, value + added),
                  clipped(layer.workload.epilogue, value + bias[channel]))
            << value << " + " << bias[channel];
    }
  }
}

TEST(BiasBlocks, DoNotHoldTheBiasOfVeryLongSums) {
  const Layer fits("conv2d:ci=416,h=4,w=4,co=16,k=3,pad=1");
  const Layer longer("conv2d:ci=512,h=4,w=4,co=16,k=3,pad=1");
  EXPECT_TRUE(bias_fits_blocks(fits.workload, fits.blocked));
  EXPECT_FALSE(bias_fits_blocks(longer.workload, longer.blocked));
  const Layer none("conv2d:ci=16,h=4,w=4,co=16,k=1,bias=0");
  EXPECT_FALSE(bias_fits_blocks(none.workload, none.blocked));
}

TEST(BiasBlocks, RefuseABiasThatMayWrapAround) {
  const Layer layer("conv2d:ci=16,h=4,w=4,co=16,k=1");
  std::vector<int32_t> bias(16, 0);
  bias[3] = INT32_MAX;
  const Result<std::vector<int8_t>> blocks = bias_blocks(layer.workload, layer.blocked, bias);
  ASSERT_FALSE(blocks.ok());
  EXPECT_THAT(blocks.error().message, ::testing::HasSubstr("bias 2147483647 of channel 3 may wrap around"));
}

TEST(BiasBlocks, HoldTheirExtremes) {
  // Every bias that a row can make up at most, in both directions.
  const Layer layer("conv2d:ci=416,h=4,w=4,co=16,k=3,pad=1");
  std::vector<int32_t> bias(16, 0);
  for (int i = 0; i < 8; ++i) {
    bias[static_cast<size_t>(2 * i)] = 239'744 + 20 * i;
    bias[static_cast<size_t>(2 * i + 1)] = -239'616 + 20 * i;
  }
  const auto blocks = bias_blocks(layer.workload, layer.blocked, bias);
  ASSERT_TRUE(blocks.ok());
  const int64_t least = -((416 * 9 * 16384) >> 8), most = 127 - ((-416 * 9 * 16256) >> 8);
  for (int64_t i = 0; i < 16; ++i)
    EXPECT_EQ(product(*blocks, i), std::clamp<int64_t>(bias[static_cast<size_t>(i)], least, most)) << i;
}

}  // namespace
}  // namespace tamis::vta
