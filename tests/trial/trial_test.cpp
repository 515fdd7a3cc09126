#include "tamis/trial.h"

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace tamis {
namespace {

double median(std::vector<double> samples) {
  Trial trial;
  trial.costs = std::move(samples);
  return trial.cost();
}

TEST(Trial, RanksByTheMedianLatency) {
  EXPECT_EQ(median({5}), 5.0);
  EXPECT_EQ(median({9, 1, 5}), 5.0);
  EXPECT_EQ(median({1, 100}), 50.5);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7, 7, 1, 7, 9, 100}), 7.0);
}

TEST(Trial, WithoutSamplesIsInfinitelySlow) {
  EXPECT_EQ(median({}), std::numeric_limits<double>::infinity());
}

TEST(Trial, KeepsTheOrderOfItsSamples) {
  Trial trial;
  trial.costs = {3, 1, 2};
  EXPECT_EQ(trial.cost(), 2.0);
  EXPECT_EQ(trial.costs, (std::vector<double>{3, 1, 2}));
}

TEST(Latency, IsFromAThousandthOfANanosecondToElevenDays) {
  for (const double latency : {1e-3, 1.0, 1e15}) EXPECT_TRUE(check_latency_ns(latency).ok()) << latency;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double latency : {0.0, -0.0, -1.0, 9.99e-4, 1.01e15, kInfinity, -kInfinity, std::nan("")})
    EXPECT_EQ(check_latency_ns(latency).error().kind, ErrorKind::invalid_input) << latency;
  EXPECT_EQ(check_latency_ns(0).error().message,
            "a latency of 0 ns cannot be; it must be from 0.001 to 1e+15 ns");
}

TEST(Features, AreFoundByName) {
  Features features;
  features.set("cycles", 12);
  features.set("inp_bytes", 0);
  EXPECT_EQ(features.get("cycles"), 12.0);
  EXPECT_TRUE(features.has("inp_bytes"));
  EXPECT_FALSE(features.has("cycle"));
  EXPECT_TRUE(std::isnan(features.get("cycle")));
}

TEST(Features, CompareByNamesValuesAndOrder) {
  Features one, two;
  one.set("a", 1);
  two.set("a", 1);
  EXPECT_EQ(one, two);
  two.set("b", 2);
  EXPECT_NE(one, two);
}

TEST(Verdict, HasAWordOfItsOwnThatIsReadBack) {
  std::set<std::string_view> words;
  for (const Verdict verdict : kVerdicts) {
    const std::string_view word = to_string(verdict);
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_EQ(*parse_verdict(word), verdict) << word;
  }
  EXPECT_EQ(words.size(), 11U);
}

TEST(Verdict, ListsEveryValueInOrder) {
  for (size_t i = 0; i < kVerdicts.size(); ++i) EXPECT_EQ(static_cast<size_t>(kVerdicts[i]), i);
  EXPECT_EQ(kVerdicts.back(), Verdict::device_lost);
}

TEST(Verdict, RefusesOtherWords) {
  for (const char* word : {"", "Valid", "valid ", "ok", "invalid"}) {
    EXPECT_EQ(parse_verdict(word).error().kind, ErrorKind::corrupt) << word;
  }
}

Trial trial(uint64_t number, double latency_ns) {
  Trial trial;
  trial.number = number;
  if (latency_ns > 0) {
    trial.costs = {latency_ns};
  } else {
    trial.verdict = Verdict::crashed;
  }
  return trial;
}

Finals finals(std::vector<Finalist> finalists) {
  Finals finals;
  finals.after_trials = 3;
  finals.finalists = std::move(finalists);
  finals.rank();
  return finals;
}

TEST(Finals, RankByTheMedianOfTheRunsAndThenByNumber) {
  const Finals ranked = finals({{4, Verdict::crashed, "died", 2, {}},
                                {3, Verdict::valid, "", 3, {1, 9, 8}},
                                {2, Verdict::valid, "", 3, {7, 5, 9}},
                                {1, Verdict::valid, "", 3, {7, 7, 7}}});
  std::vector<uint64_t> order;
  for (const Finalist& one : ranked.finalists) order.push_back(one.number);
  EXPECT_EQ(order, (std::vector<uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(ranked.winner()->number, 1U);
}

TEST(Finals, HaveNoWinnerWhereAllFailed) {
  EXPECT_EQ(finals({{4, Verdict::crashed, "died", 1, {}}}).winner(), nullptr);
  EXPECT_EQ(Finals().winner(), nullptr);
}

TEST(Finals, AreOutOfDateOnceMoreWasTried) {
  EXPECT_TRUE(discard_if_stale(finals({}), 3).has_value());
  EXPECT_FALSE(discard_if_stale(finals({}), 4).has_value());
  EXPECT_FALSE(discard_if_stale(std::nullopt, 0).has_value());
}

TEST(BestTrial, IsTheFastestWithoutFinals) {
  const std::vector<Trial> trials = {trial(0, -1), trial(1, 9), trial(2, 4), trial(3, 4)};
  EXPECT_EQ(best_trial(trials, std::nullopt)->number, 2U);
  EXPECT_FALSE(best_trial(std::vector<Trial>{trial(0, -1)}, std::nullopt).has_value());
}

TEST(BestTrial, IsTheWinnerWithTheLatenciesOfTheFinals) {
  const std::vector<Trial> trials = {trial(0, 5), trial(1, 9), trial(2, 4)};
  const Finals held = finals({{2, Verdict::valid, "", 2, {8, 8}}, {0, Verdict::valid, "", 2, {6, 7}}});
  const Trial best = best_trial(trials, held).value();
  EXPECT_EQ(best.number, 0U);
  EXPECT_EQ(best.cost(), 6.5);
}

TEST(BestTrial, IsTheFastestWhereAllFinalistsFailed) {
  const std::vector<Trial> trials = {trial(0, 5), trial(1, 4)};
  EXPECT_EQ(best_trial(trials, finals({{1, Verdict::crashed, "died", 1, {}}}))->number, 1U);
}

}  // namespace
}  // namespace tamis
