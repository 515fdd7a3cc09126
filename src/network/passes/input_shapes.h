#pragma once

#include "network/graph/graph.h"
#include "network/passes/resolve.h"
#include "tamis/result.h"

#include <map>
#include <string>

namespace tamis::network {

/// What is known of each input of a graph: its declared type, and its shape as declared and given. Errors:
/// invalid_input for an input without a type, for a size that stays open, and for what is given of no input.
Result<std::map<std::string, Fact>> input_facts(const Graph& graph, const ResolveOptions& options);

/// Reads `data=1x3x224x224` or `batch=1` into the options. A scalar's shape is empty: `x=`. Errors:
/// invalid_input for a text that is neither, and for a name that is given twice.
Status add_shape(ResolveOptions& options, const std::string& text);

}  // namespace tamis::network
