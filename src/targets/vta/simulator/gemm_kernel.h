#pragma once

#include "targets/vta/isa/instruction.h"

#include <cstdint>

namespace tamis::vta {

/// The memories that GEMM and ALU work on, and the shape of their elements. inp element: batch x block int8;
/// wgt: block (out) x block (in) int8; acc: batch x block int32; out: batch x block int8.
struct TensorMemories {
  int64_t batch = 1, block = 16;
  const int8_t* inp = nullptr;
  const int8_t* wgt = nullptr;
  int32_t* acc = nullptr;
  int8_t* out = nullptr;

  int64_t lanes() const { return batch * block; }
};

/// Runs a GEMM whose indices are known to lie within the memories. `uops` are those of its range. With
/// `stale`, a uop does not see what the two uops before it wrote (Hazard::hls); without, the fastest kernel
/// that the CPU has is taken.
void run_gemm(const GemmInstruction& gemm, const Uop* uops, const TensorMemories& memories, bool stale);

/// Runs an ALU instruction likewise. The hardware ignores its reset bit. SHR uses the low five bits of the
/// amount's magnitude, as the hardware's shifter does; a negative amount shifts left. ADD and MUL wrap
/// around.
void run_alu(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories, bool stale);

}  // namespace tamis::vta
