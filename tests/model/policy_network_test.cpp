#include "model/policy_network.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// One state, many times.
FeatureMatrix states(size_t count) { return {1, std::vector<float>(count, 0.5F)}; }

double share_of(const std::vector<uint8_t>& moves, uint8_t move) {
  return static_cast<double>(std::count(moves.begin(), moves.end(), move)) /
         static_cast<double>(moves.size());
}

TEST(PolicyNetwork, MovesAtRandomAtFirst) {
  const PolicyNetwork policy(1, 2);
  Random random(1);
  const Decisions decisions = policy.decide(states(1000), random);
  ASSERT_EQ(decisions.moves.size(), 2000U);
  ASSERT_EQ(decisions.log_probabilities.size(), 1000U);
  for (const uint8_t move : {0, 1, 2}) EXPECT_NEAR(share_of(decisions.moves, move), 1.0 / 3, 0.07);
}

TEST(PolicyNetwork, LearnsTheMovesThatPay) {
  PolicyOptions options;
  options.step_size = 1e-2;
  PolicyNetwork policy(1, 1, options);
  Random random(2);
  for (int round = 0; round < 20; ++round) {
    Experience experience;
    experience.states = states(256);
    experience.decisions = policy.decide(experience.states, random);
    for (const uint8_t move : experience.decisions.moves) {
      experience.advantages.push_back(move == 2 ? 1.0F : -0.5F);
      experience.returns.push_back(3.0F);
    }
    policy.learn(experience, random);
  }
  const Decisions decisions = policy.decide(states(1000), random);
  EXPECT_GT(share_of(decisions.moves, 2), 0.7);
  EXPECT_NEAR(decisions.values[0], 3, 0.5);
}

TEST(PolicyNetwork, RepeatsForTheSameSeed) {
  const auto decide = [](uint64_t seed) {
    PolicyOptions options;
    options.seed = seed;
    Random random(3);
    return PolicyNetwork(1, 3, options).decide(states(4), random).values;
  };
  EXPECT_EQ(decide(1), decide(1));
  EXPECT_NE(decide(1), decide(2));
}

}  // namespace
}  // namespace tamis
