#pragma once

#include "tamis/result.h"

#include <cstdint>
#include <string>

namespace tamis::cpu {

/// What code is generated for.
struct Machine {
  std::string triple;         ///< LLVM's target triple: `x86_64-pc-linux-gnu`
  std::string cpu;            ///< LLVM's name of the processor: `znver4`
  std::string features;       ///< LLVM's feature string; empty for a named processor
  int64_t vector_bytes = 16;  ///< width of the widest vector registers
  int64_t vector_registers = 16;
  bool dot_product = false;       ///< whether it multiplies uint8 by int8 into int32 (AVX-512 VNNI, AVX-VNNI)
  bool converts_float16 = false;  ///< whether it converts float16 to float32 and back (F16C; every AArch64)
  bool host = false;              ///< whether this process can run the code

  int64_t float_lanes() const { return vector_bytes / 4; }
};

/// The processor that this process runs on.
Result<Machine> host_machine();
/// A processor by LLVM's name: `znver4`, `skylake-avx512`, `cortex-a72`; an empty name is the host. Errors:
/// not_found for a name that LLVM does not know for x86-64 or AArch64.
Result<Machine> find_machine(const std::string& cpu);
/// The machine with this name and feature string, as another process described it with host_machine or
/// find_machine. Errors: not_found as find_machine.
Result<Machine> recorded_machine(const std::string& cpu, const std::string& features);

/// Whether this process can run code that another one compiled for a machine with this name and feature
/// string, which may be any text. Errors: unsupported, saying what is missing here; corrupt for a text that
/// is no feature string.
Status check_runs_here(const std::string& cpu, const std::string& features);

/// Makes LLVM's back ends for x86-64 and AArch64 known to it and sets what code generation leaves out, once.
/// Thread safe.
void initialize_llvm();

}  // namespace tamis::cpu
