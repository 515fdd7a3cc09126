#include "target/cpu/timing/calm_sampling.h"

#include <algorithm>
#include <utility>

namespace tamis::cpu {
namespace {

/// Whether the disturbance alone may have stopped the sampling.
bool worth_repeating(const Sampling& sampling, const SamplingOptions& options, double slowdown) {
  return !sampling.stopped_early || sampling.low_ns / slowdown <= options.stop_factor * options.incumbent_ns;
}

}  // namespace

Sampling sample_calmly(const std::function<void()>& run, const SamplingOptions& options,
                       const SamplingEnvironment& environment, ReferenceKernel& reference,
                       const CalmOptions& calm) {
  Sampling best;
  for (int repeat = 0; repeat <= calm.repeats; ++repeat) {
    double slowdown = reference.slowdown();
    const auto look = [&] { slowdown = std::max(slowdown, reference.slowdown()); };
    SamplingEnvironment watched = environment;
    watched.check = [&] {
      if (environment.check) environment.check();
      look();
    };
    Sampling sampling = sample_latency(run, options, watched);
    look();
    if (slowdown < calm.tolerance) return sampling;
    sampling.disturbed = slowdown;
    const bool last = !worth_repeating(sampling, options, slowdown);
    if (best.samples_ns.empty() || slowdown < best.disturbed) best = std::move(sampling);
    if (last) break;
  }
  return best;
}

}  // namespace tamis::cpu
