#include "session/timed_stop.h"

#include <condition_variable>
#include <mutex>

namespace tamis {

TimedStop::TimedStop(std::stop_token user, std::optional<std::chrono::milliseconds> time)
    : user_(std::move(user)), forward_(user_, [this] { source_.request_stop(); }) {
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
