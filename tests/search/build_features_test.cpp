#include "search/build_features.h"

#include "search/search_fixture.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::ElementsAre;

TEST(BuildFeatures, AreNotThereWhereBuildingIsNotFree) {
  const Space space = small_space();
  EXPECT_FALSE(BuildFeatures(*make_task(space)).available());
}

TEST(BuildFeatures, FollowTheKnobs) {
  const Space space = Space::create({number_knob("a", {1, 2, 4})}).value();
  const SharedTask task = make_task(space, {}, [](const Config& config) {
    BuildOutcome outcome;
    if (config.choices[0] == 0) outcome.verdict = Verdict::build_failed;
    if (config.choices[0] == 1) outcome.features.set("bytes", 100);
    if (config.choices[0] == 2) outcome.features.set("bytes", std::numeric_limits<double>::quiet_NaN());
    return outcome;
  });
  BuildFeatures features(*task);
  features.choose_columns({0, 1, 2});
  const FeatureMatrix rows = features.rows({0, 1, 2});
  EXPECT_EQ(rows.columns, 2U);
  EXPECT_THAT(rows.values, ElementsAre(1, 0, 2, 100, 4, 0));
}

TEST(BuildFeatures, DoNotKeepPrograms) {
  const Space space = small_space();
  std::weak_ptr<const Artifact> built;
  const SharedTask task = make_task(space, {}, [&](const Config&) {
    const auto artifact = std::make_shared<const Artifact>();
    built = artifact;
    return BuildOutcome{Verdict::valid, "", {}, artifact};
  });
  BuildFeatures features(*task);
  EXPECT_EQ(features.at(3).verdict, Verdict::valid);
  EXPECT_TRUE(built.expired());
}

TEST(BuildFeatures, AreKnobsAloneWhereNothingBuilds) {
  const Space space = Space::create({number_knob("a", {1, 2, 4})}).value();
  const SharedTask task = make_task(space, {}, nothing_builds);
  BuildFeatures features(*task);
  features.choose_columns({0, 1});
  EXPECT_EQ(features.rows({2}).columns, 1U);
}

}  // namespace
}  // namespace tamis
