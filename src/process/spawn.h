#pragma once

#include "process/descriptor.h"
#include "tamis/result.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace tamis {

/// What a started program's standard input and output are connected to; standard error is a pipe always.
enum class Streams {
  one_socket,   ///< both to one socket, which Spawned::input and output name together: input only is set
  two_ways,     ///< input to a socket (writing to a dead program then raises no signal), output to a pipe
  output_only,  ///< input to /dev/null, output to a pipe
};

/// How a program is started.
struct SpawnOptions {
  /// The program and its arguments; a program without a slash is looked for in PATH.
  std::vector<std::string> arguments;
  /// Variables that are added to this process's environment, or replace those there.
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::string directory = {};  ///< where it starts; empty: where this process is
  Streams streams = Streams::output_only;
  uint64_t memory_limit_bytes = 0;  ///< of address space for it and each process that it starts; 0: no bound
  int inherited = -1;               ///< an open file that it finds under kInheritedDescriptor; -1: none
  /// Whether it leads a session of its own, and so can be ended with all that it starts (end_session), or
  /// only a process group.
  bool own_session = false;
};

/// A process that was started, with this process's ends of what connects to it; all close on exec and do not
/// block.
struct Spawned {
  pid_t pid = -1;
  FileDescriptor process;  ///< pidfd: readable once it has ended
  FileDescriptor input;    ///< to its standard input; not open for Streams::output_only
  FileDescriptor output;   ///< from its standard output; not open for Streams::one_socket
  FileDescriptor errors;   ///< from its standard error
};

/// The number under which a started program finds the file that it inherits.
inline constexpr int kInheritedDescriptor = 3;

/// Starts a program in a process group of its own, with default signal handling and no core files. Errors:
/// not_found when it cannot be executed or the directory is not there, io. Thread safe.
Result<Spawned> spawn(const SpawnOptions& options);

}  // namespace tamis
