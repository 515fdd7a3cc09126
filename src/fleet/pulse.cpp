#include "fleet/pulse.h"

#include "base/clock.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

constexpr int64_t kPulseNs = std::chrono::duration_cast<std::chrono::nanoseconds>(kPulse).count();

}  // namespace

Pulse::Pulse(Connection& connection, Buckets& buckets, std::string device, ConsumerPlan jobs,
             LeaseRecord lease, std::function<void()> enrol)
    : connection_(connection),
      buckets_(buckets),
      device_(std::move(device)),
      jobs_(std::move(jobs)),
      enrol_(std::move(enrol)),
      lease_(std::move(lease)),
      began_ns_(monotonic_ns()) {
  look_for_orders();  // before anything is tried
  // What is put into a bucket is heard on this subject too; where it is not, the next pulse finds it.
  for (const char* bucket : {kOrders.name, kFaults.name}) {
    auto listening =
        connection_.listen(fmt::format("$KV.{}.{}", bucket, device_), [this](const Incoming&) { say_now(); });
    if (listening.ok()) heard_orders_.push_back(std::move(*listening));
  }
  thread_ = std::thread([this] { beat(); });
}

Pulse::~Pulse() {
  heard_orders_.clear();
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

std::optional<OrderRecord> Pulse::order() {
  const std::scoped_lock lock(mutex_);
  return order_;
}

void Pulse::quarantine(const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  order_ = OrderRecord{true, reason};
  fault_unsaved_ = order_;
  at_once_ = true;
  changed_.notify_all();
}

std::optional<std::string> Pulse::lost() {
  const std::scoped_lock lock(mutex_);
  return lost_;
}

void Pulse::hold(uint64_t id, const Incoming& message) {
  const std::scoped_lock lock(mutex_);
  held_.push_back({id, message});
}

void Pulse::release(uint64_t id) {
  const std::scoped_lock lock(mutex_);
  held_.remove_if([&](const Held& held) { return held.id == id; });
}

std::stop_token Pulse::begin(const std::string& session, uint64_t job) {
  const std::scoped_lock lock(mutex_);
  trying_ = std::stop_source();
  is_trying_ = true;
  lease_.state = FleetState::busy;
  lease_.session = session;
  lease_.job = job;
  try_began_ns_ = monotonic_ns();
  return trying_.get_token();
}

void Pulse::end(bool counts, bool valid) {
  const std::scoped_lock lock(mutex_);
  is_trying_ = false;
  busy_ns_ += monotonic_ns() - try_began_ns_;
  if (counts) ++lease_.trials;
  if (counts && !valid) ++lease_.invalid;
}

void Pulse::rest(FleetState state) {
  const std::scoped_lock lock(mutex_);
  lease_.state = state;
  lease_.session.clear();
  lease_.job = 0;
}

void Pulse::say_now() {
  const std::scoped_lock lock(mutex_);
  at_once_ = true;
  changed_.notify_all();
}

bool Pulse::is_wanted(const std::string& session, uint64_t job) {
  {
    const std::scoped_lock lock(mutex_);
    const bool fresh = wanted_session_ == session && monotonic_ns() - wanted_asked_ns_ < kPulseNs;
    if (fresh) return wanted_ && job >= wanted_from_;
  }
  const Result<std::optional<std::string>> found = buckets_.tuners.get(session);
  const std::scoped_lock lock(mutex_);
  wanted_session_ = session;
  wanted_asked_ns_ = monotonic_ns();
  wanted_ = true;
  wanted_from_ = 0;
  if (!found.ok()) return true;  // in an outage nobody can tell
  wanted_ = found->has_value();
  if (!wanted_) return false;
  const auto record = read_tuner_record(**found);
  if (record.ok()) wanted_from_ = record->given_up_below;
  return job >= wanted_from_;
}

void Pulse::beat() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kPulse, [this] { return over_ || at_once_; });
      at_once_ = false;
      if (over_) return;
    }
    mend_layout();
    renew_jobs();
    look_for_orders();
    renew_device();
    look_for_tuner();
  }
}

/// A server that lost all it had, or was replaced, has neither streams nor consumers, and knows no device.
/// One that was killed and came back between two beats shows only by what it lacks, so it is looked for now
/// and then as well.
void Pulse::mend_layout() {
  constexpr uint64_t kBeatsPerMend = 5;
  const bool connected = connection_.connected();
  const bool due = !was_connected_ || ++beats_ % kBeatsPerMend == 0;
  if (connected && due && ensure_layout(connection_).ok()) {
    (void)connection_.ensure(jobs_);
    const auto known = buckets_.devices.get(device_);
    if (known.ok() && !known->has_value()) enrol_();
  }
  was_connected_ = connected;
}

void Pulse::renew_jobs() {
  std::list<Held> held;
  {
    const std::scoped_lock lock(mutex_);
    held = held_;
  }
  for (Held& one : held) one.message.extend();
}

LeaseRecord Pulse::lease_now() {
  const std::scoped_lock lock(mutex_);
  LeaseRecord lease = lease_;
  const int64_t now = monotonic_ns();
  const int64_t busy = busy_ns_ + (is_trying_ ? now - try_began_ns_ : 0);
  lease.busy_share = static_cast<double>(busy) / static_cast<double>(std::max<int64_t>(1, now - began_ns_));
  if (order_ && lease.state == FleetState::busy) lease.state = FleetState::draining;
  return lease;
}

/// The lease passes in an outage, and another may then have taken the device.
void Pulse::renew_device() {
  const LeaseRecord lease = lease_now();
  const auto there = buckets_.leases.get(device_);
  if (!there.ok()) return;
  if (!there->has_value()) {
    if (const auto taken = buckets_.leases.create(device_, to_text(lease)); taken.ok() && *taken) enrol_();
    return;
  }
  const auto holder = read_lease_record(**there);
  if (holder.ok() && holder->worker != lease.worker) {
    const std::scoped_lock lock(mutex_);
    lost_ = fmt::format("a worker on {} (process {}) has taken the device {}", holder->host, holder->process,
                        device_);
    trying_.request_stop();
    return;
  }
  (void)buckets_.leases.put(device_, to_text(lease));
}

/// What operators want comes before what the worker itself found.
void Pulse::look_for_orders() {
  std::optional<OrderRecord> unsaved;
  {
    const std::scoped_lock lock(mutex_);
    unsaved = fault_unsaved_;
  }
  if (unsaved) {
    const bool saved = buckets_.faults.put(device_, to_text(*unsaved)).ok();
    const std::scoped_lock lock(mutex_);
    if (saved) fault_unsaved_.reset();
    return;
  }
  std::optional<OrderRecord> order;
  for (const Bucket* bucket : {&buckets_.orders, &buckets_.faults}) {
    const auto there = bucket->get(device_);
    if (!there.ok()) return;
    if (order || !there->has_value()) continue;
    auto read = read_order_record(**there);
    order = read.ok() ? std::move(*read) : OrderRecord{true, read.error().message};
  }
  const std::scoped_lock lock(mutex_);
  if (fault_unsaved_) return;
  order_ = order;
  if (order && order->quarantine) trying_.request_stop();
}

void Pulse::look_for_tuner() {
  std::string session;
  uint64_t job = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (!is_trying_) return;
    session = lease_.session;
    job = lease_.job;
    wanted_asked_ns_ = 0;
  }
  if (is_wanted(session, job)) return;
  const std::scoped_lock lock(mutex_);
  if (is_trying_ && lease_.session == session && lease_.job == job) trying_.request_stop();
}

}  // namespace tamis::fleet
