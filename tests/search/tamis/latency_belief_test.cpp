#include "search/tamis/latency_belief.h"

#include "search/tamis/tamis_fixture.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::Each;

class LatencyBeliefTest : public ::testing::Test {
 protected:
  /// Valid everywhere, fast where h and w are neither small nor large.
  static std::optional<double> bowl(const Space&, const Config& config) {
    const auto away = [&](size_t knob, double best) { return std::abs(config.choices[knob] - best); };
    return 1000 * (1 + 0.3 * away(0, 4) + 0.2 * away(1, 3) + 0.05 * away(2, 6));
  }
  double truth(size_t position) const { return throughput_of(space_, candidates_.key(position), bowl); }
  std::vector<float> all_truth() const {
    std::vector<float> values;
    for (size_t i = 0; i < candidates_.size(); ++i)
      values.push_back(static_cast<float>(truth(i) / best_throughput(space_, bowl)));
    return values;
  }
  /// The first `count` configs of a random order.
  std::vector<size_t> first_positions(size_t count) const {
    std::vector<size_t> positions = shuffled_positions(candidates_, 1);
    positions.resize(count);
    return positions;
  }
  void learn_some(LatencyBelief& belief, size_t count) const {
    for (const size_t position : first_positions(count)) belief.learn({position, truth(position)});
    if (belief.stale()) belief.renew();
  }
  /// How well what is expected after some trials agrees with the truth.
  double agreement(std::vector<float> guess, size_t count, const LatencyBeliefOptions& options = {}) const {
    LatencyBelief belief(candidates_, std::move(guess), 1, options);
    learn_some(belief, count);
    return correlation(belief.expect().value().mean, all_truth());
  }

  Space space_ = tile_space();
  CandidateSet candidates_{space_, all_indexes(space_)};
};

TEST_F(LatencyBeliefTest, ExpectsNothingAtFirst) {
  LatencyBelief belief(candidates_, {}, 1);
  EXPECT_FALSE(belief.expect().has_value());
  EXPECT_EQ(belief.size(), 0U);
  EXPECT_FALSE(belief.stale());
}

TEST_F(LatencyBeliefTest, BelievesALuckyValueLessWhereItKnowsOfNoise) {
  const size_t lucky = first_positions(40)[7];
  const auto expected = [&](double noise) {
    LatencyBelief belief(candidates_, {}, 1);
    belief.set_noise(noise);
    for (const size_t position : first_positions(40))
      belief.learn({position, position == lucky ? 3 * best_throughput(space_, bowl) : truth(position)});
    belief.renew();
    double least = 1;
    for (int turn = 0; turn < 2; ++turn)
      least = std::min(least, static_cast<double>(belief.expect().value().mean[lucky]));
    return least;
  };
  EXPECT_LT(expected(0.5), expected(0) - 0.02);
}

TEST_F(LatencyBeliefTest, ExpectsWhatItLearnt) {
  LatencyBelief belief(candidates_, {}, 1);
  learn_some(belief, 40);
  const std::vector<size_t> learnt = first_positions(40);
  double best = 0;
  for (const size_t position : learnt) best = std::max(best, truth(position));
  for (int turn = 0; turn < 2; ++turn) {
    const Expectation expectation = belief.expect().value();
    for (const size_t position : learnt) {
      EXPECT_NEAR(expectation.mean[position], truth(position) / best, 0.1);
      EXPECT_LT(expectation.deviation[position], 0.1F);
    }
  }
}

TEST_F(LatencyBeliefTest, ForeseesOthers) {
  EXPECT_GT(agreement({}, 40), 0.7);
  EXPECT_GT(agreement({}, 40, {.scales = LatencyScales::usual}), 0.7);
  EXPECT_GT(agreement({}, 40, {.scales = LatencyScales::searched}), 0.8);
  EXPECT_GT(agreement({}, 40, {.sameness = false, .alignment = false}), 0.6);
}

TEST_F(LatencyBeliefTest, LetsTwoProcessesTakeTurns) {
  LatencyBelief belief(candidates_, {}, 1);
  learn_some(belief, 20);
  const std::vector<float> first = belief.expect().value().mean;
  const std::vector<float> second = belief.expect().value().mean;
  EXPECT_NE(first, second);
  EXPECT_EQ(belief.expect().value().mean, first);
  EXPECT_EQ(belief.expect().value().mean, second);
}

TEST_F(LatencyBeliefTest, JudgesThoseInViewAsItWouldAmongAll) {
  LatencyBelief belief(candidates_, {}, 1);
  learn_some(belief, 40);
  const Expectation all = belief.expect().value();
  belief.expect();  // the other one's turn
  const std::array<Expectation, 2> rough = belief.look_over();
  EXPECT_GT(correlation(rough[1].mean, all_truth()), 0.5);
  belief.focus({7, 3, 40});
  EXPECT_FALSE(belief.sees_all());
  const Expectation some = belief.expect().value();
  ASSERT_EQ(some.mean.size(), 3U);
  for (size_t i = 0; i < some.mean.size(); ++i) {
    EXPECT_NEAR(some.mean[i], all.mean[some.position(i)], 1e-3);
    EXPECT_NEAR(some.deviation[i], all.deviation[some.position(i)], 1e-3);
  }
  // What is not in view can be assumed and learnt all the same.
  belief.assume(100);
  belief.learn({100, truth(100)});
  belief.see_all();
  EXPECT_EQ(belief.expect().value().mean.size(), candidates_.size());
}

TEST_F(LatencyBeliefTest, ChoosesAmongFewOnlyWhereThereAreMany) {
  LatencyBelief belief(candidates_, {}, 1);
  ASSERT_LE(candidates_.size(), LatencyBelief::kAllInView);
  learn_some(belief, 2 * LatencyBelief::kLeastToFocus);
  EXPECT_FALSE(belief.should_focus());
}

TEST_F(LatencyBeliefTest, KeepsToOneProcessWhereAsked) {
  LatencyBelief belief(candidates_, {}, 1, {.scales = LatencyScales::usual});
  learn_some(belief, 20);
  const std::vector<float> first = belief.expect().value().mean;
  EXPECT_EQ(belief.expect().value().mean, first);
}

TEST_F(LatencyBeliefTest, IsSurerWhereItAssumesAndForgetsThat) {
  LatencyBelief belief(candidates_, {}, 1);
  learn_some(belief, 10);
  const Expectation before = belief.expect().value();
  const size_t unsure = static_cast<size_t>(
      std::max_element(before.deviation.begin(), before.deviation.end()) - before.deviation.begin());
  belief.assume(unsure);
  belief.expect();  // the other one's turn
  const Expectation assumed = belief.expect().value();
  EXPECT_LT(assumed.deviation[unsure], before.deviation[unsure] / 2);
  EXPECT_NEAR(assumed.mean[unsure], before.mean[unsure], 0.1);
  belief.forget_assumed();
  belief.expect();
  const Expectation after = belief.expect().value();
  for (size_t i = 0; i < candidates_.size(); ++i) {
    EXPECT_NEAR(after.deviation[i], before.deviation[i], 1e-3);
    EXPECT_NEAR(after.mean[i], before.mean[i], 1e-3);
  }
}

TEST_F(LatencyBeliefTest, AssumesNothingBeforeItKnowsAnything) {
  LatencyBelief belief(candidates_, {}, 1);
  belief.assume(3);
  EXPECT_FALSE(belief.expect().has_value());
}

TEST_F(LatencyBeliefTest, ExpectsTheGuessAtFirst) {
  const std::vector<float> guess = all_truth();
  LatencyBelief belief(candidates_, guess, 1);
  const Expectation expectation = belief.expect().value();
  EXPECT_EQ(expectation.mean, guess);
  EXPECT_THAT(expectation.deviation, Each(::testing::Gt(0)));
}

TEST_F(LatencyBeliefTest, TrustsAGuessThatTrialsBearOut) {
  EXPECT_GT(agreement(all_truth(), 3), 0.95);
  EXPECT_GT(agreement(all_truth(), 40), 0.95);
}

TEST_F(LatencyBeliefTest, LeavesAGuessThatTrialsContradict) {
  std::vector<float> inverted = all_truth();
  for (float& value : inverted) value = 1 - value;
  EXPECT_LT(agreement(inverted, 1), 0);
  EXPECT_GT(agreement(inverted, 40), agreement({}, 40) - 0.1);
}

TEST_F(LatencyBeliefTest, JudgesByItselfOnceItHasNoGuess) {
  std::vector<float> inverted = all_truth();
  for (float& value : inverted) value = 1 - value;
  LatencyBelief belief(candidates_, inverted, 1);
  belief.set_guess({});
  learn_some(belief, 20);
  EXPECT_NEAR(correlation(belief.expect().value().mean, all_truth()), agreement({}, 20), 1e-6);
}

TEST_F(LatencyBeliefTest, KeepsTheFastestOfMoreThanItMayKnow) {
  constexpr size_t kLearnt = LatencyBelief::kMostKnown + 200;
  LatencyBelief belief(candidates_, {}, 1);
  learn_some(belief, kLearnt);
  EXPECT_LE(belief.size(), LatencyBelief::kMostKnown);
  const std::vector<size_t> positions = first_positions(kLearnt);
  const size_t fastest = *std::max_element(positions.begin(), positions.end(),
                                           [&](size_t a, size_t b) { return truth(a) < truth(b); });
  const Expectation expectation = belief.expect().value();
  EXPECT_NEAR(expectation.mean[fastest], 1, 0.05);
  EXPECT_LT(expectation.deviation[fastest], 0.05F);
}

TEST_F(LatencyBeliefTest, DependsOnTheSeedAlone) {
  const auto expect = [&](uint64_t seed) {
    LatencyBelief belief(candidates_, {}, seed);
    learn_some(belief, 30);
    belief.expect();
    return belief.expect().value().mean;
  };
  EXPECT_EQ(expect(1), expect(1));
  EXPECT_NE(expect(1), expect(2));
}

TEST_F(LatencyBeliefTest, BearsOneCandidate) {
  const CandidateSet candidates(space_, {7});
  LatencyBelief belief(candidates, {}, 1);
  for (int i = 0; i < 5; ++i) belief.learn({0, 1e-3});
  belief.renew();
  EXPECT_NEAR(belief.expect().value().mean[0], 1, 0.01);
}

}  // namespace
}  // namespace tamis
