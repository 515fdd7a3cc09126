#pragma once

#include "target/cpu/timing/reference_kernel.h"
#include "target/cpu/timing/sampling.h"

#include <functional>

namespace tamis::cpu {

struct CalmOptions {
  double tolerance = 1.1;  ///< a machine that is this many times slower than calm disturbs
  int repeats = 2;         ///< how often a disturbed sampling is done again before it is kept and marked
};

/// sample_latency between two runs of the reference kernel (and with more of them in a long sampling). When
/// one of them says that the machine was not calm, the sampling is repeated; should no repetition be calm,
/// the least disturbed one is returned with its `disturbed` set. A program that was stopped early and would
/// have been on a calm machine too is not repeated. Not thread safe.
Sampling sample_calmly(const std::function<void()>& run, const SamplingOptions& options,
                       const SamplingEnvironment& environment, ReferenceKernel& reference,
                       const CalmOptions& calm = {});

}  // namespace tamis::cpu
