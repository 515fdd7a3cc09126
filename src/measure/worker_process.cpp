#include "measure/worker_process.h"

#include "measure/spawn.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

namespace tamis {
namespace {

using std::chrono::milliseconds;

/// How soon a stop is noticed.
constexpr milliseconds kStopCheck{20};
/// How long a message may take to be read by a worker that is waiting for it.
constexpr milliseconds kSendDeadline{10'000};
/// How long a worker that was told goodbye may take to release its device.
constexpr milliseconds kFarewell{500};
/// How long a worker may live on after it has closed its connection.
constexpr milliseconds kConnectionEnded{1'000};
/// What is kept and quoted of standard error.
constexpr size_t kKeptStderr = 4096;
constexpr size_t kQuotedStderr = 1024;
constexpr int kQuotedLines = 8;

std::string tail(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > kQuotedStderr) text.erase(0, text.size() - kQuotedStderr);
  size_t begin = text.size();
  for (int line = 0; line < kQuotedLines && begin != std::string::npos && begin > 0; ++line)
    begin = text.rfind('\n', begin - 1);
  if (begin != std::string::npos && begin > 0) text.erase(0, begin + 1);
  // What a config prints need not be text; control characters would reach the user's terminal.
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = '?';
  return text;
}

std::string describe_status(int status) {
  if (WIFEXITED(status)) return fmt::format("exit status {}", WEXITSTATUS(status));
  const char* name = ::sigabbrev_np(WTERMSIG(status));
  return name != nullptr ? fmt::format("signal SIG{}", name) : fmt::format("signal {}", WTERMSIG(status));
}

}  // namespace

std::string Death::describe() const {
  return stderr_tail.empty() ? how : fmt::format("{}; it last wrote: {}", how, stderr_tail);
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const std::string& program,
                                                            uint64_t memory_limit_bytes, int inherited) {
  TAMIS_ASSIGN(Spawned spawned, spawn(program, memory_limit_bytes, inherited));
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(
      spawned.pid, std::move(spawned.process), std::move(spawned.connection), std::move(spawned.errors)));
}

WorkerProcess::WorkerProcess(pid_t pid, FileDescriptor process, FileDescriptor connection,
                             FileDescriptor errors)
    : pid_(pid),
      process_(std::move(process)),
      connection_(std::move(connection)),
      errors_(std::move(errors)) {}

WorkerProcess::~WorkerProcess() {
  if (!reaped_ && !connection_ended_) {
    connection_.close();  // goodbye
    pollfd ended{process_.get(), POLLIN, 0};
    const Deadline deadline = std::chrono::steady_clock::now() + kFarewell;
    while (::poll(&ended, 1, poll_timeout(deadline, kFarewell)) < 0 && errno == EINTR) {
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

Death WorkerProcess::kill() {
  if (reaped_) return death_;
  // The worker is not yet reaped, so its id, which is the group's, cannot belong to anybody else.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  drain_stderr();
  death_ = {describe_status(status), tail(stderr_)};
  return death_;
}

}  // namespace tamis
