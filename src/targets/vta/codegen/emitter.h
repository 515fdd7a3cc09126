#pragma once

#include "tamis/workload.h"
#include "targets/vta/codegen/copies.h"
#include "targets/vta/codegen/plan.h"
#include "targets/vta/codegen/program_counts.h"
#include "targets/vta/codegen/uop_table.h"
#include "targets/vta/isa/instruction.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tamis::vta {

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
  bool too_long = false;                  ///< more than the device's max_instructions; cut one past them
};

/// Writes the instruction stream of a plan, tokens included.
Emission emit(const EmissionInput& input);

}  // namespace tamis::vta
