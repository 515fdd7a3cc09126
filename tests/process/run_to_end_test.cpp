#include "process/run_to_end.h"

#include "process/exit_status.h"

#include <chrono>
#include <stop_token>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using std::chrono::milliseconds;

SpawnOptions shell(const std::string& line) {
  SpawnOptions options;
  options.arguments = shell_command(line);
  return options;
}

TEST(RunToEnd, KeepsBothStreamsApart) {
  const auto finished = run_to_end(shell("echo out; echo err >&2; exit 4"), {});
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->output, "out\n");
  EXPECT_EQ(finished->errors, "err\n");
  EXPECT_EQ(describe_status(finished->status), "exit status 4");
  EXPECT_FALSE(finished->timed_out);
  EXPECT_GT(finished->wall_ns, 0);
}

TEST(RunToEnd, KillsAProgramAtItsDeadline) {
  RunLimits limits;
  limits.deadline = deadline_after(milliseconds(50));
  const auto finished = run_to_end(shell("sleep 1000"), limits);
  ASSERT_TRUE(finished.ok());
  EXPECT_TRUE(finished->timed_out);
  EXPECT_EQ(describe_status(finished->status), "signal SIGKILL");
}

TEST(RunToEnd, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  RunLimits limits;
  limits.stop = source.get_token();
  const auto finished = run_to_end(shell("sleep 1000"), limits);
  ASSERT_TRUE(finished.ok());
  EXPECT_TRUE(finished->stopped);
}

TEST(RunToEnd, DoesNotWaitForWhatAProgramLeavesBehind) {
  const auto finished = run_to_end(shell("sleep 1000 & echo $!"), {});
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(describe_status(finished->status), "exit status 0");
}

TEST(RunToEnd, KeepsTheEndOfAFlood) {
  RunLimits limits;
  limits.output_bytes = 1000;
  const auto finished = run_to_end(shell("head -c 3000000 /dev/zero; echo end"), limits);
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->output.size(), 1000U);
  EXPECT_TRUE(finished->output.ends_with("end\n"));
}

TEST(RunToEnd, GivesNoInput) {
  const auto finished = run_to_end(shell("cat; echo done"), {});
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->output, "done\n");
}

TEST(RunToEnd, AddsToTheEnvironmentAndChangesTheDirectory) {
  SpawnOptions options = shell("echo $TAMIS_TEST $(pwd) ${HOME:+home}");
  options.environment = {{"TAMIS_TEST", "a b"}, {"HOME", "/somewhere"}};
  options.directory = "/";
  const auto finished = run_to_end(options, {});
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(finished->output, "a b / home\n");
}

TEST(RunToEnd, NamesAProgramThatIsNotThere) {
  SpawnOptions options;
  options.arguments = {"tamis-no-such-program"};
  const auto finished = run_to_end(options, {});
  ASSERT_FALSE(finished.ok());
  EXPECT_EQ(finished.error().kind, ErrorKind::not_found);
  EXPECT_NE(finished.error().message.find("tamis-no-such-program"), std::string::npos);
}

TEST(RunToEnd, NamesADirectoryThatIsNotThere) {
  SpawnOptions options = shell("true");
  options.directory = "/no/such/folder";
  const auto finished = run_to_end(options, {});
  ASSERT_FALSE(finished.ok());
  EXPECT_NE(finished.error().message.find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace tamis
