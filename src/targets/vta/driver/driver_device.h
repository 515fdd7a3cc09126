#pragma once

#include "tamis/result.h"
#include "tamis/target.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/program.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tamis::vta {

/// The device behind a driver library: a board, or somebody else's simulator. Latencies are wall clock, ns.
/// Errors: not_found, unsupported (a function is missing), io (the driver gives no device).
Result<std::unique_ptr<Device>> open_driver_device(const std::string& library_path);

/// Moves a launch to other DRAM addresses: `addresses` has the new address of every buffer. Only the
/// dram_base of loads and stores that move something changes; they must start inside a buffer. Errors:
/// invalid_input naming the instruction, or the buffer whose new address is not a multiple of its elements'
/// size.
Status relocate(const Hardware& hardware, Launch& launch, const std::vector<uint32_t>& addresses);

}  // namespace tamis::vta
