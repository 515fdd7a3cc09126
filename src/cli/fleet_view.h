#pragma once

#include "base/json.h"
#include "tamis/fleet.h"

#include <cstdint>
#include <string>

namespace tamis::cli {

/// The tables of `tamis fleet status`: devices, tuners, and a line that sums them up. `now_unix_ms`: the time
/// that ages are told from.
std::string draw_status(const FleetStatus& status, int64_t now_unix_ms);
/// The table of `tamis fleet devices` alone, and its line.
std::string draw_devices(const FleetStatus& status, int64_t now_unix_ms);

/// The members `devices` and `tuners` of the JSON, which docs/reference/command-line describes.
Json devices_json(const FleetStatus& status);
Json tuners_json(const FleetStatus& status);

/// How long ago something was, for people: `now`, `12 s`, `3 min`, `5 h`, `2 d`.
std::string age_text(int64_t ms);

}  // namespace tamis::cli
