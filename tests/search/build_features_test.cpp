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
  EXPECT_FALSE(BuildFeatures({&space, 1}).available());
}

TEST(BuildFeatures, FollowTheKnobs) {
  const Space space = Space::create({number_knob("a", {1, 2, 4})}).value();
  SearchProblem problem{&space, 1};
  problem.compile = [&](const Config& config) {
    Compiled compiled;
    if (config.choices[0] == 0) compiled.verdict = Verdict::build_failed;
    if (config.choices[0] == 1) compiled.features.set("bytes", 100);
    if (config.choices[0] == 2) compiled.features.set("bytes", std::numeric_limits<double>::quiet_NaN());
    return compiled;
  };
  BuildFeatures features(problem);
  features.choose_columns({0, 1, 2});
  const FeatureMatrix rows = features.rows({0, 1, 2});
  EXPECT_EQ(rows.columns, 2U);
  EXPECT_THAT(rows.values, ElementsAre(1, 0, 2, 100, 4, 0));
}

TEST(BuildFeatures, AreKnobsAloneWhereNothingBuilds) {
  const Space space = Space::create({number_knob("a", {1, 2, 4})}).value();
  SearchProblem problem{&space, 1};
  problem.compile = [](const Config&) { return Compiled{Verdict::build_failed, {}}; };
  BuildFeatures features(problem);
  features.choose_columns({0, 1});
  EXPECT_EQ(features.rows({2}).columns, 1U);
}

}  // namespace
}  // namespace tamis
