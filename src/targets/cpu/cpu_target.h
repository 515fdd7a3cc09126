#pragma once

#include "task/target.h"

#include <memory>
#include <string>

namespace tamis::cpu {

/// Programs of this target are machine code, which can do anything.
bool needs_isolation(const TargetOptions& options);

/// The target of a spec: `cpu` for the processor of this machine, `cpu:mcpu=NAME` for code for a processor by
/// LLVM's name, which is only run where this machine can. Options: threads, caches `warm` or `cold`. Errors:
/// invalid_input, not_found naming the nearest processor.
Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options);

}  // namespace tamis::cpu
