#include "space/allowed_configs.h"

#include "tamis/expression.h"

#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

std::vector<int64_t> numbers_to(int64_t last) {
  std::vector<int64_t> values(static_cast<size_t>(last));
  std::iota(values.begin(), values.end(), 1);
  return values;
}

Space make_space(std::vector<Knob> knobs, const std::vector<std::string>& formulas) {
  auto constraints = parse_constraints(formulas, knobs);
  EXPECT_TRUE(constraints.ok()) << constraints.error().message;
  return Space::create(std::move(knobs), std::move(*constraints)).value();
}

Space enumerated(std::vector<Knob> knobs, const std::vector<std::string>& formulas) {
  auto space = make_space(std::move(knobs), formulas).enumerated();
  EXPECT_TRUE(space.ok()) << space.error().message;
  return *space;
}

std::vector<Knob> three_knobs(int64_t last) {
  return {number_knob("x", numbers_to(last)), number_knob("y", numbers_to(last)),
          number_knob("z", numbers_to(last))};
}

uint64_t count_of(const Space& space) { return space.enumeration()->count(); }

TEST(AllowedConfigs, AreAllOfASpaceWithoutConstraints) {
  const Space space = enumerated(three_knobs(10), {});
  EXPECT_EQ(count_of(space), 1000U);
  EXPECT_LE(space.enumeration()->edges(), 3U) << "neighbouring choices share an edge";
}

TEST(AllowedConfigs, AreOneOfASpaceWithoutKnobs) {
  EXPECT_EQ(count_of(Space::create({}).value().enumerated().value()), 1U);
}

TEST(AllowedConfigs, AreNoneOfASpaceThatWasNeverMade) {
  const Space space = Space().enumerated().value();
  Random random(1);
  EXPECT_EQ(count_of(space), 0U);
  EXPECT_FALSE(space.sample(random));
}

TEST(AllowedConfigs, AreNoneWhereAFormulaCannotHold) {
  for (const char* formula : {"x > 10", "1 == 2", "x * y * z == 1001", "x % 0 == 0", "x + 0.5 == y"}) {
    const Space space = enumerated(three_knobs(10), {formula});
    Random random(1);
    EXPECT_EQ(count_of(space), 0U) << formula;
    EXPECT_FALSE(space.sample(random));
    EXPECT_FALSE(space.enumeration()->nearest(space.config(0)));
    EXPECT_EQ(space.allowed_keys(10)->size(), 0U);
  }
}

TEST(AllowedConfigs, HeedAlternativesThatAreUndefined) {
  EXPECT_EQ(count_of(enumerated(three_knobs(10), {"x == 3 or y / 0 == 1"})), 100U);
  EXPECT_EQ(count_of(enumerated(three_knobs(10), {"y / 0 == 1 or x == 3"})), 0U);
  EXPECT_EQ(count_of(enumerated(three_knobs(10), {"x == 1 or z % (x - 1) == 0"})), 360U);
}

// The numbers of ordered factorisations were counted by other means: of 720720 = 2^4 3^2 5 7 11 13 into three
// factors of at most 10000 by three nested loops, as those of the sum and of the chain.
std::vector<int64_t> powers(int64_t base, int count) {
  std::vector<int64_t> values = {1};
  while (static_cast<int>(values.size()) < count) values.push_back(values.back() * base);
  return values;
}

// Integers that leave 64 bits, and what they are compared with does or does not.
TEST(AllowedConfigs, OfProductsBeyond64BitsAreFoundAllTheSame) {
  std::vector<Knob> knobs;
  for (const char* name : {"a", "b", "c", "d", "e"}) knobs.push_back(number_knob(name, powers(2, 41)));
  EXPECT_EQ(count_of(enumerated(knobs, {"a * b * c * d * e <= 1024"})), 3003U);
  EXPECT_EQ(count_of(enumerated(knobs, {"a * b * c * d * e <= 1024 and a == 1024"})), 1U);
  EXPECT_EQ(count_of(enumerated(knobs, {"not a * b * c * d * e > 1024"})), 3003U);
  knobs.pop_back();
  for (Knob& knob : knobs) knob = number_knob(knob.name, powers(4, 32));
  EXPECT_EQ(count_of(enumerated(knobs, {"a * b == c * d"})), 21856U) << "bounds cannot decide it";
  EXPECT_EQ(count_of(enumerated(knobs, {"a * b == c * d + 1"})), 0U) << "doubles cannot either";
}

TEST(AllowedConfigs, OfFormulasWithoutCodeAreFound) {
  const Space space = enumerated(
      {number_knob("x", numbers_to(20)), number_knob("y", numbers_to(20)), name_knob("s", {"nchw", "nhwc"})},
      {"str(x) in str(y)", "len(s[1:x]) == 2", "sum(v for v in [x, y]) < 20"});
  std::set<ConfigKey> expected;
  for (uint64_t index = 0; index < space.size(); ++index) {
    const Config config = space.config(index);
    const int64_t x = space.integer(config, "x");
    const int64_t y = space.integer(config, "y");
    const bool contained = std::to_string(y).find(std::to_string(x)) != std::string::npos;
    if (contained && x == 3 && x + y < 20) expected.insert(space.key(config));
  }
  const std::vector<ConfigKey> allowed = *space.allowed_keys(space.size());
  EXPECT_EQ(std::set<ConfigKey>(allowed.begin(), allowed.end()), expected);
  EXPECT_EQ(expected.size(), 4U) << "y is 3 or 13, for both layouts";
}

TEST(AllowedConfigs, AreNoneWhereWhatIsInNothingIsUndefined) {
  EXPECT_EQ(count_of(enumerated({number_knob("x", {0, 1})}, {"7 // x not in ()"})), 1U);
  EXPECT_EQ(count_of(enumerated({number_knob("x", {0, 1})}, {"7 // x not in range(0)"})), 1U);
}

TEST(AllowedConfigs, OfAConstantFormulaJoinNothing) {
  const Space space = enumerated(three_knobs(1000), {"2 ** 100 > 3", "len('ab' + 'c') == 3"});
  EXPECT_EQ(count_of(space), 1'000'000'000U);
}

TEST(AllowedConfigs, OfATrillionAreCountedWithoutVisitingTheOthers) {
  EXPECT_EQ(count_of(enumerated(three_knobs(10000), {"x * y * z == 720720"})), 6621U);
  EXPECT_EQ(count_of(enumerated(three_knobs(10000), {"x + y + z == 1500"})), 1122751U);
  EXPECT_EQ(count_of(enumerated(three_knobs(10000), {"y % x == 0", "z % y == 0"})), 496623U);
}

TEST(AllowedConfigs, OfAnOrderThatSeparatesPairsAreFoundPairByPair) {
  std::vector<Knob> knobs;
  std::vector<std::string> formulas;
  std::string sum;
  for (const char* side : {"a", "b"})
    for (int i = 0; i < 6; ++i) knobs.push_back(number_knob(side + std::to_string(i), numbers_to(10)));
  for (int i = 0; i < 6; ++i) {
    formulas.push_back("b" + std::to_string(i) + " % a" + std::to_string(i) + " == 0");
    sum += (i > 0 ? " + b" : "b") + std::to_string(i);
  }
  formulas.push_back(sum + " <= 40");
  const Space space = enumerated(std::move(knobs), formulas);
  EXPECT_EQ(count_of(space), 252278523U);
  EXPECT_LT(space.enumeration()->edges(), 10000U);
}

TEST(AllowedConfigs, RanksAndConfigsAreInverse) {
  const Space space = enumerated(three_knobs(20), {"x * y <= 40", "z % 3 == 1"});
  const AllowedConfigs& allowed = *space.enumeration();
  std::set<uint64_t> indexes;
  for (uint64_t rank = 0; rank < allowed.count(); ++rank) {
    const Config config = allowed.config(rank);
    EXPECT_EQ(allowed.rank(config), rank);
    indexes.insert(space.index(config));
  }
  EXPECT_EQ(indexes.size(), allowed.count());
}

TEST(AllowedConfigs, RefuseConfigsThatAreNotOfTheSpace) {
  const Space space = enumerated(three_knobs(20), {"x * y <= 40"});
  EXPECT_FALSE(space.allows(Config{{0, 0}}));
  EXPECT_FALSE(space.allows(Config{{0, 0, 20}}));
  EXPECT_FALSE(space.allows(Config{{0, 99, 0}}));
  EXPECT_TRUE(space.allows(Config{{0, 0, 19}}));
}

/// Pearson's statistic of draws from `count` equally likely ranks.
double unevenness(const Space& space, int draws) {
  const AllowedConfigs& allowed = *space.enumeration();
  std::vector<int> met(allowed.count(), 0);
  Random random(7);
  for (int i = 0; i < draws; ++i) ++met[*allowed.rank(*allowed.sample(random))];
  const double expected = static_cast<double>(draws) / static_cast<double>(allowed.count());
  double sum = 0;
  for (const int one : met) sum += (one - expected) * (one - expected) / expected;
  return sum;
}

TEST(AllowedConfigs, AreDrawnEvenly) {
  // Of n ranks the statistic has a mean of n - 1 and a variance of 2 (n - 1); five deviations are allowed.
  for (const char* formula : {"x * y * z <= 60", "x + y == z", "x % y == 0 or z == 1"}) {
    const Space space = enumerated(three_knobs(12), {formula});
    const auto degrees = static_cast<double>(count_of(space) - 1);
    EXPECT_NEAR(unevenness(space, 100 * static_cast<int>(count_of(space))), degrees,
                5 * std::sqrt(2 * degrees))
        << formula;
  }
}

TEST(AllowedConfigs, NearestIsAllowedAndLeavesAllowedOnesAlone) {
  const Space space = enumerated(three_knobs(20), {"x + y == z"});
  for (uint64_t index = 0; index < space.size(); index += 13) {
    const Config config = space.config(index);
    const Config near = *space.enumeration()->nearest(config);
    EXPECT_TRUE(space.allows(near));
    EXPECT_EQ(near == config, space.allows(config));
  }
}

TEST(AllowedConfigs, NeighboursAreAllowedAndReachEverything) {
  const Space space = enumerated(three_knobs(12), {"x * y * z == 72"});
  Random random(3);
  Config config = space.enumeration()->config(0);
  std::set<uint64_t> met;
  for (int i = 0; i < 3000; ++i) {
    const Config next = space.enumeration()->neighbour(config, random);
    ASSERT_TRUE(space.allows(next));
    ASSERT_NE(next, config);
    config = next;
    met.insert(space.index(config));
  }
  EXPECT_EQ(met.size(), count_of(space));
}

TEST(AllowedConfigs, TheOnlyOneHasNoNeighbour) {
  const Space space = enumerated(three_knobs(12), {"x * y * z == 1"});
  Random random(3);
  const Config config = space.enumeration()->config(0);
  EXPECT_EQ(space.enumeration()->neighbour(config, random), config);
}

TEST(AllowedConfigs, FollowFunctionsThatSayWhatTheyLookAt) {
  const Constraint equal{
      "x == z",
      [](const Space&, const Config& config) { return config.choices[0] == config.choices[2]; },
      {"x", "z"}};
  const Space space = Space::create(three_knobs(2000), {equal}).value().enumerated().value();
  EXPECT_EQ(count_of(space), 2000U * 2000U);
}

TEST(AllowedConfigs, FollowFunctionsThatSayNothing) {
  const Constraint equal{
      "x == z", [](const Space&, const Config& config) { return config.choices[0] == config.choices[2]; }};
  const Constraint foreign{"q", [](const Space&, const Config&) { return true; }, {"q"}};
  const Space space = Space::create(three_knobs(30), {equal, foreign}).value().enumerated().value();
  EXPECT_EQ(count_of(space), 900U);
}

TEST(AllowedConfigs, RefuseWhatIsTooManyToHold) {
  const Constraint opaque{"opaque", [](const Space&, const Config&) { return true; }};
  const auto space = Space::create(three_knobs(10000), {opaque}).value().enumerated();
  ASSERT_FALSE(space.ok());
  EXPECT_EQ(space.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(space.error().message, HasSubstr("knobs x, y, z"));
}

TEST(AllowedConfigs, ShareWhatFunctionsOfSumsAndProductsLeave) {
  std::vector<Knob> knobs;
  std::string sum;
  for (int i = 0; i < 12; ++i) {
    knobs.push_back(number_knob("a" + std::to_string(i), numbers_to(10)));
    sum += (i > 0 ? " + a" : "a") + std::to_string(i) + " * " + std::to_string(i + 1);
  }
  const Space space = enumerated(std::move(knobs), {sum + " == 300"});
  EXPECT_EQ(count_of(space), 1211316747U);
  EXPECT_LT(space.enumeration()->edges(), 100000U);
}

TEST(EnumeratedSpace, IsCountedFurtherWhenConstrained) {
  const Space space = enumerated(three_knobs(20), {"x + y == z"});
  const Space further = space.constrained({*parse_constraint("x == y", space.knobs())});
  ASSERT_NE(further.enumeration(), nullptr);
  EXPECT_EQ(count_of(further), 10U);
  EXPECT_EQ(further.fingerprint(), make_space(three_knobs(20), {"x + y == z", "x == y"}).fingerprint());
}

TEST(EnumeratedSpace, HasTheFingerprintOfTheSpace) {
  const Space plain = make_space(three_knobs(20), {"x + y == z"});
  EXPECT_EQ(plain.enumerated().value().fingerprint(), plain.fingerprint());
}

TEST(EnumeratedSpace, ListsItsIndexesInOrder) {
  const Space plain = make_space(three_knobs(20), {"x + y == z"});
  const Space space = plain.enumerated().value();
  EXPECT_EQ(space.allowed_keys(1000), plain.allowed_keys(1000));
  EXPECT_EQ(space.allowed_keys(189), std::nullopt);
  EXPECT_EQ(space.allowed_keys(190)->size(), 190U);
}

TEST(EnumeratedSpace, OfAListedSpaceIsThatSpace) {
  const Space listed = Space::create_listed(three_knobs(20), {1, 5, 9}).value();
  EXPECT_EQ(listed.enumerated().value().listed()->size(), 3U);
  EXPECT_EQ(listed.enumerated().value().enumeration(), nullptr);
}

TEST(KnownCount, IsThatOfWhatIsEnumeratedListedOrFree) {
  EXPECT_EQ(known_count(enumerated(three_knobs(20), {"x + y == z"})), 190U);
  EXPECT_EQ(known_count(make_space(three_knobs(20), {"x + y == z"})), std::nullopt);
  EXPECT_EQ(known_count(make_space(three_knobs(20), {})), 8000U);
  EXPECT_EQ(known_count(Space::create_listed(three_knobs(20), {1, 5, 9}).value()), 3U);
  EXPECT_EQ(count_allowed(enumerated(three_knobs(20), {"x + y == z"})), 190U);
  EXPECT_EQ(count_allowed(make_space(three_knobs(20), {"x + y == z"})), 190U) << "counted one by one";
  EXPECT_EQ(count_allowed(make_space(three_knobs(1000), {"x + y == z"})), std::nullopt)
      << "too many to count";
}

TEST(Constraint, OfAFormulaNamesTheKnobsThatItLooksAt) {
  const Constraint constraint = parse_constraint("z > 1 and x * z <= 3", three_knobs(4)).value();
  EXPECT_THAT(constraint.knobs, ::testing::ElementsAre("z", "x"));
}

}  // namespace
}  // namespace tamis
