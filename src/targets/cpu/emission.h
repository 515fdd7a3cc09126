#pragma once

#include "tamis/emission.h"
#include "tamis/result.h"
#include "tamis/task.h"

#include <vector>

namespace tamis::cpu {

/// What deploys a config, without any code of tamis in it: NAME.o with position-independent code, NAME.h with
/// its C functions, NAME.cmake with the library, NAME_test.c with a program that checks and times it, and
/// CMakeLists.txt for the directory of several. Thread safe. Errors: as conditions_of; invalid_input for a
/// name that is none in C; internal.
Result<std::vector<EmittedFile>> emit_program(const Task& task, const Config& config,
                                              const EmitOptions& options);

/// The program of a config and, where weights are packed ahead of time, the one that packs them, as text. The
/// stages are `schedule` (the loop IR as scheduled), `lowered` (its loops and statements), `llvm` (LLVM's IR)
/// and `assembly`. Steps, of the stage schedule only, are those that made `run`: the operator as it is
/// defined first. Thread safe. Errors: as conditions_of; invalid_input for an unknown stage and for steps of
/// another one; internal.
Result<std::vector<ProgramText>> print_program(const Task& task, const Config& config,
                                               const PrintOptions& options);

}  // namespace tamis::cpu
