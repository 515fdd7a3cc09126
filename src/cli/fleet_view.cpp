#include "cli/fleet_view.h"

#include "base/text.h"
#include "drawing/text_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

/// In the order of the summary.
constexpr std::array kStates = {FleetState::idle,    FleetState::busy,        FleetState::draining,
                                FleetState::drained, FleetState::quarantined, FleetState::silent,
                                FleetState::gone};

/// A share of the trials; `-` where there were none.
std::string invalid_share(const FleetDevice& device) {
  if (device.trials == 0) return "-";
  return percent(static_cast<double>(device.invalid) / static_cast<double>(device.trials));
}

/// What an operator wants to know of a device that works: whose config it tries.
std::string tuner_of(const FleetStatus& status, const FleetDevice& device) {
  if (device.session.empty()) return {};
  const auto tuner = std::find_if(status.tuners.begin(), status.tuners.end(),
                                  [&](const FleetTuner& one) { return one.session == device.session; });
  return tuner == status.tuners.end() ? device.session : tuner->name;
}

std::string device_table(const FleetStatus& status, int64_t now_unix_ms) {
  TextTable table({"device", "type", "state", "trials", "invalid", "busy", "seen", "tuner", "reason"},
                  {0, 1, 2, 7, 8});
  for (const FleetDevice& device : status.devices)
    table.add_row({device.name, device.type, std::string(to_string(device.state)),
                   fmt::format("{}", device.trials), invalid_share(device), percent(device.busy_share),
                   device.seen_unix_ms == 0 ? "-" : age_text(now_unix_ms - device.seen_unix_ms),
                   tuner_of(status, device), device.reason});
  return table.draw();
}

std::string tuner_table(const FleetStatus& status) {
  TextTable table({"tuner", "task", "priority", "waiting", "device types"}, {0, 1, 4});
  for (const FleetTuner& tuner : status.tuners)
    table.add_row({tuner.name, tuner.task, fmt::format("{}", tuner.priority),
                   fmt::format("{}", tuner.waiting), fmt::format("{}", fmt::join(tuner.device_types, ","))});
  return table.draw();
}

/// `8 devices: 5 busy, 2 idle, 1 quarantined`
std::string device_summary(const FleetStatus& status) {
  std::map<FleetState, size_t> counts;
  for (const FleetDevice& device : status.devices) ++counts[device.state];
  std::vector<std::string> parts;
  for (const FleetState state : kStates)
    if (const auto found = counts.find(state); found != counts.end())
      parts.push_back(fmt::format("{} {}", found->second, to_string(state)));
  if (parts.empty())
    return "no device is registered; start one with tamis-worker --fleet URL --device-type NAME";
  return fmt::format("{}: {}", counted(status.devices.size(), "device"), fmt::join(parts, ", "));
}

std::string tuner_summary(const FleetStatus& status) {
  if (status.tuners.empty()) return "nobody tunes";
  uint64_t waiting = 0;
  for (const FleetTuner& tuner : status.tuners) waiting += tuner.waiting;
  return fmt::format("{} with {} waiting", counted(status.tuners.size(), "tuner"), counted(waiting, "trial"));
}

}  // namespace

std::string age_text(int64_t ms) {
  constexpr std::array<std::pair<int64_t, const char*>, 4> kUnits = {
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1000, "s"}}};
  for (const auto& [unit, name] : kUnits)
    if (ms >= unit) return fmt::format("{} {} ago", ms / unit, name);
  return "now";
}

std::string draw_devices(const FleetStatus& status, int64_t now_unix_ms) {
  const std::string table = status.devices.empty() ? "" : device_table(status, now_unix_ms) + "\n";
  return table + device_summary(status) + "\n";
}

std::string draw_status(const FleetStatus& status, int64_t now_unix_ms) {
  std::string text;
  if (!status.devices.empty()) text += device_table(status, now_unix_ms) + "\n";
  if (!status.tuners.empty()) text += tuner_table(status) + "\n";
  return text + device_summary(status) + "; " + tuner_summary(status) + "\n";
}

Json devices_json(const FleetStatus& status) {
  Json devices = Json::array();
  for (const FleetDevice& device : status.devices)
    devices.push_back({{"device", device.name},
                       {"type", device.type},
                       {"state", to_string(device.state)},
                       {"reason", device.reason},
                       {"target", device.target},
                       {"target_identity", device.identity},
                       {"host", device.host},
                       {"version", device.version},
                       {"protocol", device.protocol},
                       {"role", to_string(device.role)},
                       {"trials", device.trials},
                       {"invalid", device.invalid},
                       {"busy_share", device.busy_share},
                       {"began_unix_ms", device.began_unix_ms},
                       {"seen_unix_ms", device.seen_unix_ms},
                       {"session", device.session.empty() ? Json() : Json(device.session)}});
  return devices;
}

Json tuners_json(const FleetStatus& status) {
  Json tuners = Json::array();
  for (const FleetTuner& tuner : status.tuners)
    tuners.push_back({{"session", tuner.session},
                      {"name", tuner.name},
                      {"task", tuner.task},
                      {"priority", tuner.priority},
                      {"device_types", tuner.device_types},
                      {"waiting", tuner.waiting}});
  return tuners;
}

}  // namespace tamis::cli
