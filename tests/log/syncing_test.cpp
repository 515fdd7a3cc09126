#include "log/syncing.h"

#include "log/log_fixture.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

constexpr int64_t kNormal = 1;  // as PRAGMA synchronous gives them
constexpr int64_t kFull = 2;
constexpr int64_t kIntervalNs = std::chrono::nanoseconds(kSyncInterval).count();

class SyncingTest : public LogTest {
 protected:
  SyncingTest() {
    EXPECT_TRUE(database_.execute("PRAGMA synchronous = FULL; CREATE TABLE rows (number INTEGER)").ok());
  }
  int64_t level_of_next(Waiting waiting, int64_t now_ns) {
    EXPECT_TRUE(syncing_.prepare(database_, waiting, now_ns).ok());
    return database_.integer("PRAGMA synchronous").value();
  }

  sqlite::Database database_ = sqlite::Database::open(path_, sqlite::OpenMode::read_write).value();
  Syncing syncing_;
};

TEST_F(SyncingTest, WaitsForTheFirstTransactionAndForImportantOnes) {
  EXPECT_EQ(level_of_next(Waiting::usual, 1), kFull);
  EXPECT_EQ(level_of_next(Waiting::for_disk, 2), kFull);
  EXPECT_EQ(level_of_next(Waiting::usual, 3), kNormal);
  EXPECT_EQ(level_of_next(Waiting::for_disk, 4), kFull);
}

TEST_F(SyncingTest, LeavesQuickOnesToTheSystemButNotForLong) {
  EXPECT_EQ(level_of_next(Waiting::usual, 0), kFull);
  EXPECT_EQ(level_of_next(Waiting::usual, 1), kNormal);
  EXPECT_EQ(level_of_next(Waiting::usual, kIntervalNs - 1), kNormal);
  EXPECT_EQ(level_of_next(Waiting::usual, kIntervalNs), kFull);
  EXPECT_EQ(level_of_next(Waiting::usual, kIntervalNs + 1), kNormal);
  EXPECT_EQ(level_of_next(Waiting::usual, 3 * kIntervalNs), kFull);
}

TEST_F(SyncingTest, PassesOnTheErrorOfADatabaseInATransaction) {
  EXPECT_EQ(level_of_next(Waiting::for_disk, 0), kFull);
  ASSERT_TRUE(database_.execute("BEGIN; INSERT INTO rows VALUES (1)").ok());
  EXPECT_FALSE(syncing_.prepare(database_, Waiting::usual, 1).ok());
}

}  // namespace
}  // namespace tamis
