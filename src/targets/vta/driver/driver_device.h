#pragma once

#include "tamis/result.h"
#include "tamis/target.h"

#include <memory>
#include <string>

namespace tamis::vta {

/// The device behind a driver library: a board, or somebody else's simulator. Latencies are wall clock, ns.
/// Errors: not_found, unsupported (a function is missing), io (the driver gives no device).
Result<std::unique_ptr<Device>> open_driver_device(const std::string& library_path);

}  // namespace tamis::vta
