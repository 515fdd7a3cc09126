#include "log/log_fixture.h"
#include "tamis/random.h"

#include <array>
#include <csignal>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::HasSubstr;

using Durability = LogTest;

/// Appends trials for ever, telling each number to `report` once append has returned.
[[noreturn]] void append_and_report(const std::string& path, const SessionRecord& session,
                                    Trial (*make)(uint64_t), int report) {
  auto log = Log::open(path, LogMode::read_write);
  if (!log.ok()) ::_exit(3);
  const auto id = log->add_session(session);
  if (!id.ok()) ::_exit(4);
  for (uint64_t number = 0;; ++number) {
    if (!log->append(*id, std::vector{make(number)}).ok()) ::_exit(5);
    const std::array<uint64_t, 2> told = {static_cast<uint64_t>(*id), number};
    if (::write(report, told.data(), sizeof told) != sizeof told) ::_exit(6);
  }
}

/// Runs append_and_report for a while, kills it, and returns the last number that it told; -1 when none.
int64_t append_until_killed(const std::string& path, const SessionRecord& session, Trial (*make)(uint64_t),
                            int milliseconds, int64_t& id) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) append_and_report(path, session, make, pipe[1]);
  ::close(pipe[1]);
  ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  int64_t last = -1;
  std::array<uint64_t, 2> told{};
  while (::read(pipe[0], told.data(), sizeof told) == sizeof told) {
    id = static_cast<int64_t>(told[0]);
    last = static_cast<int64_t>(told[1]);
  }
  ::close(pipe[0]);
  return last;
}

TEST_F(Durability, NothingReportedIsLostByAKill) {
  Random random(7);
  int64_t reported = 0;
  for (int round = 0; round < 20; ++round) {
    int64_t id = 0;
    const auto pause = static_cast<int>(random.below(60));
    const int64_t last = append_until_killed(path_, session(), &LogTest::trial, pause, id);
    auto log = Log::open(path_, LogMode::read_write);
    ASSERT_TRUE(log.ok()) << log.error().message;
    if (last < 0) continue;
    const auto trials = log->trials(id).value();
    // One more than was told may have become durable before the kill.
    ASSERT_GE(trials.size(), static_cast<size_t>(last + 1));
    ASSERT_LE(trials.size(), static_cast<size_t>(last + 2));
    for (size_t i = 0; i < trials.size(); ++i) ASSERT_EQ(trials[i], trial(i));
    reported += last + 1;
  }
  EXPECT_GT(reported, 20);
}

/// Appends batches until one fails, and returns how many trials were reported as kept.
size_t append_until_full(Log& log, int64_t id, const std::function<std::vector<Trial>(uint64_t)>& batch,
                         Status& failure) {
  for (size_t kept = 0; kept < 1'000'000;) {
    const auto trials = batch(kept);
    failure = log.append(id, trials);
    if (!failure.ok()) return kept;
    kept += trials.size();
  }
  return 0;
}

TEST_F(Durability, AFullDiskIsAnErrorAndLosesNothing) {
  if (::mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP()
        << "a small file system cannot be mounted without privileges; the file size test covers part of this";
  {
    Log log = open();
    const int64_t id = log.add_session(session()).value();
    const auto batch = [](uint64_t first) {
      std::vector<Trial> trials;
      for (uint64_t number = first; number < first + 50; ++number) trials.push_back(trial(number));
      return trials;
    };
    Status failure;
    const size_t kept = append_until_full(log, id, batch, failure);
    EXPECT_EQ(failure.error().kind, ErrorKind::io);
    EXPECT_THAT(failure.error().message, HasSubstr("the disk is full"));
    ASSERT_GT(kept, 0U);
    EXPECT_EQ(log.trials(id).value().size(), kept);
    const auto again = Log::open(path_, LogMode::read);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->trials(id).value().size(), kept);
  }
  EXPECT_EQ(::umount(directory_.c_str()), 0);
}

TEST_F(Durability, ALogThatMayNotGrowIsAnErrorAndLosesNothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{300'000, 300'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Log log = open();
    const int64_t id = log.add_session(session()).value();
    Status failure;
    const auto one = [](uint64_t number) { return std::vector{trial(number)}; };
    const size_t kept = append_until_full(log, id, one, failure);
    const bool right =
        kept > 0 && failure.error().kind == ErrorKind::io && log.trials(id).value().size() == kept;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(Log::open(path_, LogMode::read).value().trials(1).ok());
}

TEST_F(Durability, IsReadOnAMediumThatCannotBeWritten) {
  {
    Log log = open();
    ASSERT_TRUE(log.append(log.add_session(session()).value(), std::vector{trial(0)}).ok());
  }
  if (::mount(directory_.c_str(), directory_.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      ::mount(nullptr, directory_.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) {
    ::umount(directory_.c_str());
    GTEST_SKIP() << "a directory cannot be mounted for reading without privileges";
  }
  {
    const auto log = Log::open(path_, LogMode::read);
    EXPECT_TRUE(log.ok()) << log.error().message;
    if (log.ok()) {
      EXPECT_EQ(log->trials(1).value(), std::vector{trial(0)});
    }
    const auto writer = Log::open(path_, LogMode::read_write);
    EXPECT_FALSE(writer.ok());
    if (!writer.ok()) {
      EXPECT_THAT(writer.error().message, HasSubstr("cannot be written"));
    }
  }
  EXPECT_EQ(::umount(directory_.c_str()), 0);
}

}  // namespace
}  // namespace tamis
