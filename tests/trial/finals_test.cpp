#include "tamis/trial.h"

#include <limits>

#include <gtest/gtest.h>

namespace tamis {
namespace {

Trial trial(uint64_t number, double latency_ns) {
  Trial trial;
  trial.number = number;
  if (latency_ns > 0) {
    trial.latencies_ns = {latency_ns};
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
  EXPECT_EQ(best.latency_ns(), 6.5);
}

TEST(BestTrial, IsTheFastestWhereAllFinalistsFailed) {
  const std::vector<Trial> trials = {trial(0, 5), trial(1, 4)};
  EXPECT_EQ(best_trial(trials, finals({{1, Verdict::crashed, "died", 1, {}}}))->number, 1U);
}

}  // namespace
}  // namespace tamis
