#pragma once

#include "tamis/result.h"

#include <functional>
#include <span>
#include <vector>

namespace tamis::cpu {

/// Runs `work(0)` to `work(threads - 1)`, each on a thread of its own of the pool that GCC's OpenMP runtime
/// keeps for the calling thread, which itself is number 0. Parallel regions with as many threads that the
/// calling thread enters later, those of generated code too (`GOMP_parallel`, in the ABI section of the
/// libgomp manual), run on the same threads under the same numbers: what is set of a thread here lasts. One
/// thread: just called. `work` must not throw.
void run_on_team(int threads, const std::function<void(int thread)>& work);

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

/// Keeps the threads of a team of as many as there are cores (run_on_team) on one core each, the calling
/// thread on the first. Errors: as pin_to_core.
Status pin_team(std::span<const int> cores);

}  // namespace tamis::cpu
