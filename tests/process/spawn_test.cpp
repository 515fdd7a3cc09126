#include "process/spawn.h"

#include "process/exit_status.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

namespace tamis {
namespace {

std::string read_line(const FileDescriptor& from) {
  std::string text;
  while (text.find('\n') == std::string::npos) {
    pollfd ready{from.get(), POLLIN, 0};
    ::poll(&ready, 1, 5000);
    const auto state = read_some(from.get(), text);
    if (!state.ok() || *state != ReadState::data) break;
  }
  return text;
}

Spawned start(Streams streams, const std::string& line) {
  SpawnOptions options;
  options.arguments = {"/bin/sh", "-c", line};
  options.streams = streams;
  auto spawned = spawn(options);
  EXPECT_TRUE(spawned.ok());
  return std::move(*spawned);
}

TEST(Spawn, TalksOverOneSocket) {
  Spawned child = start(Streams::one_socket, "read word; echo got $word");
  EXPECT_FALSE(child.output.open());
  ASSERT_TRUE(write_all(child.input.get(), "word\n", kNever).ok());
  EXPECT_EQ(read_line(child.input), "got word\n");
  EXPECT_EQ(describe_status(reap(child.pid)), "exit status 0");
}

TEST(Spawn, TalksBothWays) {
  Spawned child = start(Streams::two_ways, "read word; echo got $word; echo error >&2");
  ASSERT_TRUE(write_all(child.input.get(), "word\n", kNever).ok());
  EXPECT_EQ(read_line(child.output), "got word\n");
  EXPECT_EQ(read_line(child.errors), "error\n");
  EXPECT_EQ(describe_status(reap(child.pid)), "exit status 0");
}

TEST(Spawn, WritingToADeadProgramIsAnError) {
  Spawned child = start(Streams::two_ways, "exit 0");
  siginfo_t info;
  ::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT);
  EXPECT_FALSE(write_all(child.input.get(), "word\n", kNever).ok());
  reap(child.pid);
}

TEST(Spawn, AProgramThatDoesNotReadMeetsTheDeadline) {
  Spawned child = start(Streams::two_ways, "exec sleep 1000");
  const std::string much(size_t{16} << 20, 'x');
  const Status written = write_all(child.input.get(), much, deadline_after(std::chrono::milliseconds(50)));
  EXPECT_FALSE(written.ok());
  ::kill(child.pid, SIGKILL);
  reap(child.pid);
}

TEST(Spawn, LimitsMemory) {
  SpawnOptions options;
  options.arguments = {"/bin/sh", "-c", "read go; ulimit -v; ulimit -c"};
  options.streams = Streams::two_ways;
  options.memory_limit_bytes = uint64_t{1} << 30;
  auto child = spawn(options);
  ASSERT_TRUE(child.ok());
  ASSERT_TRUE(write_all(child->input.get(), "go\n", kNever).ok());
  reap(child->pid);
  EXPECT_EQ(read_line(child->output), "1048576\n0\n");
}

TEST(Spawn, RefusesAProgramWithoutAName) {
  EXPECT_FALSE(spawn({}).ok());
  SpawnOptions options;
  options.arguments = {""};
  EXPECT_FALSE(spawn(options).ok());
}

}  // namespace
}  // namespace tamis
