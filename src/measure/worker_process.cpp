#include "measure/worker_process.h"

#include "process/exit_status.h"
#include "process/spawn.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>

namespace tamis {
namespace {

using std::chrono::milliseconds;

/// How soon a stop is noticed.
constexpr milliseconds kStopCheck{20};
/// How long a message may take to be read by a worker that is waiting for it.
constexpr milliseconds kSendDeadline{10'000};
/// How long a worker whose connection was closed may take to release its device.
constexpr milliseconds kCloseGrace{500};
/// How long a worker may live on after it has closed its connection.
constexpr milliseconds kConnectionEnded{1'000};
/// What is kept of standard error.
constexpr size_t kKeptStderr = 4096;

}  // namespace

std::string WorkerExit::describe() const {
  return stderr_tail.empty() ? how : fmt::format("{}; it last wrote: {}", how, stderr_tail);
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const std::string& program,
                                                            uint64_t memory_limit_bytes, int inherited) {
  SpawnOptions options;
  options.arguments = {program};
  options.streams = Streams::one_socket;
  options.memory_limit_bytes = memory_limit_bytes;
  options.inherited = inherited;
  options.own_session = true;
  Result<Spawned> spawned = spawn(options);
  if (!spawned.ok()) return spawned.error().within("the worker");
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(std::move(*spawned)));
}

WorkerProcess::WorkerProcess(Spawned spawned)
    : pid_(spawned.pid),
      process_(std::move(spawned.process)),
      connection_(std::move(spawned.input)),
      errors_(std::move(spawned.errors)) {}

WorkerProcess::~WorkerProcess() {
  if (!reaped_ && !connection_ended_) {
    connection_.close();  // asks it to end
    pollfd ended{process_.get(), POLLIN, 0};
    const Deadline deadline = std::chrono::steady_clock::now() + kCloseGrace;
    while (::poll(&ended, 1, poll_timeout(deadline, kCloseGrace)) < 0 && errno == EINTR) {
    }
  }
  kill();
}

Status WorkerProcess::send(const Message& message) {
  return write_frame(connection_.get(), encode(message), std::chrono::steady_clock::now() + kSendDeadline);
}

WorkerEvent WorkerProcess::wait(Deadline deadline, const std::stop_token& stop) {
  bool died = false;
  for (;;) {
    auto frame = frames_.next();
    if (!frame.ok()) return frame.error();
    if (frame->has_value()) {
      Result<Message> message = decode(**frame);
      return message.ok() ? WorkerEvent(std::move(*message)) : WorkerEvent(message.error());
    }
    if (died) return kill();
    if (stop.stop_requested()) return Stopped{};
    if (std::chrono::steady_clock::now() >= deadline)
      return connection_ended_ ? WorkerEvent(corrupt("it closed its connection")) : WorkerEvent(TimedOut{});
    std::array<pollfd, 3> ready = {{{process_.get(), POLLIN, 0},
                                    {connection_ended_ ? -1 : connection_.get(), POLLIN, 0},
                                    {errors_.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), poll_timeout(deadline, kStopCheck)) < 0) continue;
    // Dead before drained: what it said last is then already there to read.
    died = ready[0].revents != 0;
    if (Status drained = drain(); !drained.ok()) return drained.error();
    if (connection_ended_) deadline = std::min(deadline, std::chrono::steady_clock::now() + kConnectionEnded);
  }
}

Status WorkerProcess::drain() {
  drain_stderr();
  if (connection_ended_) return {};
  std::string bytes;
  TAMIS_ASSIGN(ReadState state, read_some(connection_.get(), bytes));
  while (state == ReadState::data && bytes.size() < kMaxFrameBytes) {
    TAMIS_ASSIGN(state, read_some(connection_.get(), bytes));
  }
  connection_ended_ = state == ReadState::end;
  frames_.add(bytes);
  return {};
}

void WorkerProcess::drain_stderr() {
  // Bounded, because a config may write faster than it is read.
  for (int chunk = 0; chunk < 16 && errors_.open(); ++chunk) {
    const auto state = read_some(errors_.get(), stderr_);
    if (stderr_.size() > kKeptStderr) stderr_.erase(0, stderr_.size() - kKeptStderr);
    if (!state.ok() || *state == ReadState::end) errors_.close();
    if (!state.ok() || *state != ReadState::data) return;
  }
}

WorkerExit WorkerProcess::kill() {
  if (reaped_) return exit_;
  // The worker is not yet reaped, so its id, which is the session's, cannot belong to anybody else.
  kill_session(pid_);
  const int status = reap(pid_);
  reaped_ = true;
  drain_stderr();
  exit_ = {describe_status(status), tail_of_output(stderr_)};
  return exit_;
}

}  // namespace tamis
