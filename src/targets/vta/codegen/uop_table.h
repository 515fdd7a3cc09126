#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <cstdint>
#include <optional>
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
/// FPGA design's accumulator pipeline cannot do (Design::hls).
std::optional<size_t> find_hazard(const std::vector<Uop>& uops);

/// Micro-ops [begin, end) of the uop memory.
struct UopRange {
  uint32_t begin = 0, end = 0;
};

/// Every micro-op of a program, loaded once at its start. Each context has, in this order: one uop for its
/// whole accumulator tile (resets and ALU operations without a second operand), one a batch block for adding
/// biases, and the kernels of every batch block and resident slot.
class UopTable {
 public:
  UopTable(const Schedule& schedule, const Footprint& footprint, std::vector<Kernel> kernels);

  UopRange tile(int64_t context) const;
  UopRange biases(int64_t context) const;
  UopRange kernel(int64_t context, int64_t b, int64_t ci, size_t kernel) const;
  const std::vector<Kernel>& kernels() const { return kernels_; }
  int64_t size() const { return contexts_ * context_uops_; }
  /// The micro-ops with the bases of their contexts.
  std::vector<Uop> uops() const;

 private:
  Schedule schedule_;
  Footprint footprint_;
  std::vector<Kernel> kernels_;
  std::vector<int64_t> kernel_begin_;  // of each kernel among those of one batch block and slot
  int64_t contexts_, slots_, bias_uops_;
  int64_t step_uops_ = 0;  // of all kernels
  int64_t context_uops_ = 0;
};

}  // namespace tamis::vta
