#include "tamis/space.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The knobs of AutoTVM's VTA template for ResNet-18 C2.
Space c2_space(std::vector<Constraint> constraints = {}) {
  std::vector<Knob> knobs = {split_knob("tile_b", 1, 2),      split_knob("tile_h", 56, 2),
                             split_knob("tile_w", 56, 2),     split_knob("tile_ci", 4, 2),
                             split_knob("tile_co", 4, 2),     number_knob("oc_nthread", {1, 2}),
                             number_knob("h_nthread", {1, 2})};
  return *Space::create(std::move(knobs), std::move(constraints));
}

Result<Config> parse(const Space& space, std::vector<std::string> assignments) {
  return space.parse(assignments);
}

TEST(Space, CountsTheFullProduct) {
  EXPECT_EQ(c2_space().size(), 2304U);
  EXPECT_EQ(Space().size(), 0U);
}

TEST(Space, RefusesTwoKnobsOfOneName) {
  const auto space = Space::create({number_knob("a", {1}), number_knob("a", {2})});
  ASSERT_FALSE(space.ok());
  EXPECT_EQ(space.error().message, "two knobs are called a");
}

TEST(Space, RefusesAKnobWithoutValues) {
  EXPECT_THAT(Space::create({number_knob("a", {})}).error().message, HasSubstr("the knob a has no values"));
}

TEST(Space, IsNotCountableFrom63BitsOn) {
  std::vector<Knob> knobs;
  for (int i = 0; i < 62; ++i) knobs.push_back(number_knob("k" + std::to_string(i), {0, 1}));
  EXPECT_TRUE(Space::create(knobs).value().countable());
  knobs.push_back(number_knob("last", {0, 1}));
  EXPECT_FALSE(Space::create(knobs).value().countable());
}

TEST(Space, RanksTheFirstKnobFastest) {
  const Space space = c2_space();
  EXPECT_EQ(space.describe(space.config(1)),
            "tile_b=1 tile_h=2 tile_w=1 tile_ci=1 tile_co=1 oc_nthread=1 h_nthread=1");
  EXPECT_EQ(space.describe(space.config(8)),
            "tile_b=1 tile_h=1 tile_w=2 tile_ci=1 tile_co=1 oc_nthread=1 h_nthread=1");
  EXPECT_EQ(space.describe(space.config(2303)),
            "tile_b=1 tile_h=56 tile_w=56 tile_ci=4 tile_co=4 oc_nthread=2 h_nthread=2");
}

TEST(Space, FindsKnobsAndValues) {
  const Space space = c2_space();
  EXPECT_EQ(space.find("tile_w"), 2U);
  EXPECT_FALSE(space.find("tile_x").has_value());
  EXPECT_EQ(space.integer(space.config(2303), "tile_h"), 56);
  EXPECT_EQ(std::get<int64_t>(space.value(space.config(2303), 6)), 2);
}

TEST(SpaceParse, ReadsAssignmentsAsPeopleWriteThem) {
  const Space space = c2_space();
  const auto config = parse(space, {"tile_h=8", "h_nthread=2", "tile_w=[8, 7]"});
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(space.integer(*config, "tile_h"), 8);
  EXPECT_EQ(space.integer(*config, "tile_w"), 7);
  EXPECT_EQ(space.integer(*config, "tile_co"), 1);
  EXPECT_EQ(*parse(space, {}), space.config(0));
}

TEST(SpaceParse, RefusesWhatItDoesNotKnow) {
  const Space space = c2_space();
  EXPECT_THAT(parse(space, {"tile_hh=8"}).error().message, HasSubstr("did you mean \"tile_h\"?"));
  EXPECT_THAT(parse(space, {"tile_h=9"}).error().message, HasSubstr("it has 1, 2, 4, 7, 8, 14, 28, 56"));
  EXPECT_THAT(parse(space, {"tile_h"}).error().message, HasSubstr("KNOB=VALUE"));
  EXPECT_FALSE(parse(space, {"=8"}).ok());
  EXPECT_FALSE(parse(space, {""}).ok());
  EXPECT_FALSE(parse(space, {"tile_h="}).ok());
}

TEST(Space, TakesNamesAndValuesThatHoldAnEqualsSign) {
  const Space space = Space::create({name_knob("a=b", {"1", "2=3"}), name_knob("a", {"x", "c=d"})}).value();
  const Config config = parse(space, {"a=b=2=3", "a=c=d"}).value();
  EXPECT_EQ(space.describe(config), "a=b=2=3 a=c=d");
}

TEST(SpaceParse, RefusesAKnobThatIsGivenTwice) {
  EXPECT_THAT(parse(c2_space(), {"tile_h=8", "tile_h=7"}).error().message,
              HasSubstr("the knob tile_h is given twice"));
}

TEST(SpaceConstraints, RestrictSamplesAndNothingElse) {
  const Constraint small{"tile_h * tile_w <= 16", [](const Space& space, const Config& config) {
                           return space.integer(config, "tile_h") * space.integer(config, "tile_w") <= 16;
                         }};
  const Space space = c2_space({small});
  EXPECT_EQ(space.size(), 2304U);
  EXPECT_FALSE(space.allows(space.config(2303)));
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const auto config = space.sample(random);
    ASSERT_TRUE(config.has_value());
    EXPECT_TRUE(space.allows(*config));
  }
}

TEST(SpaceConstraints, LeaveNothingToSampleWhenAllIsExcluded) {
  const Space space = c2_space({{"never", [](const Space&, const Config&) { return false; }}});
  Random random(3);
  EXPECT_FALSE(space.sample(random, 100).has_value());
}

TEST(SpaceConstraints, AreAddedToAListedSpace) {
  const Space listed = *Space::create_listed({number_knob("a", {1, 2, 3, 4})}, {0, 2, 3});
  const Constraint small{
      "a < 4", [](const Space& space, const Config& config) { return space.integer(config, "a") < 4; }};
  const Space space = listed.constrained({small});
  EXPECT_EQ(space.allowed_keys(10), (std::vector<ConfigKey>{0, 2}));
  EXPECT_EQ(listed.allowed_keys(10), (std::vector<ConfigKey>{0, 2, 3}));
  EXPECT_NE(space.fingerprint(), listed.fingerprint());
}

TEST(SpaceSample, SaysNothingForAnEmptySpace) {
  Random random(3);
  EXPECT_FALSE(Space().sample(random, 10).has_value());
}

TEST(SpaceSample, ReachesEveryConfig) {
  const Space space = *Space::create({number_knob("a", {1, 2, 3}), name_knob("b", {"x", "y"})});
  Random random(3);
  std::vector<int> counts(6);
  for (int i = 0; i < 6000; ++i) ++counts[space.index(*space.sample(random))];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
}

TEST(SpaceMutate, ReturnsTheConfigWhenNoKnobCanMove) {
  const Space space = *Space::create({number_knob("a", {1}), number_knob("b", {2})});
  Random random(3);
  EXPECT_EQ(space.mutate(space.config(0), random), space.config(0));
}

TEST(SpaceFingerprint, ChangesWithKnobsValuesOrderAndConstraints) {
  const Space space = *Space::create({number_knob("a", {1, 2}), number_knob("b", {3})});
  const auto fingerprint = [](std::vector<Knob> knobs, std::vector<Constraint> constraints = {}) {
    return Space::create(std::move(knobs), std::move(constraints)).value().fingerprint();
  };
  EXPECT_EQ(space.fingerprint(), fingerprint({number_knob("a", {1, 2}), number_knob("b", {3})}));
  EXPECT_NE(space.fingerprint(), fingerprint({number_knob("a", {2, 1}), number_knob("b", {3})}));
  EXPECT_NE(space.fingerprint(), fingerprint({number_knob("b", {3}), number_knob("a", {1, 2})}));
  EXPECT_NE(space.fingerprint(), fingerprint({number_knob("a", {1, 2, 3}), number_knob("b", {3})}));
  EXPECT_NE(space.fingerprint(), fingerprint({number_knob("a", {1, 2}), number_knob("b", {3})},
                                             {{"a < b", [](const Space&, const Config&) { return true; }}}));
}

TEST(SpaceFingerprint, IsNotFooledBySeparatorsInNames) {
  const Space one = *Space::create({name_knob("a", {"x,y"})});
  const Space two = *Space::create({name_knob("a", {"x", "y"})});
  EXPECT_NE(one.fingerprint(), two.fingerprint());
  const Space number = *Space::create({number_knob("a", {1})});
  const Space name = *Space::create({name_knob("a", {"1"})});
  EXPECT_NE(number.fingerprint(), name.fingerprint());
}

}  // namespace
}  // namespace tamis
