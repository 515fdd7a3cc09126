#pragma once

#include "targets/cpu/support/subject.h"

#include <string>
#include <vector>

namespace tamis::cpu::testing {

/// Whether a cross compiler for AArch64 and an emulator of it are installed.
bool can_emulate();

/// Compiles configs of a subject for AArch64 to object files, links them with a C program that calls their
/// plain functions, and runs it under an emulator. One output a config. Errors: io naming the step that
/// failed.
Result<std::vector<Tensor>> run_emulated(const Subject& subject, const std::vector<Config>& configs);

}  // namespace tamis::cpu::testing
