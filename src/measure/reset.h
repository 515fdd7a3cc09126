#pragma once

#include "base/result.h"

#include <chrono>
#include <stop_token>
#include <string>

namespace tamis {

/// Runs a line for the shell that brings a device back, in a session of its own, with the device's name in
/// TAMIS_DEVICE. False when `stop` was requested first, which kills it. Errors: io, with the end of what it
/// wrote, when it fails or has not ended after the deadline, which kills it too. Thread safe.
Result<bool> reset_device(const std::string& command, const std::string& device,
                          std::chrono::milliseconds deadline, std::stop_token stop);

}  // namespace tamis
