#include "session/timed_stop.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace tamis {

TimedStop::TimedStop(std::stop_token user, std::optional<std::chrono::milliseconds> time)
    : forward_(std::move(user), [this] { source_.request_stop(); }) {
  if (!time) return;
  timer_ =
      std::jthread([this, deadline = std::chrono::steady_clock::now() + *time](const std::stop_token& ended) {
        std::mutex mutex;
        std::condition_variable_any clock;
        std::unique_lock lock(mutex);
        clock.wait_until(lock, ended, deadline, [] { return false; });
        if (!ended.stop_requested()) source_.request_stop();
      });
}

}  // namespace tamis
