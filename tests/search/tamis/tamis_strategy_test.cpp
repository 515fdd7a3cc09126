// What is special about the strategy `tamis`; the conformance suite covers the rest.
#include "search/tamis/tamis_strategy.h"

#include "search/tamis/tamis_fixture.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

using Make = std::function<std::unique_ptr<Strategy>(const Task&, const SearchOptions&)>;

std::unique_ptr<Strategy> make_tamis(const Task& task, const SearchOptions& options) {
  return make_tamis_strategy(task, options);
}

/// Trials until one is within 1 % of the best of a landscape, the mean of 10 seeds of at most 500 trials.
double mean_trials_to_best(const Space& space, const Landscape& landscape, const Make& make,
                           const std::vector<TrialSet>* related = nullptr, size_t batch = 1) {
  const SharedTask task = make_task(space);
  const double best = best_throughput(space, landscape);
  double sum = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::unique_ptr<Strategy> strategy = make(*task, {.seed = seed, .related = related});
    bool found = false;
    const Landscape watched = [&](const Space& tried, const Config& config) {
      const std::optional<double> latency = landscape(tried, config);
      found = found || (latency && 1 / *latency >= best / 1.01);
      return latency;
    };
    for (size_t trials = 0; trials < 500 && !found; trials += batch) {
      search(*strategy, space, watched, batch, batch);
      sum += static_cast<double>(batch);
    }
  }
  return sum / 10;
}

/// Tiles of w and c must fit a memory, two threads of c are refused with few rows; one config is the best.
std::optional<double> bowl(const Space&, const Config& config) {
  const auto& choices = config.choices;
  if (choices[1] + choices[2] > 8 || (choices[4] == 1 && choices[0] < 3)) return std::nullopt;
  const auto away = [&](size_t knob, double best) { return std::abs(choices[knob] - best); };
  return 1000 *
         (1 + 0.3 * away(0, 4) + 0.2 * away(1, 3) + 0.1 * away(2, 5) + 0.2 * away(3, 1) + 0.3 * away(4, 1));
}

TEST(TamisStrategy, FindsTheBestInFarFewerTrialsThanRandomSearch) {
  const Space space = tile_space();
  const auto make_random = [](const Task& task, const SearchOptions& options) {
    return make_strategy("random", "", task, options).value();
  };
  const double random = mean_trials_to_best(space, bowl, make_random);
  EXPECT_LT(mean_trials_to_best(space, bowl, make_tamis), random / 8);
  EXPECT_LT(mean_trials_to_best(space, bowl, make_tamis, nullptr, 8), random / 6);
}

TEST(TamisStrategy, HeedsSetbacksWhereTheBestLiesAtALimitThatIsHardToLearn) {
  const Space space = tile_space();
  TamisOptions careless;
  careless.heeds_setbacks = false;
  const auto make_careless = [&](const Task& task, const SearchOptions& options) {
    return make_tamis_strategy(task, options, careless);
  };
  EXPECT_LT(mean_trials_to_best(space, small_memory, make_tamis),
            mean_trials_to_best(space, small_memory, make_careless));
}

/// Two products of tiles must each fit a memory; the larger all tiles, the faster.
std::optional<double> two_memories(const Space&, const Config& config) {
  const auto& choices = config.choices;
  if (choices[0] + choices[1] > 6 || choices[1] + choices[2] + choices[4] > 7) return std::nullopt;
  const double tiles = choices[0] + 1.1 * choices[1] + 0.9 * choices[2] + 0.3 * choices[3];
  return 1000 * std::exp2(-0.3 * tiles);
}

/// The invalid trials among the first `count` of five seeds each, and how many of the seeds found the best.
struct Spent {
  size_t invalid = 0;
  size_t found = 0;
};
Spent spend(const TamisOptions& options, const Landscape& landscape, size_t count) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const double best = best_throughput(space, landscape);
  Spent spent;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = seed}, options);
    const std::vector<Trial> trials = search(*strategy, space, landscape, count, 1);
    spent.invalid += count - count_valid(trials);
    spent.found += std::any_of(trials.begin(), trials.end(), [&](const Trial& trial) {
      return trial.verdict == Verdict::valid && 1 / trial.cost() >= best / 1.01;
    });
  }
  return spent;
}

TEST(TamisStrategy, SpendsFewerInvalidTrialsAtLimitsOnProductsThatItSamples) {
  TamisOptions with_products;
  with_products.validity.products = true;
  for (const Landscape& landscape : {Landscape(small_memory), Landscape(two_memories)}) {
    const Spent usual = spend({}, landscape, 150);
    const Spent sampled = spend(with_products, landscape, 150);
    EXPECT_LT(static_cast<double>(sampled.invalid), 0.8 * static_cast<double>(usual.invalid));
    EXPECT_GE(sampled.found, usual.found);
  }
}

TEST(TamisStrategy, ChoosesValidConfigsMoreOftenThanChance) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = 1});
  const std::vector<Trial> trials = search(*strategy, space, small_memory, 200, 1);
  EXPECT_GT(count_valid(trials), 26U);  // 22 by chance
}

TEST(TamisStrategy, StartsFromTrialsOfOtherWorkloads) {
  const Space space = tile_space();
  const std::vector<TrialSet> related = {related_trials_of("smaller", smaller_tile_space(), named_memory)};
  const double cold = mean_trials_to_best(space, named_memory, make_tamis);
  EXPECT_LT(mean_trials_to_best(space, named_memory, make_tamis, &related), cold / 2);
}

TEST(TamisStrategy, IgnoresHistoryOfOtherKnobs) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const Space other = Space::create({number_knob("unrelated", {1, 2, 4})}).value();
  const std::vector<TrialSet> related = {related_trials_of("other", other, always_valid)};
  const auto proposals = [&](const std::vector<TrialSet>* history) {
    const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = 1, .related = history});
    return indexes(space, search(*strategy, space, small_memory, 30));
  };
  EXPECT_EQ(proposals(&related), proposals(nullptr));
}

TEST(TamisStrategy, FindsTheBestOfMoreConfigsThanAreInView) {
  std::vector<int64_t> values(21);
  std::iota(values.begin(), values.end(), 1);
  const Space space =
      Space::create({number_knob("a", values), number_knob("b", values), number_knob("c", values)}).value();
  ASSERT_GT(space.size(), LatencyBelief::kAllInView);
  const Landscape hill = [](const Space&, const Config& config) -> std::optional<double> {
    const auto& choices = config.choices;
    if (choices[0] * choices[1] > 130) return std::nullopt;
    const auto away = [&](size_t knob, double best) { return std::abs(choices[knob] - best); };
    return 1000 * (1 + 0.1 * away(0, 12) + 0.07 * away(1, 10) + 0.03 * away(2, 3));
  };
  EXPECT_LT(mean_trials_to_best(space, hill, make_tamis), 100);
}

TEST(TamisStrategy, FindsFastConfigsOfAHugeSpace) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  const Landscape hill = [](const Space&, const Config& config) -> std::optional<double> {
    if (config.choices[0] < 16) return std::nullopt;
    double distance = 0;
    for (const uint32_t choice : config.choices) distance += std::abs(static_cast<double>(choice) - 40);
    return 1000 * (1 + distance / 10);
  };
  TamisOptions options;
  options.candidates = 2000;
  const auto best_of = [&](Strategy& strategy) {
    double best = INFINITY;
    for (const Trial& trial : search(strategy, space, hill, 150)) best = std::min(best, trial.cost());
    return best;
  };
  const std::unique_ptr<Strategy> tamis = make_tamis_strategy(*task, {.seed = 1}, options);
  const std::unique_ptr<Strategy> random = make_strategy("random", "", *task, {.seed = 1}).value();
  EXPECT_LT(best_of(*tamis), 0.6 * best_of(*random));
}

TEST(TamisStrategy, WorksWithEveryPartSwitchedOff) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  std::vector<TamisOptions> all(9);
  all[0].validity = {0, 1, 0};
  all[1].validity = {1, 0, 0};
  all[2].validity_power = 0;
  all[3].latency.scales = LatencyScales::searched;
  all[4].latency.scales = LatencyScales::usual;
  all[5].latency.sameness = false;
  all[6].latency.alignment = false;
  all[7].initial_order = InitialOrder::at_random;
  all[8].validity.products = true;
  for (const TamisOptions& options : all) {
    const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = 1}, options);
    EXPECT_EQ(search(*strategy, space, small_memory, 1000).size(), space.size());
  }
}

TEST(TamisStrategy, GoesOnWhereValidTrialsHaveNoLatency) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = 1});
  for (int i = 0; i < 12; ++i) {
    const std::vector<Config> configs = strategy->propose(8).value();
    ASSERT_EQ(configs.size(), 8U);
    std::vector<Trial> trials = try_configs(space, configs, always_valid);
    for (Trial& trial : trials) trial.costs.clear();
    ASSERT_TRUE(strategy->learn(trials).ok());
  }
}

TEST(TamisStrategy, ExpectsLessAndLessOfItsProposals) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const std::unique_ptr<Strategy> strategy = make_tamis(*task, {.seed = 1});
  EXPECT_FALSE(strategy->expected_gain()) << "nothing is known to be valid";
  search(*strategy, space, bowl, 24);
  ASSERT_TRUE(strategy->propose(8).ok());
  const double early = strategy->expected_gain().value();
  EXPECT_GT(early, 0);
  search(*strategy, space, bowl, 600);
  ASSERT_TRUE(strategy->propose(8).ok());
  EXPECT_GE(strategy->expected_gain().value(), 0);
  EXPECT_LT(strategy->expected_gain().value(), early / 2);
}

}  // namespace
}  // namespace tamis
