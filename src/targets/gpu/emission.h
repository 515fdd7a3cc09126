#pragma once

#include "tamis/emission.h"
#include "tamis/result.h"
#include "tamis/task.h"

#include <vector>

namespace tamis::gpu {

/// What deploys a config of a target of GPUs, without any code of tamis in it: the source (NAME.cl or
/// NAME.cu), for CUDA its cubin (NAME.cubin), C functions that build or load it and launch it (NAME.h,
/// NAME.c) and a program that runs it on raw files (NAME_run.c). Thread safe. Errors: invalid_input for a
/// name that is none in C; those of the program of the config; for CUDA those of opening and running the
/// compiler.
Result<std::vector<EmittedFile>> emit_program(const Task& task, const Config& config,
                                              const EmitOptions& options);

}  // namespace tamis::gpu
