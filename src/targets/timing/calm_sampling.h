#pragma once

#include "targets/timing/sampling.h"

#include <cstdint>
#include <functional>
#include <utility>

namespace tamis::timing {

/// A fixed piece of arithmetic of about ten microseconds that needs no memory: its time says how fast the
/// core is, whatever program is being measured.
void reference_arithmetic();

/// Tells a machine that is slower than it was (its frequency went down, or a neighbour takes part of the
/// core) from one that is calm. Used by one thread, pinned like the programs it stands beside.
class ReferenceKernel {
 public:
  /// Finds the calm time: the least median of many blocks of runs, about a millisecond in all. `clock` gives
  /// ns and never goes back.
  explicit ReferenceKernel(std::function<int64_t()> clock,
                           std::function<void()> kernel = reference_arithmetic);

  /// How many times slower than calm a block of runs is now: about 1, or more. A block that is faster than
  /// any before becomes the calm one, so a start on a busy machine is not taken for calm for ever.
  double slowdown();
  /// Of one run, ns.
  double calm_ns() const { return calm_ns_; }

 private:
  double time_block();

  std::function<int64_t()> clock_;
  std::function<void()> kernel_;
  double calm_ns_;
};

struct CalmOptions {
  double tolerance = 1.1;  ///< a machine that is this many times slower than calm disturbs
  /// How often a disturbed sampling is done again at most before it is kept and marked; so many repeats can
  /// be saved up.
  double most_repeats = 2;
  /// What every sampling adds to the repeats saved up: a machine that is never calm costs a quarter more, not
  /// three times as much.
  double repeats_earned = 0.25;
};

/// Takes samplings between two runs of the reference kernel (and with more of them in a long sampling). When
/// one of them says that the machine was not calm, the sampling is repeated; should no repetition be calm,
/// the least disturbed one is returned with its `disturbed` set. A program that was stopped early and would
/// have been on a calm machine too is not repeated. Used by one thread, pinned like the programs.
class CalmSampler {
 public:
  explicit CalmSampler(ReferenceKernel reference, const CalmOptions& options = {})
      : reference_(std::move(reference)), options_(options), saved_repeats_(options.most_repeats) {}

  /// As sample_latency.
  Sampling sample(const std::function<void()>& run, const SamplingOptions& options,
                  const SamplingEnvironment& environment);

 private:
  /// One sampling, and how many times slower than calm the machine was meanwhile.
  struct Watched {
    Sampling sampling;
    double slowdown = 1;
  };
  Watched watch(const std::function<void()>& run, const SamplingOptions& options,
                const SamplingEnvironment& environment);

  ReferenceKernel reference_;
  CalmOptions options_;
  double saved_repeats_;
};

}  // namespace tamis::timing
