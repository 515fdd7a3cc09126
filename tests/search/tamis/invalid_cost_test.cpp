#include "search/tamis/invalid_cost.h"

#include "search/tamis/tamis_fixture.h"
#include "search/tamis/tamis_strategy.h"

#include <cmath>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

Trial took(Verdict verdict, int64_t build_ns, int64_t run_ns) {
  Trial trial;
  trial.verdict = verdict;
  trial.build_ns = build_ns;
  trial.run_ns = run_ns;
  return trial;
}

/// What many trials make of it, whose times are these.
double learnt(int64_t valid_ns, int64_t invalid_ns, size_t count = InvalidCost::kEnough) {
  InvalidCost cost({}, true);
  for (size_t i = 0; i < count; ++i) {
    cost.learn(took(Verdict::valid, valid_ns / 2, valid_ns / 2));
    cost.learn(took(Verdict::build_failed, invalid_ns, 0));
  }
  return cost.relative();
}

TEST(InvalidCost, IsTheRatioOfMeanTimesAsAPowerOfTwo) {
  EXPECT_EQ(learnt(1000, 1000), 1);
  EXPECT_EQ(learnt(1000, 710), 1);
  EXPECT_EQ(learnt(1000, 700), 0.5);
  EXPECT_EQ(learnt(1000, 300), 0.25);
  EXPECT_EQ(learnt(1000, 1), InvalidCost::kLeast);
  EXPECT_EQ(learnt(1000, 1000 * 1000), InvalidCost::kMost);
  EXPECT_EQ(InvalidCost::kMost, 1) << "dear ones are for the user to name";
}

TEST(InvalidCost, IsOneUntilEnoughIsKnown) {
  EXPECT_EQ(learnt(1000, 10, InvalidCost::kEnough - 1), 1);
  EXPECT_EQ(learnt(0, 10, 100), 1);
  EXPECT_EQ(learnt(1000, 0, 100), 1);
}

TEST(InvalidCost, HeedsNoTimesThatAreNotATrialsOwn) {
  InvalidCost cost({}, true);
  for (int i = 0; i < 100; ++i) {
    cost.learn(took(Verdict::valid, 1000, 0));
    Trial same = took(Verdict::wrong_result, 10, 0);
    same.same_code_as = 1;
    cost.learn(same);
  }
  EXPECT_EQ(cost.relative(), 1);
}

TEST(InvalidCost, IsWhatTheUserSaysWhateverTheTimes) {
  for (const double given : {0.25, 1.0, 10.0}) {
    InvalidCost cost(given, true);
    for (int i = 0; i < 100; ++i) cost.learn(took(i % 2 == 0 ? Verdict::valid : Verdict::crashed, 1 + i, 0));
    EXPECT_EQ(cost.relative(), given);
  }
  EXPECT_EQ(InvalidCost(0, true).relative(), InvalidCost::kFree);
  InvalidCost unheeding({}, false);
  for (int i = 0; i < 100; ++i)
    unheeding.learn(took(i % 2 == 0 ? Verdict::valid : Verdict::crashed, 1 + i, 0));
  EXPECT_EQ(unheeding.relative(), 1);
}

TEST(InvalidCost, WeighsByTheShareOfTheCost) {
  const std::vector<float> valid = {0, 0.25F, 0.5F, 1};
  InvalidCost same(1, true);
  EXPECT_EQ(same.weigh(valid), valid);
  EXPECT_EQ(same.most(valid), valid);
  InvalidCost dear(3, true);
  const std::vector<float> weighed = dear.weigh(valid);
  EXPECT_EQ(weighed[0], 0);
  EXPECT_FLOAT_EQ(weighed[1], 0.1F);
  EXPECT_FLOAT_EQ(weighed[2], 0.25F);
  EXPECT_EQ(weighed[3], 1);
  InvalidCost cheap(0.25, true);
  EXPECT_FLOAT_EQ(cheap.weigh(valid)[2], 0.8F);
  for (const InvalidCost* cost : {&dear, &cheap})
    for (size_t i = 0; i < valid.size(); ++i) EXPECT_GE(cost->most(valid)[i], cost->weigh(valid[i]));
}

TEST(InvalidCost, TimesMaySteerWhereSessionsDifferAnywayOrTimesAreRecorded) {
  EXPECT_FALSE(may_heed_times(*make_task(tile_space())));
  PlainTask told;
  told.space = tile_space();
  EXPECT_TRUE(may_heed_times(*make_plain_task(std::move(told)).value()));
}

/// Half of the configs beyond a limit are invalid, and the best are right at it.
std::optional<double> at_the_limit(const Space& space, const Config& config) {
  double product = 1;
  for (size_t i = 0; i < space.knobs().size(); ++i) product *= scalar(space.value(config, i));
  if (product > 64) return std::nullopt;
  return 1e6 / product;
}

/// Invalid trials among the first 60, over ten seeds.
uint64_t invalid_with(std::optional<double> cost) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  uint64_t invalid = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    TamisOptions parameters;
    parameters.invalid_cost = cost;
    const auto strategy = make_tamis_strategy(*task, {.seed = seed}, parameters);
    const auto counted = [&](const Space& tried, const Config& config) {
      const std::optional<double> latency = at_the_limit(tried, config);
      invalid += latency ? 0 : 1;
      return latency;
    };
    search(*strategy, space, counted, 60, 1);
  }
  return invalid;
}

TEST(InvalidCost, DearInvalidTrialsAreFewer) {
  const uint64_t usual = invalid_with({});
  EXPECT_EQ(invalid_with(1), usual);
  EXPECT_LT(invalid_with(10), usual);
  EXPECT_GT(invalid_with(0.1), usual);
}

}  // namespace
}  // namespace tamis
