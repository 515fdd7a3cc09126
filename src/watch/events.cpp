#include "watch/events.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace tamis::watch {

EventRing::EventRing(std::string run, EventLimits limits) : run_(std::move(run)), limits_(limits) {}

void EventRing::push(std::string_view kind, std::string_view data) {
  {
    const std::lock_guard lock(mutex_);
    ++end_;
    kept_.push_back(fmt::format("id: {}-{}\nevent: {}\ndata: {}\n\n", run_, end_, kind, data));
    bytes_ += kept_.back().size();
    while (kept_.size() > 1 && (kept_.size() > limits_.events || bytes_ > limits_.bytes)) {
      bytes_ -= kept_.front().size();
      kept_.pop_front();
    }
  }
  changed_.notify_all();
}

EventRing::Position EventRing::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

std::string EventRing::id_of(Position position) const { return fmt::format("{}-{}", run_, position); }

std::optional<EventRing::Position> EventRing::find(std::string_view id) const {
  if (!id.starts_with(run_) || id.substr(run_.size()).substr(0, 1) != "-") return std::nullopt;
  const std::string_view digits = id.substr(run_.size() + 1);
  Position position = 0;
  const auto [rest, code] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (code != std::errc() || rest != digits.data() + digits.size()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (position > end_) return std::nullopt;
  return position;
}

std::optional<EventRing::News> EventRing::after(Position position, std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return woken_ || end_ > position; });
  if (position < first() || position > end_) return std::nullopt;
  News news{"", end_};
  for (size_t i = position - first(); i < kept_.size(); ++i) news.text += kept_[i];
  return news;
}

bool EventRing::keeps(Position position) const {
  const std::lock_guard lock(mutex_);
  return first() <= position && position <= end_;
}

void EventRing::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

}  // namespace tamis::watch
