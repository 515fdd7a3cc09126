#pragma once

#include "tamis/result.h"
#include "targets/cpu/runtime/aligned_bytes.h"

#include <cstdint>
#include <string>

namespace tamis::network {

/// The weights in a file that write_library() made, its header included, in memory of their own. Errors:
/// not_found and io where it cannot be read; corrupt where it is no file of weights, has another size or
/// hash, or is damaged.
Result<cpu::AlignedBytes> read_weights(const std::string& path, uint64_t bytes, uint64_t hash);

}  // namespace tamis::network
