#include "session/finals.h"

#include "session/varying.h"
#include "support/temporary_directory.h"
#include "tamis/evidence.h"
#include "tamis/log.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// Without what leaders are tried again for in the search.
struct FinalsSession : VaryingSession {
  explicit FinalsSession(Script script) : VaryingSession(std::move(script)) { options.leader_runs = 1; }
};

TEST(Finals, CallTheBestOfManyMeasurementsTheWinner) {
  FinalsSession session(lucky_nine);
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.best->config.choices, std::vector<uint32_t>{4});
  EXPECT_EQ(result.best->costs, std::vector<double>(kFinalRounds, 100));
  ASSERT_EQ(result.finals->finalists.size(), 3U);
  EXPECT_EQ(result.finals->finalists.back().cost(), 500);
  EXPECT_EQ(result.finals->device, "scripted");
  EXPECT_EQ(result.finals->after_trials, 10U);
}

/// The default config, 0, is slow when it is tried first, but the fastest ever after.
RunOutcome unlucky_default(uint64_t config, int run) {
  return latency(config > 0 ? 150 + static_cast<double>(config) : run == 0 ? 500 : 100);
}

TEST(Finals, AreOpenToTheDefaultConfigHoweverSlowItWas) {
  FinalsSession session(unlucky_default);
  session.options.with_default = true;
  const TemporaryDirectory directory;
  Log log = Log::open(directory.file("log.tamis"), LogMode::read_write).value();
  for (Log* kept : {static_cast<Log*>(nullptr), &log, &log}) {
    session.runs.count.clear();
    session.options.resume = kept != nullptr;
    const SessionResult result = session.run(kept);
    ASSERT_EQ(result.finals->finalists.size(), 4U);
    EXPECT_EQ(result.counts.finals, 4U * kFinalRounds);
    EXPECT_EQ(result.best->config.choices, std::vector<uint32_t>{0});
    EXPECT_EQ(result.best->cost(), 100);
    EXPECT_EQ(result.default_trial, result.best) << "both as the finals have it";
  }
  EXPECT_EQ(session.runs.order.size(), 2U * (10 + 20)) << "the third run takes the finals of the log";
}

TEST(Finals, HaveTheDefaultConfigOnceAndOnlyWhereItCompetesAndIsValid) {
  const auto finalists = [](bool with_default, const Script& script) {
    FinalsSession session(script);
    session.options.with_default = with_default;
    return session.run(nullptr).finals->finalists.size();
  };
  EXPECT_EQ(finalists(false, unlucky_default), 3U);
  EXPECT_EQ(finalists(true, [](uint64_t config, int) { return latency(10.0 + static_cast<double>(config)); }),
            3U);
  EXPECT_EQ(finalists(true,
                      [](uint64_t config, int run) {
                        return config == 0 ? failure(Verdict::crashed, "no") : unlucky_default(config, run);
                      }),
            3U);
}

TEST(Finals, LeaveTheDefaultConfigItsLatencyWhereItFailsInThem) {
  FinalsSession session([](uint64_t config, int run) {
    return config == 0 && run > 0 ? failure(Verdict::crashed, "no") : unlucky_default(config, run);
  });
  session.options.with_default = true;
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.default_trial->cost(), 500);
  EXPECT_NE(result.best->config.choices, std::vector<uint32_t>{0});
}

TEST(Finals, AreCountedApart) {
  FinalsSession session(lucky_nine);
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.counts.trials, 10U);
  EXPECT_EQ(result.counts.measurements, 10U);
  EXPECT_EQ(result.counts.finals, 3U * kFinalRounds);
}

TEST(Finals, GoForthAndBackThroughTheFinalists) {
  FinalsSession session(lucky_nine);
  session.run(nullptr);
  const std::vector<uint64_t> finals(session.runs.order.begin() + 10, session.runs.order.end());
  ASSERT_EQ(finals.size(), 15U);
  EXPECT_EQ(finals.front(), 9U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(finals[i], finals[5 - i]);
}

/// What the nth run of a config gives: its true latency, give or take a tenth, evenly spread.
double shaken(double ns, uint64_t config, int run) {
  return ns * (0.9 + 0.2 * Random::stream(config, "run " + std::to_string(run)).uniform());
}

TEST(Finals, GoOnWithThoseThatNoiseDoesNotTellApart) {
  FinalsSession session([](uint64_t config, int run) {
    return latency(config < 2 ? shaken(100, config, run) : 200 + static_cast<double>(config));
  });
  const SessionResult result = session.run(nullptr);
  ASSERT_EQ(result.finals->finalists.size(), 3U);
  EXPECT_GT(result.finals->finalists[0].runs, static_cast<uint64_t>(kFinalRounds));
  EXPECT_GT(result.finals->finalists[1].runs, static_cast<uint64_t>(kFinalRounds));
  EXPECT_LE(result.finals->finalists[0].runs, static_cast<uint64_t>(kMostFinalRounds));
  EXPECT_EQ(result.finals->finalists[2].runs, static_cast<uint64_t>(kFinalRounds)) << "it is beaten";
  const Evidence evidence = weigh_evidence(*result.finals).value();
  EXPECT_TRUE(evidence.good >= kSureWinner ||
              result.finals->finalists[0].runs == static_cast<uint64_t>(kMostFinalRounds));
}

TEST(Finals, TellTheDeviceOfNoIncumbent) {
  FinalsSession session(lucky_nine);
  session.options.batch = 4;
  session.run(nullptr);
  const std::vector<double>& told = session.runs.incumbents;
  const double none = std::numeric_limits<double>::infinity();
  // A batch is told the best latency from before it began, whatever it finds meanwhile.
  EXPECT_EQ(std::vector<double>(told.begin(), told.begin() + 4), std::vector<double>(4, none));
  EXPECT_EQ(std::vector<double>(told.begin() + 4, told.begin() + 8), std::vector<double>(4, told[4]));
  EXPECT_LT(told[4], none);
  EXPECT_EQ(std::vector<double>(told.begin() + 10, told.end()), std::vector<double>(15, none));
}

TEST(Finals, SayWhichFinalistFailsNow) {
  FinalsSession session([](uint64_t config, int run) {
    if (config == 4 && run == 2) return failure(Verdict::crashed, "it died");
    return lucky_nine(config, run);
  });
  const SessionResult result = session.run(nullptr);
  const Finalist& last = result.finals->finalists.back();
  EXPECT_EQ(last.verdict, Verdict::crashed);
  EXPECT_EQ(last.message, "it died");
  EXPECT_EQ(last.runs, 2U);
  EXPECT_TRUE(last.costs.empty());
  EXPECT_NE(result.best->config.choices, std::vector<uint32_t>{4});
}

TEST(Finals, HoldALostDeviceAgainstNobody) {
  FinalsSession session([](uint64_t config, int run) {
    if (config == 4 && (run == 1 || run == 3)) return failure(Verdict::device_lost, "gone");
    return lucky_nine(config, run);
  });
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.best->config.choices, std::vector<uint32_t>{4});
  EXPECT_EQ(result.finals->winner()->runs, static_cast<uint64_t>(kFinalRounds));
  EXPECT_EQ(result.finals->winner()->costs.size(), static_cast<size_t>(kFinalRounds) - 2);
}

TEST(Finals, LeaveTheFastestTrialWhereAllFail) {
  FinalsSession session([](uint64_t config, int run) {
    return run > 0 ? failure(Verdict::run_failed, "no more") : lucky_nine(config, run);
  });
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.finals->winner(), nullptr);
  EXPECT_EQ(result.best->cost(), 50);
}

TEST(Finals, AreNotHeldWhereLatenciesDoNotVaryOrNobodyWantsThem) {
  for (const bool vary : {false, true}) {
    FinalsSession session(lucky_nine);
    session.vary = vary;
    if (vary) session.options.finalists = 0;
    const SessionResult result = session.run(nullptr);
    EXPECT_FALSE(result.finals.has_value());
    EXPECT_EQ(result.best->cost(), 50);
    EXPECT_EQ(session.runs.order.size(), 10U);
  }
}

TEST(Finals, AreNotHeldWhereNothingWasValid) {
  FinalsSession session([](uint64_t, int) { return failure(Verdict::run_failed, "no"); });
  EXPECT_FALSE(session.run(nullptr).finals.has_value());
}

TEST(Finals, AreRepeatedOnlyWhenSomethingNewWasTried) {
  const TemporaryDirectory directory;
  Log log = Log::open(directory.file("log.tamis"), LogMode::read_write).value();
  FinalsSession session(lucky_nine);
  session.options.budget.trials = 6;
  session.options.resume = true;
  const SessionResult first = session.run(&log);
  EXPECT_EQ(session.runs.order.size(), 6U + 15U);
  EXPECT_EQ(log.finals(1).value(), first.finals);

  const SessionResult same = session.run(&log);
  EXPECT_EQ(session.runs.order.size(), 6U + 15U);
  EXPECT_EQ(same.finals, first.finals);
  EXPECT_EQ(same.best, first.best);
  EXPECT_EQ(same.counts.finals, 15U);

  session.options.budget.trials.reset();
  const SessionResult longer = session.run(&log);
  EXPECT_EQ(session.runs.order.size(), 10U + 30U);
  EXPECT_EQ(longer.finals->after_trials, 10U);
  EXPECT_EQ(longer.counts.finals, 15U);
  EXPECT_EQ(log.finals(1).value(), longer.finals);

  // The winner need not be among the finalists that this run would have had.
  session.options.finalists = 0;
  EXPECT_EQ(session.run(&log).best, longer.best);
}

/// Also where a log says otherwise: trials that were written into it by hand.
TEST(Finals, AreOnlyOfConfigsThatTheSpaceAllows) {
  const TemporaryDirectory directory;
  Log log = Log::open(directory.file("log.tamis"), LogMode::read_write).value();
  FinalsSession session(lucky_nine);
  session.constraints = {"a <= 6"};
  session.options.budget.trials = 4;
  session.options.finalists = 0;
  session.options.resume = true;
  session.run(&log);
  Trial excluded;
  excluded.number = 4;
  excluded.config.choices = {9};
  excluded.costs = {1};
  ASSERT_TRUE(log.append(1, std::span(&excluded, 1)).ok());
  session.options.finalists = 10;
  session.options.most_replayed = 0;
  session.options.budget.trials.reset();
  const SessionResult result = session.run(&log);
  EXPECT_EQ(result.resumed, 5U);
  EXPECT_EQ(result.counts.trials, 8U);
  EXPECT_EQ(std::count(session.runs.order.begin(), session.runs.order.end(), 9), 0);
  for (const Finalist& finalist : result.finals->finalists) EXPECT_NE(finalist.number, 4U);
  EXPECT_EQ(result.best->config.choices, std::vector<uint32_t>{4});
}

TEST(Finals, AreLeftToTheNextRunWhenTheUserStops) {
  const TemporaryDirectory directory;
  Log log = Log::open(directory.file("log.tamis"), LogMode::read_write).value();
  std::stop_source* stop = nullptr;
  FinalsSession session([&stop](uint64_t config, int run) {
    if (run == 2) stop->request_stop();
    return lucky_nine(config, run);
  });
  stop = &session.stop;
  const SessionResult stopped = session.run(&log);
  EXPECT_FALSE(stopped.finals.has_value());
  EXPECT_EQ(stopped.best->cost(), 50);
  EXPECT_EQ(log.finals(1).value(), std::nullopt);
}

TEST(Finals, AreHeldAfterABudgetOfTimeToo) {
  FinalsSession session(lucky_nine);
  session.options.budget.time = std::chrono::hours(1);
  EXPECT_TRUE(session.run(nullptr).finals.has_value());
}

}  // namespace
}  // namespace tamis
