#pragma once

#include "network/graph/graph.h"
#include "network/library/make_library.h"
#include "network/library/planned_step.h"
#include "network/passes/layers.h"
#include "network/passes/resolve.h"
#include "tamis/result.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace tamis::network {

/// A body of an If, a Loop or a Scan, ready to be assembled: a network of its own that takes and gives values
/// in plain order. Its steps point into it.
struct PlannedBody {
  Resolved network;
  std::vector<Layer> layers;
  std::vector<PlannedStep> steps;
};

/// What the layers of a network take in each layout, for the choice of orders.
LayoutTime layout_times(const LibraryOptions& options);

/// Plans a closed body of which this is known of its inputs; steps hold at most `most_fused` operators.
/// Errors: as layers_of and without_faults; unsupported where the shape of an output depends on data.
Result<std::unique_ptr<PlannedBody>> planned_body(const Graph& body, const std::vector<Fact>& inputs,
                                                  size_t most_fused, const LibraryOptions& options);

}  // namespace tamis::network
