#include "tamis/evidence.h"

#include "base/median.h"
#include "tamis/random.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

Finals finals_of(const std::vector<std::vector<double>>& costs) {
  Finals finals;
  for (size_t i = 0; i < costs.size(); ++i) {
    Finalist& finalist = finals.finalists.emplace_back();
    finalist.number = i;
    finalist.runs = costs[i].size();
    finalist.costs = costs[i];
    if (costs[i].empty()) finalist.verdict = Verdict::crashed;
  }
  return finals;
}

TEST(Evidence, IsAboutAWinnerThatRanTwice) {
  EXPECT_FALSE(weigh_evidence(Finals()).has_value());
  EXPECT_FALSE(weigh_evidence(finals_of({{}, {}})).has_value());
  EXPECT_FALSE(weigh_evidence(finals_of({{100}, {200}})).has_value());
  EXPECT_TRUE(chances_to_win(finals_of({{100}, {200}})).empty());
}

TEST(Evidence, IsCertainWithoutNoise) {
  const Evidence evidence = weigh_evidence(finals_of({{100, 100}, {100, 100}, {}, {300, 300}})).value();
  EXPECT_EQ(evidence.best, 1);
  EXPECT_EQ(evidence.good, 1);
  EXPECT_THAT(chances_to_win(finals_of({{300, 300}, {}, {100, 100}})), ::testing::Each(0));
}

TEST(Evidence, IsWeakBetweenEqualsAndStrongBetweenUnequals) {
  const std::vector<double> around_100 = {98, 99, 100, 101, 102};
  const std::vector<double> around_101 = {99, 100, 101, 102, 103};
  const std::vector<double> around_150 = {148, 149, 150, 151, 152};
  const Evidence equal = weigh_evidence(finals_of({around_100, around_100})).value();
  EXPECT_NEAR(equal.best, 0.5, 0.01);
  EXPECT_GT(equal.good, 0.7);
  EXPECT_LT(equal.good, 0.95);
  EXPECT_GT(weigh_evidence(finals_of({around_100, around_101})).value().best, 0.7);
  EXPECT_GT(weigh_evidence(finals_of({around_150, around_100})).value().best, 0.9999);
  const std::vector<double> chances = chances_to_win(finals_of({around_150, around_100, around_101}));
  EXPECT_LT(chances[0], 1e-6);
  EXPECT_EQ(chances[1], 0);
  EXPECT_GT(chances[2], 0.01);
  EXPECT_LT(chances[2], 0.3);
}

TEST(Evidence, DoesNotTakeAFewRunsThatLieCloseTogetherForCertainty) {
  const std::vector<double> wide = {95, 97, 100, 103, 105};
  const std::vector<double> usual = {90, 92, 95, 98, 100};
  const std::vector<double> lucky = {94.8, 94.9, 95, 95.1, 95.2};
  EXPECT_NEAR(weigh_evidence(finals_of({wide, lucky, wide})).value().good,
              weigh_evidence(finals_of({wide, usual, wide})).value().good, 0.01);
}

TEST(Evidence, IsTheSameOfCostsThatAreNegative) {
  const Evidence evidence =
      weigh_evidence(finals_of({{-98, -99, -100, -101, -102}, {-48, -49, -50, -51, -52}})).value();
  EXPECT_GT(evidence.best, 0.9999);
}

TEST(Evidence, KeepsWhatItPromises) {
  // Of many finals between configs whose true costs lie up to 4 % apart.
  Random random(11);
  double stated = 0, right = 0;
  constexpr int kFinals = 3000;
  for (int i = 0; i < kFinals; ++i) {
    std::vector<std::vector<double>> costs(5);
    std::vector<double> truth;
    for (auto& runs : costs) {
      truth.push_back(1 + 0.04 * random.uniform());
      for (int run = 0; run < 7; ++run) runs.push_back(truth.back() * std::exp(0.02 * random.normal()));
    }
    const Finals finals = finals_of(costs);
    size_t winner = 0;
    for (size_t j = 0; j < costs.size(); ++j)
      if (median(costs[j]) < median(costs[winner])) winner = j;
    stated += weigh_evidence(finals).value().good / kFinals;
    if (truth[winner] <= 1.01 * *std::min_element(truth.begin(), truth.end())) right += 1.0 / kFinals;
  }
  EXPECT_NEAR(stated, right, 0.1);
  EXPECT_GT(right, 0.7);
}

}  // namespace
}  // namespace tamis
