#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/simulator/data_path.h"

#include <optional>
#include <string>

namespace tamis::vta {

/// What an instruction would do that no board allows, if anything. Costs the same for one micro-op and for
/// millions.
std::optional<std::string> find_trap(const Hardware& hardware, const Instruction& instruction,
                                     UopMemory& uops, Dram& dram);

}  // namespace tamis::vta
