#include "targets/cpu/timing/reference_kernel.h"

#include "base/median.h"

#include <array>
#include <limits>
#include <utility>

namespace tamis::cpu {
namespace {

constexpr int kRunsOfABlock = 5;
constexpr int kBlocksAtStart = 20;
constexpr int kSteps = 4096;

}  // namespace

void reference_arithmetic() {
  // Independent chains, so that the multiplier is busy in every cycle: a neighbour on the same core shows.
  std::array<uint64_t, 8> chains = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int step = 0; step < kSteps; ++step)
    for (uint64_t& chain : chains) chain = chain * 6364136223846793005U + 1442695040888963407U;
  uint64_t sum = 0;
  for (const uint64_t chain : chains) sum ^= chain;
  asm volatile("" : : "r"(sum));  // the result counts as used
}

ReferenceKernel::ReferenceKernel(std::function<int64_t()> clock, std::function<void()> kernel)
    : clock_(std::move(clock)),
      kernel_(std::move(kernel)),
      calm_ns_(std::numeric_limits<double>::infinity()) {
  for (int block = 0; block < kBlocksAtStart; ++block) calm_ns_ = std::min(calm_ns_, time_block());
}

double ReferenceKernel::slowdown() {
  const double now = time_block();
  calm_ns_ = std::min(calm_ns_, now);
  return calm_ns_ > 0 ? now / calm_ns_ : 1.0;
}

double ReferenceKernel::time_block() {
  std::vector<double> times;
  for (int run = 0; run < kRunsOfABlock; ++run) {
    const int64_t begin = clock_();
    kernel_();
    times.push_back(static_cast<double>(clock_() - begin));
  }
  return median(std::move(times));
}

}  // namespace tamis::cpu
