#pragma once

#include "network/graph/array.h"
#include "network/library/library.h"
#include "tamis/result.h"

#include <map>
#include <string>
#include <vector>

namespace tamis::network {

/// What a library gives for these inputs, computed in this process. The arena holds NaN before, so that what
/// is read before it is written shows.
Result<std::vector<Array>> run_library(const Library& library,
                                       const std::map<std::string, Array, std::less<>>& inputs);

}  // namespace tamis::network
