#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tamis::vta {

/// One loop of a GEMM: how often, and how far each step moves in acc, inp and wgt (elements).
struct KernelLoop {
  int64_t extent = 1, dst = 0, src = 0, wgt = 0;
};

/// A GEMM instruction without its place in SRAM: two hardware loops around micro-ops relative to the tiles'
/// bases.
struct Kernel {
  KernelLoop outer, inner;
  std::vector<Uop> uops;
};

/// The kernels of one load step of a schedule: one a phase that has taps (one for all but transposed
/// convolutions).
std::vector<Kernel> make_kernels(const BlockedWorkload& blocked, const Schedule& schedule,
                                 const Footprint& footprint);

/// The position of the first micro-op whose accumulator one of the two before it writes, or nothing: what the
/// FPGA design's accumulator pipeline cannot do (Hazard::hls).
std::optional<size_t> find_hazard(const std::vector<Uop>& uops);

}  // namespace tamis::vta
