#pragma once

#include "fleet/background_program.h"
#include "support/temporary_directory.h"
#include "tamis/result.h"

#include <chrono>
#include <csignal>
#include <memory>
#include <string>

namespace tamis {

/// Debian's nats-server with JetStream on the loopback interface, with a configuration, a port and a store of
/// its own, which stay the same when it is started again. It ends with this. Not thread safe.
class NatsServer {
 public:
  /// Starts one and waits until it answers. `configuration` is appended to its configuration. Errors:
  /// not_found where no nats-server is installed; io where it does not answer, with the end of its log.
  static Result<std::unique_ptr<NatsServer>> start(const std::string& configuration = "");
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  /// `nats://127.0.0.1:PORT`.
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  /// SIGKILL: what it has acknowledged is on its disk, and nothing else.
  void kill() { program_.kill(); }
  /// Starts it again and waits until it answers. Errors: as start.
  Status restart();
  /// kill(), a pause, and restart().
  Status kill_and_restart(std::chrono::milliseconds pause = std::chrono::milliseconds(0));
  /// Removes all that it has stored; only while it is killed.
  void lose_everything();
  /// SIGSTOP: connections stay, and nobody answers. Until resume().
  void stall() { program_.signal(SIGSTOP); }
  void resume() { program_.signal(SIGCONT); }
  /// BackgroundProgram::processor_seconds.
  double processor_seconds() const { return program_.processor_seconds(); }
  /// The memory that it holds, in bytes; 0 where that cannot be read.
  uint64_t resident_bytes() const;
  /// What it has written so far, for the message of a test that fails.
  std::string log() const;

 private:
  NatsServer(std::string program, int port) : path_(std::move(program)), port_(port) {}
  /// Whether whoever listens at the port introduces itself as a NATS server with JetStream.
  bool answers() const;

  TemporaryDirectory directory_;
  std::string path_;
  int port_;
  BackgroundProgram program_;
};

}  // namespace tamis
