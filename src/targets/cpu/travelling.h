#pragma once

#include "tamis/result.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/cpu/runtime/artifact.h"

#include <memory>
#include <string>
#include <string_view>

namespace tamis::cpu {

/// A program as bytes: the processor that it was compiled for, by LLVM's name and its features, threads, and
/// object files with what a call of them needs. Thread safe.
std::string pack_program(const CpuArtifact& artifact, const Machine& machine);

/// A program that pack_program() wrote. `frame` is the artifact without its code (frame_of), as `machine`,
/// the task's, has it, and `has_prepare` whether its weights are packed by an object of its own. Lengths are
/// checked, and that the code is for this processor; what the code does is not: it runs as whoever loads it.
/// Thread safe. Errors: corrupt; unsupported for a program for a processor that this one is not, or whose
/// layouts are not those of `machine`, or for another number of threads.
Result<std::shared_ptr<const CpuArtifact>> unpack_program(CpuArtifact frame, bool has_prepare,
                                                          const Machine& machine, std::string_view bytes);

}  // namespace tamis::cpu
