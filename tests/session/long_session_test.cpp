// Sessions with so many trials that they are learnt at once instead of replayed.
#include "session/scripted.h"
#include "support/temporary_directory.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tamis {
namespace {

class LongSession : public testing::Test {
 protected:
  SessionOptions options(uint64_t trials) const {
    SessionOptions options = scripted_options();
    options.budget.trials = trials;
    options.resume = true;
    options.keep_trials = true;
    options.most_replayed = 20;
    return options;
  }
  SessionResult run(const SessionOptions& options, const std::string& log_name = "log.db") {
    Log log = Log::open(directory_.file(log_name), LogMode::read_write).value();
    auto result = run_session(task_, &log, options, {}, {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.value();
  }
  std::vector<Trial> logged(const std::string& log_name = "log.db") {
    std::vector<Trial> all = Log::open(directory_.file(log_name), LogMode::read).value().trials(1).value();
    for (Trial& trial : all) trial.build_ns = trial.run_ns = trial.finished_unix_ms = 0;
    return all;
  }

  TemporaryDirectory directory_;
  SharedTask task_ = make_bowl_task();
};

TEST_F(LongSession, IsReplayedAsLongAsItIsShort) {
  run(options(20));
  const SessionResult whole = run(options(40));
  EXPECT_EQ(whole.resumed, 20U);
  SessionOptions uninterrupted = options(40);
  uninterrupted.resume = false;
  run(uninterrupted, "other.db");
  EXPECT_EQ(logged(), logged("other.db"));
}

TEST_F(LongSession, IsLearntAtOnceWhenItIsLong) {
  const SessionResult first = run(options(40));
  const SessionResult whole = run(options(60));
  EXPECT_EQ(whole.session.id, 1);
  EXPECT_EQ(whole.resumed, 40U);
  EXPECT_EQ(whole.counts.trials, 60U);
  EXPECT_EQ(whole.trials.size(), 60U);
  EXPECT_LE(whole.best->cost(), first.best->cost());
  const std::vector<Trial> all = logged();
  ASSERT_EQ(all.size(), 60U);
  Counts counts;
  for (const Trial& trial : all) counts.add(trial);
  EXPECT_EQ(whole.counts.by_verdict, counts.by_verdict);
  EXPECT_EQ(whole.counts.measurements, counts.measurements);
}

TEST_F(LongSession, GoesOnTheSameFromTheSameLog) {
  for (const char* name : {"one.db", "other.db"}) {
    run(options(40), name);
    run(options(60), name);
    run(options(80), name);
  }
  EXPECT_EQ(logged("one.db"), logged("other.db"));
}

TEST_F(LongSession, EndsAtOnceWhereItsBudgetIsUsedUp) {
  const SessionResult first = run(options(40));
  const SessionResult again = run(options(30));
  EXPECT_EQ(again.counts.trials, 40U);
  EXPECT_EQ(again.resumed, 40U);
  EXPECT_EQ(again.stop_reason, StopReason::budget);
  EXPECT_EQ(again.best->number, first.best->number);
}

TEST_F(LongSession, StopsEarlyAsIfItHadMadeTheTrialsItself) {
  SessionOptions early = options(40);
  early.budget.early_stop = 13;
  early.budget.trials.reset();
  const SessionResult first = run(early);
  ASSERT_EQ(first.stop_reason, StopReason::early_stop);
  early.most_replayed = 0;
  const SessionResult again = run(early);
  EXPECT_EQ(again.stop_reason, StopReason::early_stop);
  EXPECT_EQ(again.counts.trials, first.counts.trials);
}

}  // namespace
}  // namespace tamis
