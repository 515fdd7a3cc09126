#include "session/leaders.h"

#include "session/varying.h"
#include "support/temporary_directory.h"
#include "tamis/log.h"
#include "trial/inferred.h"

#include <algorithm>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

Trial trial_of(double cost, uint64_t runs = 1) {
  Trial trial;
  trial.costs = std::vector<double>(runs, cost);
  if (runs > 1) trial.features.set(std::string(kLeaderRuns), static_cast<double>(runs));
  return trial;
}

TEST(Leaders, AreTriedAgainWhereNoiseMayExplainTheirLead) {
  const Incumbent known{100, 5, 0.02, 50};
  EXPECT_FALSE(may_be_lucky(trial_of(100), known, 5)) << "does not lead";
  EXPECT_TRUE(may_be_lucky(trial_of(99), known, 5));
  EXPECT_FALSE(may_be_lucky(trial_of(90), known, 5)) << "leads by far";
  EXPECT_TRUE(may_be_lucky(trial_of(98.5, 2), known, 5));
  EXPECT_FALSE(may_be_lucky(trial_of(99, 5), known, 5)) << "has had its runs";
  EXPECT_FALSE(may_be_lucky(trial_of(99), known, 1)) << "nobody wants it";
  Trial failed = trial_of(1);
  failed.verdict = Verdict::crashed;
  EXPECT_FALSE(may_be_lucky(failed, known, 5));
}

TEST(Leaders, AreTriedTwiceWhereLittleIsKnownOfNoise) {
  EXPECT_TRUE(may_be_lucky(trial_of(50), Incumbent{}, 5)) << "the first";
  EXPECT_FALSE(may_be_lucky(trial_of(50, 2), Incumbent{}, 5));
  EXPECT_TRUE(may_be_lucky(trial_of(50), {100, 1, std::nullopt, 0}, 5));
  EXPECT_TRUE(may_be_lucky(trial_of(50), {100, 1, 0.0, 2}, 5));
  EXPECT_FALSE(may_be_lucky(trial_of(50, 2), {100, 1, 0.0, 2}, 5));
}

/// Without finals, and learning from every trial.
struct LeadersSession : VaryingSession {
  explicit LeadersSession(Script script) : VaryingSession(std::move(script)) {
    options.finalists = 0;
    options.batch = 1;
    options.keep_trials = true;
  }
};

TEST(Leaders, DoNotCountBeforeTheyWereTriedAgain) {
  LeadersSession session(lucky_nine);
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.best->config.choices, std::vector<uint32_t>{4}) << "without finals";
  for (const Trial& trial : result.trials) {
    if (trial.config.choices[0] != 9) continue;
    EXPECT_EQ(trial.costs, (std::vector<double>{50, 500}));
    EXPECT_EQ(runs_of(trial), 2U);
  }
  EXPECT_EQ(result.counts.trials, 10U);
  EXPECT_EQ(result.counts.measurements, 10U);
  EXPECT_EQ(session.runs.order.size(), 10U + result.counts.repeats);
  EXPECT_GT(result.counts.repeats, 0U);
  for (const double incumbent : session.runs.incumbents) EXPECT_GT(incumbent, 50);
}

TEST(Leaders, AreTriedOnceWhereLatenciesDoNotVaryOrNobodyWantsMore) {
  for (const bool vary : {false, true}) {
    LeadersSession session(lucky_nine);
    session.vary = vary;
    if (vary) session.options.leader_runs = 1;
    const SessionResult result = session.run(nullptr);
    EXPECT_EQ(session.runs.order.size(), 10U);
    EXPECT_EQ(result.best->cost(), 50);
    EXPECT_EQ(result.counts.repeats, 0U);
  }
}

TEST(Leaders, ThatFailWhenTriedAgainAreFlaky) {
  LeadersSession session([](uint64_t config, int run) {
    return config == 9 && run == 1 ? failure(Verdict::crashed, "it died") : lucky_nine(config, run);
  });
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.counts.flaky, 1U);
  EXPECT_EQ(result.counts.invalid, 1U);
  for (const Trial& trial : result.trials) {
    if (trial.config.choices[0] != 9) continue;
    EXPECT_EQ(trial.verdict, Verdict::crashed);
    EXPECT_THAT(trial.message, HasSubstr("it died; it was valid once before"));
    EXPECT_TRUE(trial.costs.empty());
  }
}

TEST(Leaders, KeepWhatTheyHadWhenTheirDeviceIsLost) {
  LeadersSession session([](uint64_t config, int run) {
    return run == 1 ? failure(Verdict::device_lost, "gone") : lucky_nine(config, run);
  });
  session.options.measure.retry.device_lost_retries = 0;
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.counts.trials, 10U);
  EXPECT_EQ(result.best->cost(), 50);
  EXPECT_EQ(result.counts.repeats, 0U);
}

TEST(Leaders, AreInTheLogWithAllTheirRunsWhereverASessionWasCut) {
  const TemporaryDirectory directory;
  Log log = Log::open(directory.file("log.tamis"), LogMode::read_write).value();
  LeadersSession session(lucky_nine);
  session.options.batch = 4;
  session.options.resume = true;
  session.options.budget.trials = 6;
  session.run(&log);
  session.options.budget.trials = 10;
  const SessionResult resumed = session.run(&log);
  LeadersSession at_once(lucky_nine);
  at_once.options.batch = 4;
  const SessionResult whole = at_once.run(nullptr);
  const std::vector<Trial> logged = log.trials(1).value();
  ASSERT_EQ(logged.size(), whole.trials.size());
  for (size_t i = 0; i < logged.size(); ++i) {
    EXPECT_EQ(logged[i].config, whole.trials[i].config);
    EXPECT_EQ(logged[i].costs, whole.trials[i].costs) << i;
  }
  EXPECT_EQ(resumed.counts.repeats, whole.counts.repeats);
}

TEST(Leaders, OfABatchAreThoseThatAreBetterThanAllBeforeIt) {
  LeadersSession session([](uint64_t config, int) { return latency(100 + static_cast<double>(config)); });
  session.options.batch = 5;
  const SessionResult result = session.run(nullptr);
  const std::vector<uint64_t>& order = session.runs.order;
  ASSERT_GE(order.size(), 15U);
  const std::vector<uint64_t> first(order.begin(), order.begin() + 5);
  EXPECT_EQ(first, std::vector<uint64_t>(order.begin() + 5, order.begin() + 10)) << "before it was nothing";
  const uint64_t least = *std::min_element(first.begin(), first.end());
  const auto better =
      std::count_if(order.begin() + 10, order.begin() + 15, [&](uint64_t config) { return config < least; });
  EXPECT_EQ(result.counts.repeats, 5U + static_cast<uint64_t>(better));
}

TEST(Leaders, RefuseNoRunAtAll) {
  LeadersSession session(lucky_nine);
  session.options.leader_runs = 0;
  const auto target = std::make_shared<const VaryingTarget>(std::make_shared<Runs>(), true);
  const auto result =
      run_session(bind_task(target, small_workload_of(), {}).value(), nullptr, session.options, {}, {});
  EXPECT_THAT(result.error().message, HasSubstr("must lie between 1 and"));
}

}  // namespace
}  // namespace tamis
