// What is special about the strategies annealing, forest, ml2, bayes and rl.
#include "search/search_fixture.h"
#include "search/strategies/annealing_strategy.h"
#include "search/strategies/bayes_strategy.h"
#include "search/strategies/forest_strategy.h"
#include "search/strategies/ml2_strategy.h"
#include "search/strategies/rl_strategy.h"

#include <cmath>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

/// Latency grows with the distance of every knob from 40; configs of a small first knob are invalid.
std::optional<double> hill(const Space&, const Config& config) {
  if (config.choices[0] < 16) return std::nullopt;
  double distance = 0;
  for (const uint32_t choice : config.choices) distance += std::abs(static_cast<double>(choice) - 40);
  return 1000 * (1 + distance / 10);
}

/// The best latency after 400 trials of hill(), the mean of 5 seeds.
double mean_best(const std::string& name) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  double sum = 0;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const auto strategy = make_strategy(name, "", *task, {.seed = seed}).value();
    double best = INFINITY;
    for (const Trial& trial : search(*strategy, space, hill, 400)) best = std::min(best, trial.cost());
    sum += best;
  }
  return sum / 5;
}

class StrategyOfAModel : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, StrategyOfAModel,
                         ::testing::Values("annealing", "bayes", "forest", "ml2", "rl"),
                         [](const auto& row) { return std::string(row.param); });

TEST_P(StrategyOfAModel, FindsFasterConfigsThanRandomSearch) {
  EXPECT_LT(mean_best(GetParam()), 0.9 * mean_best("random"));
}

size_t knobs_apart(const Config& a, const Config& b) {
  size_t count = 0;
  for (size_t i = 0; i < a.choices.size(); ++i) count += a.choices[i] != b.choices[i] ? 1 : 0;
  return count;
}

TEST(AnnealingStrategy, StartsFromTheFastestThatOthersFound) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_annealing_strategy(*task, {.seed = 1});
  const std::vector<Config> known = {space.config(99999), space.config(99998), space.config(5)};
  ASSERT_TRUE(strategy->learn(try_configs(space, known, always_valid)).ok());
  const std::vector<Config> moves = strategy->propose(16).value();
  for (const Config& config : moves) EXPECT_EQ(knobs_apart(config, known[0]), 1U);
}

TEST(AnnealingStrategy, StaysWhereMovesAreInvalid) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_annealing_strategy(*task, {.seed = 1});
  const std::vector<Config> start = {space.config(12345)};
  ASSERT_TRUE(strategy->learn(try_configs(space, start, always_valid)).ok());
  for (int i = 0; i < 20; ++i) {
    const std::vector<Config> moves = strategy->propose(2).value();
    for (const Config& config : moves) EXPECT_EQ(knobs_apart(config, start[0]), 1U);
    ASSERT_TRUE(strategy->learn(try_configs(space, moves, never_valid)).ok());
  }
}

TEST(AnnealingStrategy, MovesToWhatIsFaster) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_annealing_strategy(*task, {.seed = 1});
  const Landscape slow = [](const Space&, const Config&) { return 1000.0; };
  const Landscape fast = [](const Space&, const Config&) { return 10.0; };
  ASSERT_TRUE(strategy->learn(try_configs(space, std::vector{space.config(7)}, slow)).ok());
  const std::vector<Config> move = strategy->propose(1).value();
  ASSERT_TRUE(strategy->learn(try_configs(space, move, fast)).ok());
  EXPECT_EQ(knobs_apart(strategy->propose(1).value()[0], move[0]), 1U);
}

TEST(AnnealingStrategy, StartsAfreshWhenAllAroundIsKnown) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_annealing_strategy(*task, {.seed = 3}, {.patience = 5});
  EXPECT_EQ(search(*strategy, space, small_memory, 1000, 1).size(), space.size());
}

TEST(ForestStrategy, InterleavesRandomConfigsAsOftenAsAsked) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  const auto share_near = [&](double random_share) {
    ForestOptions options;
    options.random_share = random_share;
    const auto strategy = make_forest_strategy(*task, {.seed = 1}, options);
    const std::vector<Trial> trials = search(*strategy, space, always_valid, 200);
    size_t near = 0;
    for (size_t i = 100; i < trials.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (knobs_apart(trials[i].config, trials[j].config) == 1) {
          ++near;
          break;
        }
    return static_cast<double>(near) / 100;
  };
  EXPECT_EQ(share_near(1), 0);
  EXPECT_GT(share_near(0), 0.3);
}

TEST(BayesStrategy, LearnsWhatIsValid) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_bayes_strategy(*task, {.seed = 1});
  const std::vector<Trial> trials = search(*strategy, space, small_memory, 120);
  // 11 % are valid by chance.
  EXPECT_GT(count_valid(std::span(trials).last(80)), 16U);
}

TEST(BayesStrategy, KeepsToThePointsItMayLearn) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  BayesOptions options;
  options.known = 16;
  options.judged = 32;
  const auto strategy = make_bayes_strategy(*task, {.seed = 1}, options);
  EXPECT_EQ(search(*strategy, space, always_valid, 100).size(), 100U);
}

TEST(Ml2Strategy, ProposesWhatBuildsWhereBuildingIsFree) {
  const Space space = tile_space();
  size_t builds = 0;
  const SharedTask task = make_task(space, {}, [&](const Config& config) {
    ++builds;
    return build_for_small_memory(space, config);
  });
  const auto strategy = make_ml2_strategy(*task, {.seed = 1});
  const std::vector<Trial> trials = search(*strategy, space, small_memory, 100);
  const size_t initial =
      std::find_if(trials.begin(), trials.end(),
                   [](const Trial& trial) { return trial.verdict == Verdict::valid && trial.number >= 8; }) -
      trials.begin();
  const std::span<const Trial> planned = std::span(trials).subspan(std::min(initial + 8, trials.size()));
  EXPECT_EQ(count_valid(planned), planned.size());
  EXPECT_GT(builds, planned.size());
}

TEST(Ml2Strategy, BuildsEachConfigOnce) {
  const Space space = small_space();
  std::map<uint64_t, int> builds;
  const SharedTask task = make_task(space, {}, [&](const Config& config) {
    ++builds[space.index(config)];
    return build_for_small_memory(space, config);
  });
  const auto strategy = make_ml2_strategy(*task, {.seed = 1});
  search(*strategy, space, small_memory, 96);
  for (const auto& [index, count] : builds) EXPECT_EQ(count, 1) << index;
}

TEST(RlStrategy, OpensAtRandomFor64Trials) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto log_latency = [](std::span<const Trial> trials) {
    double sum = 0;
    for (const Trial& trial : trials) sum += std::log(trial.cost());
    return sum / static_cast<double>(trials.size());
  };
  const auto strategy = make_rl_strategy(*task, {.seed = 1});
  const std::vector<Trial> trials = search(*strategy, space, always_valid, 128);
  EXPECT_LT(log_latency(std::span(trials).subspan(64)), log_latency(std::span(trials).first(64)) - 0.3);
}

}  // namespace
}  // namespace tamis
