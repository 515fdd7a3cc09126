#pragma once

#include "tamis/target.h"
#include "tamis/task.h"

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

/// A task as a log recorded it, which builds its programs without a device; neither the file that described
/// the hardware nor the library of a driver need be here. Errors: unsupported for an identity of another
/// generation, for knobs that are not those of the workload on that hardware, and for a calibration; corrupt
/// for an identity that no tamis wrote; as hardware_from_json and block_workload.
Result<SharedTask> recall_task(const TaskIdentity& identity, const Workload& workload, const Space& space);

}  // namespace tamis::vta
