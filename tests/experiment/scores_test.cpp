#include "experiment/scores.h"

#include "experiment/study_testing.h"
#include "tamis/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

/// The outcome of a session on tiny() that held these costs from these trials on, and named the config of a
/// row.
ReplayOutcome outcome(std::vector<std::pair<uint64_t, double>> improvements, size_t row) {
  ReplayOutcome made;
  made.improvements = std::move(improvements);
  made.winner = tiny()->trials[row].config;
  made.winner_cost = tiny()->trials[row].cost();
  return made;
}

TEST(NoiseScore, TellsRegretWinnersAndFlips) {
  // The best takes 1.1 ms, row 3.
  const std::vector<ReplayOutcome> outcomes = {
      outcome({{1, 2.2e6}, {60, 1.1e6}}, 3),
      outcome({{50, 1.1e6}, {51, 2.2e6}}, 0),
      outcome({{51, 3.3e6}}, 3),
      outcome({{150, 1.1e6}}, 3),
  };
  const NoiseScore score = noise_score(*tiny(), outcomes, 2);
  EXPECT_EQ(score.regret[0].failed, 2U) << "two had nothing after 50 trials";
  EXPECT_DOUBLE_EQ(*score.regret[1].p10, 0.3) << "of 0, 1 and 2 and a failed one";
  EXPECT_DOUBLE_EQ(*score.regret[2].median, 0.5) << "what was held for the best may get worse";
  EXPECT_DOUBLE_EQ(score.truly_good, 0.75);
  EXPECT_DOUBLE_EQ(score.flips.value(), 0.5) << "of two pairs";
  EXPECT_FALSE(noise_score(*tiny(), outcomes, 1).flips.has_value());
}

TEST(NoiseScore, TellsHowOftenWinnersWereNamedRightly) {
  std::vector<ReplayOutcome> outcomes = {outcome({{1, 2.2e6}}, 3), outcome({{1, 2.2e6}}, 0),
                                         outcome({{1, 2.2e6}}, 3)};
  EXPECT_FALSE(noise_score(*tiny(), outcomes, 1).stated.has_value()) << "without finals";
  for (size_t i = 0; i < 2; ++i) {
    outcomes[i].evidence = Evidence{0.5, i == 0 ? 0.9 : 0.7};
    outcomes[i].best_finalist_cost = 1.1e6;
    outcomes[i].runs = 200 + 20 * i;
  }
  const NoiseScore score = noise_score(*tiny(), outcomes, 1);
  EXPECT_DOUBLE_EQ(score.stated.value(), 0.8);
  EXPECT_DOUBLE_EQ(score.borne_out.value(), 0.5) << "of the two with finals";
  EXPECT_EQ(*score.runs.median, 200);
}

TEST(TimeScore, IsOverWhatWasSpentUntilEachGoal) {
  std::vector<ReplayOutcome> outcomes(3);
  outcomes[0].reached[1] = Spent{4, 0, 10};
  outcomes[1].reached[1] = Spent{4, 0, 30};
  const TimeScore score = time_score(outcomes);
  EXPECT_EQ(*score.ns_to[1].median, 30);
  EXPECT_EQ(score.ns_to[1].failed, 1U);
  EXPECT_EQ(score.ns_to[0].failed, 3U);
  EXPECT_EQ(score.each_ns_to[1][0], 10);
  EXPECT_EQ(score.each_ns_to[1][2], std::nullopt);
}

ComparisonOptions compared(Score score) {
  ComparisonOptions options;
  options.strategies = {"grid", "random"};
  options.seeds = 4;
  options.score = score;
  return options;
}

TEST(Compare, ByTimeSaysWhatTheTableDoesNot) {
  const ComparisonRow row = compare({tiny()}, compared(Score::time), {}).value().front();
  EXPECT_DOUBLE_EQ(*row.time->ns_to[0].median, 4 * 12.5e6);
  EXPECT_EQ(row.times_missing->run, 15U);
  EXPECT_EQ(row.times_missing->all, 0U);
  EXPECT_FALSE(row.fair || row.noise);
  EXPECT_FALSE(compare({tiny()}, compared(Score::trials), {}).value().front().time);
}

TEST(Compare, ByFairDoesNotDependOnJobs) {
  ComparisonOptions options = compared(Score::fair);
  const auto alone = compare({noisy()}, options, {}).value();
  options.jobs = 4;
  const auto together = compare({noisy()}, options, {}).value();
  for (size_t i = 0; i < alone.size(); ++i) {
    ASSERT_TRUE(alone[i].fair->score.has_value());
    EXPECT_EQ(alone[i].fair->score, together[i].fair->score);
    EXPECT_EQ(alone[i].fair->traces.size(), 4U);
  }
}

TEST(Compare, RepeatsEachSeedWithOtherNoise) {
  ComparisonOptions options = compared(Score::trials);
  options.noise_runs = 3;
  options.session.trials = 60;
  const auto rows = compare({noisy()}, options, {}).value();
  EXPECT_EQ(rows[0].seeds, 4U);
  EXPECT_EQ(rows[0].each_trials_to[0].size(), 12U);
  EXPECT_TRUE(rows[1].noise->flips.has_value());
  options.jobs = 3;
  EXPECT_EQ(compare({noisy()}, options, {}).value()[1].each_trials_to, rows[1].each_trials_to);
}

}  // namespace
}  // namespace tamis
