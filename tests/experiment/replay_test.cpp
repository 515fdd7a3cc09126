// Sessions on a table whose every outcome is known.

#include "tamis/replay.h"

#include "experiment/study_testing.h"
#include "search/strategies/uninformed_strategies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

ReplayOptions grid() {
  ReplayOptions options;
  options.strategy = "grid";
  return options;
}

TEST(Replay, CountsTrialsUntilTheBest) {
  const ReplayOutcome outcome = replay(tiny(), grid(), {}).value();
  for (const auto& spent : outcome.reached) {
    ASSERT_TRUE(spent.has_value());
    EXPECT_EQ(spent->trials, 4U) << "no config before it is within 10 %";
    EXPECT_EQ(spent->invalid, 0U);
  }
  EXPECT_EQ(outcome.total.trials, 4U) << "it ends there";
  EXPECT_EQ(outcome.initializer, "none");
  ASSERT_EQ(outcome.improvements.size(), 4U);
  EXPECT_EQ(outcome.improvements[0].first, 1U);
  EXPECT_DOUBLE_EQ(outcome.improvements[0].second, 8.1e6);
  EXPECT_DOUBLE_EQ(outcome.improvements[3].second, 1.1e6);
}

TEST(Replay, GoesOnToTheEndWhenAsked) {
  ReplayOptions options = grid();
  options.full = true;
  const ReplayOutcome outcome = replay(tiny(), options, {}).value();
  EXPECT_EQ(outcome.total.trials, 21U);
  EXPECT_EQ(outcome.total.invalid, 6U);
  EXPECT_EQ(outcome.reached[0]->trials, 4U);
}

TEST(Replay, TakesAStrategyThatIsNotInTheTable) {
  ReplayOptions options;
  options.strategy = "random";
  options.make_strategy = make_grid_strategy;
  const ReplayOutcome outcome = replay(tiny(), options, {}).value();
  EXPECT_EQ(outcome.total.trials, 4U) << "as grid takes";
}

TEST(Replay, KeepsToItsTrials) {
  ReplayOptions options = grid();
  options.trials = 3;
  options.batch = 8;
  const ReplayOutcome outcome = replay(tiny(), options, {}).value();
  EXPECT_EQ(outcome.total.trials, 3U);
  for (const auto& spent : outcome.reached) EXPECT_FALSE(spent.has_value());
}

TEST(Replay, CountsInvalidTrialsSpent) {
  // Whatever the order, the best comes after as many invalid trials as were counted before it.
  ReplayOptions options;
  options.strategy = "random";
  for (options.seed = 0; options.seed < 20; ++options.seed) {
    const ReplayOutcome outcome = replay(tiny(), options, {}).value();
    ASSERT_TRUE(outcome.reached[0].has_value());
    EXPECT_EQ(outcome.reached[0]->trials, outcome.total.trials);
    EXPECT_EQ(outcome.reached[0]->invalid, outcome.total.invalid);
    EXPECT_LE(outcome.reached[3]->trials, outcome.reached[0]->trials);
  }
}

TEST(Replay, NamesTheStrategysOwnInitializer) {
  ReplayOptions options;
  options.strategy = "autotvm";
  EXPECT_EQ(replay(tiny(), options, {}).value().initializer, "random");
}

TEST(Replay, RefusesAnUnknownStrategyAndATableWithoutAValidConfig) {
  ReplayOptions options;
  options.strategy = "gird";
  EXPECT_THAT(replay(tiny(), options, {}).error().message, HasSubstr("\"grid\""));
  TrialSet hopeless = *tiny();
  for (Trial& trial : hopeless.trials) {
    trial.verdict = Verdict::run_failed;
    trial.costs.clear();
  }
  EXPECT_THAT(replay(std::make_shared<const TrialSet>(hopeless), grid(), {}).error().message,
              HasSubstr("no config of this table is valid"));
}

TEST(Replay, EndsWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(replay(tiny(), grid(), stop.get_token()).error().kind, ErrorKind::interrupted);
}

}  // namespace
}  // namespace tamis
