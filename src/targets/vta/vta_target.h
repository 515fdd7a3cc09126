#pragma once

#include "tamis/target.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::vta {

/// `device`: `simulator` or `driver:LIBRARY`; `checks`: `static` or `none`; `space`: `template` or `wide`.
const std::vector<SettingKind>& setting_kinds();

/// The target of a spec: `vta` for the default configuration, `vta:chisel`, `vta:hls` and `vta:fsim` for it
/// in one of its designs (`vta` is the first), `vta:FILE` for a vta_config.json. Simulators run in the
/// tuner's process; a driver library may crash or hang and does not. Errors: not_found, corrupt,
/// invalid_input.
Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings);

}  // namespace tamis::vta
