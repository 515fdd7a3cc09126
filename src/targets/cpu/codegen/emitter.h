#pragma once

#include "tamis/result.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/loop/statement.h"

#include <cstdint>
#include <memory>

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace tamis::cpu {

using namespace loop;

/// Who says how many threads run a parallel loop.
enum class Team {
  compiled,   ///< as many as the code was compiled for
  of_caller,  ///< as many as omp_set_num_threads() said on the calling thread: no more than it was compiled
              ///< for
};

/// How many bytes of workspace a program needs for a number of threads. Every buffer in it begins at a
/// multiple of 64 bytes, if the workspace does.
int64_t workspace_bytes(const LoweredProgram& program, int threads);

/// Generates LLVM IR for a program:
///
///     void NAME(ARGUMENT..., void* workspace)   the arguments in the order of the program's buffers
///     void NAME_call(void** pointers)           the same, its arguments in an array
///
/// With several threads, parallel loops run on the threads of OpenMP's runtime (libgomp's GOMP_parallel);
/// `team` says how many there are.
/// Errors: internal when LLVM finds the code malformed.
Result<std::unique_ptr<llvm::Module>> emit_module(const LoweredProgram& program, const Machine& machine,
                                                  int threads, Team team, llvm::LLVMContext& context);

}  // namespace tamis::cpu
