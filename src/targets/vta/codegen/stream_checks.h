#pragma once

#include "targets/vta/codegen/alu_hazard.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/instruction.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tamis::vta {

/// An instruction stream with the micro-ops that it loads. Both must outlive what looks at it.
struct UopStream {
  const std::vector<EncodedInstruction>& instructions;
  const std::vector<Uop>& uops;
  int64_t uop_base = 0;  ///< where in DRAM the micro-ops lie, in elements
};

/// The first ALU instruction of a stream that reads acc before it has been written, on the hardware's design.
struct StreamHazard {
  size_t position = 0;  ///< of the instruction
  AluHazard hazard;
};
std::optional<StreamHazard> find_alu_hazard(const Hardware& hardware, const UopStream& stream);

/// Whether a device of the Chisel design refuses an instruction of a stream that the static checks reject:
/// for an index past the end of a memory, or a loop or row count of 0. Either may come of fields that lost
/// bits, and of micro-ops that wrapped onto others.
bool traps_unchecked(const Hardware& hardware, const UopStream& stream);

}  // namespace tamis::vta
