#include "targets/timing/calm_sampling.h"

#include "base/median.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tamis::timing {
namespace {

constexpr int kRunsOfABlock = 5;
constexpr int kBlocksAtStart = 20;
constexpr int kSteps = 4096;

/// Whether the disturbance alone may have stopped the sampling.
bool worth_repeating(const Sampling& sampling, const SamplingOptions& options, double slowdown) {
  return !sampling.stopped_early || sampling.low_ns / slowdown <= options.stop_factor * options.incumbent_ns;
}

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

CalmSampler::Watched CalmSampler::watch(const std::function<void()>& run, const SamplingOptions& options,
                                        const SamplingEnvironment& environment) {
  Watched watched;
  watched.slowdown = reference_.slowdown();
  const auto look = [&] { watched.slowdown = std::max(watched.slowdown, reference_.slowdown()); };
  SamplingEnvironment with_check = environment;
  with_check.check = [&] {
    if (environment.check) environment.check();
    look();
  };
  watched.sampling = sample_latency(run, options, with_check);
  look();
  return watched;
}

Sampling CalmSampler::sample(const std::function<void()>& run, const SamplingOptions& options,
                             const SamplingEnvironment& environment) {
  saved_repeats_ = std::min(saved_repeats_ + options_.repeats_earned, options_.most_repeats);
  Sampling best;
  for (;;) {
    Watched watched = watch(run, options, environment);
    if (watched.slowdown < options_.tolerance || watched.sampling.samples_ns.empty())
      return std::move(watched.sampling);
    watched.sampling.disturbed = watched.slowdown;
    const bool repeat = saved_repeats_ >= 1 && worth_repeating(watched.sampling, options, watched.slowdown);
    if (best.samples_ns.empty() || watched.slowdown < best.disturbed) best = std::move(watched.sampling);
    if (!repeat) return best;
    saved_repeats_ -= 1;
  }
}

}  // namespace tamis::timing
