#pragma once

#include "tamis/trial.h"
#include "tamis/workload.h"
#include "targets/vta/codegen/copies.h"
#include "targets/vta/codegen/plan.h"
#include "targets/vta/codegen/uop_table.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/instruction.h"

#include <cstdint>
#include <optional>
#include <vector>

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

/// Appends the counts as `program_instructions`, `program_load_bytes`, ...
void append(const ProgramCounts& counts, Features& features);

/// Everything that a program is written from. All must outlive the emission.
struct EmissionInput {
  const Hardware& hardware;
  const Schedule& schedule;
  const Footprint& footprint;
  const Epilogue& epilogue;
  const UopTable& uops;
  const CopyPlanner& copies;
  const Plan& plan;
};

struct Emission {
  std::vector<EncodedInstruction> instructions;
  std::optional<FieldOverflow> overflow;  ///< the first value that lost bits
  ProgramCounts counts;                   ///< of the instructions
  uint64_t most_inp_tiles = 0;            ///< of the largest inp load
  bool too_long = false;                  ///< more than the device's max_instructions; cut one past them
};

/// Writes the instruction stream of a plan, tokens included.
Emission emit(const EmissionInput& input);

}  // namespace tamis::vta
