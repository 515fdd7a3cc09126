#include "watch/followed_log.h"

#include "experiment/report/document.h"
#include "log/stored_sessions.h"
#include "session/finals.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tamis::watch {
namespace {

using std::chrono::milliseconds;

/// How many numbers before its end are looked at for trials that are missing, and how many at a look.
constexpr uint64_t kMissingWindow = 1024;
constexpr size_t kMissingAtOnce = 32;

/// A file that has changed so lately may change again within the granularity of its time.
constexpr std::chrono::seconds kUnsettled{2};

/// How long after its last trial a session is looked at for finals and late trials, which takes longer than
/// to see that it has not grown.
constexpr std::chrono::minutes kActive{2};

/// How often a session is read anew at most, and how much longer than that takes it is left alone.
constexpr std::chrono::seconds kRest{2};
constexpr int kRestFactor = 50;

int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

bool is_recent(int64_t changed_ns) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds(now).count() - changed_ns < std::chrono::nanoseconds(kUnsettled).count();
}

}  // namespace

FollowedLog::FollowedLog(std::string path, milliseconds hold_back)
    : path_(std::move(path)),
      name_(std::filesystem::path(path_).filename().string()),
      hold_back_(hold_back) {}

FollowedLog::Stamp FollowedLog::stamp_of(const std::string& path) {
  Stamp stamp;
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return stamp;
  stamp.file = {file.st_dev, file.st_ino};
  stamp.size.first = file.st_size;
  stamp.changed_ns.first = nanoseconds(file.st_mtim);
  struct stat wal {};
  if (::stat((path + "-wal").c_str(), &wal) != 0) return stamp;
  stamp.size.second = wal.st_size;
  stamp.changed_ns.second = nanoseconds(wal.st_mtim);
  return stamp;
}

/// Whether something is left to do although the file has not changed.
bool FollowedLog::has_work(Clock::time_point now) const {
  if (!looked_ || is_recent(stamp_.changed_ns.first) || is_recent(stamp_.changed_ns.second)) return true;
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const Session& session) {
    return !session.held.empty() || (session.stale && session.rest_until <= now);
  });
}

LogNews FollowedLog::look(Clock::time_point now) {
  LogNews news;
  const Stamp stamp = stamp_of(path_);
  if (stamp == stamp_ && !has_work(now)) return news;
  const bool other_file = stamp.file != stamp_.file;
  stamp_ = stamp;
  looked_ = true;
  const Status looked = read(now, other_file, news);
  std::string trouble = looked.ok() ? std::string() : trouble_of(looked.error());
  if (trouble != trouble_) {
    trouble_ = std::move(trouble);
    news.reload = true;
  }
  return news;
}

std::string FollowedLog::trouble_of(const Error& error) const {
  if (error.kind != ErrorKind::not_found) return error.message;
  return sessions_.empty()
             ? fmt::format("{}: there is no such log yet; its trials are shown here when there is", path_)
             : fmt::format("{}: this log is gone; what is shown was read before", path_);
}

Status FollowedLog::read(Clock::time_point now, bool other_file, LogNews& news) {
  TAMIS_ASSIGN(const Log log, Log::open(path_, LogMode::read));
  if (stamp_of(path_).file != stamp_.file) {
    stamp_ = {};  // it was replaced just now; the next look sees to it
    return {};
  }
  TAMIS_ASSIGN(const std::vector<SessionEnd> ends, log.ends());
  TAMIS_ASSIGN(const bool same, goes_on(log, ends));
  if (other_file || !same) {
    news.reload = news.reload || !sessions_.empty();
    sessions_.clear();
  }
  for (size_t i = 0; i < sessions_.size(); ++i) TAMIS_TRY(update(log, i, ends[i].end, now, news));
  TAMIS_TRY(add_sessions(log, ends, now, news));
  TAMIS_ASSIGN(std::vector<NetworkRecord> networks, log.networks());
  news.reload = news.reload || networks != networks_;
  networks_ = std::move(networks);
  return {};
}

/// Whether the log holds all that was read, or is another with the same name.
Result<bool> FollowedLog::goes_on(const Log& log, const std::vector<SessionEnd>& ends) const {
  if (sessions_.empty()) return true;
  if (ends.size() < sessions_.size()) return false;
  for (size_t i = 0; i < sessions_.size(); ++i)
    if (ends[i].id != sessions_[i].report.record().id || ends[i].end < sessions_[i].next) return false;
  const SessionRecord& newest = sessions_.back().report.record();
  TAMIS_ASSIGN(const std::vector<SessionRecord> records, log.sessions(newest.id - 1));
  return !records.empty() && records.front() == newest;
}

Status FollowedLog::add_sessions(const Log& log, const std::vector<SessionEnd>& ends, Clock::time_point now,
                                 LogNews& news) {
  if (ends.size() <= sessions_.size()) return {};
  const int64_t last = sessions_.empty() ? 0 : sessions_.back().report.record().id;
  TAMIS_ASSIGN(const std::vector<SessionRecord> records, log.sessions(last));
  for (const SessionRecord& record : records) {
    // One that was opened since is left to the next look.
    if (sessions_.size() == ends.size()) break;
    TAMIS_ASSIGN(Session session, read_whole(log, record, ends[sessions_.size()].end));
    sessions_.push_back(std::move(session));
    news.reload = true;
  }
  sessions_.back().active_until = now + kActive;
  return {};
}

/// A session with all its trials. `end` is its end at some time before.
Result<FollowedLog::Session> FollowedLog::read_whole(const Log& log, const SessionRecord& record,
                                                     uint64_t end) const {
  TAMIS_ASSIGN(report::ReportSession report, report::read_session(log, record, name_));
  Session session{std::move(report), end, {}, {}};
  if (session.report.rows().size() >= end) return session;
  for (uint64_t number = end - std::min(end, kMissingWindow); number < end; ++number)
    if (!session.report.rows().row_of(number)) session.missing.insert(number);
  return session;
}

Status FollowedLog::update(const Log& log, size_t i, uint64_t end, Clock::time_point now, LogNews& news) {
  Session& session = sessions_[i];
  const size_t from = session.report.rows().size();
  const report::TrialRows::Texts texts = session.report.rows().texts();
  if (end > session.next || !session.held.empty()) TAMIS_TRY(read_rows(log, session, now));
  const bool grown = session.report.rows().size() > from;
  if (grown) {
    news.grown.push_back({i, from, texts});
    session.active_until = now + kActive;
    session.stale = session.stale || session.report.has_finals();  // which are of the trials before
  }
  if (now < session.active_until) TAMIS_TRY(look_for_late(log, session));
  if (now < session.active_until && !grown) TAMIS_TRY(look_for_finals(log, session));
  if (!session.stale || now < session.rest_until) return {};
  const auto begun = Clock::now();
  TAMIS_ASSIGN(session, read_whole(log, session.report.record(), end));
  session.active_until = now + kActive;
  session.rest_until = now + std::max<Clock::duration>(kRest, kRestFactor * (Clock::now() - begun));
  news.reload = true;
  return {};
}

/// Adds what follows, in the order of the numbers.
Status FollowedLog::read_rows(const Log& log, Session& session, Clock::time_point now) const {
  // Up to here, trials have waited long enough for those before them.
  uint64_t due = 0;
  for (const auto& [number, since] : session.held)
    if (since + hold_back_ <= now) due = number + 1;
  return log.visit_trials(
      session.report.record().id, session.next, [&](std::vector<Trial>& trials) -> Status {
        for (const Trial& trial : trials) {
          const uint64_t number = trial.number;
          if (number > session.next && number >= due) {
            session.held.try_emplace(number, now);
            continue;
          }
          session.held.erase(number);
          const uint64_t first = number - std::min(number - std::min(session.next, number), kMissingWindow);
          for (uint64_t gap = first; gap < number; ++gap) session.missing.insert(gap);
          while (session.missing.size() > kMissingWindow) session.missing.erase(session.missing.begin());
          if (!session.report.rows().row_of(number)) TAMIS_TRY(session.report.add(trial));
          session.next = std::max(session.next, number + 1);
        }
        return {};
      });
}

/// Whether a trial has come whose number is below others that were read.
Status FollowedLog::look_for_late(const Log& log, Session& session) const {
  size_t looks = 0;
  for (auto number = session.missing.rbegin(); number != session.missing.rend(); ++number) {
    if (session.stale || ++looks > kMissingAtOnce) break;
    TAMIS_ASSIGN(const std::optional<Trial> late, log.trial(session.report.record().id, *number));
    session.stale = late.has_value();
  }
  return {};
}

Status FollowedLog::look_for_finals(const Log& log, Session& session) const {
  if (session.stale || session.report.has_finals()) return {};
  TAMIS_ASSIGN(std::optional<Finals> finals, log.finals(session.report.record().id));
  const auto current = discard_if_stale(std::move(finals), session.report.rows().size());
  session.stale = current.has_value();
  return {};
}

}  // namespace tamis::watch
