#pragma once

#include "fleet/layout.h"
#include "fleet/records.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace tamis::fleet {

/// What goes on beside a worker's tries, on a thread of its own: leases of jobs and of the device are
/// renewed, orders are looked for, and a try whose tuner has gone is given up. Thread safe.
class Pulse {
 public:
  /// The connection and the buckets must outlive this. `lease` is what was taken; `enrol` says what the
  /// device is, where the server has forgotten.
  Pulse(Connection& connection, Buckets& buckets, std::string device, ConsumerPlan jobs, LeaseRecord lease,
        std::function<void()> enrol);
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;
  ~Pulse();

  /// What operators want of the device now, or its own worker.
  std::optional<OrderRecord> order();
  /// Takes note that the device is not fit.
  void quarantine(const std::string& reason);
  /// Why the device is somebody else's now; nothing as long as it is not.
  std::optional<std::string> lost();

  /// Renews the lease of a job from now on, until it is released.
  void hold(uint64_t id, const Incoming& message);
  void release(uint64_t id);
  /// A try begins, of this session's job; what its stop means is said by `gave_up`.
  std::stop_token begin(const std::string& session, uint64_t job);
  /// It ended, after so long.
  void end(bool counts, bool valid);
  /// Whether the tuner of a session still wants this job. Asks the server at most once a pulse.
  bool is_wanted(const std::string& session, uint64_t job);
  /// What the device does while it tries nothing.
  void rest(FleetState state);
  /// Says the device's state at once.
  void say_now();

 private:
  struct Held {
    uint64_t id;
    Incoming message;
  };
  void beat();
  void renew_jobs();
  void renew_device();
  void look_for_orders();
  void look_for_tuner();
  void mend_layout();
  LeaseRecord lease_now();

  Connection& connection_;
  Buckets& buckets_;
  const std::string device_;
  const ConsumerPlan jobs_;
  const std::function<void()> enrol_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  bool at_once_ = false;
  LeaseRecord lease_;
  std::list<Held> held_;
  std::optional<OrderRecord> order_;
  std::optional<OrderRecord> fault_unsaved_;
  std::optional<std::string> lost_;
  std::stop_source trying_;
  bool is_trying_ = false;
  int64_t began_ns_;
  int64_t try_began_ns_ = 0;
  int64_t busy_ns_ = 0;
  std::string wanted_session_;
  uint64_t wanted_from_ = 0;
  bool wanted_ = false;
  int64_t wanted_asked_ns_ = 0;
  bool was_connected_ = true;
  uint64_t beats_ = 0;
  std::vector<std::unique_ptr<Listening>> heard_orders_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tamis::fleet
