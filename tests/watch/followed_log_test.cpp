#include "watch/followed_log.h"

#include "watch/log_writing.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tamis::watch {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr milliseconds kHoldBack{300};

class FollowedLogTest : public LogWriting {
 protected:
  LogNews look(milliseconds after = milliseconds(0)) { return followed().look(begin_ + (passed_ += after)); }
  FollowedLog& followed() {
    if (!followed_) followed_.emplace(path_, kHoldBack);
    return *followed_;
  }
  /// The numbers of the trials that a session has now.
  std::vector<uint64_t> numbers(size_t session = 0) {
    std::vector<uint64_t> all;
    for (uint64_t number = 0; number < 200; ++number)
      if (followed().session(session).rows().row_of(number)) all.push_back(number);
    EXPECT_EQ(all.size(), followed().session(session).rows().size());
    return all;
  }

  FollowedLog::Clock::time_point begin_ = FollowedLog::Clock::now();
  milliseconds passed_{0};
  std::optional<FollowedLog> followed_;
};

TEST_F(FollowedLogTest, ReadsWhatIsNewAlone) {
  Log log = open();
  const int64_t id = add_session(log);
  append(log, id, {0, 1, 2});
  EXPECT_TRUE(look().reload) << "a session is news of its own";
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2));
  EXPECT_THAT(look().grown, IsEmpty());
  append(log, id, {3});
  append(log, id, {4});
  const LogNews news = look();
  EXPECT_FALSE(news.reload);
  ASSERT_THAT(news.grown, SizeIs(1));
  EXPECT_EQ(news.grown[0].session, 0U);
  EXPECT_EQ(news.grown[0].from, 3U);
  EXPECT_EQ(news.grown[0].texts.devices, 2U);
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2, 3, 4));
  const Json json = followed().session(0).append_json(0, news.grown[0].from, news.grown[0].texts);
  EXPECT_EQ(json["from"], 3);
  EXPECT_EQ(json["trials"]["count"], 2);
  EXPECT_THAT(json["devices"], IsEmpty()) << "the page has them";
  EXPECT_EQ(json["counts"]["trials"], 5);
  EXPECT_EQ(json["best"]["number"], 0);
}

TEST_F(FollowedLogTest, HoldsATrialBackForAMomentWhileOthersBeforeItRun) {
  Log log = open();
  const int64_t id = add_session(log);
  append(log, id, {0, 1});
  look();
  append(log, id, {3, 4});
  EXPECT_THAT(look().grown, IsEmpty());
  append(log, id, {2});
  EXPECT_THAT(look(milliseconds(200)).grown, SizeIs(1));
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(FollowedLogTest, GoesOnWithoutATrialThatTakesLongAndTakesItInLater) {
  Log log = open();
  const int64_t id = add_session(log);
  append(log, id, {0, 1});
  look();
  append(log, id, {3, 4});
  EXPECT_THAT(look().grown, IsEmpty());
  append(log, id, {6});
  EXPECT_THAT(look(milliseconds(200)).grown, IsEmpty());
  EXPECT_THAT(look(milliseconds(150)).grown, SizeIs(1));
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 3, 4)) << "6 has not waited long enough";
  EXPECT_THAT(look(milliseconds(200)).grown, SizeIs(1));
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 3, 4, 6));
  append(log, id, {2});
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2, 3, 4, 6));
  append(log, id, {5, 7});
  const LogNews news = look(milliseconds(200));
  EXPECT_FALSE(news.reload) << "not so soon after the last time";
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2, 3, 4, 6, 7));
  EXPECT_TRUE(look(milliseconds(60'000)).reload) << "though the file has not changed";
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(FollowedLogTest, KnowsWhichTrialsWereMissingWhenItCame) {
  Log log = open();
  const int64_t id = add_session(log);
  append(log, id, {0, 2, 5});
  look();
  append(log, id, {3});
  EXPECT_TRUE(look().reload);
  EXPECT_THAT(numbers(), ElementsAre(0, 2, 3, 5));
}

TEST_F(FollowedLogTest, NoticesSessionsAndFinals) {
  Log log = open();
  const int64_t first = add_session(log, 1);
  append(log, first, {0, 1, 2, 3});
  look();
  const int64_t second = add_session(log, 2);
  append(log, second, {0});
  append(log, first, {4});
  EXPECT_TRUE(look().reload);
  ASSERT_EQ(followed().sessions(), 2U);
  EXPECT_THAT(numbers(0), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(numbers(1), ElementsAre(0));
  ASSERT_TRUE(log.append(first, finals(5)).ok());
  EXPECT_TRUE(look(milliseconds(60'000)).reload);
  EXPECT_TRUE(followed().session(0).has_finals());
  append(log, first, {5});
  look(milliseconds(60'000));
  EXPECT_FALSE(followed().session(0).has_finals()) << "they are of the trials before";
  EXPECT_THAT(numbers(0), SizeIs(6));
}

TEST_F(FollowedLogTest, WaitsForALogThatDoesNotExistYet) {
  EXPECT_TRUE(look().reload);
  EXPECT_THAT(followed().trouble(), HasSubstr("no such log yet"));
  EXPECT_FALSE(look(milliseconds(200)).reload);
  std::ofstream(path_).close();  // as SQLite makes it
  look(milliseconds(200));
  EXPECT_THAT(followed().trouble(), HasSubstr("empty"));
  Log log = open();
  append(log, add_session(log), {0});
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_EQ(followed().trouble(), "");
  EXPECT_THAT(numbers(), ElementsAre(0));
}

TEST_F(FollowedLogTest, FollowsTheNameWhenTheLogIsRotated) {
  {
    Log log = open();
    append(log, add_session(log, 1), {0, 1, 2});
  }
  look();
  std::filesystem::rename(path_, path_ + ".1");
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_THAT(followed().trouble(), HasSubstr("gone"));
  EXPECT_THAT(numbers(), SizeIs(3)) << "what was read stays";
  Log log = open();
  const int64_t id = add_session(log, 2);
  append(log, id, {0});
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_EQ(followed().trouble(), "");
  ASSERT_EQ(followed().sessions(), 1U);
  EXPECT_EQ(followed().session(0).record().seed, 2U);
  append(log, id, {1});
  EXPECT_THAT(look(milliseconds(200)).grown, SizeIs(1));
  EXPECT_THAT(numbers(), ElementsAre(0, 1));
}

TEST_F(FollowedLogTest, NoticesAnotherLogInTheSameFile) {
  {
    Log log = open();
    append(log, add_session(log, 1), {0, 1, 2});
  }
  look();
  const std::string other = directory_ + "/other.db";
  {
    Log log = Log::open(other, LogMode::read_write).value();
    append(log, add_session(log, 2), {0, 1, 2, 3});
  }
  std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes_of(other);  // the same inode
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_EQ(followed().session(0).record().seed, 2U);
  EXPECT_THAT(numbers(), SizeIs(4));
}

TEST_F(FollowedLogTest, SaysThatALogIsDamagedAndGoesOnWhenItIsNot) {
  std::string good;
  {
    Log log = open();
    append(log, add_session(log), {0, 1, 2});
    ASSERT_TRUE(log.sync().ok());
  }
  good = bytes_of(path_);
  look();
  std::ofstream(path_, std::ios::binary | std::ios::trunc)
      << "this is no log, but it is long enough to be looked at " << std::string(200, '.');
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_THAT(followed().trouble(), HasSubstr("not a log of tamis"));
  EXPECT_THAT(numbers(), SizeIs(3));
  std::string damaged = good;
  std::fill(damaged.begin() + 4096, damaged.end(), '\x7f');
  std::ofstream(path_, std::ios::binary | std::ios::trunc) << damaged;
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_THAT(followed().trouble(), HasSubstr(path_));
  std::ofstream(path_, std::ios::binary | std::ios::trunc) << good;
  EXPECT_TRUE(look(milliseconds(200)).reload);
  EXPECT_EQ(followed().trouble(), "");
  EXPECT_THAT(numbers(), SizeIs(3));
}

TEST_F(FollowedLogTest, OutlivesAWriterThatIsKilled) {
  int started[2];
  ASSERT_EQ(::pipe(started), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    Log log = open();
    const int64_t id = add_session(log);
    for (uint64_t number = 0;; ++number) {
      append(log, id, {number});
      if (number == 20) (void)!::write(started[1], "x", 1);
    }
  }
  char byte = 0;
  ASSERT_EQ(::read(started[0], &byte, 1), 1);
  look();
  ::kill(writer, SIGKILL);
  ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
  look(milliseconds(200));
  EXPECT_EQ(followed().trouble(), "");
  const size_t rows = followed().session(0).rows().size();
  EXPECT_GT(rows, 20U);
  Log log = open();  // as `--resume` does
  EXPECT_EQ(log.end(1).value(), rows) << "nothing is missed";
  append(log, 1, {rows});
  EXPECT_THAT(look(milliseconds(200)).grown, SizeIs(1));
}

TEST_F(FollowedLogTest, LeavesNothingForTheTunerToClean) {
  Log log = open();
  const int64_t id = add_session(log);
  append(log, id, {0});
  look();
  append(log, id, {1});
  look(milliseconds(200));
  log = Log::open(directory_ + "/other.db", LogMode::read_write).value();
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal")) << "the tuner was the last to close it";
  EXPECT_FALSE(std::filesystem::exists(path_ + "-shm"));
}

}  // namespace
}  // namespace tamis::watch
