// Sessions that go on a batch at a time.

#include "session/scripted.h"
#include "support/temporary_directory.h"
#include "tamis/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

class SteppedSession : public testing::Test {
 protected:
  SteppedSession() {
    options_.with_default = true;
    options_.keep_trials = true;
    options_.measure.retry.device_lost_retries = 0;
  }
  OpenSession open(Log* log = nullptr, ReplayPace pace = ReplayPace::by_steps) {
    return OpenSession::open(task_, log, options_, nullptr, pace).value();
  }
  /// One that must come to the end of its batch.
  static void step(OpenSession& session) { EXPECT_EQ(session.step({}).value(), std::nullopt); }
  static std::vector<Config> configs(const std::vector<Trial>& trials) {
    std::vector<Config> configs;
    for (const Trial& trial : trials) configs.push_back(trial.config);
    return configs;
  }

  TemporaryDirectory directory_;
  Log log_ = Log::open(directory_.file("log.sqlite"), LogMode::read_write).value();
  SharedTask task_ = make_bowl_task({.tells_code = true});
  SessionOptions options_ = scripted_options();
};

TEST_F(SteppedSession, TriesTheDefaultConfigBeforeItsFirstBatch) {
  OpenSession session = open();
  EXPECT_FALSE(session.default_trial());
  step(session);
  EXPECT_EQ(session.counts().trials, 9U);
  EXPECT_EQ(session.default_trial()->number, 0U);
  step(session);
  EXPECT_EQ(session.counts().trials, 17U);
}

TEST_F(SteppedSession, MakesTheTrialsOfASessionThatRunsToItsEnd) {
  OpenSession session = open();
  for (int i = 0; i < 4; ++i) {
    step(session);
    EXPECT_TRUE(session.look_ahead().ok()) << "which changes nothing";
    session.rest();
  }
  options_.budget.trials = 33;
  const SessionResult whole = run_session(task_, nullptr, options_, nullptr, {}).value();
  const SessionResult stepped = session.finish(StopReason::budget, {}).value();
  EXPECT_EQ(configs(stepped.trials), configs(whole.trials));
  EXPECT_EQ(stepped.best->config, whole.best->config);
  EXPECT_EQ(stepped.stop_reason, StopReason::budget);
}

TEST_F(SteppedSession, TakesTheLogBackStepByStep) {
  std::vector<std::vector<Trial>> shown;
  {
    OpenSession session = open(&log_);
    for (int i = 0; i < 3; ++i) {
      step(session);
      shown.push_back(session.trials());
    }
    ASSERT_TRUE(session.finish(StopReason::budget, {}).ok());
  }
  options_.resume = true;
  bool measured = false;
  OpenSession resumed =
      OpenSession::open(
          task_, &log_, options_, [&](const Progress&) { measured = true; }, ReplayPace::by_steps)
          .value();
  for (const std::vector<Trial>& trials : shown) {
    EXPECT_TRUE(resumed.look_ahead().ok());
    step(resumed);
    EXPECT_EQ(configs(resumed.trials()), configs(trials));
  }
  EXPECT_FALSE(measured);
  step(resumed);
  EXPECT_TRUE(measured);
  const SessionResult result = resumed.finish(StopReason::budget, {}).value();
  EXPECT_EQ(result.resumed, 25U);
  EXPECT_EQ(result.resume_note, "session 1 continues: 25 trials are in the log");
}

TEST_F(SteppedSession, TakesTheRestOfTheLogBackWhenItIsFinished) {
  options_.budget.trials = 33;
  ASSERT_TRUE(run_session(task_, &log_, options_, nullptr, {}).ok());
  options_.resume = true;
  OpenSession resumed = open(&log_);
  step(resumed);
  EXPECT_EQ(resumed.counts().trials, 9U);
  EXPECT_EQ(resumed.finish(StopReason::budget, {}).value().counts.trials, 33U);
}

TEST_F(SteppedSession, EndsABatchWhereNoMoreTrialsAreAllowed) {
  OpenSession session = open();
  step(session);
  EXPECT_EQ(session.step({}, 3).value(), StopReason::budget);
  EXPECT_EQ(session.counts().trials, 12U);
  EXPECT_EQ(open().step({}, 0).value(), StopReason::budget);
}

TEST_F(SteppedSession, EndsABatchWhereItIsStopped) {
  std::stop_source stop;
  OpenSession session = OpenSession::open(task_, nullptr, options_, [&](const Progress& progress) {
                          if (progress.counts->trials == 5) stop.request_stop();
                        }).value();
  EXPECT_EQ(session.step(stop.get_token()).value(), StopReason::interrupted);
  EXPECT_EQ(session.counts().trials, 5U);
  EXPECT_EQ(session.finish(StopReason::interrupted, stop.get_token()).value().stop_reason,
            StopReason::interrupted);
}

TEST_F(SteppedSession, KnowsThatItsSpaceIsExhausted) {
  OpenSession session = open();
  while (!session.exhausted()) {
    step(session);
    ASSERT_TRUE(session.look_ahead().ok());
  }
  EXPECT_EQ(session.counts().trials, 100U);
  EXPECT_EQ(session.step({}).value(), StopReason::exhausted);
}

TEST_F(SteppedSession, SaysWhatItsStrategyExpects) {
  OpenSession scripted = open();
  step(scripted);
  EXPECT_FALSE(scripted.look_ahead().value()) << "it has no idea";
  options_.make_strategy = nullptr;
  options_.strategy = "tamis";
  OpenSession session = open();
  EXPECT_FALSE(session.look_ahead().value()) << "nothing is known";
  step(session);
  const std::optional<double> expected = session.look_ahead().value();
  ASSERT_TRUE(expected);
  EXPECT_GT(*expected, 0);
  EXPECT_LT(*expected, session.best()->cost());
  EXPECT_EQ(session.look_ahead().value(), expected) << "asked again";
}

}  // namespace
}  // namespace tamis
