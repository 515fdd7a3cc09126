#pragma once

#include <string>
#include <string_view>

namespace tamis {

/// What happens to devices while configs are tried, for whoever watches.
enum class DeviceEventKind {
  reset,          ///< the reset command brought it back
  canary_failed,  ///< it failed the config that is known to be valid
  quarantined,    ///< it is used no more
};

/// `reset`, `canary_failed`, `quarantined`.
std::string_view to_string(DeviceEventKind kind);

struct DeviceEvent {
  DeviceEventKind kind = DeviceEventKind::reset;
  std::string device;  ///< its name, or `device 0` where it has none
  std::string reason;  ///< why: what a config did to it, or what the canary or the reset command said
};

/// One line for people: `board0 was reset: a config hung`.
std::string describe(const DeviceEvent& event);

}  // namespace tamis
