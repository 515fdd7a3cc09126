#pragma once

#include "tamis/emission.h"
#include "tamis/result.h"
#include "tamis/task.h"

#include <string>
#include <vector>

namespace tamis::cli {

/// Whether programs of the target that a spec names can be deployed.
bool can_emit(const std::string& target_spec);

/// Makes the program of a config and writes the files that deploy it into a directory, which is made where it
/// is missing; files of the same names are replaced. Gives the files' names. Errors: unsupported for a target
/// that cannot; io; as TargetKind::emit.
Result<std::vector<std::string>> emit_kernel(const Task& task, const Config& config,
                                             const EmitOptions& options, const std::string& directory);

/// One line on the files of a function in a directory: `wrote DIR/NAME.{o,h,cmake} and DIR/NAME_test.c`.
std::string describe_kernel(const std::string& function, const std::vector<std::string>& files,
                            const std::string& directory);

}  // namespace tamis::cli
