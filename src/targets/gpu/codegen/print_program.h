#pragma once

#include "tamis/result.h"
#include "targets/gpu/runtime/program.h"
#include "targets/loop/statement.h"

namespace tamis::gpu {

/// The source text of a lowered program, and its launches: one for each nest, in their order. The arguments
/// of the program are its buffers that are arguments or workspaces, in their order; a launch takes those that
/// its nest uses. Functions are named after the program, and after their number where there are several. The
/// text needs no header.
///
/// Errors: unsupported, for a value that GPUs' schedules do not use (an index that is known only at run time,
/// a position, int64), and for a parallel loop.
Result<KernelProgram> print_program(const loop::LoweredProgram& program, Language language);

}  // namespace tamis::gpu
