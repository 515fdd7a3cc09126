#pragma once

#include "network/graph/graph.h"
#include "network/passes/graph_index.h"
#include "network/passes/layers.h"
#include "network/passes/resolve.h"

namespace tamis::network {

/// A layer of one node, before anything that follows is joined to it: its workload with no bias but its own
/// and no clip, or why it has none.
Layer layer_of(const Node& node, const Resolved& network, const GraphIndex& index);

}  // namespace tamis::network
