#include "tamis/fleet.h"

// A build without the C client of NATS (TAMIS_WITH_NATS=OFF).

namespace tamis {
namespace {

Error no_nats() {
  return unsupported(
      "this build of tamis has no NATS client, so it has no fleets; build it with -DTAMIS_WITH_NATS=ON "
      "(Debian: libnats-dev, libssl-dev)");
}

}  // namespace

Result<MeasurerFactory> make_fleet_measurers(const FleetTuning&) { return no_nats(); }
Status serve_fleet(const FleetWorker&, const TargetFactory&, const std::stop_token&) { return no_nats(); }
Result<FleetStatus> fleet_status(const FleetAddress&) { return no_nats(); }
Status drain_device(const FleetAddress&, const std::string&, const std::string&) { return no_nats(); }
Status quarantine_device(const FleetAddress&, const std::string&, const std::string&) { return no_nats(); }
Status release_device(const FleetAddress&, const std::string&) { return no_nats(); }
Status forget_device(const FleetAddress&, const std::string&) { return no_nats(); }
Status set_up_fleet(const FleetAddress&) { return no_nats(); }

}  // namespace tamis
