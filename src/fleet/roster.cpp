#include "fleet/connection.h"
#include "fleet/layout.h"
#include "fleet/records.h"
#include "tamis/fleet.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace fleet {
namespace {

/// An operator's view of a fleet.
struct Desk {
  std::shared_ptr<Connection> connection;
  Buckets buckets;
};

Result<Desk> open_desk(const FleetAddress& address) {
  TAMIS_ASSIGN(std::shared_ptr<Connection> connection,
               Connection::open(address, {"tamis fleet", "operator"}));
  TAMIS_ASSIGN(Buckets buckets, ensure_layout(*connection));
  return Desk{std::move(connection), std::move(buckets)};
}

void take_lease_in(FleetDevice& device, const Bucket::Entry* lease) {
  if (lease == nullptr) return;
  device.seen_unix_ms = lease->written_unix_ms;
  const auto record = read_lease_record(lease->value);
  if (!record.ok()) return;
  device.state = record->state;
  device.trials = record->trials;
  device.invalid = record->invalid;
  device.busy_share = record->busy_share;
  device.session = record->session;
}

/// What an order makes of a device whose worker may not have heard of it yet.
void take_order_in(FleetDevice& device, const Bucket::Entry* order) {
  if (order == nullptr) return;
  const auto record = read_order_record(order->value);
  if (!record.ok()) return;
  device.reason = record->reason;
  if (device.state == FleetState::gone || device.state == FleetState::silent) return;
  if (device.state != FleetState::quarantined && device.state != FleetState::drained)
    device.state = FleetState::draining;
}

FleetDevice describe_device(const std::string& name, const Bucket::Entry& entry, const DeviceRecord& record,
                            const Bucket::Entry* lease, const Bucket::Entry* order) {
  FleetDevice device;
  device.name = name;
  device.type = record.type;
  device.target = record.target;
  device.identity = record.identity;
  device.host = record.host;
  device.version = record.version;
  device.protocol = record.protocol;
  device.role = record.role;
  device.began_unix_ms = record.began_unix_ms;
  device.seen_unix_ms = entry.written_unix_ms;
  device.state = record.ended ? FleetState::gone : FleetState::silent;
  take_lease_in(device, lease);
  take_order_in(device, order);
  return device;
}

Status require_device(const Desk& desk, const std::string& device) {
  TAMIS_ASSIGN(const std::vector<Bucket::Entry> devices, desk.buckets.devices.all());
  if (find_entry(devices, device) != nullptr) return {};
  std::string names;
  for (const Bucket::Entry& entry : devices) names += (names.empty() ? "" : ", ") + entry.key;
  return not_found(fmt::format("the fleet at {} has no device \"{}\"; there {}", desk.connection->url(),
                               device, names.empty() ? "is none" : "are: " + names));
}

Status give_order(const FleetAddress& address, const std::string& device, const OrderRecord& order) {
  TAMIS_ASSIGN(Desk desk, open_desk(address));
  TAMIS_TRY(require_device(desk, device));
  return desk.buckets.orders.put(device, to_text(order));
}

}  // namespace
}  // namespace fleet

Result<FleetStatus> fleet_status(const FleetAddress& address) {
  TAMIS_ASSIGN(const fleet::Desk desk, fleet::open_desk(address));
  TAMIS_ASSIGN(const auto devices, desk.buckets.devices.all());
  TAMIS_ASSIGN(const auto leases, desk.buckets.leases.all());
  TAMIS_ASSIGN(auto orders, desk.buckets.orders.all());
  TAMIS_ASSIGN(const auto faults, desk.buckets.faults.all());
  orders.insert(orders.end(), faults.begin(), faults.end());  // what operators want is found first
  TAMIS_ASSIGN(const auto tuners, desk.buckets.tuners.all());
  FleetStatus status;
  for (const auto& entry : devices) {
    const auto record = fleet::read_device_record(entry.value);
    if (!record.ok()) continue;
    status.devices.push_back(fleet::describe_device(entry.key, entry, *record,
                                                    fleet::find_entry(leases, entry.key),
                                                    fleet::find_entry(orders, entry.key)));
  }
  for (const auto& entry : tuners) {
    auto record = fleet::read_tuner_record(entry.value);
    if (!record.ok()) continue;
    FleetTuner tuner{entry.key, record->name, record->task, record->priority, record->device_types};
    for (const fleet::Stage stage : {fleet::Stage::whole, fleet::Stage::build, fleet::Stage::run}) {
      TAMIS_ASSIGN(const uint64_t waiting, desk.connection->count(fleet::stream_of(stage),
                                                                  fleet::job_subject(stage, "*", entry.key)));
      tuner.waiting += waiting;
    }
    status.tuners.push_back(std::move(tuner));
  }
  std::sort(status.devices.begin(), status.devices.end(),
            [](const auto& a, const auto& b) { return std::tie(a.type, a.name) < std::tie(b.type, b.name); });
  std::sort(status.tuners.begin(), status.tuners.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.session) < std::tie(b.name, b.session);
  });
  return status;
}

Status drain_device(const FleetAddress& address, const std::string& device, const std::string& reason) {
  return fleet::give_order(address, device, {false, reason});
}

Status quarantine_device(const FleetAddress& address, const std::string& device, const std::string& reason) {
  return fleet::give_order(address, device, {true, reason});
}

Status release_device(const FleetAddress& address, const std::string& device) {
  TAMIS_ASSIGN(fleet::Desk desk, fleet::open_desk(address));
  TAMIS_TRY(fleet::require_device(desk, device));
  TAMIS_TRY(desk.buckets.faults.remove(device));
  return desk.buckets.orders.remove(device);
}

Status forget_device(const FleetAddress& address, const std::string& device) {
  TAMIS_ASSIGN(fleet::Desk desk, fleet::open_desk(address));
  TAMIS_TRY(fleet::require_device(desk, device));
  TAMIS_ASSIGN(const std::optional<std::string> lease, desk.buckets.leases.get(device));
  if (lease)
    return invalid_input(fmt::format("the device {} has a worker at work; end it first (SIGTERM)", device));
  TAMIS_TRY(desk.buckets.orders.remove(device));
  TAMIS_TRY(desk.buckets.faults.remove(device));
  return desk.buckets.devices.remove(device);
}

Status set_up_fleet(const FleetAddress& address) {
  TAMIS_ASSIGN(const fleet::Desk desk, fleet::open_desk(address));
  return {};
}

}  // namespace tamis
