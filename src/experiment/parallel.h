#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <functional>
#include <stop_token>

namespace tamis {

/// How run_parallel goes about it.
struct ParallelOptions {
  size_t jobs = 1;  ///< threads, at least 1
  /// Called on the calling thread after tasks have ended, with how many have; may be empty.
  std::function<void(size_t done)> progress = nullptr;
};

/// Calls task(0) to task(count - 1), each once, on threads of its own, and returns when all have ended. After
/// an error or a requested stop no further task begins. Errors: that of the least task that failed;
/// interrupted when the stop kept any task from beginning; io when not a single thread can be started.
Status run_parallel(size_t count, const std::function<Status(size_t)>& task, const ParallelOptions& options,
                    std::stop_token stop);

}  // namespace tamis
