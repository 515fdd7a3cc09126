#include "tamis/strategies.h"

#include "search/search_fixture.h"
#include "search/strategies/genetic_strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::HasSubstr;

TEST(StrategyTable, NamesDefaultInitializersThatExist) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  for (const StrategyKind& kind : strategy_kinds()) {
    EXPECT_TRUE(make_strategy(kind.name, "", *task, {.seed = 1}).ok()) << kind.name;
    EXPECT_FALSE(kind.description.empty());
  }
}

TEST(StrategyTable, MakesWhatItNames) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  for (const StrategyKind& kind : strategy_kinds())
    EXPECT_EQ(kind.make(*task, {.seed = 1}).value()->name(), kind.name);
  for (const InitializerKind& kind : initializer_kinds())
    EXPECT_EQ(kind.make(*task, {.seed = 1}).value()->name(), kind.name);
}

TEST(StrategyTable, SuggestsTheNearestName) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_strategy("autovtm", "", *task, {.seed = 1});
  ASSERT_FALSE(strategy.ok());
  EXPECT_EQ(strategy.error().kind, ErrorKind::not_found);
  EXPECT_THAT(strategy.error().message, HasSubstr("did you mean \"autotvm\"?"));
  const auto initializer = make_strategy("grid", "validty", *task, {.seed = 1});
  ASSERT_FALSE(initializer.ok());
  EXPECT_THAT(initializer.error().message, HasSubstr("did you mean \"validity\"?"));
}

TEST(GridStrategy, GoesInTheOrderOfTheIndex) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_strategy("grid", "", *task, {.seed = 1}).value();
  const std::vector<Trial> trials = search(*strategy, space, always_valid, 1000);
  for (size_t i = 0; i < trials.size(); ++i) EXPECT_EQ(space.index(trials[i].config), i);
}

TEST(RandomStrategy, ReachesEveryPartOfTheSpace) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_strategy("random", "", *task, {.seed = 3}).value();
  std::vector<int> quarters(4, 0);
  for (const Trial& trial : search(*strategy, space, always_valid, 400))
    ++quarters[space.index(trial.config) * 4 / space.size()];
  for (const int count : quarters) EXPECT_NEAR(count, 100, 35);
}

/// Trials until one is within 1 % of the best, the mean of 20 seeds.
double mean_trials_to_best(const std::string& strategy) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  double best = 1e300;
  for (uint64_t index = 0; index < space.size(); ++index)
    best = std::min(best, small_memory(space, space.config(index)).value_or(best));
  double sum = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto made = make_strategy(strategy, "", *task, {.seed = seed}).value();
    size_t count = 0;
    for (const Trial& trial : search(*made, space, small_memory, 600)) {
      ++count;
      if (trial.cost() <= best * 1.01) break;
    }
    sum += static_cast<double>(count);
  }
  return sum / 20;
}

TEST(GeneticStrategy, FindsTheBestInFewerTrialsThanRandomSearch) {
  EXPECT_LT(mean_trials_to_best("genetic"), 0.9 * mean_trials_to_best("random"));
}

TEST(AutotvmStrategy, FindsTheBestInFarFewerTrialsThanRandomSearch) {
  EXPECT_LT(mean_trials_to_best("autotvm"), 0.7 * mean_trials_to_best("random"));
}

TEST(GeneticStrategy, BreedsFromTheFastest) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  GeneticOptions options;
  options.population = 20;
  options.mutation_probability = 0;
  const auto strategy = make_genetic_strategy(*task, {.seed = 5}, options);
  // Ten fast parents share their first five choices, ten others are a thousand times slower.
  Random random(6);
  std::vector<Config> parents;
  for (int i = 0; i < 20; ++i) {
    Config parent = space.config(random.below(space.size()));
    for (size_t knob = 0; knob < 5 && i % 2 == 0; ++knob) parent.choices[knob] = 7;
    parents.push_back(parent);
  }
  const auto is_fast = [](const Config& config) {
    return std::all_of(config.choices.begin(), config.choices.begin() + 5,
                       [](uint32_t choice) { return choice == 7; });
  };
  const Landscape landscape = [&](const Space&, const Config& config) {
    return std::optional(is_fast(config) ? 1.0 : 1000.0);
  };
  ASSERT_TRUE(strategy->learn(try_configs(space, parents, landscape)).ok());
  const std::vector<Config> children = strategy->propose(20).value();
  // A child that equals a parent has one knob replaced, so four of the five tell where it descends from.
  const auto descends_from_fast = [](const Config& config) {
    return std::count(config.choices.begin(), config.choices.begin() + 5, 7U) >= 4;
  };
  EXPECT_GE(std::count_if(children.begin(), children.end(), descends_from_fast), 18);
}

}  // namespace
}  // namespace tamis
