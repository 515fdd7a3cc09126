#pragma once

#include "experiment/report/document.h"
#include "watch/events.h"
#include "watch/followed_log.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace tamis::watch {

/// Logs that are followed, and what is told of them: an event `append` for rows that a session got, `reload`
/// for all else (web/README.md). Thread safe.
class Follower {
 public:
  /// `events` outlives this.
  Follower(const std::vector<std::string>& logs, EventRing& events, std::chrono::milliseconds hold_back);

  /// Reads what is new and tells it.
  void look(FollowedLog::Clock::time_point now = FollowedLog::Clock::now());
  /// Has every page load the document.
  void reload();

  /// All that was told up to an event.
  struct Snapshot {
    std::vector<report::ReportLog> logs;  ///< what is left out of one: why it cannot be read
    EventRing::Position position = 0;
    uint64_t reloads = 0;  ///< how often pages were to load the document so far
  };
  Snapshot snapshot() const;
  uint64_t reloads() const;
  /// How many trials there are in all sessions.
  uint64_t trials() const;

 private:
  EventRing& events_;
  mutable std::mutex mutex_;
  std::vector<FollowedLog> logs_;
  uint64_t reloads_ = 0;
};

}  // namespace tamis::watch
