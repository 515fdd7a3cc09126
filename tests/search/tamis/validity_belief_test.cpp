#include "search/tamis/validity_belief.h"

#include "search/tamis/tamis_fixture.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::Each;

class ValidityBeliefTest : public ::testing::Test {
 protected:
  bool valid(size_t position) const {
    return throughput_of(space_, candidates_.key(position), small_memory) > 0;
  }
  /// Learns what became of the first `count` configs of a random order.
  void learn_some(ValidityBelief& belief, size_t count, uint64_t seed = 1) const {
    const std::vector<size_t> positions = shuffled_positions(candidates_, seed);
    for (size_t i = 0; i < count; ++i) belief.learn(positions[i], valid(positions[i]));
  }
  /// The probabilities of all candidates after all that was learnt.
  std::vector<float> probabilities(ValidityBelief& belief) const {
    belief.renew();
    std::vector<float> all;
    for (size_t i = 0; i < candidates_.size(); ++i) all.push_back(belief.at(i));
    return all;
  }
  /// A guess that gives one probability to valid configs and another to the rest.
  std::vector<float> guess(float to_valid, float to_invalid) const {
    std::vector<float> probabilities;
    for (size_t i = 0; i < candidates_.size(); ++i) probabilities.push_back(valid(i) ? to_valid : to_invalid);
    return probabilities;
  }
  /// The mean probability that is given to all valid configs, or to all others.
  double mean_of(std::span<const float> probabilities, bool of_valid) const {
    double sum = 0, count = 0;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      if (valid(i) != of_valid) continue;
      sum += probabilities[i];
      count += 1;
    }
    return sum / count;
  }
  /// Trials of the likeliest config still open until the guess is given up, at most `limit`.
  size_t trials_until_given_up(ValidityBelief& belief, size_t limit) {
    size_t trials = 0;
    for (; trials < limit && belief.has_guess(); ++trials) {
      const std::vector<float> valid_by_belief = probabilities(belief);
      size_t likeliest = candidates_.size();
      for (size_t i = 0; i < candidates_.size(); ++i)
        if (candidates_.open(i) &&
            (likeliest == candidates_.size() || valid_by_belief[i] > valid_by_belief[likeliest]))
          likeliest = i;
      candidates_.close(likeliest);
      belief.learn(likeliest, valid(likeliest));
    }
    return trials;
  }

  Space space_ = tile_space();
  CandidateSet candidates_{space_, all_indexes(space_)};
};

TEST_F(ValidityBeliefTest, TrustsEveryConfigUntilOneIsInvalid) {
  ValidityBelief belief(candidates_, {}, 1);
  EXPECT_THAT(probabilities(belief), Each(1));
  belief.learn(0, true);
  belief.learn(9, true);
  EXPECT_THAT(probabilities(belief), Each(1));
  belief.learn(2047, false);
  EXPECT_LT(probabilities(belief)[2046], 0.9F);
}

TEST_F(ValidityBeliefTest, GivesProbabilities) {
  for (const bool guessed : {false, true})
    for (const size_t count : {1, 3, 30, 300}) {
      ValidityBelief belief(candidates_, guessed ? guess(0.9F, 0.1F) : std::vector<float>{}, 1);
      learn_some(belief, count);
      for (const float probability : probabilities(belief)) {
        ASSERT_GT(probability, 0);
        ASSERT_LE(probability, 1);
      }
    }
}

TEST_F(ValidityBeliefTest, LearnsWhatIsValidFromFewTrials) {
  ValidityBelief belief(candidates_, {}, 1);
  learn_some(belief, 100);
  const std::vector<float> believed = probabilities(belief);
  EXPECT_GT(mean_of(believed, true), mean_of(believed, false) + 0.4);
}

TEST_F(ValidityBeliefTest, LearnsByEachViewAlone) {
  const std::vector<ValidityBeliefOptions> views = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  for (size_t i = 0; i < views.size(); ++i) {
    ValidityBelief belief(candidates_, {}, 1, views[i]);
    learn_some(belief, 100);
    const std::vector<float> believed = probabilities(belief);
    EXPECT_GT(mean_of(believed, true), mean_of(believed, false) + 0.25) << i;
  }
}

TEST_F(ValidityBeliefTest, TellsTheSameOfLateAsOfEarlyQuestions) {
  ValidityBelief once(candidates_, {}, 1);
  learn_some(once, 40);
  const double late = mean_of(probabilities(once), true);
  ValidityBelief often(candidates_, {}, 1);
  const std::vector<size_t> positions = shuffled_positions(candidates_, 1);
  for (size_t i = 0; i < 40; ++i) {
    often.learn(positions[i], valid(positions[i]));
    often.renew();
  }
  EXPECT_NEAR(mean_of(probabilities(often), true), late, 0.1);  // trees are drawn at random
}

/// The same with three views and with limits on products as a fourth.
class ValidityBeliefBoundsTest : public ValidityBeliefTest, public ::testing::WithParamInterface<bool> {
 protected:
  ValidityBeliefBoundsTest() { options_.products = GetParam(); }
  ValidityBeliefOptions options_;
};

TEST_P(ValidityBeliefBoundsTest, IsNowhereSurerThanItSays) {
  for (const bool guessed : {false, true}) {
    ValidityBelief belief(candidates_, guessed ? guess(0.9F, 0.1F) : std::vector<float>{}, 1, options_);
    const std::vector<size_t> positions = shuffled_positions(candidates_, 1);
    for (size_t count = 0; count < 40; ++count) {
      const std::vector<float> believed = probabilities(belief);
      ASSERT_EQ(belief.most().size(), candidates_.size());
      std::vector<size_t> all(candidates_.size());
      std::iota(all.begin(), all.end(), size_t{0});
      const std::vector<float> by_all = belief.most_by_all(all);
      for (size_t i = 0; i < believed.size(); ++i) {
        ASSERT_LE(believed[i], belief.most()[i]) << count;
        ASSERT_LE(believed[i], by_all[i]) << count;
        ASSERT_GT(believed[i] + 1e-4F, by_all[i]) << count;
      }
      belief.learn(positions[count], valid(positions[count]));
    }
  }
}

TEST_P(ValidityBeliefBoundsTest, IsNowhereSurerThanItSaysBeforeItIsAsked) {
  ValidityBelief asked(candidates_, {}, 1, options_);
  ValidityBelief unasked(candidates_, {}, 1, options_);
  const std::vector<size_t> positions = shuffled_positions(candidates_, 1);
  for (size_t count = 0; count < 60; ++count) {
    const std::vector<float> believed = probabilities(asked);
    unasked.renew();
    for (size_t i = 0; i < believed.size(); ++i) ASSERT_LE(believed[i], unasked.most()[i]) << count;
    const std::vector<size_t> some = {1, 70, positions[count]};
    unasked.ask_products(some);
    const std::vector<float> most = unasked.most(some);
    for (size_t i = 0; i < some.size(); ++i) ASSERT_LE(believed[some[i]], most[i]) << count;
    asked.learn(positions[count], valid(positions[count]));
    unasked.learn(positions[count], valid(positions[count]));
  }
}

TEST_P(ValidityBeliefBoundsTest, JudgesThoseInViewAsItWouldAmongAll) {
  ValidityBelief belief(candidates_, guess(0.7F, 0.4F), 1, options_);
  learn_some(belief, 40);
  const std::vector<float> all = probabilities(belief);
  EXPECT_EQ(belief.look_over(), all);
  const std::vector<float> most(belief.most().begin(), belief.most().end());
  const std::vector<size_t> in_view = {3, 40, 1000};
  belief.focus(in_view);
  ASSERT_EQ(belief.most().size(), in_view.size());
  for (size_t i = 0; i < in_view.size(); ++i) EXPECT_NEAR(belief.most()[i], most[in_view[i]], 1e-3);
  for (size_t i = 0; i < candidates_.size(); ++i) ASSERT_NEAR(belief.at(i), all[i], 1e-3) << i;
  const std::vector<float> rough = belief.look_over();
  EXPECT_GT(mean_of(rough, true), mean_of(rough, false) + 0.3);
  // What is not in view can be learnt all the same.
  belief.learn(7, valid(7));
  belief.renew();
  EXPECT_EQ(belief.at(7) > 0.5F, valid(7));
  belief.see_all();
  EXPECT_EQ(belief.most().size(), candidates_.size());
}

INSTANTIATE_TEST_SUITE_P(Views, ValidityBeliefBoundsTest, ::testing::Bool(), [](const auto& test) {
  return test.param ? "WithLimitsOnProducts" : "AsByDefault";
});

TEST_F(ValidityBeliefTest, DependsOnTheSeedAlone) {
  const auto probabilities_of = [&](uint64_t seed) {
    ValidityBelief belief(candidates_, {}, seed);
    learn_some(belief, 30);
    return probabilities(belief);
  };
  EXPECT_EQ(probabilities_of(1), probabilities_of(1));
  EXPECT_NE(probabilities_of(1), probabilities_of(2));
}

TEST_F(ValidityBeliefTest, BeginsWithTheGuess) {
  ValidityBelief belief(candidates_, guess(0.8F, 0.1F), 1);
  EXPECT_TRUE(belief.has_guess());
  const std::vector<float> believed = probabilities(belief);
  for (size_t i = 0; i < candidates_.size(); ++i) EXPECT_EQ(believed[i], valid(i) ? 0.8F : 0.1F);
}

TEST_F(ValidityBeliefTest, KeepsAGuessThatIsRight) {
  ValidityBelief belief(candidates_, guess(0.9F, 0.1F), 1);
  learn_some(belief, 60);
  EXPECT_TRUE(belief.has_guess());
  const std::vector<float> believed = probabilities(belief);
  EXPECT_GT(mean_of(believed, true), 0.8);
  EXPECT_LT(mean_of(believed, false), 0.15);
}

TEST_F(ValidityBeliefTest, GivesUpAGuessThatMisleadsAfterFewTrials) {
  ValidityBelief belief(candidates_, guess(0.1F, 0.9F), 1);
  EXPECT_LE(trials_until_given_up(belief, 100), 4U);
  learn_some(belief, 100);
  const std::vector<float> believed = probabilities(belief);
  EXPECT_GT(mean_of(believed, true), mean_of(believed, false) + 0.3);
}

TEST_F(ValidityBeliefTest, TrustsAGuessThatIsTooHopefulForTellingConfigsApart) {
  ValidityBelief belief(candidates_, guess(0.98F, 0.45F), 1);
  learn_some(belief, 100);
  const std::vector<float> believed = probabilities(belief);
  EXPECT_TRUE(belief.has_guess());
  EXPECT_LT(mean_of(believed, false), 0.25);
  EXPECT_GT(mean_of(believed, true), 0.6);
}

TEST_F(ValidityBeliefTest, GoesOnPastWhatItsProcessMayKnow) {
  ValidityBelief belief(candidates_, {}, 1);
  learn_some(belief, 1000);
  const std::vector<float> believed = probabilities(belief);
  EXPECT_GT(mean_of(believed, true), mean_of(believed, false) + 0.6);
}

}  // namespace
}  // namespace tamis
