#pragma once

#include "tamis/trial.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/program.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tamis::vta {

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

  friend bool operator==(const EngineCounters&, const EngineCounters&) = default;
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

  friend bool operator==(const Counters&, const Counters&) = default;
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
  /// Of a launch that did not finish up to the cycle in which it stopped: busy and stall to the cycle,
  /// instructions, micro-ops and bytes of what had ended by then.
  Counters counters;
};

/// Runs one launch: bit-exact function, and the cycles that the Chisel RTL takes before the memory of
/// hardware.memory (docs/explanation/vta-timing has the rules). Writes what is stored into launch.buffers'
/// bytes. `cycles` is what VTA's event counter shows: the cycle in which COMPUTE reaches FINISH; loads and
/// stores that nothing waits for may end later. An instruction is checked when it starts and has its whole
/// effect when it ends.
/// What instructions compute and which are legal follows Hardware::design; cycles are the RTL's for every
/// design. Traps: an index past the end of a memory, DRAM outside every buffer, an unknown opcode or memory,
/// padding on a store, a uop range that ends before it begins, more instructions than the stream buffer
/// holds, and what the design has not got (docs/reference/vta-isa lists it). Its hazards are reproduced, and
/// indices of uops wrap where its do. Never fails otherwise, whatever the bits, on hardware that
/// hardware_from_json() would accept. Thread safe for different launches.
SimulationOutcome simulate(const Hardware& hardware, Launch& launch, const SimulationOptions& options);

}  // namespace tamis::vta
