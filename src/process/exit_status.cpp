#include "process/exit_status.h"

#include "base/text.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tamis {
namespace {

constexpr size_t kQuotedBytes = 1024;
constexpr int kQuotedLines = 8;
/// A shell ends with this and the number of the signal that killed what it ran.
constexpr int kShellSignal = 128;
/// A process may start others while its session is being killed; each round finds those of the last.
constexpr int kRounds = 8;

/// Whether any process of the session was still there to kill.
bool kill_members(pid_t session) {
  bool any = false;
  std::error_code code;
  for (std::filesystem::directory_iterator entry("/proc", code), end; !code && entry != end;
       entry.increment(code)) {
    const std::optional<int64_t> number = parse_integer(entry->path().filename().native());
    if (!number) continue;
    const auto pid = static_cast<pid_t>(*number);
    if (pid == session || ::getsid(pid) != session) continue;
    any |= ::kill(pid, SIGKILL) == 0;
  }
  return any;
}

}  // namespace

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

int signal_of_status(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  const int of_shell = WEXITSTATUS(status) - kShellSignal;
  return WIFEXITED(status) && of_shell > 0 && ::sigabbrev_np(of_shell) != nullptr ? of_shell : 0;
}

std::string describe_status(int status) {
  const char* name = ::sigabbrev_np(signal_of_status(status));
  const std::string signal = name != nullptr ? fmt::format("signal SIG{}", name)
                                             : fmt::format("signal {}", signal_of_status(status));
  if (!WIFEXITED(status)) return signal;
  return fmt::format("exit status {}{}", WEXITSTATUS(status),
                     signal_of_status(status) > 0 ? fmt::format(" (a shell's for {})", signal) : "");
}

std::string tail_of_output(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > kQuotedBytes) text.erase(0, text.size() - kQuotedBytes);
  size_t begin = text.size();
  for (int line = 0; line < kQuotedLines && begin != std::string::npos && begin > 0; ++line)
    begin = text.rfind('\n', begin - 1);
  if (begin != std::string::npos && begin > 0) text.erase(0, begin + 1);
  // What a config prints need not be text; control characters would reach the user's terminal.
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = '?';
  return text;
}

void kill_session(pid_t leader) {
  ::kill(-leader, SIGKILL);
  for (int round = 0; round < kRounds && kill_members(leader); ++round) {
  }
}

void kill_own_session() {
  const pid_t self = ::getpid();
  if (::getsid(0) != self) return;
  for (int round = 0; round < kRounds && kill_members(self); ++round) {
  }
  ::kill(0, SIGKILL);
}

}  // namespace tamis
