#include "watch/follower.h"

#include "experiment/report/document.h"

#include <utility>

namespace tamis::watch {

Follower::Follower(const std::vector<std::string>& logs, EventRing& events,
                   std::chrono::milliseconds hold_back)
    : events_(events) {
  for (const std::string& path : logs) logs_.emplace_back(path, hold_back);
}

void Follower::look(FollowedLog::Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  bool reload = false;
  size_t first = 0;  // of the sessions of a log, in the document
  std::vector<std::string> appends;
  for (FollowedLog& log : logs_) {
    const LogNews news = log.look(now);
    reload = reload || news.reload;
    for (const LogNews::Growth& grown : news.grown)
      if (!reload)
        appends.push_back(report::to_text(
            log.session(grown.session).append_json(first + grown.session, grown.from, grown.texts)));
    first += log.sessions();
  }
  if (reload) {
    ++reloads_;
    events_.push("reload", "{}");
    return;
  }
  for (const std::string& append : appends) events_.push("append", append);
}

void Follower::reload() {
  const std::lock_guard lock(mutex_);
  ++reloads_;
  events_.push("reload", "{}");
}

Follower::Snapshot Follower::snapshot() const {
  const std::lock_guard lock(mutex_);
  Snapshot snapshot{{}, events_.end(), reloads_};
  for (const FollowedLog& log : logs_) {
    report::ReportLog& copy = snapshot.logs.emplace_back(report::ReportLog{log.name()});
    for (size_t i = 0; i < log.sessions(); ++i) copy.sessions.push_back(log.session(i));
    copy.networks = log.networks();
    if (!log.trouble().empty()) copy.left_out.push_back(log.trouble());
  }
  return snapshot;
}

uint64_t Follower::reloads() const {
  const std::lock_guard lock(mutex_);
  return reloads_;
}

uint64_t Follower::trials() const {
  const std::lock_guard lock(mutex_);
  uint64_t count = 0;
  for (const FollowedLog& log : logs_)
    for (size_t i = 0; i < log.sessions(); ++i) count += log.session(i).rows().size();
  return count;
}

}  // namespace tamis::watch
