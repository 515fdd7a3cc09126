#pragma once

#include "base/result.h"
#include "task/target.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tamis {

/// Refuses settings that only other targets have, which would have no effect: `own` are the flags of the
/// target's settings. Errors: invalid_input that names the flag.
inline Status allow_settings(const TargetOptions& options, const std::string& target,
                             std::initializer_list<std::string_view> own) {
  const TargetOptions defaults;
  const std::array<std::pair<std::string_view, bool>, 11> changed = {{
      {"--device", options.device != defaults.device},
      {"--checks", options.checks != defaults.checks},
      {"--space", options.space != defaults.space},
      {"--threads", options.threads != defaults.threads},
      {"--caches", options.caches != defaults.caches},
      {"--layout", options.layout != defaults.layout},
      {"--program", options.program != defaults.program},
      {"--run", options.run != defaults.run},
      {"--serve", options.serve != defaults.serve},
      {"--latency", options.latency != defaults.latency},
      {"--devices", options.devices != defaults.devices},
  }};
  for (const auto& [flag, is_changed] : changed)
    if (is_changed && std::find(own.begin(), own.end(), flag) == own.end())
      return invalid_input("the target " + target + " has no setting " + std::string(flag) +
                           "; leave it out");
  return {};
}

}  // namespace tamis
