#include "targets/vta/schedule/bias_blocks.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr int64_t kLeast = -128, kMost = 127;  // of int8
/// The constant of all lanes but the last, which has -1 and makes up the rest.
constexpr int64_t kCoarse = kLeast;
/// What the last lane makes up at most: rounding to the coarse constants leaves no more.
constexpr int64_t kFine = 63;

/// A range of integers, both ends included.
struct Range {
  int64_t least, most;
};

/// What a sum of products of int8 can be after the shift.
Range shifted_sums(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  const int64_t products = shape.ci / shape.groups * shape.kernel_h * shape.kernel_w;
  return {(products * kLeast * kMost) >> workload.epilogue.shift,
          (products * kLeast * kLeast) >> workload.epilogue.shift};
}

/// The biases that make a difference: one beyond gives what the nearest in here does, for every sum.
Range biases_that_matter(const Workload& workload) {
  const Range sums = shifted_sums(workload);
  return {static_cast<int64_t>(workload.epilogue.clip_min) - sums.most,
          static_cast<int64_t>(workload.epilogue.clip_max) - sums.least};
}

/// The numbers that a row of a block can make up.
Range sums_of_a_row(int64_t block) {
  return {(block - 1) * kCoarse * kMost - kFine, (block - 1) * kCoarse * kLeast + kFine};
}

int64_t block_of(const Workload& workload, const BlockedWorkload& blocked) {
  return workload.shape.ci / (blocked.groups * blocked.ci_blocks);
}

/// Fills a row so that its product with the constants is `bias`.
void fill_row(int64_t bias, std::span<int8_t> row) {
  int64_t coarse = (-bias - kCoarse / 2) >> 7;  // -bias / 128, rounded to the nearest
  row.back() = static_cast<int8_t>(-bias + coarse * kCoarse);
  for (int8_t& weight : row.first(row.size() - 1)) {
    weight = static_cast<int8_t>(std::clamp(coarse, kLeast, kMost));
    coarse -= weight;
  }
}

}  // namespace

bool bias_fits_blocks(const Workload& workload, const BlockedWorkload& blocked) {
  if (!workload.epilogue.bias) return false;
  const Range needed = biases_that_matter(workload);
  const Range there = sums_of_a_row(block_of(workload, blocked));
  return there.least <= needed.least && needed.most <= there.most;
}

std::vector<int8_t> bias_constants(int64_t batch, int64_t block) {
  std::vector<int8_t> lanes(static_cast<size_t>(batch * block), static_cast<int8_t>(kCoarse));
  for (int64_t row = 1; row <= batch; ++row) lanes[static_cast<size_t>(row * block - 1)] = -1;
  return lanes;
}

Result<std::vector<int8_t>> bias_blocks(const Workload& workload, const BlockedWorkload& blocked,
                                        std::span<const int32_t> bias) {
  const Range sums = shifted_sums(workload);
  const Range safe{std::numeric_limits<int32_t>::min() - std::min<int64_t>(sums.least, 0),
                   std::numeric_limits<int32_t>::max() - std::max<int64_t>(sums.most, 0)};
  const Range matter = biases_that_matter(workload);
  const auto block = static_cast<size_t>(block_of(workload, blocked));
  std::vector<int8_t> blocks(static_cast<size_t>(blocked.total_co_blocks()) * block * block);
  for (size_t channel = 0; channel < bias.size(); ++channel) {
    const int64_t value = bias[channel];
    if (value < safe.least || value > safe.most)
      return unsupported(
          fmt::format("{}: the bias {} of channel {} may wrap around when it is added; bias=gemm carries "
                      "biases from {} to {}, bias=alu all",
                      workload.name, value, channel, safe.least, safe.most));
    fill_row(std::clamp(value, matter.least, matter.most), std::span(blocks).subspan(channel * block, block));
  }
  return blocks;
}

}  // namespace tamis::vta
