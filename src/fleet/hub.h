#pragma once

#include "fleet/layout.h"
#include "fleet/messages.h"
#include "fleet/records.h"
#include "tamis/fleet.h"
#include "tamis/measurer.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace tamis::fleet {

/// A job that no worker brought to an end: so many got it.
struct LostJob {
  std::string stream;
  uint64_t sequence = 0;  ///< of its message in the stream
};

/// What a tuner hears of its jobs; an Error ends the measuring.
using News = std::variant<Report, LostJob, Error>;

/// Which devices may try the configs of a task.
struct Fit {
  std::vector<std::string> types;
  std::string pool;  ///< pool_of()
};

/// How many jobs of this tuner the devices of a queue are to have.
struct QueueShare {
  std::string queue;
  Stage stage = Stage::whole;  ///< run: they only run what others build
  size_t devices = 0;          ///< that are at work for anybody
  size_t builders = 0;         ///< that build for them
  size_t jobs = 0;             ///< of this tuner that are to be given away at a time
  bool alone = true;           ///< whether no other tuner uses them
};

/// What the devices that fit a task are like at one moment.
struct Shares {
  std::vector<QueueShare> queues;
  size_t registered = 0;                 ///< devices that fit, at work or not
  std::vector<std::string> quarantined;  ///< `DEVICE: why`
  std::vector<std::string> unbuilt;      ///< types with devices that only run, for which nobody builds
  std::set<std::string> busy_with;       ///< `SESSION.JOB` of those that are at something
  size_t devices() const;
};

/// A tuner's side of a fleet, which all measurers of one run share: it is registered as a tuner as long as
/// this lives, hears of its jobs, and knows which devices there are. Thread safe.
class Hub {
  /// All that lies in the buckets that say which devices and tuners there are.
  struct Roll {
    std::vector<Bucket::Entry> devices, leases, orders, tuners;
  };

 public:
  /// Errors: as make_fleet_measurers.
  static Result<std::shared_ptr<Hub>> open(const FleetTuning& tuning);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub();

  const std::string& session() const { return session_; }
  const Key& key() const { return key_; }
  Connection& connection() { return *connection_; }

  /// Makes a task known to workers; its digest.
  Result<std::string> add_task(const Task& task, const MeasureOptions& options);
  /// Which devices may try the configs of a task. Errors: not_found where none is registered; unsupported
  /// where those that the types name are others, saying how.
  Result<Fit> fit_for(const Task& task);
  /// What is to be given to these devices now; looks at most once a second.
  Shares shares(const Fit& fit);
  /// Says what this tuner is at, and on which devices.
  Status announce(const std::string& task, const Fit& fit);

  /// Removes a program that is needed no more.
  void forget_program(const ProgramPlace& place);
  /// A number for a job, from 1.
  uint64_t next_job();
  /// Takes back all jobs before the next one: no worker is to begin them, or to go on with them.
  void give_up();

  /// The next news; nothing where none came before the deadline, or a stop.
  std::optional<News> next_news(std::chrono::milliseconds patience, const std::stop_token& stop);
  /// The programs that workers may ask for; nullptr: none any more.
  void set_known(const KnownPrograms* known);

 private:
  Hub(const FleetTuning& tuning, Key key, std::shared_ptr<Connection> connection, Buckets buckets);
  Status begin();
  Result<std::unique_ptr<Listening>> hear_lost_jobs(const std::string& stream);
  void hear_results(const std::stop_token& stop);
  void beat(const std::stop_token& stop);
  void take_unsigned();
  void tell(News news);
  Status put_record();
  void mend();
  QueueShare share_of(const Fit& fit, const std::string& type, Stage stage, const Roll& roll, Shares& shares);
  void take_back_jobs();

  const FleetTuning tuning_;
  const std::string session_;
  const Key key_;
  std::shared_ptr<Connection> connection_;
  Buckets buckets_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<News> news_;
  TunerRecord record_;
  std::map<std::string, std::string> tasks_;  // their texts by their digests
  bool announced_ = false;
  uint64_t last_job_ = 0;
  std::mutex known_mutex_;
  const KnownPrograms* known_ = nullptr;
  std::mutex shares_mutex_;
  Shares shares_;
  Fit shares_of_;
  int64_t shares_ns_ = 0;

  bool told_unsigned_ = false;  // of the ear alone

  std::unique_ptr<Listening> questions_;
  std::unique_ptr<Listening> lost_jobs_;
  std::unique_ptr<Listening> lost_builds_;
  std::unique_ptr<Listening> lost_runs_;
  std::jthread pulse_;  // last: they use all of the above
  std::jthread ear_;
};

}  // namespace tamis::fleet
