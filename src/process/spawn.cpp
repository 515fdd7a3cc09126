#include "process/spawn.h"

#include "process/exit_status.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): not every libc declares it

namespace tamis {
namespace {

Error failed(const char* doing) {
  return io_error(fmt::format("starting a process: {} failed: {}", doing, std::strerror(errno)));
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

Result<Ends> make_socket() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return failed("socketpair");
  return make_ends(pair);
}

/// A pipe that we read from.
Result<Ends> make_pipe() {
  std::array<int, 2> pair{};
  if (::pipe2(pair.data(), O_CLOEXEC) != 0) return failed("pipe");
  return make_ends(pair);
}

/// Both ends of everything that connects to a process to be.
struct Connections {
  Ends input, output, errors;
};

Result<Connections> make_connections(Streams streams) {
  Connections made;
  if (streams != Streams::output_only) {
    TAMIS_ASSIGN(made.input, make_socket());
  }
  if (streams != Streams::one_socket) {
    TAMIS_ASSIGN(made.output, make_pipe());
  }
  TAMIS_ASSIGN(made.errors, make_pipe());
  return made;
}

/// Texts as execve() takes them.
class TextArray {
 public:
  explicit TextArray(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char** data() { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& additions) {
  std::vector<std::string> all;
  for (const auto& [name, value] : additions) all.push_back(name + "=" + value);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view old = *entry;
    const std::string_view name = old.substr(0, old.find('='));
    const bool replaced = std::any_of(additions.begin(), additions.end(),
                                      [&](const auto& addition) { return addition.first == name; });
    if (!replaced) all.emplace_back(old);
  }
  return all;
}

/// The attributes and file actions of posix_spawn, freed together.
class SpawnPlan {
 public:
  SpawnPlan(const SpawnOptions& options, const Connections& connections) {
    posix_spawn_file_actions_init(&actions_);
    connect(options.streams, connections);
    // Also where it already has that number: the child's is then left open on exec.
    if (options.inherited >= 0)
      posix_spawn_file_actions_adddup2(&actions_, options.inherited, kInheritedDescriptor);
    if (!options.directory.empty())
      posix_spawn_file_actions_addchdir_np(&actions_, options.directory.c_str());
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    const int grouping = options.own_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setflags(&attributes_,
                             static_cast<int16_t>(grouping | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  /// Returns errno's value, 0 for success.
  int run(const SpawnOptions& options, pid_t& pid) {
    TextArray arguments(options.arguments);
    TextArray environment(environment_with(options.environment));
    return ::posix_spawnp(&pid, options.arguments.front().c_str(), &actions_, &attributes_, arguments.data(),
                          environment.data());
  }

 private:
  void connect(Streams streams, const Connections& connections) {
    if (streams == Streams::output_only)
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    else
      posix_spawn_file_actions_adddup2(&actions_, connections.input.theirs.get(), STDIN_FILENO);
    const Ends& output = streams == Streams::one_socket ? connections.input : connections.output;
    posix_spawn_file_actions_adddup2(&actions_, output.theirs.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, connections.errors.theirs.get(), STDERR_FILENO);
  }

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
  reap(pid);
  return error;
}

Error cannot_start(const SpawnOptions& options, int code) {
  std::string text = fmt::format("the program {} cannot be started", options.arguments.front());
  if (!options.directory.empty()) text += " in " + options.directory;
  text += fmt::format(": {}", std::strerror(code));
  const bool missing = code == ENOENT || code == EACCES || code == ENOEXEC || code == ENOTDIR;
  return missing ? not_found(std::move(text)) : io_error(std::move(text));
}

}  // namespace

Result<Spawned> spawn(const SpawnOptions& options) {
  if (options.arguments.empty() || options.arguments.front().empty())
    return invalid_input("a program without a name cannot be started");
  TAMIS_ASSIGN(Connections connections, make_connections(options.streams));
  Spawned spawned;
  const int code = SpawnPlan(options, connections).run(options, spawned.pid);
  if (code != 0) return cannot_start(options, code);
  // glibc 2.36 declares pidfd_open without C linkage for C++, so the system call is made directly.
  spawned.process = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0)));
  if (!spawned.process.open()) return discard(spawned.pid, failed("pidfd_open"));
  if (!limit(spawned.pid, options.memory_limit_bytes)) return discard(spawned.pid, failed("prlimit"));
  spawned.input = std::move(connections.input.ours);
  spawned.output = std::move(connections.output.ours);
  spawned.errors = std::move(connections.errors.ours);
  return spawned;
}

}  // namespace tamis
