// What a log is asked without reading all of it.
#include "log/log_fixture.h"
#include "trial/inferred.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Queries : public LogTest {
 protected:
  /// A session of so many trials: every fourth is invalid, and the latency falls until it rises again.
  int64_t add(Log& log, uint64_t count) {
    const int64_t id = log.add_session(session()).value();
    std::vector<Trial> trials;
    for (uint64_t number = 0; number < count; ++number) trials.push_back(make(number));
    EXPECT_TRUE(log.append(id, trials).ok());
    return id;
  }
  static Trial make(uint64_t number) {
    Trial one = trial(number);
    const double away = static_cast<double>(number) - 10;
    one.costs = {100 + away * away, 1e6, 1};  // the median ranks
    if (number % 4 == 3) {
      one.verdict = number % 8 == 3 ? Verdict::crashed : Verdict::build_failed;
      one.measured = one.verdict == Verdict::crashed;
      one.costs.clear();
      one.message = "it failed";
      if (number % 16 == 7) one.features = {};
    }
    if (number % 10 == 2) one.features.set(std::string(kFailedRuns), 1);
    return one;
  }
  static std::vector<uint64_t> numbers(const std::vector<Trial>& trials) {
    std::vector<uint64_t> numbers;
    for (const Trial& one : trials) numbers.push_back(one.number);
    return numbers;
  }
};

TEST_F(Queries, VisitTrialsInTheirOrderSomeAtATime) {
  Log log = open();
  add(log, 7);
  const int64_t id = add(log, 10'000);
  std::vector<Trial> all;
  size_t visits = 0;
  const Status visited = log.visit_trials(id, [&](std::vector<Trial>& trials) {
    ++visits;
    all.insert(all.end(), trials.begin(), trials.end());
    return Status();
  });
  ASSERT_TRUE(visited.ok()) << visited.error().message;
  EXPECT_GT(visits, 1U);
  ASSERT_EQ(all.size(), 10'000U);
  for (uint64_t number = 0; number < all.size(); ++number) ASSERT_EQ(all[number], make(number));
  EXPECT_EQ(log.trials(id).value(), all);
}

TEST_F(Queries, VisitTheTrialsFromANumberOn) {
  Log log = open();
  add(log, 7);
  const int64_t id = add(log, 50);
  ASSERT_TRUE(log.append(id, std::vector<Trial>{make(60)}).ok());  // others end later
  const auto from = [&](uint64_t number) {
    std::vector<Trial> some;
    EXPECT_TRUE(log.visit_trials(id, number,
                                 [&](std::vector<Trial>& trials) {
                                   some.insert(some.end(), trials.begin(), trials.end());
                                   return Status();
                                 })
                    .ok());
    return numbers(some);
  };
  EXPECT_THAT(from(47), ElementsAre(47, 48, 49, 60));
  EXPECT_THAT(from(50), ElementsAre(60));
  EXPECT_THAT(from(0), testing::SizeIs(51));
  EXPECT_THAT(from(61), ElementsAre());
  EXPECT_THAT(from(std::numeric_limits<uint64_t>::max()), ElementsAre());
}

TEST_F(Queries, TellHowFarEachSessionHasCome) {
  Log log = open();
  EXPECT_THAT(log.ends().value(), ElementsAre());
  const int64_t first = add(log, 7);
  const int64_t empty = add(log, 0);
  const int64_t last = add(log, 0);
  ASSERT_TRUE(log.append(last, std::vector<Trial>{make(60)}).ok());
  EXPECT_THAT(log.ends().value(),
              ElementsAre(SessionEnd{first, 7}, SessionEnd{empty, 0}, SessionEnd{last, 61}));
  const std::vector<SessionRecord> newer = log.sessions(first).value();
  ASSERT_EQ(newer.size(), 2U);
  EXPECT_EQ(newer.front().id, empty);
  EXPECT_TRUE(log.sessions(last).value().empty());
  EXPECT_EQ(log.sessions().value().size(), 3U);
}

TEST_F(Queries, AVisitorMayTakeTheTrialsAndEndTheVisit) {
  Log log = open();
  const int64_t id = add(log, 10'000);
  std::vector<Trial> taken;
  const Status ended = log.visit_trials(id, [&](std::vector<Trial>& trials) -> Status {
    for (Trial& one : trials) taken.push_back(std::move(one));
    if (taken.size() > 5000) return io_error("enough");
    return {};
  });
  EXPECT_EQ(ended.error().message, "enough");
  EXPECT_LT(taken.size(), 10'000U);
  for (uint64_t number = 0; number < taken.size(); ++number) ASSERT_EQ(taken[number], make(number));
}

TEST_F(Queries, GiveTheFastest) {
  Log log = open();
  add(log, 30);
  const int64_t id = add(log, 30);
  // 7, 11, 15 ... are invalid; of two that are as fast the first tried comes first.
  EXPECT_THAT(numbers(log.fastest(id, 5).value()), ElementsAre(10, 9, 8, 12, 13));
  EXPECT_EQ(log.fastest(id, 1).value(), std::vector{make(10)});
  EXPECT_TRUE(log.fastest(id, 0).value().empty());
  EXPECT_EQ(log.fastest(id, 1000).value().size(), 23U);
}

TEST_F(Queries, CountTrials) {
  Log log = open();
  add(log, 3);
  const int64_t id = add(log, 100);
  uint64_t trials = 0;
  uint64_t measured = 0;
  uint64_t flaky = 0;
  uint64_t crashed = 0;
  const std::vector<TrialCount> counts = log.counts(id).value();
  for (const TrialCount& some : counts) {
    trials += some.trials;
    measured += some.measured ? some.trials : 0;
    flaky += some.flaky ? some.trials : 0;
    crashed += some.verdict == Verdict::crashed ? some.trials : 0;
  }
  EXPECT_EQ(trials, 100U);
  EXPECT_EQ(measured, 88U);
  EXPECT_EQ(flaky, 10U);
  EXPECT_EQ(crashed, 13U);
}

TEST_F(Queries, GiveOneTrialAndTheEnd) {
  Log log = open();
  const int64_t empty = log.add_session(session()).value();
  const int64_t id = add(log, 20);
  EXPECT_EQ(log.trial(id, 17).value(), make(17));
  EXPECT_EQ(log.trial(id, 20).value(), std::nullopt);
  EXPECT_EQ(log.end(id).value(), 20U);
  EXPECT_EQ(log.end(empty).value(), 0U);
  EXPECT_TRUE(log.counts(empty).value().empty());
  EXPECT_TRUE(log.fastest(empty, 3).value().empty());
}

TEST_F(Queries, TellOfADamagedLog) {
  {
    Log log = open();
    add(log, 4);
  }
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
  sqlite3_exec(handle, "UPDATE trials SET latencies_ns = '[1,' WHERE number = 1", nullptr, nullptr, nullptr);
  sqlite3_exec(handle, "UPDATE trials SET verdict = 'splendid' WHERE number = 3", nullptr, nullptr, nullptr);
  sqlite3_close(handle);
  const Log log = Log::open(path_, LogMode::read).value();
  EXPECT_THAT(log.fastest(1, 3).error().message, HasSubstr("costs that are not a list of numbers"));
  EXPECT_THAT(log.counts(1).error().message, HasSubstr("an unknown verdict"));
  EXPECT_THAT(log.trial(1, 3).error().message, HasSubstr("trial 3 of session 1 has an unknown verdict"));
  EXPECT_EQ(log.visit_trials(1, [](std::vector<Trial>&) { return Status(); }).error().kind,
            ErrorKind::corrupt);
}

TEST_F(Queries, WaitForTheDiskOnDemand) {
  Log log = open();
  add(log, 3);
  EXPECT_TRUE(log.sync().ok());
  EXPECT_TRUE(Log::open(path_, LogMode::read).value().trials(1).ok());
}

/// Version 0.1.0 logged latencies of 0.
TEST_F(Queries, TakeATrialForFailedWhoseLatencyCannotBe) {
  Log log = open();
  std::vector<Trial> trials = {make(9), make(8), make(10)};
  for (size_t i = 0; i < trials.size(); ++i) trials[i].number = i;
  trials[1].costs = {0};
  const int64_t id = log.add_session(session()).value();
  ASSERT_TRUE(log.append(id, trials).ok());
  const std::vector<Trial> read = log.trials(id).value();
  EXPECT_EQ(read[0], trials[0]);
  EXPECT_EQ(read[1].verdict, Verdict::run_failed);
  EXPECT_EQ(read[1].message, check_latency_ns(0).error().message);
  EXPECT_TRUE(read[1].costs.empty());
  EXPECT_THAT(numbers(log.fastest(id, 3).value()), ElementsAre(2, 0));
  uint64_t valid = 0;
  for (const TrialCount& some : log.counts(id).value())
    if (some.verdict == Verdict::valid) valid += some.trials;
  EXPECT_EQ(valid, 2U);
  EXPECT_EQ(log.impossible(id).value(), 1U);

  Finals finals;
  finals.after_trials = 3;
  finals.finalists = {{1, Verdict::valid, "", 1, {0}}, {2, Verdict::valid, "", 1, {100}}};
  ASSERT_TRUE(log.append(id, finals).ok());
  const Finals again = log.finals(id).value().value();
  EXPECT_EQ(again.winner()->number, 2U);
  EXPECT_EQ(again.finalists[1].verdict, Verdict::run_failed);
  EXPECT_EQ(again.finalists[1].message, check_latency_ns(0).error().message);
}

}  // namespace
}  // namespace tamis
