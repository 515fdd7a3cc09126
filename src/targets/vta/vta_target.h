#pragma once

#include "targets/vta/isa/hardware.h"
#include "task/target.h"

#include <memory>
#include <string>

namespace tamis::vta {

/// Simulators run in the tuner's process; a driver library may crash or hang and does not.
bool needs_isolation(const TargetOptions& options);

/// The target of a spec: `vta` for the default configuration, `vta:FILE` for a vta_config.json.
/// Options: device `simulator` or `driver:LIBRARY`, checks `static` or `none`, space `template` or `wide`.
/// Errors: not_found, corrupt, invalid_input.
Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options);

}  // namespace tamis::vta
