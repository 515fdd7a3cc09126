#pragma once

#include "process/spawn.h"
#include "tamis/result.h"
#include "targets/command/description.h"

#include <chrono>
#include <string>

namespace tamis::command {

/// How long a server may take to start and describe itself.
inline constexpr std::chrono::milliseconds kServerStart{60'000};

/// How the server of a description is started for a device. The placeholder `{device}` is the only one that a
/// server's command has; it is told its configs later. Errors: invalid_input for any other.
Result<SpawnOptions> server_command(const ProgramDescription& program, const std::string& device);

}  // namespace tamis::command
