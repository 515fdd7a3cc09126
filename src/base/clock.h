#pragma once

#include <chrono>
#include <cstdint>

namespace tamis {

/// Nanoseconds of a clock that never goes back; only differences mean anything.
inline int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Milliseconds since 1970-01-01 UTC, for humans and logs.
inline int64_t unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace tamis
