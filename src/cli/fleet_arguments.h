#pragma once

#include "tamis/fleet.h"
#include "tamis/result.h"

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// The flags that name a fleet and prove who asks: the same for every command that needs one.
struct FleetArguments {
  FleetAddress address;

  /// `url_description` is that of --fleet.
  void add_to(CLI::App& app, const std::string& url_description);
  /// Whether a fleet is named.
  bool named() const { return !address.url.empty(); }
  /// Whether what is given fits together. Errors: invalid_input for other flags without --fleet, and for a
  /// certificate without its key.
  Status check() const;
};

/// The flags of a command that tries configs on a fleet, if it is told to.
struct FleetTuningArguments {
  FleetArguments fleet;
  std::vector<std::string> device_types;
  int priority = 1;

  void add_to(CLI::App& app);
  bool named() const { return fleet.named(); }
  /// Errors: as FleetArguments::check; invalid_input for the flags of a fleet where none is named.
  Status check() const;
  FleetTuning tuning() const;
};

}  // namespace tamis::cli
