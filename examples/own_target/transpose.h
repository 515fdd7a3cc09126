// A target from outside of tamis: transposes a square matrix in blocks on this machine.
#pragma once

#include "tamis/task.h"

#include <memory>
#include <string>

namespace example {

/// Makes the target `transpose`, whose workloads are matrices: `256` is one of 256 x 256 floats. The setting
/// `scratch` is the size in bytes that a block may have (16384). What tunes and what tries configs in worker
/// processes both call it.
tamis::Result<std::shared_ptr<const tamis::Target>> make_transpose(const std::string& spec,
                                                                   const tamis::Settings& settings);

}  // namespace example
