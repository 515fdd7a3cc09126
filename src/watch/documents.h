#pragma once

#include "watch/events.h"
#include "watch/follower.h"
#include "watch/server.h"

#include <chrono>
#include <cstdint>
#include <mutex>

namespace tamis::watch {

/// Makes the document of the logs that are followed, and the page around it, for those who ask. One that was
/// made a moment ago is given again, since pages get what came since by events. Thread safe.
class Documents {
 public:
  /// Both outlive this.
  Documents(Follower& follower, const EventRing& events) : follower_(follower), events_(events) {}

  Result<ServedText> document();
  Result<ServedText> page();
  /// Has pages load the document when what it alone tells, such as rules, is of much fewer trials than there
  /// are by now; seldom, as making it may take long.
  void renew_if_outgrown();

 private:
  using Clock = std::chrono::steady_clock;

  bool is_fresh() const;
  void make();

  Follower& follower_;
  const EventRing& events_;
  std::mutex mutex_;
  ServedText document_, page_;
  EventRing::Position position_ = 0;
  uint64_t reloads_ = 0, trials_ = 0;
  Clock::time_point made_ = {};
  Clock::duration took_{};
};

}  // namespace tamis::watch
