#pragma once

#include "tamis/result.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/cpu/loop/statement.h"

#include <cstdint>
#include <memory>

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace tamis::cpu {

/// How many bytes of workspace a program needs for a number of threads. Every buffer in it begins at a
/// multiple of 64 bytes, if the workspace does.
int64_t workspace_bytes(const LoweredProgram& program, int threads);

/// Generates LLVM IR for a program:
///
///     void NAME(ARGUMENT..., void* workspace)   the arguments in the order of the program's buffers
///     void NAME_call(void** pointers)           the same, its arguments in an array
///
/// With several threads, parallel loops run on the threads of OpenMP's runtime (libgomp's GOMP_parallel).
/// Errors: internal when LLVM finds the code malformed.
Result<std::unique_ptr<llvm::Module>> emit_module(const LoweredProgram& program, const Machine& machine,
                                                  int threads, llvm::LLVMContext& context);

}  // namespace tamis::cpu
