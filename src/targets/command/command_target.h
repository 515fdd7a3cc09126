#pragma once

#include "base/result.h"
#include "task/target.h"

#include <memory>
#include <string>

namespace tamis::command {

/// The target `command`: a space described in a file, or by a server, and a program of the user's that builds
/// and runs one config (docs/reference/command-target).
///
/// A workload is a space file (`FILE`, or `external:FILE`); with a server also any other text, which the
/// server is asked to describe. Programs run in process groups of their own, with TAMIS_CONFIG, TAMIS_SCRATCH
/// and TAMIS_DEVICE in their environment. The default config is the file's, or else the one that the space
/// allows nearest to the first value of every knob. Builds use the device that was opened last; a worker
/// process has one.
///
/// Errors: invalid_input for a spec other than `command` and for settings of other targets.
Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options);

/// A user's program can do anything.
bool needs_isolation(const TargetOptions& options);

}  // namespace tamis::command
