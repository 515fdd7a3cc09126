#pragma once

#include "process/spawn.h"
#include "tamis/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tamis::command {

struct ServerCheckOptions {
  SpawnOptions command;  ///< starts the server
  std::string workload;  ///< what it is asked to describe; a space file's path, or any text
  std::string space;     ///< the text of that space file; empty: the server tells its knobs
  std::string device;    ///< the name of its device
  uint64_t configs = 8;  ///< how many configs are tried besides the default
  uint64_t seed = 0;     ///< which ones
  std::chrono::milliseconds deadline{10'000};  ///< of each answer
};

/// One rule of the protocol and whether the server keeps it.
struct ServerCheck {
  std::string rule;  ///< what a server must do
  bool kept = true;
  std::string detail;  ///< what it did instead, or what it did
};

/// Holds a server to docs/reference/server-protocol: it describes itself, twice the same; its space can be
/// read; configs build and run with answers that can be read; a request and a line that mean nothing are
/// answered with an error and leave it up; it ends when its input is closed. Stops after a rule that the
/// others stand on is broken. Errors: as spawn(); invalid_input for a space that cannot be read.
Result<std::vector<ServerCheck>> check_server(const ServerCheckOptions& options);

}  // namespace tamis::command
