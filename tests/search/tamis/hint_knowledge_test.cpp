// What a user believes to be likely good: right hints must help on recorded tables, opposite ones may cost a
// few trials.
#include "search/tamis/hint_knowledge.h"

#include "search/tamis/tamis_fixture.h"
#include "search/tamis/tamis_strategy.h"
#include "tamis/formats.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr size_t kHintSeeds = 40;

TrialSet hint_table(const std::string& file) {
  return read_recorded_table(std::string(TAMIS_TEST_DATA) + "/vta/" + file).value();
}

/// Trials until one is within 1 % of the table's best, for every seed.
std::vector<double> trials_with_hints(const TrialSet& table, const std::vector<Hint>& hints) {
  std::vector<double> all;
  const SharedTask task = make_task(table.space.hinted(hints));
  for (uint64_t seed = 0; seed < kHintSeeds; ++seed) {
    const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = seed});
    size_t trials = 0;
    for (bool found = false; !found && trials < table.trials.size(); ++trials) {
      const Config config = strategy->propose(1).value().at(0);
      const Trial& trial = *find_recorded(table, config);
      found = trial.cost() <= best_cost(table) * 1.01;
      EXPECT_TRUE(strategy->learn(std::span(&trial, 1)).ok());
    }
    all.push_back(static_cast<double>(trials));
  }
  return all;
}

double median_of_hinted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

const Trial& fastest_or_slowest(const TrialSet& table, bool fastest) {
  const Trial* found = nullptr;
  for (const Trial& trial : table.trials) {
    if (trial.verdict != Verdict::valid) continue;
    if (found == nullptr || (trial.cost() < found->cost()) == fastest) found = &trial;
  }
  return *found;
}

/// The values of the first half of the knobs that choose anything.
std::vector<Hint> half_of(const Space& space, const Config& config) {
  Hint hint;
  for (uint32_t knob = 0; knob < space.knobs().size(); ++knob)
    if (space.knobs()[knob].values.size() > 1) hint.knobs.push_back({knob, {config.choices[knob]}});
  hint.knobs.resize((hint.knobs.size() + 1) / 2);
  return {hint};
}

TEST(Hints, HelpWhereTheyAreRightAndCostFewTrialsWhereTheyAreOpposite) {
  std::vector<double> gains;
  std::vector<double> losses;
  for (const char* file :
       {"resnet18.C2.csv.gz", "resnet18.C5.csv.gz", "resnet18.C8.csv.gz", "resnet18.C9.csv"}) {
    const TrialSet table = hint_table(file);
    const auto hints = [&](bool right) {
      return half_of(table.space, fastest_or_slowest(table, right).config);
    };
    const std::vector<double> without = trials_with_hints(table, {});
    const std::vector<double> right = trials_with_hints(table, hints(true));
    const std::vector<double> opposite = trials_with_hints(table, hints(false));
    EXPECT_LT(median_of_hinted(right), median_of_hinted(without)) << file;
    EXPECT_LE(median_of_hinted(opposite), median_of_hinted(without) + 10) << file;
    for (size_t seed = 0; seed < kHintSeeds; ++seed) {
      gains.push_back(without[seed] - right[seed]);
      losses.push_back(opposite[seed] - without[seed]);
    }
  }
  EXPECT_GE(median_of_hinted(gains), 3);
  EXPECT_LE(median_of_hinted(losses), 3);
}

TEST(Hints, OfTheBestConfigAreTriedAtOnce) {
  const TrialSet table = hint_table("resnet18.C9.csv");
  const Config best = fastest_or_slowest(table, true).config;
  Hint whole;
  for (uint32_t knob = 0; knob < best.choices.size(); ++knob)
    whole.knobs.push_back({knob, {best.choices[knob]}});
  EXPECT_THAT(trials_with_hints(table, {whole}), Each(1));
}

TEST(Hints, AreTakenByAgreement) {
  const Space space = small_space().hinted({parse_hint(small_space().knobs(), "tile=8 order=wh").value(),
                                            parse_hint(small_space().knobs(), "rows=6").value()});
  const HintKnowledge hints(space);
  const auto guess = [&](const std::vector<std::string>& config) {
    const ConfigKey key = space.key(space.parse(config).value());
    return hints.guess_throughput(std::span(&key, 1)).front();
  };
  EXPECT_FLOAT_EQ(guess({"tile=8", "order=wh", "rows=1"}), 1);
  EXPECT_FLOAT_EQ(guess({"tile=1", "order=hw", "rows=6"}), 1);
  EXPECT_FLOAT_EQ(guess({"tile=8", "order=hw", "rows=1"}), 0.75F);
  // Of numbers the neighbours agree by half.
  EXPECT_FLOAT_EQ(guess({"tile=4", "order=wh", "rows=1"}), 0.875F);
  EXPECT_FLOAT_EQ(guess({"tile=2", "order=hw", "rows=1"}), 0.5625F);
}

TEST(Hints, AreDroppedForGoodWhereTheFastestDoesNotAgree) {
  const Space space = small_space().hinted({parse_hint(small_space().knobs(), "tile=8").value()});
  HintKnowledge hints(space);
  const auto key = [&](const std::string& tile) {
    return space.key(space.parse(std::vector<std::string>{"tile=" + tile}).value());
  };
  std::vector<bool> turns;
  for (size_t i = 0; i < HintKnowledge::kTurns; ++i) turns.push_back(hints.heed());
  EXPECT_THAT(turns, ElementsAre(true, false, true, false, true, false, true, false));
  hints.learn(key("1"), 1);
  hints.learn(key("8"), 2);
  EXPECT_TRUE(hints.heed());
  hints.learn(key("1"), 3);
  EXPECT_FALSE(hints.heed());
  hints.learn(key("8"), 4);
  EXPECT_FALSE(hints.heed());
}

TEST(Hints, LeadToConfigsOfALargeSpaceAndRepeat) {
  const Space plain = huge_space();
  const Space space = plain.hinted({parse_hint(plain.knobs(), "knob3=17 knob5=40|41").value()});
  const SharedTask task = make_task(space);
  const auto first = [&](uint64_t seed) {
    return make_tamis_strategy(*task, {.seed = seed})->propose(3).value();
  };
  for (const Config& config : first(1)) {
    EXPECT_EQ(space.integer(config, "knob3"), 17);
    EXPECT_NEAR(space.integer(config, "knob5"), 40.5, 0.6);
  }
  EXPECT_EQ(first(1), first(1));
  EXPECT_NE(first(1), first(2));
}

}  // namespace
}  // namespace tamis
