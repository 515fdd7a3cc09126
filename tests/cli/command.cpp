#include "cli/command.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tamis::cli::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void redirect(const std::string& path, int descriptor) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(125);
  ::close(file);
}

/// In the child, between fork and exec.
[[noreturn]] void become(const Invocation& invocation, const std::string& out, const std::string& err) {
  redirect("/dev/null", STDIN_FILENO);
  redirect(out, STDOUT_FILENO);
  redirect(err, STDERR_FILENO);
  if (!invocation.directory.empty() && ::chdir(invocation.directory.c_str()) != 0) ::_exit(125);
  for (const auto& [name, value] : invocation.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (invocation.file_size_limit > 0) {
    const rlimit limit{invocation.file_size_limit, invocation.file_size_limit};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> arguments = {const_cast<char*>(invocation.program.c_str())};
  for (const std::string& argument : invocation.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(invocation.program.c_str(), arguments.data());
  ::_exit(126);
}

}  // namespace

Running::Running(const Invocation& invocation) {
  const std::string out = invocation.output.empty() ? files_.file("out") : invocation.output;
  const std::string err = invocation.error.empty() ? files_.file("err") : invocation.error;
  pid_ = ::fork();
  if (pid_ == 0) become(invocation, out, err);
  EXPECT_GT(pid_, 0);
}

Running::~Running() {
  if (ended()) return;
  send(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Running::send(int signal) const {
  if (pid_ > 0 && !reaped_) ::kill(pid_, signal);
}

std::string Running::out() const { return read(files_.file("out")); }
std::string Running::err() const { return read(files_.file("err")); }

bool Running::ended() {
  if (!reaped_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) reaped_ = true;
  return reaped_ || pid_ <= 0;
}

bool Running::wait_for_err(const std::string& text) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  while (steady_clock::now() < deadline) {
    const bool last = ended();
    if (err().find(text) != std::string::npos) return true;
    if (last) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return false;
}

Finished Running::finish(std::chrono::seconds deadline) {
  const auto end = steady_clock::now() + deadline;
  while (!ended() && steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(2));
  if (!ended()) {
    ADD_FAILURE() << "the command did not end within " << deadline.count() << " s; it wrote: " << err();
    send(SIGKILL);
    ::waitpid(pid_, &status_, 0);
    reaped_ = true;
  }
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return {code, out(), err()};
}

Finished run(const Invocation& invocation) { return Running(invocation).finish(); }

Finished tamis(const std::vector<std::string>& arguments) {
  Invocation invocation;
  invocation.arguments = arguments;
  return run(invocation);
}

std::string read(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void write(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::vector<std::string> CommandTest::tune_arguments(const std::string& workload,
                                                     const std::vector<std::string>& more,
                                                     const std::string& log) const {
  std::vector<std::string> arguments = {"tune", workload, "--log", directory_.file(log)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string CommandTest::exported(const std::string& log) const {
  const Finished finished = tamis({"export", directory_.file(log)});
  EXPECT_EQ(finished.code, 0) << finished.err;
  return finished.out;
}

}  // namespace tamis::cli::testing
