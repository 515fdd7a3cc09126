#pragma once

#include "targets/cpu/loop/statement.h"

namespace tamis::cpu {

/// Drops conditions that always hold and what is under those that never do, and moves conditions out of loops
/// that they do not depend on. Computes the same.
void simplify(LoweredProgram& program);

}  // namespace tamis::cpu
