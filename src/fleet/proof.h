#pragma once

#include "tamis/fleet.h"
#include "tamis/result.h"
#include "tamis/target.h"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace tamis::fleet {

/// Opens a worker's device and tries the default config of a small workload on it, where the target binds
/// one; one that only runs is opened, and one that only builds has no device. What is wrong with it, if it
/// failed the config; nothing where it is fit, or nothing can be tried. Errors: there is no such device, or
/// what runs configs on it does not start.
Result<std::optional<std::string>> prove(const FleetWorker& worker,
                                         const std::shared_ptr<const Target>& target,
                                         const std::stop_token& stop);

}  // namespace tamis::fleet
