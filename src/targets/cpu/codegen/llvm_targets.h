#pragma once

namespace tamis::cpu {

/// Makes LLVM's back ends for x86-64 and AArch64 known to it and sets what code generation leaves out, once.
/// Thread safe.
void initialize_llvm();

}  // namespace tamis::cpu
