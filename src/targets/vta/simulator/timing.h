#pragma once

#include <cstdint>

namespace tamis::vta {

/// Every number of the timing model, in cycles unless said otherwise. From the Chisel RTL's default core with
/// a 64-bit AXI memory port; to be calibrated against RTL cycle counts. See docs/explanation/vta-timing for
/// how they combine.
struct Timing {
  double clock_mhz = 100.0;             ///< turns cycles into ns: a Pynq's clock
  uint64_t memory_bytes_per_cycle = 8;  ///< width of the memory port, shared by all engines
  uint64_t memory_latency = 64;         ///< paid by every burst before its first beat
  uint64_t burst_beats = 256;           ///< most beats of a burst: 256 on Pynq, 16 on DE10
  uint64_t pipeline_depth = 5;          ///< cycles to fill the GEMM or ALU pipeline, once an instruction
  uint64_t gemm_cycles_per_uop = 1;
  uint64_t alu_imm_cycles_per_uop = 1;
  uint64_t alu_reg_cycles_per_uop = 2;  ///< two register operands share one read port
  uint64_t pad_cycles_per_element = 1;
  uint64_t fetch_beats = 2;       ///< memory beats to fetch one instruction
  uint64_t queue_capacity = 512;  ///< instructions that wait before an engine until FETCH stalls
  uint64_t dispatch_cycles = 1;   ///< between fetching an instruction and its start
};

/// The time that cycles take, ns.
inline double cycles_to_ns(double cycles, const Timing& timing = {}) {
  return cycles * 1000.0 / timing.clock_mhz;
}

}  // namespace tamis::vta
