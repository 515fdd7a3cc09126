#include "model/features.h"

#include "model/neighbourhood.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;

Space mixed_knobs() {
  Knob step{"step", KnobKind::number, {0.25, 0.5}};
  return Space::create({split_knob("tile", 12, 2), number_knob("unroll", {0, 16, 512}),
                        name_knob("layout", {"nchw", "nhwc", "blocked"}), step})
      .value();
}

TEST(KnobFeatures, AreFactorsNumbersAndPositions) {
  const Space space = mixed_knobs();
  FeatureMatrix matrix;
  append_knob_features(space, {{2, 1, 2, 1}}, matrix);
  append_knob_features(space, {{0, 0, 0, 0}}, matrix);
  EXPECT_EQ(knob_feature_count(space), 5U);
  EXPECT_EQ(matrix.columns, 5U);
  EXPECT_THAT(matrix.values, ElementsAre(4, 3, 16, 2, 0.5, 12, 1, 0, 0, 0.25));
  EXPECT_EQ(matrix.rows(), 2U);
  EXPECT_THAT(matrix.row(1), ElementsAre(12, 1, 0, 0, 0.25));
}

TEST(KnobFeatures, OfASpaceWithoutKnobsAreOneConstant) {
  const Space space = Space::create({}).value();
  FeatureMatrix matrix;
  append_knob_features(space, {}, matrix);
  EXPECT_EQ(matrix.rows(), 1U);
}

FeatureMatrix points_of(const Space& space, const std::vector<Config>& configs) {
  const ConfigCoordinates coordinates(space);
  FeatureMatrix points;
  for (const Config& config : configs) coordinates.append(config, points);
  return points;
}

double distance(const FeatureMatrix& points) {
  return std::sqrt(squared_distance(points.row(0), points.row(1)));
}

TEST(ConfigCoordinates, PutOppositeCornersOfNumbersAtDistanceOne) {
  const Space space = Space::create({number_knob("a", {1, 2, 4, 8}), number_knob("b", {1, 7}),
                                     number_knob("c", {5}), number_knob("d", {-1, 0, 1})})
                          .value();
  EXPECT_NEAR(distance(points_of(space, {{{0, 0, 0, 0}}, {{3, 1, 0, 2}}})), 1.0, 1e-6);
}

TEST(ConfigCoordinates, MeasurePositiveNumbersByTheirLogarithms) {
  const Space space = Space::create({number_knob("a", {1, 2, 4, 8})}).value();
  EXPECT_NEAR(distance(points_of(space, {{{0}}, {{1}}})), 1.0 / 3, 1e-6);
  EXPECT_NEAR(distance(points_of(space, {{{2}}, {{3}}})), 1.0 / 3, 1e-6);
}

TEST(ConfigCoordinates, PutTwoNamesAtTheSameDistanceWhateverTheirPositions) {
  const Space space = Space::create({name_knob("layout", {"x", "y", "z"})}).value();
  EXPECT_NEAR(distance(points_of(space, {{{0}}, {{1}}})), 1.0, 1e-6);
  EXPECT_NEAR(distance(points_of(space, {{{0}}, {{2}}})), 1.0, 1e-6);
}

TEST(ConfigCoordinates, LeaveOutTheOutermostFactorOfASplit) {
  const Space space = Space::create({split_knob("tile", 64, 3)}).value();
  EXPECT_EQ(ConfigCoordinates(space).size(), 2U);
}

TEST(ConfigCoordinates, OfASpaceWithoutAChoiceAreOneConstant) {
  const Space space = Space::create({number_knob("only", {3})}).value();
  EXPECT_EQ(ConfigCoordinates(space).size(), 1U);
  EXPECT_EQ(points_of(space, {{{0}}}).rows(), 1U);
}

TEST(ConfigCoordinates, TellWhichKnobTheyDescribe) {
  const Space space = Space::create({number_knob("fixed", {3}), name_knob("layout", {"x", "y", "z"}),
                                     split_knob("tile", 64, 3), number_knob("a", {1, 2})})
                          .value();
  EXPECT_THAT(ConfigCoordinates(space).groups(), ElementsAre(0, 0, 0, 1, 1, 2));
  EXPECT_THAT(ConfigCoordinates(Space::create({}).value()).groups(), ElementsAre(0));
}

TEST(ConfigCoordinates, ReachFromZeroToOneForEveryKnobWhenAsked) {
  const Space space = Space::create({number_knob("a", {1, 2, 4, 8}), number_knob("b", {1, 7})}).value();
  const ConfigCoordinates coordinates(space, CoordinateScale::each_one);
  FeatureMatrix points;
  coordinates.append({{3, 1}}, points);
  EXPECT_THAT(points.values, ElementsAre(1, 1));
}

}  // namespace
}  // namespace tamis
