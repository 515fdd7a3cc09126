#pragma once

#include "measure/protocol.h"
#include "process/spawn.h"
#include "tamis/result.h"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>

#include <sys/types.h>

namespace tamis {

/// How a worker process came to its end, or why it had to be brought to it.
struct WorkerExit {
  std::string how;          ///< `signal SIGSEGV`, `exit status 3`, ...
  std::string stderr_tail;  ///< the last lines that it wrote, at most 1 KiB; may be empty
  /// `how` and what it last said, for a message.
  std::string describe() const;
};

struct TimedOut {};
struct Stopped {};
/// What waiting for a worker gave: a message, its death, bytes that are not a message, or nothing in time.
using WorkerEvent = std::variant<Message, WorkerExit, Error, TimedOut, Stopped>;

/// One worker process in a session of its own, connected by a socket to its standard input and output
/// and by a pipe to its standard error. The destructor ends the whole session and leaves no zombie. Used by
/// one thread at a time.
class WorkerProcess {
 public:
  /// Starts a program as spawn() does. Errors: not_found when the program cannot be executed, io.
  static Result<std::unique_ptr<WorkerProcess>> start(const std::string& program, uint64_t memory_limit_bytes,
                                                      int inherited = -1);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();

  /// Errors: io when the worker is gone or does not read.
  Status send(const Message& message);
  /// Waits for the next message. After anything but a message the process is of no more use and must be
  /// destroyed.
  WorkerEvent wait(Deadline deadline, const std::stop_token& stop);
  /// Forgets what the worker has written to standard error so far.
  void clear_stderr() { stderr_.clear(); }
  /// Kills the session at once and reaps the worker. Says how the worker ended.
  WorkerExit kill();

 private:
  explicit WorkerProcess(Spawned spawned);
  /// Reads what is there, from both descriptors.
  Status drain();
  void drain_stderr();

  pid_t pid_;
  FileDescriptor process_;  // a pidfd: readable once the worker has died
  FileDescriptor connection_;
  FileDescriptor errors_;
  FrameBuffer frames_;
  std::string stderr_;
  bool connection_ended_ = false;
  bool reaped_ = false;
  WorkerExit exit_;
};

}  // namespace tamis
