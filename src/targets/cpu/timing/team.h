#pragma once

#include <functional>

namespace tamis::cpu {

/// Runs `work(0)` to `work(threads - 1)`, each on a thread of its own of the pool that GCC's OpenMP runtime
/// keeps for the calling thread, which itself is number 0. Parallel regions with as many threads that the
/// calling thread enters later, those of generated code too (`GOMP_parallel`, in the ABI section of the
/// libgomp manual), run on the same threads under the same numbers: what is set of a thread here lasts. One
/// thread: just called. `work` must not throw.
void run_on_team(int threads, const std::function<void(int thread)>& work);

}  // namespace tamis::cpu
