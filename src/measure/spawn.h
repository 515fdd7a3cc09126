#pragma once

#include "base/result.h"
#include "measure/pipe.h"

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace tamis {

/// A process that was started, with the tuner's ends of what connects to it; all close on exec and do not
/// block.
struct Spawned {
  pid_t pid = -1;
  FileDescriptor process;     ///< pidfd
  FileDescriptor connection;  ///< socket to its standard input and output
  FileDescriptor errors;      ///< pipe from its standard error
};

/// The number under which a started program finds the file that it inherits.
inline constexpr int kInheritedDescriptor = 3;

/// Starts a program without arguments in a process group of its own, with default signal handling, no core
/// files and at most `memory_limit_bytes` of address space (0: no bound). It inherits the open file
/// `inherited`; -1: none. Errors: not_found when it cannot be executed, io.
Result<Spawned> spawn(const std::string& program, uint64_t memory_limit_bytes, int inherited = -1);

/// The worker program: `worker_path` when not empty, else `tamis-worker` beside the running program, else
/// `../libexec/tamis/tamis-worker` from there, else where this build installs it. Errors: not_found, naming
/// the places where it was looked for.
Result<std::string> find_worker(const std::string& worker_path);

}  // namespace tamis
