#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace tamis::network {

/// How fast a latency falls: by how much it did in the last minute. Not thread safe.
class GainRate {
 public:
  /// Less time says nothing yet.
  static constexpr int64_t kLeastNs = 1'000'000'000;
  static constexpr int64_t kMinuteNs = 60'000'000'000;

  /// Takes note of the latency at a time of the monotonic clock, both in ns; times never go back.
  void add(int64_t time_ns, double latency_ns);
  /// ns gained per minute, over the last minute or since the first note; nothing in the first second.
  std::optional<double> per_minute() const;

 private:
  struct Note {
    int64_t time_ns = 0;
    double latency_ns = 0;
  };
  std::deque<Note> notes_;  ///< the first is the newest that is at least a minute old, where there is one
};

}  // namespace tamis::network
