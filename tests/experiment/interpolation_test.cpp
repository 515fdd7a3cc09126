#include "experiment/interpolation.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

/// Values at places of a line.
std::vector<double> at(const BrokenLine& line, const std::vector<double>& places) {
  std::vector<double> values;
  for (const double place : places) values.push_back(line.at(place));
  return values;
}

void expect_near(const std::vector<double>& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-11) << i;
}

const std::vector<WeightedPoint> kPoints = {{1, 9, 1}, {2, 10, 2},  {2, 6, 1}, {3, 7, 1},
                                            {5, 5, 3}, {6, 5.5, 1}, {8, 1, 1}};

/// The expected numbers are those of scikit-learn 1.9.1's IsotonicRegression.
TEST(IsotonicFit, PoolsWhatViolatesTheOrder) {
  expect_near(at(isotonic_fit(kPoints, false), {0, 1, 1.5, 2, 2.5, 4, 5.5, 7, 8, 9}),
              {9, 9, 8.833333333333, 8.666666666667, 7.833333333333, 6.0625, 5.125, 3.0625, 1, 1});
}

TEST(IsotonicFit, IsTheMeanWhereAllViolateTheOrder) {
  expect_near(at(isotonic_fit(kPoints, true), {0, 2.5, 9}), {6.35, 6.35, 6.35});
}

TEST(IsotonicFit, OfOnePointIsConstant) {
  expect_near(at(isotonic_fit(std::vector<WeightedPoint>{{3, 7, 2}}, true), {0, 3, 9}), {7, 7, 7});
}

/// The expected numbers are those of SciPy 1.17.1's PchipInterpolator.
TEST(MonotoneCubic, GoesThroughThePointsWithoutOvershooting) {
  const std::vector<double> x = {1, 2, 4, 5, 9, 10}, y = {9, 7, 7, 3, 4, 1};
  expect_near(monotone_cubic(x, y, std::vector<double>{1, 1.5, 3, 4.5, 7, 9.5, 10}),
              {9, 7.666666666667, 7, 5, 3.5, 2.95625, 1});
}

TEST(MonotoneCubic, IsStraightBetweenTwoPoints) {
  const std::vector<double> x = {1, 3}, y = {2, 8};
  expect_near(monotone_cubic(x, y, std::vector<double>{1, 1.5, 3}), {2, 3.5, 8});
}

TEST(EvenlySpaced, HasBothEnds) { expect_near(evenly_spaced(1, 2, 5), {1, 1.25, 1.5, 1.75, 2}); }

}  // namespace
}  // namespace tamis
