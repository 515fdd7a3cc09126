#pragma once

#include "tamis/target.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::gpu {

/// `caches`.
const std::vector<SettingKind>& cuda_setting_kinds();

/// The target `cuda`, `cuda:ORDINAL`, or `cuda:arch=sm_90`, which builds for an architecture and runs nothing
/// (docs/reference/cuda-target). Errors: invalid_input for another spec and for settings. Whether there are a
/// driver, a device and NVRTC shows when a workload is bound.
Result<std::shared_ptr<const Target>> make_cuda_target(const std::string& spec, const Settings& settings);

}  // namespace tamis::gpu
