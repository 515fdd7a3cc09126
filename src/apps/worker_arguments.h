#pragma once

#include "tamis/fleet.h"
#include "tamis/result.h"

#include <span>
#include <string>

namespace tamis::worker {

/// What the program tamis-worker is asked for.
enum class Purpose {
  tuner,    ///< no argument: it serves the tuner that started it, on standard input and output
  fleet,    ///< it serves a fleet with a device of this machine
  help,     ///< it says what it can be asked for
  version,  ///< it says its version
};

/// The command line of tamis-worker, read.
struct Arguments {
  Purpose purpose = Purpose::tuner;
  /// For a fleet: what serve_fleet() takes, without worker_path and note, which no flag names.
  FleetWorker fleet = {};
};

/// Reads the words behind the program's name, `--flag VALUE` or `--flag=VALUE`. Targets' settings are flags,
/// as those of `tamis tune`. Nothing is opened, and no target is made. Errors: invalid_input that names the
/// flag, with the nearest one where there is none of this name.
Result<Arguments> read_arguments(std::span<const std::string> words);

/// The text of --help, with a line at its end.
std::string help();

}  // namespace tamis::worker
