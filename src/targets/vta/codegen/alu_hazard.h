#pragma once

#include "targets/vta/isa/instruction.h"

#include <cstdint>
#include <optional>

namespace tamis::vta {

/// A micro-op of an ALU instruction that reads an element before one just before it has written it.
struct AluHazard {
  uint64_t y = 0, x = 0;  ///< the round of iter_out and iter_in
  uint32_t uop = 0;       ///< its number in the instruction's range
  uint64_t element = 0;   ///< of acc
};

/// The first such micro-op of an instruction on a design, or nothing. Chisel: reads of acc[src] miss what the
/// micro-op before wrote, also where that was the last one of the round before; reads of acc[dst] do not.
/// HLS: reads of acc[dst] miss what the two before wrote, in one round. Between instructions pipelines drain.
/// `uops` are those of the instruction's range. Costs a step for each of them in every round of iter_out,
/// whatever iter_in is. Thread safe.
std::optional<AluHazard> find_alu_hazard(Design design, const AluInstruction& alu, const Uop* uops);

}  // namespace tamis::vta
