#pragma once

#include "tamis/target/vta/isa/hardware.h"
#include "tamis/target/vta/isa/program.h"
#include "tamis/target/vta/simulator/timing.h"
#include "tamis/trial/trial.h"

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
};

/// Counters of a launch. The names in to_features() are those of the CSV columns and of
/// docs/reference/vta-features.
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

struct SimulationOptions {
  bool functional =
      true;  ///< false: timing, traps and counters only; DRAM is left as it was (uop loads are still read)
  uint64_t max_cycles = uint64_t{1} << 40;  ///< simulated cycles after which the launch is given up
  Timing timing;
};

struct SimulationOutcome {
  Stop stop = Stop::finished;
  std::string message;  ///< for all but finished: the instruction's position and text, what was wrong, engine
                        ///< states for a hang
  Counters counters;
};

/// Runs one launch: bit-exact function and event-driven timing of FETCH, LOAD, COMPUTE and STORE with token
/// queues. Writes what is stored into launch.buffers' bytes. Traps: an index past the end of a memory, DRAM
/// outside every buffer, an unknown opcode or memory, padding on a store, more instructions than the stream
/// buffer holds. The accumulator hazard of Hardware::hazard is reproduced. Never fails otherwise, whatever
/// the bits. Thread safe for different launches.
SimulationOutcome simulate(const Hardware& hardware, Launch& launch, const SimulationOptions& options);

}  // namespace tamis::vta
