// The config that the user came with competes: it is trial 0 of a session.
#include "session/scripted.h"
#include "support/temporary_directory.h"
#include "tamis/session.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

class DefaultConfig : public testing::Test {
 protected:
  DefaultConfig() {
    options_.with_default = true;
    options_.keep_trials = true;
    options_.resume = true;
    options_.budget.trials = 30;
  }
  SessionResult run() {
    auto result = run_session(task_, &log_, options_, progress_, stop_.get_token());
    EXPECT_TRUE(result.ok()) << result.error().message;
    return std::move(result).value();
  }
  uint64_t times_tried(const std::vector<Trial>& trials) const {
    return static_cast<uint64_t>(std::count_if(trials.begin(), trials.end(), [&](const Trial& trial) {
      return trial.config == task_->default_config();
    }));
  }

  TemporaryDirectory directory_;
  Log log_ = Log::open(directory_.file("log.sqlite"), LogMode::read_write).value();
  SharedTask task_ = make_bowl_task();
  SessionOptions options_ = scripted_options();
  std::function<void(const Progress&)> progress_;
  std::stop_source stop_;
};

TEST_F(DefaultConfig, IsTrialZeroAndCounts) {
  const SessionResult result = run();
  ASSERT_EQ(result.trials.size(), 30U);
  EXPECT_EQ(result.trials[0].config, task_->default_config());
  EXPECT_EQ(result.trials[0].proposer, "default");
  EXPECT_EQ(result.trials[1].proposer, "scripted");
  EXPECT_EQ(result.counts.trials, 30U);
  EXPECT_EQ(result.default_trial, result.trials[0]);
  EXPECT_TRUE(result.session.with_default);
  EXPECT_LE(result.best->cost(), result.default_trial->cost());
}

TEST_F(DefaultConfig, IsNeverProposedAgain) {
  options_.budget.trials.reset();
  const SessionResult result = run();
  EXPECT_EQ(result.stop_reason, StopReason::exhausted);
  EXPECT_EQ(result.counts.trials, 100U);
  EXPECT_EQ(times_tried(result.trials), 1U);
}

TEST_F(DefaultConfig, IsProposedAgainByNoStrategyOfTamis) {
  options_.make_strategy = nullptr;
  options_.resume = false;
  for (const char* strategy :
       {"annealing", "autotvm", "bayes", "forest", "genetic", "grid", "ml2", "random", "rl", "tamis"}) {
    SCOPED_TRACE(strategy);
    options_.strategy = strategy;
    options_.budget.trials.reset();
    const SessionResult result = run();
    EXPECT_EQ(result.counts.trials, 100U);
    EXPECT_EQ(times_tried(result.trials), 1U);
  }
}

TEST_F(DefaultConfig, IsTakenFromTheLogWhenResumed) {
  const std::vector<Trial> whole = run().trials;
  for (const int cut : {1, 2, 13}) {
    SCOPED_TRACE(cut);
    const std::string path = directory_.file("cut" + std::to_string(cut) + ".sqlite");
    log_ = Log::open(path, LogMode::read_write).value();
    int seen = 0;
    progress_ = [&](const Progress&) {
      if (++seen == cut) stop_.request_stop();
    };
    stop_ = std::stop_source();
    const SessionResult first = run();
    EXPECT_EQ(first.counts.trials, static_cast<uint64_t>(cut));
    progress_ = nullptr;
    stop_ = std::stop_source();
    const SessionResult second = run();
    EXPECT_EQ(second.session.id, 1);
    EXPECT_EQ(second.resumed, static_cast<uint64_t>(cut));
    ASSERT_EQ(second.trials.size(), whole.size());
    for (size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(second.trials[i].config, whole[i].config);
    EXPECT_TRUE(second.default_trial.has_value());
  }
}

TEST_F(DefaultConfig, IsTrialZeroOfASessionThatWasCutOffBeforeIt) {
  options_.budget.trials = 0;
  EXPECT_EQ(run().counts.trials, 0U);
  options_.budget.trials = 3;
  const SessionResult result = run();
  EXPECT_EQ(result.session.id, 1);
  EXPECT_EQ(result.trials.at(0).proposer, "default");
}

TEST_F(DefaultConfig, IsNotAddedToASessionThatBeganWithoutIt) {
  options_.with_default = false;
  options_.budget.trials = 10;
  run();
  options_.with_default = true;
  options_.budget.trials = 20;
  const SessionResult result = run();
  EXPECT_EQ(result.session.id, 1);
  EXPECT_EQ(result.resumed, 10U);
  for (const Trial& trial : result.trials) EXPECT_EQ(trial.proposer, "scripted");
}

TEST_F(DefaultConfig, StaysWithASessionThatBeganWithIt) {
  options_.budget.trials = 10;
  run();
  options_.with_default = false;
  options_.budget.trials = 20;
  const SessionResult result = run();
  EXPECT_EQ(result.session.id, 1);
  EXPECT_EQ(result.resumed, 10U);
  EXPECT_EQ(result.trials.at(0).proposer, "default");
}

TEST_F(DefaultConfig, StaysWithASessionWhoseTaskHasAnotherByNow) {
  const std::vector<Trial> whole = run().trials;
  for (const uint64_t most_replayed : {100U, 5U}) {
    SCOPED_TRACE(most_replayed);
    log_ = Log::open(directory_.file(std::to_string(most_replayed)), LogMode::read_write).value();
    task_ = make_bowl_task();
    options_.budget.trials = 12;
    run();
    task_ = make_bowl_task({.default_index = 42});
    options_.budget.trials = 30;
    options_.most_replayed = most_replayed;
    const SessionResult result = run();
    EXPECT_EQ(result.session.id, 1);
    EXPECT_EQ(result.resumed, 12U);
    ASSERT_EQ(result.trials.size(), whole.size());
    const size_t same = most_replayed == 100 ? whole.size() : 12;
    for (size_t i = 0; i < same; ++i) {
      EXPECT_EQ(result.trials[i].config, whole[i].config) << i;
      EXPECT_EQ(result.trials[i].proposer, whole[i].proposer) << i;
    }
    if (result.default_trial) {
      EXPECT_EQ(result.default_trial->config, task_->default_config());
    }
  }
}

TEST_F(DefaultConfig, MayMoveBeforeTheFirstTrial) {
  options_.budget.trials = 0;
  run();
  task_ = make_bowl_task({.default_index = 42});
  options_.budget.trials = 3;
  const SessionResult result = run();
  EXPECT_EQ(result.session.id, 1);
  EXPECT_EQ(result.trials.at(0).config, task_->default_config());
}

TEST_F(DefaultConfig, IsAllowedByTheConstraints) {
  task_ = make_bowl_task({.constraints = {"a >= 4"}});
  const SessionResult result = run();
  EXPECT_TRUE(task_->space().allows(result.trials.at(0).config));
  EXPECT_EQ(result.trials[0].config, task_->default_config());
}

TEST_F(DefaultConfig, IsTheCanaryOnceItIsValid) {
  options_.default_is_canary = true;
  std::vector<std::optional<Config>> canaries;
  options_.make_measurer = [&](const SharedTask& task, MeasureOptions measure) {
    canaries.push_back(measure.recovery.canary);
    measure.recovery.canary.reset();
    return make_in_process_measurer(task, measure);
  };
  run();
  EXPECT_THAT(canaries, testing::ElementsAre(std::nullopt, task_->default_config()));
}

TEST_F(DefaultConfig, IsRefusedAsTheCanaryBeforeTheFirstTrialWhereNoDeviceCanFail) {
  options_.default_is_canary = true;
  options_.make_measurer = nullptr;
  const auto refused = run_session(task_, &log_, options_, progress_, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("where no device can fail"));
  EXPECT_TRUE(log_.sessions().value().empty());
}

}  // namespace
}  // namespace tamis
