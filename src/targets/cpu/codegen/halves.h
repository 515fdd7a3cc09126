#pragma once

#include "targets/loop/value.h"

#include <llvm/IR/IRBuilder.h>

namespace tamis::cpu {

using namespace loop;

/// Float32 from the bits of elements of float16 or bfloat16, scalars or vectors: exactly. `converts` says
/// whether the processor has instructions for float16; without them, and for bfloat16, the code is of
/// integers, as LLVM's own would call a function of a runtime library that programs are not linked with.
llvm::Value* emit_widened(llvm::IRBuilder<>& builder, llvm::Value* bits, Element element, bool converts);
/// The bits of the elements nearest to float32 values, halves to even; what is beyond the largest becomes
/// infinite, and what is not a number stays none.
llvm::Value* emit_narrowed(llvm::IRBuilder<>& builder, llvm::Value* value, Element element, bool converts);

}  // namespace tamis::cpu
