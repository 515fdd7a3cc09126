#pragma once

#include "tamis/trial.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/instruction.h"

#include <cstdint>

namespace tamis::vta {

/// What an instruction stream asks of the engines, counted without running it: nothing of when engines wait
/// for each other or for the memory port.
struct ProgramCounts {
  uint64_t instructions = 0;
  uint64_t load_bytes = 0;
  uint64_t load_runs = 0;  ///< runs of consecutive addresses; each pays the memory's latency
  uint64_t store_bytes = 0;
  uint64_t store_runs = 0;
  uint64_t gemm_steps = 0;  ///< micro-ops times iterations, resets included
  uint64_t alu_steps = 0;
};

/// Adds an instruction of a program for this hardware.
void count(const Hardware& hardware, const Instruction& instruction, ProgramCounts& counts);
/// Appends the counts as `program_instructions`, `program_load_bytes`, ...
void append(const ProgramCounts& counts, Features& features);

}  // namespace tamis::vta
