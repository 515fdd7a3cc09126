#include "search/initializers.h"

#include "search/search_fixture.h"
#include "search/validity_initializer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

TEST(NoInitializer, IsFinishedFromTheStart) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  for (const InitializerKind& kind : initializer_kinds())
    EXPECT_EQ(kind.make(*task, {.seed = 1}).value()->finished(), kind.name == "none") << kind.name;
}

TEST(SuggestedInitializer, ProposesWhatTheSpaceAllowsOnceAndThenHandsOver) {
  const Space space =
      Space::create({number_knob("a", {1, 2, 3, 4})},
                    {{"a < 4", [](const Space&, const Config& c) { return c.choices[0] < 3; }}})
          .value();
  const SharedTask task = make_task(space, {Config{{2}}, Config{{3}}, Config{{2}}, Config{{0}}});
  for (const StrategyKind& kind : strategy_kinds()) {
    const auto strategy = make_strategy(kind.name, "", *task, {.seed = 1}).value();
    EXPECT_EQ(strategy->name(), "suggested");
    EXPECT_EQ(strategy->propose(8).value(), (std::vector<Config>{Config{{2}}, Config{{0}}})) << kind.name;
    Trial trial;
    trial.costs = {1.0};
    for (const uint32_t choice : {2U, 0U}) {
      trial.config = Config{{choice}};
      ASSERT_TRUE(strategy->learn({&trial, 1}).ok());
    }
    EXPECT_EQ(strategy->propose(8).value(), std::vector<Config>{Config{{1}}}) << kind.name;
  }
}

TEST(SuggestedInitializer, LeavesOutWhatIsKnown) {
  const Space space = Space::create({number_knob("a", {1, 2, 3, 4})}).value();
  const SharedTask task = make_task(space, {Config{{2}}, Config{{3}}});
  const auto strategy = make_strategy("random", "none", *task, {.seed = 1}).value();
  Trial trial;
  trial.config = Config{{2}};
  trial.costs = {1.0};
  ASSERT_TRUE(strategy->learn({&trial, 1}).ok());
  EXPECT_EQ(strategy->propose(1).value(), std::vector<Config>{Config{{3}}});
}

TEST(RandomInitializer, HandsOverAfter64TrialsAndAValidOne) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto initializer = make_random_initializer(*task, {.seed = 1});
  EXPECT_EQ(search(*initializer, space, always_valid, 1000).size(), 64U);

  const auto unlucky = make_random_initializer(*task, {.seed = 1});
  size_t tried = 0;
  const Landscape late = [&](const Space&, const Config&) {
    return ++tried > 100 ? std::optional(1.0) : std::nullopt;
  };
  EXPECT_EQ(search(*unlucky, space, late, 1000).size(), 104U);
}

TEST(ValidityInitializer, BeginsWithTheSmallestConfig) {
  const Space space =
      Space::create({number_knob("a", {8, 1, 4}), split_knob("b", 6, 2), name_knob("c", {"x", "y"})}).value();
  const SharedTask task = make_task(space);
  const auto initializer = make_validity_initializer(*task, {.seed = 1});
  EXPECT_EQ(initializer->propose(4).value().front(), (Config{{1, 0, 0}}));
}

TEST(ValidityInitializer, HandsOverAfterEnoughValidTrials) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto initializer = make_validity_initializer(*task, {.seed = 1});
  EXPECT_EQ(search(*initializer, space, always_valid, 1000).size(), ValidityOptions().valid_trials);
}

TEST(ValidityInitializer, HandsOverAfterManyTrialsWithOneValid) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto initializer = make_validity_initializer(*task, {.seed = 1});
  const Landscape only_corner = [](const Space& s, const Config& config) {
    return s.index(config) == 0 ? std::optional(1.0) : std::nullopt;
  };
  EXPECT_EQ(search(*initializer, space, only_corner, 1000).size(), 64U);
}

TEST(ValidityInitializer, GoesOnWhileNothingIsValid) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  const auto initializer = make_validity_initializer(*task, {.seed = 1});
  EXPECT_EQ(search(*initializer, space, never_valid, 1000).size(), space.size());
  EXPECT_FALSE(initializer->finished());
}

TEST(ValidityInitializer, ScattersItsTrialsWhileNothingIsKnown) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto initializer = make_validity_initializer(*task, {.seed = 1});
  std::vector<std::set<uint32_t>> halves(3);
  const std::vector<Config> scattered = initializer->propose(8).value();
  for (const Config& config : scattered)
    for (size_t knob = 0; knob < 3; ++knob) halves[knob].insert(config.choices[knob] / 4);
  for (const auto& half : halves) EXPECT_EQ(half.size(), 2U);
}

/// Trials that an initializer needs to know 16 valid ones, by seed.
template <class Make>
std::vector<double> trials_to_16_valid(const Space& space, const Landscape& landscape, const Make& make) {
  const SharedTask task = make_task(space);
  std::vector<double> counts;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const std::unique_ptr<Initializer> initializer = make(*task, SearchOptions{.seed = seed});
    const std::vector<Trial> trials = search(*initializer, space, landscape, 2000, 4);
    EXPECT_GE(count_valid(trials), 16U);
    counts.push_back(static_cast<double>(trials.size()));
  }
  std::sort(counts.begin(), counts.end());
  return counts;
}

std::unique_ptr<Initializer> random_until_16_valid(const Task& task, const SearchOptions& options) {
  return make_random_initializer(task, options, {.trials = 0, .valid_trials = 16});
}

std::unique_ptr<Initializer> validity_until_16_valid(const Task& task, const SearchOptions& options) {
  ValidityOptions parameters;
  parameters.valid_trials = 16;
  parameters.trials = 2000;
  return make_validity_initializer(task, options, parameters);
}

TEST(ValidityInitializer, NeedsFarFewerTrialsThanRandomWhereMostConfigsAreInvalid) {
  const Space space = tile_space();
  size_t valid = 0;
  for (uint64_t index = 0; index < space.size(); ++index)
    valid += small_memory(space, space.config(index)).has_value() ? 1 : 0;
  ASSERT_NEAR(static_cast<double>(valid) / static_cast<double>(space.size()), 0.1, 0.05);
  const auto by_chance = trials_to_16_valid(space, small_memory, random_until_16_valid);
  const auto steered = trials_to_16_valid(space, small_memory, validity_until_16_valid);
  EXPECT_LT(2 * steered[15], by_chance[15]);
  EXPECT_LT(steered.back(), by_chance[15]);
}

TEST(ValidityInitializer, IsDrawnToWhatIsFast) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  // Away from the corners, where novelty alone leads.
  const Landscape bowl = [](const Space&, const Config& config) {
    double steps = 0;
    for (const uint32_t choice : config.choices) steps += std::abs(static_cast<int>(choice) - 4);
    return std::optional(std::exp(0.3 * steps));
  };
  const auto total_cost = [&](double speed, uint64_t seed) {
    const auto initializer = make_validity_initializer(*task, {.seed = seed}, {.speed = speed});
    double total = 0;
    for (const Trial& trial : search(*initializer, space, bowl, 24, 1)) total += trial.cost();
    return total;
  };
  for (uint64_t seed = 0; seed < 10; ++seed) EXPECT_LT(total_cost(1, seed), total_cost(0, seed)) << seed;
}

TEST(ValidityInitializer, FindsAValidPocketAwayFromTheCorner) {
  const Space space = tile_space();
  const Landscape pocket = [](const Space&, const Config& config) {
    for (size_t knob = 0; knob < 3; ++knob)
      if (std::abs(static_cast<int>(config.choices[knob]) - 5) > 1) return std::optional<double>();
    return std::optional<double>(1.0);
  };
  const auto by_chance = trials_to_16_valid(space, pocket, random_until_16_valid);
  const auto steered = trials_to_16_valid(space, pocket, validity_until_16_valid);
  EXPECT_LT(2 * steered[15], by_chance[15]);
}

TEST(ValidityInitializer, FindsValidConfigsOfAHugeSpaceNearTheSmallest) {
  const Space space = huge_space();
  const SharedTask task = make_task(space);
  const Landscape capacity = [](const Space& s, const Config& config) {
    double bits = 0;
    for (size_t i = 0; i < s.knobs().size(); ++i) bits += std::log2(scalar(s.value(config, i)));
    return bits < 25 ? std::optional<double>(bits + 1) : std::nullopt;
  };
  const auto initializer = make_validity_initializer(*task, {.seed = 1});
  const std::vector<Trial> trials = search(*initializer, space, capacity, 64);
  EXPECT_GE(count_valid(trials), 16U);
}

}  // namespace
}  // namespace tamis
