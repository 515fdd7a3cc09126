#pragma once

#include "tamis/trial.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/program.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

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

enum class Engine : uint8_t { fetch = 0, load = 1, compute = 2, store = 3 };
inline constexpr size_t kEngines = 4;

/// How a simulated launch ended.
enum class Stop {
  finished,  ///< FINISH was executed and every engine is idle
  trapped,   ///< an instruction did what no board allows; `message` says which, where and what
  hung,      ///< engines wait for tokens that never come, or the stream ended without FINISH
  timeout,   ///< more than SimulationOptions::max_cycles
};

/// What one engine did, in cycles.
struct EngineCounters {
  uint64_t busy = 0;   ///< executing instructions
  uint64_t stall = 0;  ///< waiting for a token or for the memory port with an instruction at hand
  uint64_t instructions = 0;
};

/// Counters of a launch. The names in to_features() are those of the CSV columns and of
/// docs/reference/vta-target.
struct Counters {
  uint64_t cycles = 0;
  uint64_t instructions = 0;
  uint64_t gemm_uops = 0;   ///< GEMM micro-ops executed, resets not counted
  uint64_t reset_uops = 0;  ///< micro-ops of GEMM resets
  uint64_t alu_uops = 0;    ///< ALU micro-ops executed
  uint64_t inp_bytes = 0, wgt_bytes = 0, acc_bytes = 0,
           uop_bytes = 0;  ///< loaded from DRAM, padding not counted
  uint64_t out_bytes = 0;  ///< stored to DRAM
  std::array<EngineCounters, kEngines> engines;
};
Features to_features(const Counters& counters);

/// The counters that recorded tables of VTA have, in the order of their columns.
inline constexpr std::array<const char*, 9> kTableCounters = {"cycles",    "instructions", "gemm_uops",
                                                              "alu_uops",  "inp_bytes",    "wgt_bytes",
                                                              "acc_bytes", "uop_bytes",    "out_bytes"};

struct SimulationOptions {
  /// False: timing, traps and counters only; DRAM is left as it was. Uop loads are still read, so a program
  /// that stores into its own uops and loads them again is the one kind that ends differently.
  bool functional = true;
  uint64_t max_cycles = uint64_t{1} << 40;  ///< simulated cycles after which the launch is given up
};

struct SimulationOutcome {
  Stop stop = Stop::finished;
  std::string message;  ///< for all but finished: the instruction's position and text, what was wrong, engine
                        ///< states for a hang
  Counters counters;
};

/// Runs one launch: bit-exact function and event-driven timing of FETCH, LOAD, COMPUTE and STORE with token
/// queues (the model is explained in docs/explanation/vta-timing). Writes what is stored into launch.buffers'
/// bytes. An instruction is checked when it starts and has its whole effect when it ends. Traps: an index
/// past the end of a memory, DRAM outside every buffer, an unknown opcode or memory, padding on a store, a
/// uop range that ends before it begins, more instructions than the stream buffer holds. The accumulator
/// hazard of Hardware::hazard is reproduced. Never fails otherwise, whatever the bits, on hardware that
/// hardware_from_json() would accept. Timing parameters are brought between 1 (or 0 where that means
/// something) and 2^20. Thread safe for different launches.
SimulationOutcome simulate(const Hardware& hardware, Launch& launch, const SimulationOptions& options);

}  // namespace tamis::vta
