#include "experiment/parallel.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What the threads of one run_parallel share, guarded by `mutex`.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  size_t next = 0;  // of the tasks to begin
  size_t done = 0;
  size_t working = 0;  // threads
  std::map<size_t, Error> errors;
};

void work(Shared& shared, size_t count, const std::function<Status(size_t)>& task,
          const std::stop_token& stop) {
  std::unique_lock lock(shared.mutex);
  while (shared.next < count && shared.errors.empty() && !stop.stop_requested()) {
    const size_t mine = shared.next++;
    lock.unlock();
    const Status status = task(mine);
    lock.lock();
    ++shared.done;
    if (!status.ok()) shared.errors.emplace(mine, status.error());
    shared.changed.notify_one();
  }
  --shared.working;
  shared.changed.notify_one();
}

void watch(Shared& shared, const std::function<void(size_t done)>& progress) {
  std::unique_lock lock(shared.mutex);
  for (size_t seen = 0;;) {
    shared.changed.wait(lock, [&] { return shared.done > seen || shared.working == 0; });
    if (shared.done == seen) return;  // nobody is working any more
    seen = shared.done;
    lock.unlock();
    if (progress) progress(seen);
    lock.lock();
  }
}

}  // namespace

Status run_parallel(size_t count, const std::function<Status(size_t)>& task, const ParallelOptions& options,
                    std::stop_token stop) {
  Shared shared;
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < std::min(options.jobs, count); ++i) {
      std::unique_lock lock(shared.mutex);
      ++shared.working;
      lock.unlock();
      try {
        threads.emplace_back([&] { work(shared, count, task, stop); });
      } catch (const std::system_error& error) {
        lock.lock();
        --shared.working;
        // Fewer threads than asked for only make it slower.
        if (threads.empty()) return io_error(fmt::format("no thread can be started: {}", error.what()));
        break;
      }
    }
    watch(shared, options.progress);
  }
  if (!shared.errors.empty()) return shared.errors.begin()->second;
  if (shared.done < count) return Error{ErrorKind::interrupted, "interrupted"};
  return {};
}

}  // namespace tamis
