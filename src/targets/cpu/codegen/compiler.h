#pragma once

#include "tamis/result.h"
#include "targets/cpu/codegen/emitter.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/loop/statement.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::cpu {

using namespace loop;

/// What compiling a program gave.
struct CompiledObject {
  std::vector<char> bytes;      ///< a relocatable object file
  int64_t code_bytes = 0;       ///< of machine code in it
  int64_t workspace_bytes = 0;  ///< that a call needs
  int64_t stack_bytes = 0;      ///< of the largest stack frame: registers that were spilled lie there
};

/// What code may differ in that computes the same.
struct CompileOptions {
  /// Workspaces are sized for the threads that the code is compiled for, whoever says how many there are.
  Team team = Team::compiled;
};

/// Compiles programs, as emit_module says what they become, to one object file for a machine. Thread safe.
/// Errors: internal.
Result<CompiledObject> compile(const std::vector<LoweredProgram>& programs, const Machine& machine,
                               int threads, const CompileOptions& options = {});
/// The same as text: LLVM IR as emitted, and assembly.
Result<std::string> llvm_text(const LoweredProgram& program, const Machine& machine, int threads);
Result<std::string> assembly_text(const LoweredProgram& program, const Machine& machine, int threads);

}  // namespace tamis::cpu
