#include "process/run_to_end.h"

#include "base/clock.h"
#include "process/exit_status.h"

#include <array>
#include <chrono>
#include <csignal>

#include <poll.h>

namespace tamis {
namespace {

/// How soon a requested stop is noticed.
constexpr std::chrono::milliseconds kStopCheck{20};
/// How much is read of one stream before the others have their turn.
constexpr int kChunks = 16;

/// Appends what can be read at once, keeps the end of it, and closes a stream that has come to its end.
void drain(FileDescriptor& stream, std::string& text, size_t limit) {
  for (int chunk = 0; chunk < kChunks && stream.open(); ++chunk) {
    const auto state = read_some(stream.get(), text);
    if (text.size() > 2 * limit) text.erase(0, text.size() - limit);
    if (!state.ok() || *state == ReadState::end) stream.close();
    if (!state.ok() || *state != ReadState::data) return;
  }
}

void cut(std::string& text, size_t limit) {
  if (text.size() > limit) text.erase(0, text.size() - limit);
}

/// Waits for the end of the program, or for a reason to end it.
void follow(Spawned& child, const RunLimits& limits, Finished& finished) {
  for (;;) {
    finished.stopped = limits.stop.stop_requested();
    finished.timed_out = !finished.stopped && std::chrono::steady_clock::now() >= limits.deadline;
    if (finished.stopped || finished.timed_out) return;
    std::array<pollfd, 3> ready = {
        {{child.process.get(), POLLIN, 0}, {child.output.get(), POLLIN, 0}, {child.errors.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), poll_timeout(limits.deadline, kStopCheck)) < 0) continue;
    drain(child.output, finished.output, limits.output_bytes);
    drain(child.errors, finished.errors, limits.output_bytes);
    if (ready[0].revents != 0) return;
  }
}

}  // namespace

Result<Finished> run_to_end(const SpawnOptions& options, const RunLimits& limits) {
  Finished finished;
  const int64_t begin = monotonic_ns();
  TAMIS_ASSIGN(Spawned child, spawn(options));
  follow(child, limits, finished);
  finished.wall_ns = monotonic_ns() - begin;
  // Not yet reaped, so its id, which is the group's, cannot belong to anybody else.
  ::kill(-child.pid, SIGKILL);
  finished.status = reap(child.pid);
  // Dead before drained for the last time: what it said last is then there to read.
  drain(child.output, finished.output, limits.output_bytes);
  drain(child.errors, finished.errors, limits.output_bytes);
  cut(finished.output, limits.output_bytes);
  cut(finished.errors, limits.output_bytes);
  return finished;
}

std::vector<std::string> shell_command(std::string line) { return {"/bin/sh", "-c", std::move(line)}; }

}  // namespace tamis
