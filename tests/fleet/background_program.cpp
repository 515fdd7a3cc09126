#include "fleet/background_program.h"

#include "process/exit_status.h"

#include <csignal>
#include <ctime>
#include <utility>

#include <poll.h>

namespace tamis {

Result<BackgroundProgram> BackgroundProgram::start(const std::vector<std::string>& arguments,
                                                   const std::string& output_file) {
  SpawnOptions options;
  // The shell becomes the program, whose output nobody then has to read.
  options.arguments = {"/bin/sh", "-c", R"(exec "$@" >>"$0" 2>&1)", output_file};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  options.own_session = true;
  BackgroundProgram program;
  TAMIS_ASSIGN(program.spawned_, spawn(options));
  return program;
}

BackgroundProgram::BackgroundProgram(BackgroundProgram&& other) noexcept
    : spawned_(std::exchange(other.spawned_, {})) {}

BackgroundProgram& BackgroundProgram::operator=(BackgroundProgram&& other) noexcept {
  std::swap(spawned_, other.spawned_);
  return *this;
}

BackgroundProgram::~BackgroundProgram() {
  if (!running()) return;
  // One that was stopped is killed all the same.
  kill_session(spawned_.pid);
  reap(spawned_.pid);
}

double BackgroundProgram::processor_seconds() const {
  clockid_t clock{};
  timespec used{};
  if (!running() || ::clock_getcpuclockid(spawned_.pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
    return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void BackgroundProgram::signal(int number) const {
  if (running()) ::kill(spawned_.pid, number);
}

void BackgroundProgram::kill() {
  if (!running()) return;
  signal(SIGKILL);
  reap(spawned_.pid);
  spawned_ = {};
}

std::optional<int> BackgroundProgram::wait(std::chrono::milliseconds patience) {
  if (!running()) return std::nullopt;
  const Deadline deadline = deadline_after(patience);
  pollfd ended{spawned_.process.get(), POLLIN, 0};
  while (::poll(&ended, 1, poll_timeout(deadline, std::chrono::seconds(1))) != 1)
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
  const int status = reap(spawned_.pid);
  spawned_ = {};
  return status;
}

}  // namespace tamis
