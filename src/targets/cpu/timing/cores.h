#pragma once

#include "tamis/result.h"

#include <span>
#include <vector>

namespace tamis::cpu {

/// The cores that the calling thread may run on, ascending. Ask before anything is pinned. Errors: io. Thread
/// safe.
Result<std::vector<int>> allowed_cores();

/// The cores of a device: as many of the allowed ones as it has threads, the next ones for every further
/// slot, from the front again after the last. `allowed` must not be empty; at most one thread a core. Thread
/// safe.
std::vector<int> cores_of_slot(std::span<const int> allowed, int slot, int threads);

/// Keeps the calling thread on one core from now on, and the threads that it starts. Errors: io naming the
/// core.
Status pin_to_core(int core);

/// Keeps the threads of a team of as many as there are cores (team.h) on one core each, the calling thread on
/// the first. Errors: as pin_to_core.
Status pin_team(std::span<const int> cores);

}  // namespace tamis::cpu
