#include "measure/device_event.h"

#include <fmt/format.h>

namespace tamis {

std::string_view to_string(DeviceEventKind kind) {
  switch (kind) {
    case DeviceEventKind::reset:
      return "reset";
    case DeviceEventKind::canary_failed:
      return "canary_failed";
    case DeviceEventKind::quarantined:
      return "quarantined";
  }
  return {};
}

std::string describe(const DeviceEvent& event) {
  switch (event.kind) {
    case DeviceEventKind::reset:
      return fmt::format("{} was reset: {}", event.device, event.reason);
    case DeviceEventKind::canary_failed:
      return fmt::format("{} failed a config that is known to be valid: {}", event.device, event.reason);
    case DeviceEventKind::quarantined:
      return fmt::format("{} is used no more: {}", event.device, event.reason);
  }
  return {};
}

}  // namespace tamis
