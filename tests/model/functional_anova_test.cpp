#include "model/functional_anova.h"

#include "tamis/random.h"

#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

/// Three knobs of the numbers from 0 to 7.
Space cube() {
  const std::vector<int64_t> values = {0, 1, 2, 3, 4, 5, 6, 7};
  return Space::create({number_knob("x", values), number_knob("y", values), number_knob("z", values)})
      .value();
}

using Function = std::function<double(double x, double y, double z)>;

/// What is learnt from all configs of the cube.
FunctionalAnova learnt(const Function& function, const AnovaOptions& options = {}) {
  const Space space = cube();
  std::vector<Config> configs;
  std::vector<double> targets;
  for (uint64_t i = 0; i < space.size(); ++i) {
    configs.push_back(space.config(i));
    const auto at = [&](size_t knob) { return scalar(space.value(configs.back(), knob)); };
    targets.push_back(function(at(0), at(1), at(2)));
  }
  return FunctionalAnova::fit(space, configs, targets, options).value();
}

double share_of_pair(const FunctionalAnova& anova, size_t first, size_t second) {
  for (const FunctionalAnova::Pair& pair : anova.pairs())
    if (pair.first == first && pair.second == second) return pair.share.mean;
  return -1;
}

TEST(FunctionalAnova, OfASumGivesEachKnobItsOwnVariance) {
  // The variances are 9, 4 and 0 times that of one knob.
  const FunctionalAnova anova = learnt([](double x, double y, double) { return 3 * x + 2 * y; });
  const auto shares = anova.shares();
  EXPECT_NEAR(shares[0].mean, 9.0 / 13, 0.03);
  EXPECT_NEAR(shares[1].mean, 4.0 / 13, 0.03);
  EXPECT_NEAR(shares[2].mean, 0, 0.01);
  for (const FunctionalAnova::Pair& pair : anova.pairs()) EXPECT_LT(pair.share.mean, 0.02);
  EXPECT_GT(anova.explained().value_or(0), 0.9);
  EXPECT_NEAR(anova.mean(), 5 * 3.5, 0.5);
}

TEST(FunctionalAnova, OfAProductGivesThePairItsPart) {
  // With mean m and variance v of each: the product has variance v * v + 2 * m * m * v.
  const FunctionalAnova anova = learnt([](double x, double y, double) { return x * y; });
  const double m = 3.5;
  const double v = 5.25;
  const double all = v * v + 2 * m * m * v;
  const auto shares = anova.shares();
  EXPECT_NEAR(shares[0].mean, m * m * v / all, 0.05);
  EXPECT_NEAR(shares[1].mean, m * m * v / all, 0.05);
  EXPECT_NEAR(share_of_pair(anova, 0, 1), v * v / all, 0.04);
  EXPECT_EQ(anova.pairs().front().first, 0U);
  EXPECT_EQ(anova.pairs().front().second, 1U);
}

TEST(FunctionalAnova, OfAnExclusiveOrGivesAllToThePair) {
  // More rows for each leaf: neither knob alone tells anything, so that first splits are blind.
  const FunctionalAnova anova =
      learnt([](double x, double, double z) { return (x < 4) == (z < 4) ? 0.0 : 1.0; }, {.min_leaf_rows = 2});
  const auto shares = anova.shares();
  EXPECT_LT(shares[0].mean, 0.1);
  EXPECT_LT(shares[1].mean, 0.02);
  EXPECT_LT(shares[2].mean, 0.1);
  EXPECT_GT(share_of_pair(anova, 0, 2), 0.85);
}

TEST(FunctionalAnova, HasMarginalsInTheUnitOfTheTargets) {
  const FunctionalAnova anova = learnt([](double x, double y, double) { return 1e6 + 1e5 * (x + y); });
  const auto marginal = anova.marginal(0);
  ASSERT_EQ(marginal.size(), 8U);
  for (size_t x = 1; x < 7; ++x) {
    EXPECT_NEAR(marginal[x].mean, 1e6 + 1e5 * (static_cast<double>(x) + 3.5), 5e4);
    EXPECT_LT(marginal[x].deviation, 1e5);
  }
  const auto both = anova.marginal(0, 1);
  ASSERT_EQ(both.size(), 64U);
  EXPECT_NEAR(both[2 * 8 + 5], 1e6 + 1e5 * 7, 1e5);
}

TEST(FunctionalAnova, SeesNothingInTargetsThatAreAllTheSame) {
  const FunctionalAnova anova = learnt([](double, double, double) { return 0.1; });
  for (const auto& share : anova.shares()) EXPECT_EQ(share.mean, 0);
  EXPECT_FALSE(anova.explained());
  EXPECT_TRUE(anova.pairs().empty());
  EXPECT_NEAR(anova.mean(), 0.1, 1e-12);
}

TEST(FunctionalAnova, ExplainsNothingOfNoise) {
  Random random(5);
  const FunctionalAnova anova = learnt([&](double, double, double) { return random.normal(); });
  EXPECT_LT(anova.explained().value_or(1), 0.1);
}

TEST(FunctionalAnova, SaysWhichPairsItDidNotLookAt) {
  const auto function = [](double x, double y, double z) { return x * y + z; };
  EXPECT_EQ(learnt(function).pairs_left_out(), 0U);
  const FunctionalAnova few = learnt(function, {.pair_knobs = 2});
  EXPECT_EQ(few.pairs().size(), 1U);
  EXPECT_EQ(few.pairs_left_out(), 2U);
  EXPECT_TRUE(learnt(function, {.pair_work = 1}).pairs().empty());
}

TEST(FunctionalAnova, RefusesWhatItCannotLearnFrom) {
  const Space space = cube();
  const auto message = [](const Space& of, const std::vector<Config>& configs,
                          const std::vector<double>& targets) {
    const auto anova = FunctionalAnova::fit(of, configs, targets);
    return anova.ok() ? std::string() : anova.error().message;
  };
  EXPECT_THAT(message(space, {space.config(0)}, {}), HasSubstr("1 configs but 0 targets"));
  EXPECT_THAT(message(space, {}, {}), HasSubstr("no rows"));
  EXPECT_THAT(message(space, {Config{{9, 0, 0}}}, {1}), HasSubstr("another space"));
  EXPECT_THAT(message(space, {space.config(0)}, {NAN}), HasSubstr("not finite"));
  EXPECT_THAT(message(Space::create({number_knob("one", {1})}).value(), {Config{{0}}}, {1}),
              HasSubstr("more than one value"));
}

TEST(FunctionalAnova, HasSharesOfTheWholeAndMarginalsAboutTheMean) {
  EXPECT_TRUE(rc::check([] {
    const Space space =
        Space::create({number_knob("a", {1, 2, 3, 4, 5}), name_knob("b", {"x", "y", "z"}),
                       split_knob("c", 12, *rc::gen::inRange(2, 4)), number_knob("d", {1, 2})})
            .value();
    Random random(*rc::gen::arbitrary<uint64_t>());
    std::vector<Config> configs;
    std::vector<double> targets;
    const int count = *rc::gen::inRange(5, 80);
    for (int i = 0; i < count; ++i) {
      configs.push_back(space.draw(random));
      targets.push_back(100 + configs.back().choices[0] * random.normal());
    }
    const auto anova = FunctionalAnova::fit(space, configs, targets, {.trees = 8, .seed = random.next()});
    RC_ASSERT(anova.ok());
    double sum = 0;
    for (const auto& share : anova->shares()) {
      RC_ASSERT(share.mean >= 0 && share.mean <= 1);
      sum += share.mean;
    }
    for (const auto& pair : anova->pairs()) {
      RC_ASSERT(pair.share.mean >= 0 && pair.share.mean <= 1);
      sum += pair.share.mean;
    }
    RC_ASSERT(sum <= 1 + 1e-6);
    for (size_t knob = 0; knob < space.knobs().size(); ++knob) {
      double mean = 0;
      for (const auto& estimate : anova->marginal(knob)) mean += estimate.mean;
      mean /= static_cast<double>(space.knobs()[knob].values.size());
      RC_ASSERT(std::abs(mean - anova->mean()) < 1e-4);
    }
    const std::vector<double> both = anova->marginal(2, 0);
    const double mean = std::accumulate(both.begin(), both.end(), 0.0) / static_cast<double>(both.size());
    RC_ASSERT(std::abs(mean - anova->mean()) < 1e-4);
    RC_ASSERT(anova->explained().value_or(0) <= 1);
  }));
}

}  // namespace
}  // namespace tamis
