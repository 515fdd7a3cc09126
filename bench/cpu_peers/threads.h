#pragma once

#include "tamis/result.h"

#include <vector>

namespace tamis::peers {

/// Makes every library use `threads` threads from now on: the calling thread pinned to the first of `cores`,
/// the other threads of OpenMP (which oneDNN, tamis's programs and the peak use) each to the core of its
/// number. OpenBLAS's own threads are left to the scheduler, which finds them a core that is free. To be
/// called again after every change, since OpenMP starts new threads then. Errors: invalid_input when there
/// are fewer cores than threads; io where one cannot be used.
Status use_threads(int threads, const std::vector<int>& cores);

}  // namespace tamis::peers
