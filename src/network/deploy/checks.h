#pragma once

#include "network/library/library.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>

namespace tamis::network {

/// Steps may lie so deep in others: more than the bodies of a model may, and little enough for any stack.
inline constexpr size_t kDeepestSteps = 64;

/// The bytes of an argument of a kernel, or of a port.
int64_t byte_size(const loop::Buffer& argument);
int64_t byte_size(const LibraryPort& port);

/// Whether a library is one that can be called: its names are identifiers of C and each means one thing,
/// every step has the arguments of its kernel, and all that it reads and writes lies inside the arena, the
/// `weights_bytes` of its weights, or the port. Kernels must have objects; of these only workspace_bytes
/// counts. Thread safe. Errors: invalid_input, which names the port, the kernel or the step.
Status check_library(const Library& library, uint64_t weights_bytes);

}  // namespace tamis::network
