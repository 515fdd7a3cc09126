#pragma once

#include "fleet/fleet_workers.h"
#include "fleet/nats_server.h"
#include "fleet/trial_target.h"
#include "tamis/fleet.h"
#include "tamis/session.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {

/// Looks again and again until something is so; whether it came to be in time.
inline bool eventually(const std::function<bool()>& is_so,
                       std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// What a trial came to, without what differs from run to run.
struct TrialOutcome {
  Verdict verdict = Verdict::valid;
  std::string message;
  std::vector<double> costs;
  friend bool operator==(const TrialOutcome&, const TrialOutcome&) = default;
};

inline void PrintTo(const TrialOutcome& outcome, std::ostream* stream) {
  *stream << to_string(outcome.verdict) << " \"" << outcome.message << "\" ";
  for (const double cost : outcome.costs) *stream << cost << " ";
}

/// What came of each config, by its index in the space. A config that was counted twice fails the test.
inline std::map<uint64_t, TrialOutcome> outcomes(const Space& space, const std::vector<Trial>& trials) {
  std::map<uint64_t, TrialOutcome> all;
  for (const Trial& trial : trials) {
    const uint64_t index = space.index(trial.config);
    const bool first = all.emplace(index, TrialOutcome{trial.verdict, trial.message, trial.costs}).second;
    EXPECT_TRUE(first) << "config " << index << " was counted twice, the second time as trial "
                       << trial.number;
  }
  return all;
}

/// How many of the trials each device did.
inline std::map<std::string, size_t> by_device(const std::vector<Trial>& trials) {
  std::map<std::string, size_t> all;
  for (const Trial& trial : trials) ++all[trial.device];
  return all;
}

/// A server of its own, workers, and sessions on them; skipped where no nats-server is installed.
class FleetTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = NatsServer::start();
    if (!started.ok() && started.error().kind == ErrorKind::not_found)
      GTEST_SKIP() << started.error().message;
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
    workers_.emplace(worker_program(), server_->url());
    tuning_.address = address();
    session_.strategy = "random";
    session_.seed = 1;
    session_.asynchronous = true;
    session_.keep_trials = true;
    session_.with_default = false;
    session_.measure.run_deadline = std::chrono::seconds(5);
    session_.measure.worker_path = worker_program();
    session_.measure.memory_limit_bytes = 0;  // sanitizers reserve terabytes
  }
  void TearDown() override {
    if (!HasFailure() || !server_) return;
    for (size_t i = 0; i < workers_->size(); ++i)
      std::printf("worker %zu wrote:\n%s\n", i, workers_->output(i).c_str());
    std::printf("the server wrote:\n%s\n", server_->log().c_str());
  }

  static std::string worker_program() { return TAMIS_BUILD_BIN "/fleet_test_worker"; }
  static std::string tuner_program() { return TAMIS_BUILD_BIN "/fleet_test_tuner"; }
  FleetAddress address() const {
    FleetAddress address;
    address.url = server_->url();
    return address;
  }

  size_t start_worker(const TestWorker& worker) {
    const auto number = workers_->add(worker);
    EXPECT_TRUE(number.ok()) << number.error().message;
    return number.ok() ? *number : 0;
  }
  /// Workers `board0`, `board1`, ... that are alike, and waits until they are there.
  void start_workers(size_t count, TestWorker worker = {}) {
    for (size_t i = 0; i < count; ++i) {
      worker.device = "board" + std::to_string(i);
      start_worker(worker);
      all_.push_back(worker.device);
    }
    for (const std::string& device : all_) await(device, FleetState::idle);
  }

  FleetStatus status() const {
    auto known = fleet_status(address());
    EXPECT_TRUE(known.ok()) << known.error().message;
    return known.ok() ? *known : FleetStatus();
  }
  /// What is known of a device; nothing where it is not registered.
  std::optional<FleetDevice> device(const std::string& name) const {
    for (const FleetDevice& device : status().devices)
      if (device.name == name) return device;
    return std::nullopt;
  }
  /// Waits until a device is in a state; that it never is fails the test.
  void await(const std::string& name, FleetState state) const {
    const bool is_so = eventually([&] {
      const auto known = device(name);
      return known && known->state == state;
    });
    const auto known = device(name);
    EXPECT_TRUE(is_so) << name << " is " << (known ? to_string(known->state) : "not registered") << ", not "
                       << to_string(state);
  }

  /// A session on the fleet with the options of this test; an error fails it.
  SessionResult tune(const SharedTask& task, std::stop_token stop = {}) const {
    SessionOptions options = session_;
    auto fleet = make_fleet_measurers(tuning_);
    EXPECT_TRUE(fleet.ok()) << fleet.error().message;
    if (!fleet.ok()) return {};
    options.make_measurer = *fleet;
    auto result = run_session(task, nullptr, options, {}, std::move(stop));
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? std::move(*result) : SessionResult();
  }
  /// The same beside the test.
  std::future<SessionResult> tune_beside(const SharedTask& task, std::stop_token stop = {}) const {
    return std::async(std::launch::async, [this, task, stop] { return tune(task, stop); });
  }
  /// The same session in worker processes of this machine.
  SessionResult tune_locally(const SharedTask& task) const {
    SessionOptions options = session_;
    options.measure.jobs = 2;
    auto result = run_session(task, nullptr, options, {}, {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? std::move(*result) : SessionResult();
  }

  std::unique_ptr<NatsServer> server_;
  std::optional<FleetWorkers> workers_;
  TemporaryDirectory directory_;
  FleetTuning tuning_;
  SessionOptions session_;

 private:
  std::vector<std::string> all_;
};

}  // namespace tamis
