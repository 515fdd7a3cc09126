#include "model/quantities.h"

#include "tamis/expression.h"
#include "tamis/random.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace tamis {
namespace {

using ::testing::Contains;
using ::testing::Not;

Space space() {
  return *Space::create({number_knob("tile", {1, 7, 14, 56}), number_knob("threads", {1, 2}),
                         name_knob("layout", {"nchw", "nhwc"}), split_knob("h", 12, 2),
                         number_knob("fixed", {3})});
}

std::vector<Config> every_config(const Space& space) {
  std::vector<Config> configs;
  for (uint64_t i = 0; i < space.size(); ++i) configs.push_back(space.config(i));
  return configs;
}

/// Every condition that may be asked of every quantity.
std::vector<ConditionText> every_condition(const Space& space, const std::vector<Config>& configs) {
  std::vector<ConditionText> all;
  for (const Quantity& quantity : derived_quantities(space)) {
    const Binned binned = bin(space, quantity, configs);
    const size_t last = binned.values.size() - 1;
    for (size_t i = 0; i < last; ++i) {
      all.push_back(condition_text(space, quantity, binned, configs, 0, i));
      all.push_back(condition_text(space, quantity, binned, configs, i + 1, last));
    }
    if (quantity.complexity() == 1)
      for (size_t i = 0; i <= last; ++i)
        all.push_back(condition_text(space, quantity, binned, configs, i, i));
  }
  return all;
}

std::vector<std::string> texts(const std::vector<ConditionText>& conditions) {
  std::vector<std::string> all;
  for (const ConditionText& condition : conditions) all.push_back(condition.text);
  return all;
}

TEST(Quantities, ReadAsAnEngineerWritesThem) {
  const std::vector<std::string> all = texts(every_condition(space(), every_config(space())));
  EXPECT_THAT(all, Contains("tile == 7"));
  EXPECT_THAT(all, Contains("tile > 8"));
  EXPECT_THAT(all, Contains("tile <= 8"));
  EXPECT_THAT(all, Contains("layout == 'nhwc'"));
  EXPECT_THAT(all, Contains("h[0] > 4"));
  EXPECT_THAT(all, Contains("tile * threads * h > 64"));
  EXPECT_THAT(all, Contains("tile % (threads * h) != 0"));
  EXPECT_THAT(all, Contains("tile > h"));
}

TEST(Quantities, LeaveOutKnobsWithoutAChoice) {
  for (const std::string& text : texts(every_condition(space(), every_config(space()))))
    EXPECT_EQ(text.find("fixed"), std::string::npos) << text;
}

TEST(Quantities, AreFormulasThatHoldExactlyWhereTheyShould) {
  const Space all = space();
  const std::vector<Config> configs = every_config(all);
  for (const Quantity& quantity : derived_quantities(all)) {
    const Binned binned = bin(all, quantity, configs);
    for (size_t cut = 0; cut + 1 < binned.values.size(); ++cut) {
      const ConditionText text =
          condition_text(all, quantity, binned, configs, cut + 1, binned.values.size() - 1);
      const Result<Expression> formula = Expression::parse(text.text, all.knobs());
      const Result<Expression> opposite = Expression::parse(text.opposite, all.knobs());
      ASSERT_TRUE(formula.ok() && opposite.ok()) << text.text;
      for (size_t i = 0; i < configs.size(); ++i) {
        EXPECT_EQ(formula->holds(configs[i]), binned.bins[i] > cut) << text.text;
        EXPECT_EQ(opposite->holds(configs[i]), binned.bins[i] <= cut) << text.opposite;
      }
    }
  }
}

TEST(Quantities, StayWithinTheirBudget) {
  std::vector<Knob> knobs;
  for (int i = 0; i < 15; ++i) knobs.push_back(number_knob("k" + std::to_string(i), {1, 2, 4}));
  const Space large = *Space::create(knobs);
  EXPECT_LE(derived_quantities(large).size(), kQuantityBudget);
  EXPECT_GE(derived_quantities(large).size(), 15U + 105U);
}

TEST(Quantities, TakeNumbersForNumbersWhateverTheirKnobIsCalled) {
  const Space odd = *Space::create({Knob{"unordered", KnobKind::name, {int64_t{3}, int64_t{5}}}});
  EXPECT_THAT(texts(every_condition(odd, every_config(odd))), Contains("unordered == 5"));
}

TEST(Quantities, KeepKnobsBelowZeroOutOfProducts) {
  const Space odd =
      *Space::create({number_knob("a", {-1, 1}), number_knob("b", {0, 4}), number_knob("c", {1, 2})});
  const std::vector<std::string> all = texts(every_condition(odd, every_config(odd)));
  EXPECT_THAT(all, Contains("a == -1"));
  EXPECT_THAT(all, Contains("b * c > 0"));
  EXPECT_THAT(all, Not(Contains("a * c > 1")));
}

TEST(Quantities, AreBinnedAlikeFromShorterProducts) {
  Random random(4);
  std::vector<int64_t> many;
  for (int64_t i = 1; i <= 300; ++i) many.push_back(i);
  const Space wide = *Space::create({number_knob("a", many), number_knob("b", many),
                                     number_knob("c", {1, 2, 3, 5}), split_knob("s", 360, 3)});
  std::vector<Config> some;
  for (int i = 0; i < 500; ++i) some.push_back(wide.draw(random));
  for (const auto& [of, configs] : {std::pair(space(), every_config(space())), std::pair(wide, some)}) {
    Binner binner(of, configs);
    for (const Quantity& quantity : derived_quantities(of)) {
      const Binned expected = bin(of, quantity, configs);
      const auto binned = binner.bin(quantity);
      EXPECT_EQ(binned->values, expected.values);
      EXPECT_EQ(binned->bins, expected.bins);
      EXPECT_EQ(binned->sample, expected.sample);
    }
  }
}

}  // namespace
}  // namespace tamis
