#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <string>
#include <vector>

namespace tamis::gpu {

/// The arguments of a kernel file that mean what a T1 file's `Arguments` and `ReferenceArguments` do.
/// `folder` is where the file lies; `notes` gets sentences on what was decided. Errors: invalid_input and
/// unsupported, naming the argument and the field.
Result<Json> arguments_of_t1(const Json& specification, const Space& space, const std::string& folder,
                             const std::string& place, std::vector<std::string>& notes);

}  // namespace tamis::gpu
