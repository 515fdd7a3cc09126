#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

namespace tamis {

/// A stop token that is asked to stop when the user's is, or when a time budget has run out. Its tokens may
/// be used by any thread.
class TimedStop {
 public:
  /// No time: only the user's token counts.
  TimedStop(std::stop_token user, std::optional<std::chrono::milliseconds> time);

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread timer_;  // last, so that it has ended before the rest goes
};

}  // namespace tamis
