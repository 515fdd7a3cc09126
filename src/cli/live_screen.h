#pragma once

#include "cli/console.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tamis::cli {

/// The lower end of a terminal: lines that stay, and below them a block of lines that is drawn over again and
/// again, at most ten times a second, by a thread of its own. Whoever searches never waits for the terminal.
///
/// Below the block the cursor stands on an empty line, it is never hidden, and every line ends in the
/// terminal's own colour. So whatever ends the process leaves nothing to tidy up. After a window became
/// narrower the block is found where terminals move its lines to that wrap what became too long.
///
/// Where a console is not live there is no block, and lines that stay are written at once. Thread safe.
class LiveScreen {
 public:
  /// The lines of the block for a window: none takes all of its columns, and none holds a line end. Called on
  /// the screen's thread.
  using Draw = std::function<std::vector<std::string>(const Window&)>;

  /// `console` must outlive it. Without `shown` there is no block on any console.
  LiveScreen(const Console& console, bool shown);
  /// Takes the block off the screen.
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  /// Whether there can be a block.
  bool live() const { return live_; }
  const Console& console() const { return console_; }
  /// Has a block drawn from now on, in the place of one that there is.
  void show(Draw draw);
  /// Has it drawn again as soon as ten times a second allows, because something changed. Costs nothing.
  void touch() { changed_.store(true, std::memory_order_relaxed); }
  /// Takes the block off the screen; nothing is drawn any more when it returns.
  void hide();
  /// Writes lines that stay, above the block, each with its line end.
  void say(std::string_view lines);

 private:
  void keep_drawing(const std::stop_token& stop);
  /// Under `mutex_`: writes lines that stay where the block is, and the block, where there is one, below.
  void draw(std::string_view stays);
  /// Under `mutex_`: how many lines above the cursor the block on the screen begins.
  size_t height(const Window& window) const;

  const Console& console_;
  bool live_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::atomic<bool> changed_ = false;
  Draw draw_;                     // empty: there is no block
  std::vector<size_t> drawn_;     // how many columns each line of the block takes that is on the screen
  std::optional<Window> window_;  // that it was drawn for
  int64_t drawn_ns_ = 0;          // when
  int64_t awake_ns_ = 0;          // when the thread last looked
  std::jthread thread_;           // last, so that it has ended before the rest goes
};

}  // namespace tamis::cli
