#pragma once

#include "process/spawn.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

namespace tamis {

struct RunLimits {
  Deadline deadline = kNever;             ///< when the program is killed
  size_t output_bytes = size_t{1} << 20;  ///< how much of each stream is kept, its end
  std::stop_token stop = {};              ///< kills the program too
};

/// What became of a program.
struct Finished {
  int status = 0;          ///< as waitpid() gives it: describe_status()
  bool timed_out = false;  ///< it was killed because the deadline passed
  bool stopped = false;    ///< it was killed because a stop was requested
  std::string output;      ///< the end of what it wrote to standard output
  std::string errors;      ///< the end of what it wrote to standard error
  int64_t wall_ns = 0;     ///< from its start to its end, ns
};

/// Starts a program and waits for its end; what is then left of its process group is killed. Its streams must
/// be Streams::output_only. Errors: as spawn. Thread safe.
Result<Finished> run_to_end(const SpawnOptions& options, const RunLimits& limits);

/// A line for the shell as the arguments of a program.
std::vector<std::string> shell_command(std::string line);

}  // namespace tamis
