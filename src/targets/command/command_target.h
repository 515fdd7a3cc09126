#pragma once

#include "tamis/target.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::command {

/// `program`, `run`, `serve`, `latency`: how a config is run, instead of what the space file says; `devices`:
/// names of the devices that configs run on, one per job, with commas between them.
const std::vector<SettingKind>& setting_kinds();

/// The target `command`: configs are built and run by programs of the user's, of which nothing is known but
/// what a space file and these settings say (docs/how-to/tune-your-own-program).
///
/// A workload is a space file (`FILE`, or `external:FILE`); with a server also any other text, which the
/// server is asked to describe. Programs run in process groups of their own, with TAMIS_CONFIG, TAMIS_SCRATCH
/// and TAMIS_DEVICE in their environment. The default config is the file's, or else the one that the space
/// allows nearest to the first value of every knob. Builds use the device that was opened last; a worker
/// process has one.
///
/// Errors: invalid_input for a spec other than `command`, and for a device that is named twice.
Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings);

}  // namespace tamis::command
