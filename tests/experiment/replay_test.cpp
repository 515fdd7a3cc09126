// Sessions on a table whose every outcome is known.

#include "tamis/replay.h"

#include "experiment/study_testing.h"
#include "search/strategies/uninformed_strategies.h"
#include "tamis/formats.h"

#include <set>
#include <utility>
#include <vector>

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

/// A layer of which every valid trial took a second, and every invalid one so many.
std::shared_ptr<const TrialSet> timed_layer(double invalid_seconds) {
  auto table = std::make_shared<TrialSet>(
      read_recorded_table(std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C9.csv").value());
  for (Trial& trial : table->trials)
    trial.build_ns =
        trial.verdict == Verdict::valid ? 1'000'000'000 : static_cast<int64_t>(invalid_seconds * 1e9);
  return table;
}

/// What ten sessions of 60 trials come to.
struct TenSessions {
  uint64_t invalid = 0;
  std::vector<std::pair<uint64_t, double>> improvements;
  friend bool operator==(const TenSessions&, const TenSessions&) = default;
};
TenSessions ten_sessions(const std::shared_ptr<const TrialSet>& table, const std::string& strategy) {
  ReplayOptions options;
  options.strategy = strategy;
  options.full = true;
  options.trials = 60;
  TenSessions all;
  for (options.seed = 0; options.seed < 10; ++options.seed) {
    const ReplayOutcome outcome = replay(table, options, {}).value();
    all.invalid += outcome.total.invalid;
    all.improvements.insert(all.improvements.end(), outcome.improvements.begin(), outcome.improvements.end());
  }
  return all;
}

TEST(Replay, LetsTheStrategyHeedTheRecordedTimesOfInvalidTrials) {
  const TenSessions usual = ten_sessions(timed_layer(0), "tamis:invalid_cost=1");
  EXPECT_EQ(ten_sessions(timed_layer(0), "tamis"), usual) << "no time of an invalid trial is recorded";
  EXPECT_EQ(ten_sessions(timed_layer(1), "tamis"), usual);
  EXPECT_EQ(ten_sessions(timed_layer(8), "tamis"), usual) << "times never make invalid trials dearer";
  const TenSessions cheap = ten_sessions(timed_layer(0.1), "tamis");
  EXPECT_GT(cheap.invalid, usual.invalid);
  EXPECT_EQ(ten_sessions(timed_layer(0.1), "tamis"), cheap);
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

TEST(RecordedTimes, AddsUpWhatARowSaysAndCountsWhatItDoesNot) {
  TrialSet table = *tiny();
  for (Trial& trial : table.trials) trial.build_ns = trial.run_ns = 0;
  table.trials[0].build_ns = 5;
  table.trials[0].run_ns = 2;
  table.trials[1].build_ns = 3;
  table.trials[2].run_ns = 4;
  const RecordedTimes times = recorded_times(table).value();
  EXPECT_EQ(times.row_ns[0], 7);
  EXPECT_EQ(times.row_ns[1], 3);
  EXPECT_EQ(times.row_ns[2], 4);
  EXPECT_EQ(times.row_ns[3], 4) << "the median of the others";
  EXPECT_EQ(times.missing.all, 18U);
  EXPECT_EQ(times.missing.build, 1U);
  EXPECT_EQ(times.missing.run, 1U) << "valid, but says only how long building took";
}

TEST(Replay, CountsTheTimeThatTrialsTookWhenTheyWereRecorded) {
  const RecordedTimes times = recorded_times(*tiny()).value();
  ReplayOptions options = grid();
  EXPECT_EQ(replay(tiny(), options, {}).value().total.time_ns, 0) << "nobody asked";
  options.times = &times;
  EXPECT_DOUBLE_EQ(replay(tiny(), options, {}).value().reached[0]->time_ns, 4 * 12.5e6);
  options.search_time.ns_per_trial = 1e6;
  EXPECT_DOUBLE_EQ(replay(tiny(), options, {}).value().reached[0]->time_ns, 4 * 13.5e6);
  options.search_time = {true, 0};
  EXPECT_GT(replay(tiny(), options, {}).value().reached[0]->time_ns, 4 * 12.5e6);
}

TEST(Replay, EndsWhenItsTimeIsSpent) {
  const RecordedTimes times = recorded_times(*tiny()).value();
  ReplayOptions options = grid();
  options.times = &times;
  options.time_ns = 6.5 * 12.5e6;
  options.trace = true;
  const ReplayOutcome outcome = replay(tiny(), options, {}).value();
  EXPECT_EQ(outcome.total.trials, 7U) << "past the best, until the time is over";
  ASSERT_EQ(outcome.trace.size(), 7U);
  EXPECT_DOUBLE_EQ(outcome.trace[1].time_ns, 25e6);
  EXPECT_DOUBLE_EQ(outcome.trace[3].cost, 1.1e6);
}

TEST(Replay, MeetsTheSameNoiseInTheSameStreamAndJudgesByTheTrueCost) {
  ReplayOptions options;
  options.strategy = "random";
  options.noise = 7;
  options.trials = std::nullopt;
  const auto table = noisy();
  const ReplayOutcome first = replay(table, options, {}).value(), again = replay(table, options, {}).value();
  EXPECT_EQ(first.improvements, again.improvements);
  EXPECT_EQ(first.winner, again.winner);
  EXPECT_EQ(first.total.trials, 120U) << "it cannot know that it had the best";
  ASSERT_TRUE(first.winner.has_value());
  EXPECT_EQ(first.winner_cost, find_recorded(*table, *first.winner)->cost());
  EXPECT_GT(first.runs, 120U + 25U) << "finals, and leaders that were tried again";
  ASSERT_TRUE(first.evidence.has_value());
  EXPECT_LE(first.best_finalist_cost, first.winner_cost);
  options.leader_runs = 1;
  EXPECT_LT(replay(table, options, {}).value().runs, first.runs);
  options.leader_runs = ReplayOptions{}.leader_runs;
  std::set<std::vector<std::pair<uint64_t, double>>> seen;
  for (options.noise = 0; *options.noise < 10; ++*options.noise)
    seen.insert(replay(table, options, {}).value().improvements);
  EXPECT_GT(seen.size(), 1U) << "other streams are other noise";
}

TEST(Replay, EndsWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(replay(tiny(), grid(), stop.get_token()).error().kind, ErrorKind::interrupted);
}

}  // namespace
}  // namespace tamis
