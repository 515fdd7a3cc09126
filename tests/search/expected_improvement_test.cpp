#include "search/expected_improvement.h"

#include <cmath>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(ExpectedImprovement, IsTheGainOfWhatIsCertain) {
  EXPECT_EQ(expected_improvement(5, 3, 0), 2);
  EXPECT_EQ(expected_improvement(5, 7, 0), 0);
}

TEST(ExpectedImprovement, GrowsWithTheDeviation) {
  EXPECT_NEAR(expected_improvement(0, 0, 1), 1 / std::sqrt(2 * M_PI), 1e-12);
  EXPECT_GT(expected_improvement(0, 1, 2), expected_improvement(0, 1, 1));
}

TEST(UnitImprovement, IsWithinAThousandthOfTheFormula) {
  for (double z = -12; z <= 15; z += 0.00137) {
    const double exact = expected_improvement(z, 0, 1);
    ASSERT_NEAR(unit_improvement(z), exact, exact / 1000) << z;
  }
}

TEST(UnitImprovement, NeverFalls) {
  double last = 0;
  for (double z = -14; z <= 14; z += 0.00091) {
    ASSERT_GE(unit_improvement(z), last) << z;
    last = unit_improvement(z);
  }
}

TEST(UnitImprovement, EndsGently) {
  EXPECT_EQ(unit_improvement(-1e9), unit_improvement(-12));
  EXPECT_GT(unit_improvement(-1e9), 0);
  EXPECT_EQ(unit_improvement(1e9), 1e9);
}

}  // namespace
}  // namespace tamis
