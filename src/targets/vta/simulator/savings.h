#pragma once

#include "targets/vta/simulator/schedule_graph.h"
#include "targets/vta/simulator/timeline.h"

#include <cstdint>
#include <optional>

namespace tamis::vta {

/// How many cycles a launch takes until FINISH begins, where the activities of `part` take no time and all
/// others as long as they did; nothing changes without a part. Waits follow the same rules as ever. The
/// launch must have finished.
[[gnu::visibility("hidden")]] uint64_t cycles_without(const ScheduleGraph& graph, std::optional<Part> part);

}  // namespace tamis::vta
