// Spaces of 2^63 configs and more: keys instead of indexes, counts beyond 64 bits.

#include "space/allowed_configs.h"
#include "tamis/expression.h"
#include "tamis/space.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// So many knobs of the numbers from 0 up.
std::vector<Knob> many_knobs(int count, int64_t values) {
  std::vector<int64_t> numbers;
  for (int64_t value = 0; value < values; ++value) numbers.push_back(value);
  std::vector<Knob> knobs;
  for (int i = 0; i < count; ++i) knobs.push_back(number_knob("k" + std::to_string(i), numbers));
  return knobs;
}

Space large(int count = 170, int64_t values = 2) { return Space::create(many_knobs(count, values)).value(); }

/// The sum of all knobs is so much.
Space with_sum(int count, int64_t values, int sum) {
  const std::vector<Knob> knobs = many_knobs(count, values);
  std::string formula = "k0";
  for (int i = 1; i < count; ++i) formula += " + k" + std::to_string(i);
  return Space::create(knobs, {*parse_constraint(formula + " == " + std::to_string(sum), knobs)})
      .value()
      .enumerated()
      .value();
}

TEST(LargeSpace, IsCountableBelowTwoToTheSixtyThird) {
  EXPECT_TRUE(large(62).countable());
  EXPECT_EQ(large(62).size(), uint64_t{1} << 62);
  for (const int count : {63, 64, 65, 170}) {
    EXPECT_FALSE(large(count).countable()) << count;
    EXPECT_EQ(large(count).size(), Space::kUncountable);
    EXPECT_EQ(large(count).log2_size(), count);
    EXPECT_EQ(known_count(large(count)), std::nullopt);
    EXPECT_EQ(count_allowed(large(count)), std::nullopt);
    EXPECT_EQ(large(count).allowed_keys(1000), std::nullopt);
  }
}

TEST(LargeSpace, TellsItsSizeToPeople) {
  EXPECT_EQ(size_text(large(10)), "1024");
  EXPECT_EQ(size_text(large(170)), "about 1.5e51");
  EXPECT_EQ(size_text(large(170, 3)), "about 1.3e81");
  EXPECT_EQ(count_text(Space::kUncountable, 100 * std::log2(10.0)), "about 1.0e100");
  EXPECT_EQ(count_text(0, 0), "0");
}

TEST(LargeSpace, HasAKeyForEveryConfig) {
  for (const Space& space : {large(170, 2), large(170, 3), large(64, 2), large(20, 1000)}) {
    Random random(1);
    std::set<ConfigKey> ordered;
    std::unordered_set<ConfigKey> hashed;
    for (int i = 0; i < 1000; ++i) {
      const Config config = space.draw(random);
      const ConfigKey key = space.key(config);
      EXPECT_EQ(space.config(key), config);
      EXPECT_EQ(space.key(space.config(key)), key);
      EXPECT_EQ(key.index(), ConfigKey::kNone);
      EXPECT_EQ(space.index(config), Space::kUncountable);
      EXPECT_EQ(known_index(space, config), std::nullopt);
      EXPECT_EQ(ordered.insert(key).second, hashed.insert(key).second);
    }
    EXPECT_EQ(ordered.size(), 1000U);
  }
}

/// The last knob counts most, as in an index.
TEST(LargeSpace, OrdersKeysAsConfigsAreRanked) {
  const Space space = large(100, 3);
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    const Config a = space.draw(random);
    Config b = a;
    for (int changes = 0; changes < 2; ++changes) b = space.mutate(b, random);
    const std::vector<uint32_t> left(a.choices.rbegin(), a.choices.rend());
    const std::vector<uint32_t> right(b.choices.rbegin(), b.choices.rend());
    EXPECT_EQ(space.key(a) < space.key(b), left < right);
    EXPECT_EQ(space.key(a) == space.key(b), left == right);
  }
}

TEST(LargeSpace, WritesRanksOfAnyLength) {
  const Space space = large(170);
  Config last{std::vector<uint32_t>(170, 1)};
  EXPECT_EQ(space.rank_text(last), "1496577676626844588240573268701473812127674924007423");
  EXPECT_EQ(space.rank_text(space.config(uint64_t{0})), "0");
  EXPECT_EQ(space.rank_text(space.config(uint64_t{1'000'000'000})), "1000000000");
  EXPECT_EQ(large(10).rank_text(large(10).config(77)), "77");
}

TEST(ConfigKey, IsSharedByCopies) {
  const Space space = large();
  Random random(3);
  const Config config = space.draw(random);
  ConfigKey key = space.key(config);
  ConfigKey copy = key;
  const ConfigKey moved = std::move(key);
  EXPECT_EQ(copy, moved);
  copy = ConfigKey(7);
  EXPECT_EQ(copy.index(), 7U);
  EXPECT_NE(copy, moved);
  copy = moved;
  EXPECT_EQ(space.config(copy), config);
  EXPECT_NE(ConfigKey::none(), moved);
  EXPECT_NE(ConfigKey::none(), ConfigKey(0));
  EXPECT_LT(ConfigKey::none(), ConfigKey(0));
  EXPECT_EQ(ConfigKey(5).hash(), 5U);
}

TEST(LargeSpace, IsDrawnFromEvenly) {
  const Space space = large();
  Random random(4);
  std::vector<int> ones(170, 0);
  for (int i = 0; i < 2000; ++i) {
    const Config config = space.sample(random).value();
    for (size_t knob = 0; knob < 170; ++knob) ones[knob] += static_cast<int>(config.choices[knob]);
  }
  for (const int count : ones) EXPECT_NEAR(count, 1000, 120);
}

TEST(LargeSpace, ListsConfigs) {
  const Space space = large();
  Random random(5);
  const Config first = space.draw(random);
  const Config second = space.draw(random);
  const Space listed = Space::create_listed(space.knobs(), {space.key(first), space.key(second)}).value();
  EXPECT_TRUE(listed.allows(first));
  EXPECT_FALSE(listed.allows(space.draw(random)));
  EXPECT_EQ(known_count(listed), 2U);
  EXPECT_EQ(listed.allowed_keys(10)->size(), 2U);
  EXPECT_NE(listed.fingerprint(), space.fingerprint());
  EXPECT_FALSE(Space::create_listed(space.knobs(), {space.key(first), space.key(first)}).ok());
  EXPECT_FALSE(Space::create_listed(space.knobs(), {uint64_t{3}}).ok());
}

/// Without constraints that join them, every knob is a group of its own.
TEST(LargeEnumeratedSpace, MayHoldMoreConfigsThanCanBeCounted) {
  const Space space = large().enumerated().value();
  EXPECT_EQ(space.enumeration()->count(), Space::kUncountable);
  EXPECT_EQ(space.enumeration()->log2_count(), 170);
  EXPECT_EQ(known_count(space), std::nullopt);
  Random random(6);
  const Config config = space.sample(random).value();
  EXPECT_TRUE(space.allows(config));
  EXPECT_EQ(space.enumeration()->rank(config), std::nullopt);
}

/// 10^20 configs, a fifth of which counts: one group holds all knobs.
TEST(LargeEnumeratedSpace, CountsAGroupBeyond64Bits) {
  // Of 170 switches 80 are on: the binomial coefficient.
  const Space space = with_sum(170, 2, 80);
  const double expected = (std::lgamma(171) - std::lgamma(81) - std::lgamma(91)) / std::log(2.0);
  EXPECT_EQ(space.enumeration()->count(), Space::kUncountable);
  EXPECT_NEAR(space.enumeration()->log2_count(), expected, 1e-6);
}

/// What is drawn by weights is distributed as what is drawn by counts.
TEST(LargeEnumeratedSpace, IsDrawnFromEvenly) {
  const Space space = with_sum(170, 2, 80);
  Random random(7);
  std::vector<int> ones(170, 0);
  int together = 0;
  const int draws = 4000;
  for (int i = 0; i < draws; ++i) {
    const Config config = space.sample(random).value();
    int sum = 0;
    for (size_t knob = 0; knob < 170; ++knob) {
      sum += static_cast<int>(config.choices[knob]);
      ones[knob] += static_cast<int>(config.choices[knob]);
    }
    ASSERT_EQ(sum, 80);
    together += config.choices[0] == 1 && config.choices[169] == 1 ? 1 : 0;
  }
  for (const int count : ones) EXPECT_NEAR(count, draws * 80.0 / 170, 5 * std::sqrt(draws * 0.25));
  EXPECT_NEAR(together, draws * 80.0 / 170 * 79 / 169, 5 * std::sqrt(draws * 0.2));
}

TEST(LargeEnumeratedSpace, FindsAllowedConfigsNearOthers) {
  const Space space = with_sum(170, 2, 80);
  const AllowedConfigs& allowed = *space.enumeration();
  Random random(8);
  for (int i = 0; i < 50; ++i) {
    const Config config = allowed.nearest(space.draw(random)).value();
    EXPECT_TRUE(space.allows(config));
    const Config neighbour = allowed.neighbour(config, random);
    EXPECT_TRUE(space.allows(neighbour));
    EXPECT_NE(neighbour, config);
  }
}

/// Walking meets the configs of the ranks, in their order; with and without ranks it is the same walk.
TEST(EnumeratedSpace, IsWalkedThroughInTheOrderOfRanks) {
  for (const Space& space : {with_sum(8, 3, 7), large(7, 3).enumerated().value()}) {
    const AllowedConfigs& allowed = *space.enumeration();
    Config config = allowed.first();
    for (uint64_t rank = 0; rank < allowed.count(); ++rank) {
      ASSERT_EQ(config, allowed.config(rank));
      ASSERT_EQ(allowed.rank(config), rank);
      ASSERT_EQ(allowed.advance(config), rank + 1 < allowed.count());
    }
    EXPECT_EQ(config, allowed.first());
  }
}

TEST(LargeEnumeratedSpace, IsWalkedThrough) {
  const Space space = with_sum(170, 2, 80);
  Config config = space.enumeration()->first();
  std::set<ConfigKey> met;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(space.allows(config));
    EXPECT_TRUE(met.insert(space.key(config)).second);
    ASSERT_TRUE(space.enumeration()->advance(config));
  }
}

/// Constraints over few of very many knobs leave few: these are counted and ranked as in any space.
TEST(LargeEnumeratedSpace, CountsTheFewThatAreAllowed) {
  const std::vector<Knob> knobs = many_knobs(170, 2);
  std::vector<std::string> formulas = {"k0 + k169 == 1"};
  for (int i = 3; i < 169; ++i) formulas.push_back("k" + std::to_string(i) + " == 0");
  const Space space = Space::create(knobs, *parse_constraints(formulas, knobs)).value().enumerated().value();
  EXPECT_EQ(known_count(space), 8U);
  const std::vector<ConfigKey> all = space.allowed_keys(8).value();
  EXPECT_EQ(all.size(), 8U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  for (const ConfigKey& key : all) EXPECT_TRUE(space.allows(space.config(key)));
}

TEST(LargeEnumeratedSpace, MayAllowNothing) {
  const Space space = with_sum(170, 2, 171);
  EXPECT_EQ(known_count(space), 0U);
  Random random(9);
  EXPECT_FALSE(space.sample(random));
}

/// Of hundreds of joined knobs the order is not searched for ever.
TEST(LargeEnumeratedSpace, JoinsVeryManyKnobsInLittleTime) {
  EXPECT_NEAR(with_sum(600, 2, 2).enumeration()->log2_count(), std::log2(600.0 * 599 / 2), 1e-9);
}

}  // namespace
}  // namespace tamis
