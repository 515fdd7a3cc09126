#pragma once

#include "targets/vta/simulator/schedule_graph.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// Spans of a path, and how many useful cycles each of them has where that does not depend on beats.
struct [[gnu::visibility("hidden")]] CriticalPath {
  struct Step {
    Span span;
    uint64_t useful = 0;
    uint64_t instructions = 1;
  };
  std::vector<Step> steps;  ///< in the order of time, without gaps from 0 on
};

/// Back from the end of a launch, in cycle `cycles`, through what each instruction waited for. An instruction
/// has the cycle in which it is taken and those in which it runs. Where several causes are as late, the one
/// that comes first of: the engine's instruction before, a token, FETCH.
[[gnu::visibility("hidden")]] CriticalPath find_critical_path(const ScheduleGraph& graph, uint64_t cycles);

}  // namespace tamis::vta
