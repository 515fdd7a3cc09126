#pragma once

#include "network/graph/array.h"
#include "network/passes/resolve.h"
#include "tamis/result.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tamis::network {

/// Computes a network operator by operator, as ONNX defines each: the reference that compiled networks are
/// checked against, right rather than fast. Values are dropped after their last use. Returns the outputs in
/// the order of the graph. Errors: invalid_input for inputs that are missing, unknown or of another type or
/// shape than the network was resolved for; as without_faults and the operators. Thread safe.
Result<std::vector<Array>> reference_run(const Resolved& network,
                                         const std::map<std::string, Array, std::less<>>& inputs);

}  // namespace tamis::network
