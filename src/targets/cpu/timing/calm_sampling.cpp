#include "targets/cpu/timing/calm_sampling.h"

#include <algorithm>
#include <utility>

namespace tamis::cpu {
namespace {

/// Whether the disturbance alone may have stopped the sampling.
bool worth_repeating(const Sampling& sampling, const SamplingOptions& options, double slowdown) {
  return !sampling.stopped_early || sampling.low_ns / slowdown <= options.stop_factor * options.incumbent_ns;
}

}  // namespace

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
    if (watched.slowdown < options_.tolerance) return std::move(watched.sampling);
    watched.sampling.disturbed = watched.slowdown;
    const bool repeat = saved_repeats_ >= 1 && worth_repeating(watched.sampling, options, watched.slowdown);
    if (best.samples_ns.empty() || watched.slowdown < best.disturbed) best = std::move(watched.sampling);
    if (!repeat) return best;
    saved_repeats_ -= 1;
  }
}

}  // namespace tamis::cpu
