#include "session/positive_costs.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

std::vector<double> converted(const Objective& objective, const std::vector<double>& values) {
  PositiveCosts costs(objective);
  std::vector<Trial> trials;
  for (const double value : values) trials.emplace_back().costs = {objective.cost_of(value)};
  std::vector<double> seen;
  for (const Trial& trial : costs.convert(std::move(trials))) seen.push_back(trial.cost());
  return seen;
}

TEST(PositiveCosts, LeavesLatenciesAsTheyAre) {
  EXPECT_TRUE(PositiveCosts(Objective{}).keeps());
  EXPECT_THAT(converted({}, {5, 2.5}), testing::ElementsAre(5, 2.5));
}

TEST(PositiveCosts, AreAboveZeroInTheOrderOfCosts) {
  const Objective score{"score", "", Direction::maximise};
  const std::vector<double> seen = converted(score, {1e6, 7, 1, 1e-3, 0, -1e-3, -7, -1e6});
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
  EXPECT_GT(seen.front(), 0);
}

TEST(PositiveCosts, KeepRatiosOfOneSign) {
  const Objective rate{"rate", "GFLOP/s", Direction::maximise};
  const std::vector<double> rates = converted(rate, {100, 200, 50});
  EXPECT_NEAR(rates[0] / rates[1], 2, 1e-6);
  EXPECT_NEAR(rates[2] / rates[0], 2, 1e-6);
  const Objective energy{"energy", "J", Direction::minimise};
  const std::vector<double> energies = converted(energy, {2e-9, 1e-9});
  EXPECT_NEAR(energies[0] / energies[1], 2, 1e-6);
}

TEST(PositiveCosts, DoNotDependOnHowTrialsCameTogether) {
  const Objective score{"score", "", Direction::maximise};
  PositiveCosts one(score);
  std::vector<double> seen;
  for (const double value : {3.0, -2.0, 9.0}) {
    Trial trial;
    trial.costs = {score.cost_of(value)};
    seen.push_back(one.convert({trial}).front().cost());
  }
  EXPECT_EQ(seen, converted(score, {3, -2, 9}));
}

}  // namespace
}  // namespace tamis
