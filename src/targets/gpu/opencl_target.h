#pragma once

#include "tamis/target.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::gpu {

/// `threads`, `caches`.
const std::vector<SettingKind>& opencl_setting_kinds();

/// The target `opencl`, or `opencl:DEVICE` with a device's number or a part of its name
/// (docs/reference/opencl-target). Errors: invalid_input for another spec and for settings. Whether there is
/// such a device shows when a workload is bound.
Result<std::shared_ptr<const Target>> make_opencl_target(const std::string& spec, const Settings& settings);

}  // namespace tamis::gpu
