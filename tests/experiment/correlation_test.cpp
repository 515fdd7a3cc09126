#include "experiment/correlation.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using Numbers = std::vector<double>;

/// Tau-b by its definition: every pair is looked at.
double slow_kendall(const Numbers& a, const Numbers& b) {
  double agreeing = 0;
  double tied_a = 0;
  double tied_b = 0;
  double pairs = 0;
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = i + 1; j < a.size(); ++j) {
      const double order = (a[i] - a[j]) * (b[i] - b[j]);
      agreeing += order > 0 ? 1 : order < 0 ? -1 : 0;
      tied_a += a[i] == a[j] ? 1 : 0;
      tied_b += b[i] == b[j] ? 1 : 0;
      ++pairs;
    }
  return agreeing / std::sqrt((pairs - tied_a) * (pairs - tied_b));
}

TEST(Correlation, IsOneForTheSameOrder) {
  EXPECT_DOUBLE_EQ(spearman(Numbers{1, 2, 30}, Numbers{5, 6, 7}), 1.0);
  EXPECT_DOUBLE_EQ(kendall(Numbers{1, 2, 30}, Numbers{5, 6, 7}), 1.0);
}

TEST(Correlation, IsMinusOneForTheOpposite) {
  EXPECT_DOUBLE_EQ(spearman(Numbers{1, 2, 30}, Numbers{7, 6, 5}), -1.0);
  EXPECT_DOUBLE_EQ(kendall(Numbers{1, 2, 30}, Numbers{7, 6, 5}), -1.0);
}

TEST(Correlation, IsNoneForAConstantOrTooFew) {
  EXPECT_EQ(spearman(Numbers{1, 1, 1}, Numbers{1, 2, 3}), 0.0);
  EXPECT_EQ(kendall(Numbers{1, 1, 1}, Numbers{1, 2, 3}), 0.0);
  EXPECT_EQ(spearman(Numbers{1}, Numbers{1}), 0.0);
  EXPECT_EQ(kendall({}, {}), 0.0);
}

// The values are those of SciPy 1.10's spearmanr and kendalltau.
TEST(Correlation, SharesRanksAmongEqualValues) {
  const Numbers a = {1, 2, 2, 3, 5, 5, 5, 8};
  const Numbers b = {2, 1, 4, 4, 4, 9, 7, 6};
  EXPECT_NEAR(kendall(a, b), slow_kendall(a, b), 1e-12);
  EXPECT_NEAR(spearman(Numbers{1, 2, 2, 4}, Numbers{1, 3, 2, 4}), 0.9486832980505138, 1e-12);
}

TEST(Correlation, AgreesWithTheDefinitionForManyTies) {
  Numbers a;
  Numbers b;
  for (int i = 0; i < 200; ++i) {
    a.push_back(i * 37 % 11);
    b.push_back(i * 53 % 23 + i % 3);
  }
  EXPECT_NEAR(kendall(a, b), slow_kendall(a, b), 1e-12);
}

TEST(TopRecall, CountsTheBestAmongThePredictedBest) {
  const Numbers truth = {9, 8, 7, 1, 2, 3};
  EXPECT_DOUBLE_EQ(top_recall(Numbers{6, 5, 4, 3, 2, 1}, truth, 3), 1.0);
  EXPECT_DOUBLE_EQ(top_recall(Numbers{1, 2, 3, 4, 5, 6}, truth, 3), 0.0);
  EXPECT_DOUBLE_EQ(top_recall(Numbers{9, 0, 0, 8, 7, 0}, truth, 3), 1.0 / 3.0);
  EXPECT_EQ(top_recall(truth, truth, 10), 1.0);
}

}  // namespace
}  // namespace tamis
