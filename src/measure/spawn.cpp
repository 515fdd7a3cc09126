#include "measure/spawn.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): not every libc declares it

namespace tamis {
namespace {

Error failed(const char* doing) {
  return io_error(fmt::format("starting a worker process: {} failed: {}", doing, std::strerror(errno)));
}

/// Keeps descriptors off 0, 1 and 2, which the child's are set from; a caller may have closed its own.
Result<FileDescriptor> above_standard_streams(FileDescriptor fd) {
  if (fd.get() > STDERR_FILENO) return fd;
  FileDescriptor moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved.open()) return failed("fcntl");
  return moved;
}

struct Ends {
  FileDescriptor ours, theirs;
};

Result<Ends> make_ends(const std::array<int, 2>& pair) {
  FileDescriptor first(pair[0]);
  FileDescriptor second(pair[1]);
  TAMIS_ASSIGN(first, above_standard_streams(std::move(first)));
  TAMIS_ASSIGN(second, above_standard_streams(std::move(second)));
  if (::fcntl(first.get(), F_SETFL, O_NONBLOCK) != 0) return failed("fcntl");
  return Ends{std::move(first), std::move(second)};
}

Result<Ends> make_connection() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return failed("socketpair");
  return make_ends(pair);
}

Result<Ends> make_error_pipe() {
  std::array<int, 2> pair{};
  if (::pipe2(pair.data(), O_CLOEXEC) != 0) return failed("pipe");
  return make_ends(pair);
}

/// The attributes and file actions of posix_spawn, freed together.
class SpawnPlan {
 public:
  SpawnPlan(int connection, int errors, int inherited) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, connection, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, connection, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    // Also where it already has that number: the child's is then left open on exec.
    if (inherited >= 0) posix_spawn_file_actions_adddup2(&actions_, inherited, kInheritedDescriptor);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  /// Returns errno's value, 0 for success.
  int run(const std::string& program, pid_t& pid) {
    std::string name = program;
    std::array<char*, 2> arguments = {name.data(), nullptr};
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// From outside, before the process is told to do anything: nothing in it can forget or refuse to.
bool limit(pid_t pid, uint64_t memory_limit_bytes) {
  const rlimit no_core{0, 0};
  if (::prlimit(pid, RLIMIT_CORE, &no_core, nullptr) != 0) return false;
  const rlimit memory{memory_limit_bytes, memory_limit_bytes};
  return memory_limit_bytes == 0 || ::prlimit(pid, RLIMIT_AS, &memory, nullptr) == 0;
}

Error discard(pid_t pid, Error error) {
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return error;
}

}  // namespace

Result<Spawned> spawn(const std::string& program, uint64_t memory_limit_bytes, int inherited) {
  TAMIS_ASSIGN(Ends connection, make_connection());
  TAMIS_ASSIGN(Ends errors, make_error_pipe());
  Spawned spawned;
  const int code =
      SpawnPlan(connection.theirs.get(), errors.theirs.get(), inherited).run(program, spawned.pid);
  if (code == ENOENT || code == EACCES || code == ENOEXEC)
    return not_found(
        fmt::format("the worker program {} cannot be started: {}", program, std::strerror(code)));
  if (code != 0)
    return io_error(fmt::format("the worker program {} cannot be started: {}", program, std::strerror(code)));
  // glibc 2.36 declares pidfd_open without C linkage for C++, so the system call is made directly.
  spawned.process = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0)));
  if (!spawned.process.open()) return discard(spawned.pid, failed("pidfd_open"));
  if (!limit(spawned.pid, memory_limit_bytes)) return discard(spawned.pid, failed("prlimit"));
  spawned.connection = std::move(connection.ours);
  spawned.errors = std::move(errors.ours);
  return spawned;
}

Result<std::string> find_worker(const std::string& worker_path) {
  namespace fs = std::filesystem;
  std::vector<fs::path> places;
  std::error_code code;
  if (!worker_path.empty()) {
    places.emplace_back(worker_path);
  } else {
    if (const fs::path self = fs::read_symlink("/proc/self/exe", code); !code) {
      const fs::path folder = self.parent_path();
      places.push_back(folder / "tamis-worker");
      // An installed tree may have been moved, or installed under another prefix than it was configured for.
      places.push_back(folder.parent_path() / "libexec" / "tamis" / "tamis-worker");
    }
    places.emplace_back(TAMIS_INSTALLED_WORKER);
  }
  std::string tried;
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place, code) && ::access(place.c_str(), X_OK) == 0) return place.string();
    tried += (tried.empty() ? "" : " nor at ") + place.string();
  }
  return not_found(fmt::format(
      "there is no worker program at {}; install tamis-worker, or name it with worker_path", tried));
}

}  // namespace tamis
