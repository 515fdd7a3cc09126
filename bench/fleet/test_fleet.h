#pragma once

#include "fleet/fleet_workers.h"
#include "fleet/nats_server.h"
#include "tamis/fleet.h"
#include "tamis/result.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace tamis::bench {

/// A server and workers that are alike, on this machine, which end with this.
class TestFleet {
 public:
  /// Starts them and waits until all are registered. The workers' names are `device0`, `device1`, ...;
  /// `program` is fleet_test_worker, and `describe` may give each worker settings of its own. Errors:
  /// not_found without a nats-server; io where the workers do not come.
  template <class Describe>
  static Result<TestFleet> start(const std::string& program, size_t count, const Describe& describe) {
    TestFleet fleet;
    TAMIS_ASSIGN(fleet.server_, NatsServer::start());
    fleet.workers_ = std::make_unique<FleetWorkers>(program, fleet.server_->url());
    for (size_t i = 0; i < count; ++i) {
      TestWorker worker;
      worker.device = "device" + std::to_string(i);
      describe(i, worker);
      TAMIS_TRY(fleet.workers_->add(worker));
    }
    for (int attempt = 0; attempt < 600; ++attempt) {
      TAMIS_ASSIGN(const FleetStatus status, fleet_status(fleet.address()));
      if (status.devices.size() == count) return fleet;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return io_error("the workers do not come; the first wrote: " + fleet.workers_->output(0));
  }

  /// How a tuner uses it.
  FleetTuning tuning() const {
    FleetTuning tuning;
    tuning.address = address();
    return tuning;
  }
  FleetAddress address() const {
    FleetAddress address;
    address.url = server_->url();
    return address;
  }
  NatsServer& server() { return *server_; }
  FleetWorkers& workers() { return *workers_; }

 private:
  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<FleetWorkers> workers_;
};

}  // namespace tamis::bench
