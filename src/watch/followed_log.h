#pragma once

#include "experiment/report/session.h"
#include "tamis/log.h"
#include "tamis/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tamis::watch {

/// What came of a look at a log.
struct LogNews {
  /// Rows that were added at the end of a session.
  struct Growth {
    size_t session = 0;  ///< its position among those of the log
    size_t from = 0;     ///< how many rows it had before
    report::TrialRows::Texts texts = {};
  };
  std::vector<Growth> grown;
  /// What was told before does not hold any more: there are other sessions, rows between others, finals, or
  /// another trouble.
  bool reload = false;
};

/// A log that another process writes, as far as it was read. Every look reads what is new alone, and opens
/// and closes the log for it: SQLite brings the pages of a log's -wal file home when the last connection
/// closes, and one that was always open would keep the tuner's from being the last.
///
/// Trials of several devices end out of order. The rows of a document are by number, so a trial is held back
/// for a moment while others before it run; those that are still missing then come in by reading the session
/// anew, now and then. Not thread safe.
class FollowedLog {
 public:
  using Clock = std::chrono::steady_clock;

  /// The file need not exist.
  FollowedLog(std::string path, std::chrono::milliseconds hold_back);

  /// Reads what is new, if the file has changed since.
  LogNews look(Clock::time_point now);

  const std::string& name() const { return name_; }  ///< without the folders above it
  const std::vector<NetworkRecord>& networks() const { return networks_; }
  size_t sessions() const { return sessions_.size(); }
  const report::ReportSession& session(size_t i) const { return sessions_[i].report; }
  /// Why the log cannot be read, as a sentence; empty where it can. What was read before is kept.
  const std::string& trouble() const { return trouble_; }

 private:
  /// What tells one state of a file from another without opening it.
  struct Stamp {
    std::pair<uint64_t, uint64_t> file = {};  ///< device and inode; zeros where there is none
    std::pair<int64_t, int64_t> size = {};    ///< of it and of its -wal
    std::pair<int64_t, int64_t> changed_ns = {};
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Session {
    report::ReportSession report;
    uint64_t next = 0;                           ///< after the largest number that was read
    std::map<uint64_t, Clock::time_point> held;  ///< trials beyond a gap: when each was seen first
    std::set<uint64_t> missing;                  ///< numbers below `next` without a trial
    bool stale = false;                          ///< to be read anew
    Clock::time_point rest_until = {};           ///< not before
    Clock::time_point active_until = {};         ///< until when late trials and finals are looked for
  };

  static Stamp stamp_of(const std::string& path);
  bool has_work(Clock::time_point now) const;
  Status read(Clock::time_point now, bool other_file, LogNews& news);
  Result<bool> goes_on(const Log& log, const std::vector<SessionEnd>& ends) const;
  Status add_sessions(const Log& log, const std::vector<SessionEnd>& ends, Clock::time_point now,
                      LogNews& news);
  Result<Session> read_whole(const Log& log, const SessionRecord& record, uint64_t end) const;
  Status update(const Log& log, size_t i, uint64_t end, Clock::time_point now, LogNews& news);
  Status read_rows(const Log& log, Session& session, Clock::time_point now) const;
  Status look_for_late(const Log& log, Session& session) const;
  Status look_for_finals(const Log& log, Session& session) const;
  std::string trouble_of(const Error& error) const;

  std::string path_, name_;
  std::chrono::milliseconds hold_back_;
  Stamp stamp_;
  bool looked_ = false;
  std::string trouble_;
  std::vector<Session> sessions_;
  std::vector<NetworkRecord> networks_;
};

}  // namespace tamis::watch
