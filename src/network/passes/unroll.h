#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tamis::network {

// Which nodes with bodies can be plain nodes instead. The calls are of closed nodes (bodies.h) for which
// inference has no fault.

/// Nodes that the bodies of a network may become, all rounds together.
inline constexpr size_t kMostUnrolledNodes = 20000;

/// How often a Loop goes round, where that is known, at most 256 times and at least once, its body does not
/// end it and has no value whose shape depends on data, and there are at most `most_nodes` nodes to write.
std::optional<int64_t> unrolled_trips_of_loop(const Call& call, size_t most_nodes);
/// The same of a Scan.
std::optional<int64_t> unrolled_trips_of_scan(const Call& call, size_t most_nodes);
/// Whether both branches of an If can be computed, and one result be taken: they are small, have no faults,
/// and give values of equal shapes.
bool is_selectable(const Call& call);

}  // namespace tamis::network
