#pragma once

#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/target.h"

#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// The flags that say how configs are tried: deadlines, bounds, and device recovery.
struct MeasuringArguments {
  std::string run_timeout = "10s";
  std::string build_timeout = "60s";
  std::string memory_limit = "4G";
  std::string reset_command;
  std::string reset_timeout = "60s";
  std::vector<std::string> canary;  ///< KNOB=VALUE..., `default`, or `none`; empty: default where asked for
  int repeat_failures = 0;

  void add_to(CLI::App& app);
  /// Sets what the flags say, the canary aside. Errors: invalid_input that names the flag.
  Status apply(MeasureOptions& options) const;
  /// The config that the flag names, nothing where it names none. Errors: as Space::parse; invalid_input for
  /// one that the space does not allow.
  Result<std::optional<Config>> named_canary(const Space& space) const;
  /// Whether the default config is to be the canary where it turns out to be valid: asked for by `--canary
  /// default`, or by naming devices or a reset command and no canary.
  bool wants_default_canary(const Target& target) const;
};

}  // namespace tamis::cli
