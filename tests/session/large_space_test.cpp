// Searches of spaces that no index of 64 bits counts: with a log, cut off and resumed, and learnt from.

#include "support/temporary_directory.h"
#include "tamis/expression.h"
#include "tamis/formats.h"
#include "tamis/log.h"
#include "tamis/strategies.h"
#include "tamis/study.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// 2^170 configs.
Space switches() {
  std::vector<Knob> knobs;
  for (int i = 0; i < 170; ++i) knobs.push_back(number_knob("s" + std::to_string(i), {0, 1}));
  return Space::create(std::move(knobs)).value();
}

/// Those of them of which 80 are on.
Space balanced_switches() {
  const Space all = switches();
  std::string sum = "s0";
  for (int i = 1; i < 170; ++i) sum += " + s" + std::to_string(i);
  return all.constrained({*parse_constraint(sum + " == 80", all.knobs())}).enumerated().value();
}

class LargeStudy : public testing::TestWithParam<std::string> {
 protected:
  Study open(const Space& space, const std::string& log, bool resume = false,
             std::vector<TrialSet> related = {}) const {
    StudyOptions options;
    options.name = "switches";
    options.seed = 5;
    options.strategy = GetParam();
    options.log = log;
    options.resume = resume;
    options.related = std::move(related);
    Result<Study> study = Study::open(space, options);
    EXPECT_TRUE(study.ok()) << (study.ok() ? "" : study.error().message);
    return std::move(study).value();
  }

  /// Asks for a batch and tells what came of it: what is switched on costs, some of it is invalid.
  static std::vector<Config> go_on(Study& study) {
    std::vector<Config> configs;
    for (const AskedConfig& asked : study.ask(8).value()) {
      double on = 0;
      for (const uint32_t choice : asked.config.choices) on += choice;
      const bool valid = asked.config.choices[0] == 0 || asked.config.choices[1] == 0;
      const Outcome outcome =
          valid ? Outcome{.costs = {1000 + on}} : Outcome{.verdict = Verdict::run_failed, .message = "no"};
      EXPECT_TRUE(study.tell(asked.number, outcome).ok());
      configs.push_back(asked.config);
    }
    return configs;
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/study.tamis";
};

TEST_P(LargeStudy, GoesOnAsIfNeverInterrupted) {
  for (const Space& space : {switches(), balanced_switches()}) {
    const std::string path = directory_.path() + "/" + std::to_string(space.constraints().size());
    Study whole = open(space, {});
    auto cut = std::make_unique<Study>(open(space, path));
    std::set<ConfigKey> met;
    for (int round = 0; round < 9; ++round) {
      const std::vector<Config> expected = go_on(whole);
      ASSERT_EQ(expected.size(), 8U);
      ASSERT_EQ(go_on(*cut), expected);
      for (const Config& config : expected) EXPECT_TRUE(met.insert(space.key(config)).second);
      if (round % 5 != 3) continue;
      cut.reset();
      cut = std::make_unique<Study>(open(space, path, true));
      ASSERT_EQ(cut->resumed(), whole.counts().trials);
    }
    EXPECT_EQ(cut->best()->config, whole.best()->config);
  }
}

TEST_P(LargeStudy, LearnsFromAnotherOfAsManyKnobs) {
  const Space space = switches();
  Study first = open(space, path_);
  for (int round = 0; round < 5; ++round) go_on(first);
  const std::vector<TrialSet> related = read_related(path_).value();
  ASSERT_EQ(related.size(), 1U);
  EXPECT_EQ(related[0].trials.size(), 40U);
  const std::string path = directory_.path() + "/second.tamis";
  Study whole = open(space, {}, false, related);
  auto cut = std::make_unique<Study>(open(space, path, false, related));
  ASSERT_EQ(go_on(*cut), go_on(whole));
  cut.reset();
  cut = std::make_unique<Study>(open(space, path, true, related));
  EXPECT_EQ(cut->resumed(), 8U);
  EXPECT_EQ(go_on(*cut), go_on(whole));
}

std::vector<std::string> names_of_strategies() {
  std::vector<std::string> names;
  for (const StrategyKind& kind : strategy_kinds()) names.push_back(kind.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Each, LargeStudy, testing::ValuesIn(names_of_strategies()),
                         [](const auto& tested) { return tested.param; });

class LargeTrials : public LargeStudy {};

/// Trials of a large space go out and come in with their values; no format has an index for them.
TEST_P(LargeTrials, GoThroughFiles) {
  Study study = open(switches(), path_);
  for (int round = 0; round < 5; ++round) go_on(study);
  const TrialFile logged = read_trials(path_).value();
  ASSERT_EQ(logged.sets.size(), 1U);
  const TrialSet& set = logged.sets.front();
  ASSERT_EQ(set.trials.size(), 40U);
  for (size_t i = 0; i < 40; ++i) EXPECT_EQ(set.trials[i].config, study.trials()[i].config);
  for (const char* name : {"back.csv", "back_T4.json"}) {
    const std::string path = directory_.path() + "/" + name;
    const auto written = write_trials(path, {set});
    ASSERT_TRUE(written.ok()) << written.error().message;
    const TrialSet table = read_recorded_table(path).value();
    ASSERT_EQ(table.trials.size(), 40U) << name;
    EXPECT_EQ(table.space.listed()->size(), 40U);
    for (const Trial& trial : set.trials) {
      // By what the values are: columns of a table keep those alone that occur.
      const auto same = [&](const Trial& other) {
        return table.space.describe(other.config) == set.space.describe(trial.config);
      };
      const auto found = std::find_if(table.trials.begin(), table.trials.end(), same);
      ASSERT_NE(found, table.trials.end()) << name;
      EXPECT_EQ(found->verdict, trial.verdict);
      EXPECT_EQ(found->cost(), trial.cost());
      EXPECT_EQ(find_recorded(table, found->config), &*found);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Each, LargeTrials, testing::Values("random"));

}  // namespace
}  // namespace tamis
