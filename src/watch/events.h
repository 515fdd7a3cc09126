#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tamis::watch {

/// How many events are kept for readers that come back. The newest is kept whatever its size.
struct EventLimits {
  size_t events = 4096;
  size_t bytes = size_t{8} << 20;
};

/// Events with ids, oldest first, of which the newest are kept: those who were away for a while get what they
/// missed, and those who were away for too long are told so. Thread safe.
class EventRing {
 public:
  /// How many events a reader has seen of all that there ever were.
  using Position = uint64_t;

  /// `run` becomes a part of every id, so that an id of an earlier run is not taken for one of this.
  explicit EventRing(std::string run, EventLimits limits = {});

  /// Adds an event. `kind` and `data` are one line each.
  void push(std::string_view kind, std::string_view data);
  /// Where a reader is that has seen everything.
  Position end() const;
  /// The id of the last event before a position.
  std::string id_of(Position position) const;
  /// The position after the event of this id; nothing for an id of another run or of no event.
  std::optional<Position> find(std::string_view id) const;

  /// What follows a position, as text of a stream of server-sent events.
  struct News {
    std::string text;
    Position position = 0;  ///< after them
  };
  /// The events after a position; waits for some at most so long, or until wake(). Nothing where they are not
  /// kept any more.
  std::optional<News> after(Position position, std::chrono::milliseconds patience) const;
  /// Whether the events after a position are kept.
  bool keeps(Position position) const;
  /// Ends every wait, those to come too.
  void wake();

 private:
  Position first() const { return end_ - kept_.size(); }

  const std::string run_;
  const EventLimits limits_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<std::string> kept_;
  size_t bytes_ = 0;
  Position end_ = 0;
  bool woken_ = false;
};

}  // namespace tamis::watch
