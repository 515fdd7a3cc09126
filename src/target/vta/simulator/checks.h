#pragma once

#include "target/vta/isa/instruction.h"
#include "target/vta/simulator/dram.h"
#include "target/vta/simulator/uop_memory.h"

#include <optional>
#include <string>

namespace tamis::vta {

/// What an instruction would do that no board allows, if anything. Costs the same for one micro-op and for
/// millions.
std::optional<std::string> find_trap(const Hardware& hardware, const Instruction& instruction,
                                     UopMemory& uops, Dram& dram);

}  // namespace tamis::vta
