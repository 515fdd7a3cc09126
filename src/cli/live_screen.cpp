#include "cli/live_screen.h"

#include "base/clock.h"
#include "drawing/text_width.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw(100);
/// So long a block stays as it is where nothing changes but the clock.
constexpr int64_t kClockNs = 1'000'000'000;
/// Who did not look for so long was stopped, as by Ctrl-Z, and others wrote to the terminal meanwhile.
constexpr int64_t kStoppedNs = 3'000'000'000;

/// Without the sequences that choose colours.
size_t visible_columns(std::string_view line) {
  size_t columns = 0;
  while (!line.empty()) {
    const size_t escape = line.find("\033[");
    columns += columns_of(line.substr(0, escape));
    if (escape == std::string_view::npos) break;
    const size_t end = line.find('m', escape);
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  }
  return columns;
}

}  // namespace

LiveScreen::LiveScreen(const Console& console, bool shown)
    : console_(console), live_(shown && console.live) {}

LiveScreen::~LiveScreen() { hide(); }

void LiveScreen::show(Draw draw) {
  if (!live_) return;
  const std::lock_guard lock(mutex_);
  draw_ = std::move(draw);
  window_.reset();
  if (!thread_.joinable())
    thread_ = std::jthread([this](const std::stop_token& stop) { keep_drawing(stop); });
}

void LiveScreen::hide() {
  const std::lock_guard lock(mutex_);
  draw_ = nullptr;
  if (!drawn_.empty()) draw("");
}

void LiveScreen::say(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (live_) {
    draw(lines);
  } else {
    console_.note(lines);
  }
}

void LiveScreen::keep_drawing(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const int64_t now = monotonic_ns();
    if (awake_ns_ != 0 && now - awake_ns_ > kStoppedNs) drawn_.clear();
    awake_ns_ = now;
    const bool due = changed_.exchange(false, std::memory_order_relaxed) || now - drawn_ns_ >= kClockNs ||
                     window_ != console_.window();
    if (draw_ && due) draw("");
    woken_.wait_for(lock, stop, kRedraw, [] { return false; });
  }
}

size_t LiveScreen::height(const Window& window) const {
  const bool wrapped = window_ && window.columns < window_->columns;
  size_t rows = 0;
  for (const size_t columns : drawn_)
    rows += wrapped ? std::max<size_t>(1, (columns + window.columns - 1) / window.columns) : 1;
  return rows;
}

void LiveScreen::draw(std::string_view stays) {
  const Window window = console_.window();
  std::string text;
  if (const size_t up = height(window); up > 0) text = fmt::format("\033[{}A\r", up);
  if (!drawn_.empty() && (!stays.empty() || !draw_)) text += "\033[J";
  text += stays;
  drawn_.clear();
  if (draw_) {
    std::vector<std::string> lines = draw_(window);
    // The cursor stands on a line of its own.
    lines.resize(std::min(lines.size(), window.rows - 1));
    for (const std::string& line : lines) {
      text += line + "\033[K\n";
      drawn_.push_back(visible_columns(line));
    }
    text += "\033[J";
  }
  window_ = window;
  drawn_ns_ = monotonic_ns();
  // At once, so that nothing comes in between.
  console_.note(text);
}

}  // namespace tamis::cli
