#include "process/exit_status.h"

#include "process/run_to_end.h"

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// Whether a process is there that is not yet dead: one that nobody has reaped is.
bool alive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.substr(name_end, 3) != ") Z";
}

TEST(Ending, DescribesAnExitStatus) {
  const auto finished = run_to_end({shell_command("exit 3")}, {});
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(describe_status(finished->status), "exit status 3");
}

TEST(Ending, DescribesASignal) {
  const auto finished = run_to_end({shell_command("kill -SEGV $$")}, {});
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(describe_status(finished->status), "signal SIGSEGV");
}

TEST(Ending, QuotesTheLastLines) {
  EXPECT_EQ(tail_of_output("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"), "3\n4\n5\n6\n7\n8\n9\n10");
  EXPECT_EQ(tail_of_output(""), "");
}

TEST(Ending, KeepsControlCharactersAwayFromTerminals) { EXPECT_EQ(tail_of_output("a\x1b[2Jb"), "a?[2Jb"); }

TEST(Ending, KillsASessionWithProcessesInGroupsOfTheirOwn) {
  SpawnOptions options;
  // The inner shell's job control gives the sleeping process a group of its own.
  options.arguments = shell_command("set -m; sleep 1000 & echo $!; wait");
  options.own_session = true;
  auto spawned = spawn(options);
  ASSERT_TRUE(spawned.ok()) << spawned.error().message;
  std::string text;
  while (text.find('\n') == std::string::npos) {
    const auto state = read_some(spawned->output.get(), text);
    ASSERT_TRUE(state.ok() && *state != ReadState::end);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const pid_t sleeper = std::stoi(text);
  ASSERT_TRUE(alive(sleeper));
  kill_session(spawned->pid);
  reap(spawned->pid);
  for (int i = 0; i < 5000 && alive(sleeper); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_FALSE(alive(sleeper));
}

TEST(Ending, LeavesASessionThatItDoesNotLead) { kill_own_session(); }

}  // namespace
}  // namespace tamis
