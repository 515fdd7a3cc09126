// Rules learnt from what the real toolchain did with every config of four layers (tests/data/vta).

#include "model/rules.h"
#include "tamis/expression.h"
#include "tamis/formats.h"
#include "tamis/random.h"

#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TrialSet table(const std::string& file) {
  Result<TrialSet> read = read_recorded_table(TAMIS_TEST_DATA "/vta/" + file);
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().message);
  return read.ok() ? std::move(*read) : TrialSet{};
}

struct Effect {
  size_t with_verdict = 0, removed = 0, valid = 0, lost = 0;
};

/// What adding the rules back to the space as declared constraints does.
Effect add_back(const TrialSet& table, const RuleSet& rules, Verdict verdict) {
  std::vector<std::string> texts;
  for (const Rule& rule : rules.rules) texts.push_back(rule.constraint());
  Result<std::vector<Constraint>> constraints = parse_constraints(texts, table.space.knobs());
  EXPECT_TRUE(constraints.ok()) << constraints.error().message;
  const Space space = table.space.constrained(std::move(*constraints));
  Effect effect;
  for (const Trial& trial : table.trials) {
    const bool excluded = !space.allows(trial.config);
    effect.with_verdict += trial.verdict == verdict ? 1 : 0;
    effect.removed += trial.verdict == verdict && excluded ? 1 : 0;
    effect.valid += trial.verdict == Verdict::valid ? 1 : 0;
    effect.lost += trial.verdict == Verdict::valid && excluded ? 1 : 0;
  }
  return effect;
}

class RulesOnVta : public ::testing::TestWithParam<const char*> {};

TEST_P(RulesOnVta, AddedBackAsConstraintsRemoveWhatExceedsAMemoryAndKeepWhatIsValid) {
  const TrialSet recorded = table(GetParam());
  RuleOptions options;
  options.verdict = Verdict::resource_exceeded;
  options.folds = 0;
  const RuleSet rules = *learn_rules(recorded.space, recorded.trials, options);
  const Effect effect = add_back(recorded, rules, Verdict::resource_exceeded);
  EXPECT_GE(effect.removed * 10, effect.with_verdict * 9);
  EXPECT_LT(effect.lost * 100, effect.valid);
  EXPECT_EQ(effect.removed, rules.learnt.found);
  EXPECT_EQ(effect.lost, rules.learnt.valid_lost);
}

TEST_P(RulesOnVta, LearntFromAFourthOfTheTrialsHoldForAll) {
  const TrialSet recorded = table(GetParam());
  std::vector<uint32_t> order(recorded.trials.size());
  std::iota(order.begin(), order.end(), 0U);
  Random random(5);
  random.shuffle(order);
  std::vector<Trial> some;
  for (size_t i = 0; i < order.size() / 4; ++i) some.push_back(recorded.trials[order[i]]);
  RuleOptions options;
  options.folds = 0;
  options.verdict = Verdict::resource_exceeded;
  const RuleSet rules = *learn_rules(recorded.space, some, options);
  const Effect effect = add_back(recorded, rules, Verdict::resource_exceeded);
  EXPECT_GE(effect.removed * 10, effect.with_verdict * 7);
  EXPECT_LT(effect.lost * 100, effect.valid);
}

TEST_P(RulesOnVta, HoldOnTrialsHeldOut) {
  const TrialSet recorded = table(GetParam());
  RuleOptions options;
  options.verdict = Verdict::resource_exceeded;
  const RuleSet rules = *learn_rules(recorded.space, recorded.trials, options);
  ASSERT_TRUE(rules.held_out.has_value());
  EXPECT_GE(rules.held_out->coverage(), 0.8);
  EXPECT_GE(rules.held_out->precision(), 0.9);
}

TEST(RulesOnVta, FindTheLimitOfTheWeightMemory) {
  const TrialSet recorded = table("resnet18.C9.csv");
  RuleOptions options;
  options.verdict = Verdict::resource_exceeded;
  const RuleSet rules = *learn_rules(recorded.space, recorded.trials, options);
  ASSERT_FALSE(rules.rules.empty());
  // 1024 elements hold 113 pairs of channel blocks at 9 taps each; the values that occur are 64 and 128.
  EXPECT_EQ(rules.rules.front().when(), "tile_ci * tile_co > 64");
  EXPECT_EQ(rules.rules.front().constraint(), "tile_ci * tile_co <= 64");
}

INSTANTIATE_TEST_SUITE_P(Layers, RulesOnVta,
                         ::testing::Values("resnet18.C2.csv.gz", "resnet18.C5.csv.gz", "resnet18.C8.csv.gz",
                                           "resnet18.C9.csv"));

}  // namespace
}  // namespace tamis
