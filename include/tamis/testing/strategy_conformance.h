#pragma once

#include "tamis/testing/search_problems.h"

#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

/// What every strategy keeps to, however it searches. Include this in one source file of a test program that
/// links GoogleTest, and put your own through it:
///
///     using tamis::testing::StrategyConformance;
///     INSTANTIATE_TEST_SUITE_P(Mine, StrategyConformance,
///                              ::testing::Values(tamis::testing::StrategyCase{"mine", make_my_strategy}),
///                              tamis::testing::case_name);
///
/// An initializer of one's own is tested by a factory that makes with_initializer(mine, any strategy).
namespace tamis::testing {

/// A strategy to be tested.
struct StrategyCase {
  std::string name;  ///< of the case: letters, digits and underscores
  StrategyFactory make;
  bool uses_seed = true;  ///< whether other seeds give other proposals
};

inline std::string case_name(const ::testing::TestParamInfo<StrategyCase>& info) { return info.param.name; }
inline void PrintTo(const StrategyCase& one, std::ostream* stream) { *stream << one.name; }

/// The suite: every test runs once per StrategyCase that INSTANTIATE_TEST_SUITE_P names, and makes strategies
/// of it on search problems of tamis/testing/search_problems.h.
class StrategyConformance : public ::testing::TestWithParam<StrategyCase> {
 protected:
  std::unique_ptr<Strategy> make(const SharedTask& task, const SearchOptions& options) {
    tasks_.push_back(task);
    return GetParam().make(*task, options).value();
  }
  std::unique_ptr<Strategy> make(const Space& space, uint64_t seed = 1) {
    return make(make_task(space), {.seed = seed});
  }

  /// Everything a strategy proposes on a landscape, checked for repeats and for configs that are not allowed.
  std::vector<ConfigKey> run(const Space& space, const Landscape& landscape, size_t limit, size_t batch = 8) {
    const auto strategy = make(space);
    const std::vector<Trial> trials = search(*strategy, space, landscape, limit, batch);
    const std::vector<ConfigKey> proposed = keys(space, trials);
    EXPECT_EQ(std::set<ConfigKey>(proposed.begin(), proposed.end()).size(), proposed.size()) << "repeats";
    for (const Trial& trial : trials) EXPECT_TRUE(space.allows(trial.config));
    return proposed;
  }

 private:
  std::vector<SharedTask> tasks_;  ///< outlive the strategies
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StrategyConformance);

TEST_P(StrategyConformance, RepeatsForTheSameSeed) {
  const Space space = tile_space();
  EXPECT_EQ(run(space, small_memory, 200), run(space, small_memory, 200));
}

TEST_P(StrategyConformance, DependsOnTheSeedUnlessItNeedsNone) {
  const Space space = tile_space();
  const auto first = make(space, 1);
  const auto second = make(space, 2);
  const auto a = indexes(space, search(*first, space, small_memory, 40));
  const auto b = indexes(space, search(*second, space, small_memory, 40));
  EXPECT_EQ(a == b, !GetParam().uses_seed);
}

TEST_P(StrategyConformance, ExhaustsASmallSpaceExactlyOnce) {
  const Space space = small_space();
  EXPECT_EQ(run(space, always_valid, 1000).size(), space.size());
  EXPECT_EQ(run(space, small_memory, 1000, 7).size(), space.size());
}

TEST_P(StrategyConformance, ExhaustsASpaceOfInvalidConfigs) {
  const Space space = small_space();
  EXPECT_EQ(run(space, never_valid, 1000).size(), space.size());
}

TEST_P(StrategyConformance, ExhaustsASpaceAskedForOneConfigAtATime) {
  const Space space = small_space();
  EXPECT_EQ(run(space, small_memory, 1000, 1).size(), space.size());
}

TEST_P(StrategyConformance, ExhaustsASpaceAskedForManyConfigsAtATime) {
  const Space space = small_space();
  EXPECT_EQ(run(space, small_memory, 1000, 64).size(), space.size());
}

TEST_P(StrategyConformance, ExhaustsAListedSpace) {
  const Space space = listed_space();
  EXPECT_EQ(run(space, always_valid, 1000).size(), space.listed()->size());
  EXPECT_EQ(run(space, never_valid, 1000).size(), space.listed()->size());
}

TEST_P(StrategyConformance, FindsTheOnlyListedConfig) {
  const Space space = Space::create_listed(huge_space().knobs(), {123456789012345}).value();
  EXPECT_EQ(run(space, always_valid, 10), std::vector<ConfigKey>{123456789012345});
}

TEST_P(StrategyConformance, GoesOnInALargeSpaceOfInvalidConfigs) {
  const Space space = huge_space();
  EXPECT_EQ(run(space, never_valid, 200, 16).size(), 200U);
}

TEST_P(StrategyConformance, StaysWithinTheConstraintsOfAHugeSpace) {
  const Constraint even{"knob0 + knob1 is even", [](const Space&, const Config& config) {
                          return (config.choices[0] + config.choices[1]) % 2 == 0;
                        }};
  const Space space = Space::create(huge_space().knobs(), {even}).value();
  EXPECT_EQ(run(space, always_valid, 150, 16).size(), 150U);
}

TEST_P(StrategyConformance, ExhaustsASparseEnumeratedSpace) {
  const Space space = sparse_space(720);
  ASSERT_EQ(*known_count(space), 270U);
  EXPECT_EQ(run(space, always_valid, 1000, 16).size(), 270U);
  EXPECT_EQ(run(space, never_valid, 1000, 64).size(), 270U);
}

TEST_P(StrategyConformance, GoesOnInASparseEnumeratedSpace) {
  const Space space = sparse_space(720720);
  EXPECT_EQ(run(space, always_valid, 120, 16).size(), 120U);
}

TEST_P(StrategyConformance, GoesOnInALargeEnumeratedSpace) {
  const Space space = large_enumerated_space();
  EXPECT_EQ(run(space, small_memory, 120, 16).size(), 120U);
}

TEST_P(StrategyConformance, TakesFreeBuildsAndRelatedTrials) {
  const Space space = tile_space();
  TrialSet related = named_trials("another layer", small_space(), {});
  std::vector<Config> configs;
  for (uint64_t index = 0; index < related.space.size(); index += 3)
    configs.push_back(related.space.config(index));
  related.trials = try_configs(related.space, configs, small_memory);
  const std::vector<TrialSet> all = {related};
  const SharedTask task =
      make_task(space, {}, [&](const Config& config) { return build_for_small_memory(space, config); });
  const auto search_all = [&] {
    const auto strategy = make(task, {.seed = 1, .related = &all});
    return indexes(space, search(*strategy, space, small_memory, 150));
  };
  const std::vector<uint64_t> proposed = search_all();
  EXPECT_EQ(std::set<uint64_t>(proposed.begin(), proposed.end()).size(), 150U);
  EXPECT_EQ(search_all(), proposed);
}

TEST_P(StrategyConformance, ExhaustsASpaceOfWhichNothingBuilds) {
  const Space space = small_space();
  const auto strategy =
      make(make_task(space, {},
                     [](const Config&) {
                       return BuildOutcome{Verdict::build_failed, "nothing builds here", {}, nullptr};
                     }),
           {.seed = 1});
  EXPECT_EQ(search(*strategy, space, small_memory, 1000).size(), space.size());
}

TEST_P(StrategyConformance, GivesWhatIsLeftWhenAskedForMore) {
  const Space space = small_space();
  const auto strategy = make(space);
  EXPECT_EQ(strategy->propose(1000).value().size(), space.size());
  EXPECT_TRUE(strategy->propose(8).value().empty());
}

TEST_P(StrategyConformance, GivesAsManyAsAskedFor) {
  const Space space = tile_space();
  const auto strategy = make(space);
  for (const size_t count : {1, 3, 150, 64, 5, 8}) {
    const std::vector<Config> configs = strategy->propose(count).value();
    EXPECT_EQ(configs.size(), count);
    ASSERT_TRUE(strategy->learn(try_configs(space, configs, small_memory)).ok());
  }
}

TEST_P(StrategyConformance, GivesNothingWhenAskedForNothing) {
  const Space space = small_space();
  const auto strategy = make(space);
  EXPECT_TRUE(strategy->propose(0).value().empty());
  EXPECT_TRUE(strategy->learn({}).ok());
  EXPECT_EQ(strategy->propose(96).value().size(), 96U);
  EXPECT_TRUE(strategy->propose(0).value().empty());
}

TEST_P(StrategyConformance, StaysWithinTheConstraints) {
  const Constraint few{"tile * rows <= 4", [](const Space& space, const Config& config) {
                         return scalar(space.value(config, 0)) * scalar(space.value(config, 1)) <= 4;
                       }};
  const Space space = Space::create(small_space().knobs(), {few}).value();
  size_t allowed = 0;
  for (uint64_t index = 0; index < space.size(); ++index)
    allowed += space.allows(space.config(index)) ? 1 : 0;
  EXPECT_EQ(run(space, always_valid, 1000).size(), allowed);
}

TEST_P(StrategyConformance, FindsTheOnlyConfig) {
  const Space no_knobs = Space::create({}).value();
  EXPECT_EQ(run(no_knobs, always_valid, 10).size(), 1U);
  const Space no_choice = Space::create({number_knob("a", {3}), name_knob("b", {"x"})}).value();
  EXPECT_EQ(run(no_choice, never_valid, 10).size(), 1U);
}

TEST_P(StrategyConformance, TakesKnobsOfOneValue) {
  const Space space = Space::create({number_knob("fixed", {1}), number_knob("a", {1, 2, 4, 8, 16, 32}),
                                     name_knob("only", {"x"}), number_knob("b", {0, -5, 3, 2, 100, 7}),
                                     split_knob("unsplit", 1, 2)})
                          .value();
  EXPECT_EQ(run(space, always_valid, 100).size(), 36U);
}

TEST_P(StrategyConformance, NeverProposesWhatALogTold) {
  const Space space = small_space();
  std::vector<Config> logged;
  for (uint64_t index = 0; index < space.size(); index += 2) logged.push_back(space.config(index));
  const auto strategy = make(space);
  ASSERT_TRUE(strategy->learn(try_configs(space, logged, always_valid)).ok());
  const std::vector<uint64_t> proposed = indexes(space, search(*strategy, space, always_valid, 1000));
  EXPECT_EQ(proposed.size(), space.size() / 2);
  for (const uint64_t index : proposed) EXPECT_EQ(index % 2, 1U);
}

TEST_P(StrategyConformance, LearnsFromOthersWhileItSearches) {
  const Space space = tile_space();
  const auto strategy = make(space);
  std::set<uint64_t> known;
  for (uint64_t round = 0; round < 30; ++round) {
    const std::vector<Config> foreign = {space.config(round * 67), space.config(round * 67 + 1)};
    for (const Config& config : foreign) known.insert(space.index(config));
    ASSERT_TRUE(strategy->learn(try_configs(space, foreign, small_memory)).ok());
    const std::vector<Config> own = strategy->propose(8).value();
    for (const Config& config : own) EXPECT_TRUE(known.insert(space.index(config)).second);
    ASSERT_TRUE(strategy->learn(try_configs(space, own, small_memory)).ok());
  }
}

TEST_P(StrategyConformance, GoesOnWhenTrialsAreLost) {
  const Space space = small_space();
  const auto strategy = make(space);
  std::set<uint64_t> proposed;
  for (size_t round = 0;; ++round) {
    const std::vector<Config> configs = strategy->propose(5).value();
    if (configs.empty()) break;
    for (const Config& config : configs) EXPECT_TRUE(proposed.insert(space.index(config)).second);
    // Of every second batch nothing is ever heard, as when its device was lost.
    if (round % 2 == 1) continue;
    ASSERT_TRUE(strategy->learn(try_configs(space, configs, always_valid)).ok());
  }
  EXPECT_EQ(proposed.size(), space.size());
}

TEST_P(StrategyConformance, TakesValidTrialsWithoutALatency) {
  const Space space = small_space();
  const auto strategy = make(space);
  std::vector<Trial> trials = try_configs(space, strategy->propose(80).value(), always_valid);
  for (Trial& trial : trials) trial.costs.clear();
  ASSERT_TRUE(strategy->learn(trials).ok());
  EXPECT_EQ(strategy->propose(80).value().size(), 16U);
}

TEST_P(StrategyConformance, SearchesAHugeSpaceInLittleMemory) {
  const Space space = huge_space();
  EXPECT_EQ(run(space, always_valid, 150).size(), 150U);
}

TEST_P(StrategyConformance, SearchesASpaceThatNoIndexCounts) {
  const Space space = switches_space();
  const std::vector<ConfigKey> proposed = run(space, always_valid, 80, 16);
  EXPECT_EQ(proposed.size(), 80U);
  EXPECT_EQ(run(space, always_valid, 80, 16), proposed);
  EXPECT_EQ(run(space, never_valid, 32, 16).size(), 32U);
}

TEST_P(StrategyConformance, StaysWithinTheConstraintsOfASpaceThatNoIndexCounts) {
  const Constraint even{
      "switch0 and switch169 agree",
      [](const Space&, const Config& config) { return config.choices.front() == config.choices.back(); },
      {"switch0", "switch169"}};
  EXPECT_EQ(run(switches_space().constrained({even}), always_valid, 80, 16).size(), 80U);
  EXPECT_EQ(run(balanced_switches_space(), always_valid, 80, 16).size(), 80U);
}

TEST_P(StrategyConformance, ExhaustsTheFewAllowedConfigsOfASpaceThatNoIndexCounts) {
  const Space whole = switches_space();
  Random random(3);
  std::set<ConfigKey> some;
  while (some.size() < 40) some.insert(whole.key(whole.draw(random)));
  const Space listed = Space::create_listed(whole.knobs(), {some.begin(), some.end()}).value();
  const std::vector<ConfigKey> proposed = run(listed, always_valid, 1000);
  EXPECT_EQ(std::set<ConfigKey>(proposed.begin(), proposed.end()), some);
  std::vector<std::string> formulas;
  for (int i = 6; i < 170; ++i)
    formulas.push_back("switch" + std::to_string(i) + (i % 2 == 0 ? " == 'off'" : " == 1"));
  const Space few = whole.constrained(*parse_constraints(formulas, whole.knobs())).enumerated().value();
  EXPECT_EQ(run(few, never_valid, 1000, 16).size(), 64U);
}

TEST_P(StrategyConformance, TakesALogOfASpaceThatNoIndexCounts) {
  const Space space = switches_space();
  Random random(4);
  std::vector<Config> logged;
  for (int i = 0; i < 100; ++i) logged.push_back(space.draw(random));
  const auto strategy = make(space);
  ASSERT_TRUE(strategy->learn(try_configs(space, logged, always_valid)).ok());
  const std::vector<ConfigKey> proposed = keys(space, search(*strategy, space, always_valid, 40));
  EXPECT_EQ(proposed.size(), 40U);
  const std::set<ConfigKey> own(proposed.begin(), proposed.end());
  for (const Config& config : logged) EXPECT_FALSE(own.contains(space.key(config)));
}

TEST_P(StrategyConformance, RefusesTrialsOfAnotherSpace) {
  const Space space = small_space();
  Trial few_knobs;
  few_knobs.config.choices = {0, 0};
  Trial large_choice;
  large_choice.config.choices = {0, 0, 9, 0};
  for (const Trial& trial : {few_knobs, large_choice}) {
    const Status status = make(space)->learn(std::vector<Trial>{trial});
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(status.error().message.find("not of this space"), std::string::npos) << status.error().message;
  }
}

}  // namespace tamis::testing
