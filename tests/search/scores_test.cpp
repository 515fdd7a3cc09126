#include "search/scores.h"

#include "search/search_fixture.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::ElementsAre;

TEST(Plan, PassesOverWhatWasSeen) {
  const Space space = small_space();
  UnseenConfigs unseen(space);
  Plan plan;
  EXPECT_EQ(plan.next(unseen), std::nullopt);
  plan.replace({5, 6, 7});
  unseen.mark(5);
  EXPECT_EQ(plan.next(unseen), 6U);
  EXPECT_EQ(plan.next(unseen, 1), 6U);
  EXPECT_EQ(plan.next(unseen, 2), std::nullopt);
}

TEST(Ranked, PutsTheLargestScoreFirstAndKeepsTheOrderOfEquals) {
  EXPECT_THAT(ranked({10, 11, 12, 13}, {1, 3, 1, 2}), ElementsAre(11, 13, 10, 12));
}

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
