#pragma once

#include "targets/gpu/runtime/program.h"
#include "targets/gpu/runtime/runtime.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tamis::gpu {

/// Why a launch cannot be on a device, whatever its kernel is: a group has too many items, along an axis or
/// together, there are too many groups along an axis, or the launch itself asks for too much shared memory.
/// The failure is resource_exceeded, with the need and the limit; nothing where the launch is within all
/// limits. Thread safe.
std::optional<Failure> find_excess(const DeviceFacts& device, const Launch& launch);

/// `8 x 4 x 1`. Thread safe.
std::string sizes_text(const std::array<uint64_t, 3>& sizes);

}  // namespace tamis::gpu
