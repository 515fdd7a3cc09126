#include "model/k_means.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// Three heaps of ten points on a line, around 0, 10 and 20.
FeatureMatrix heaps() {
  FeatureMatrix rows{1, {}};
  for (int heap = 0; heap < 3; ++heap)
    for (int i = 0; i < 10; ++i)
      rows.values.push_back(static_cast<float>(10 * heap) + 0.1F * static_cast<float>(i));
  return rows;
}

TEST(KMeans, FindsHeaps) {
  Random random(1);
  const Clusters clusters = k_means(heaps(), 3, 20, random);
  for (size_t i = 0; i < 30; ++i) EXPECT_EQ(clusters.members[i], clusters.members[i / 10 * 10]);
  EXPECT_NE(clusters.members[0], clusters.members[10]);
  EXPECT_NE(clusters.members[10], clusters.members[20]);
  EXPECT_NEAR(clusters.loss, 3 * 0.825, 1e-3);
}

TEST(KMeans, MakesNoMoreClustersThanRows) {
  Random random(2);
  EXPECT_EQ(k_means({1, {1, 2}}, 8, 5, random).centres.rows(), 2U);
}

TEST(KMeans, TakesRowsThatAreEqual) {
  Random random(3);
  const Clusters clusters = k_means({1, {4, 4, 4}}, 2, 5, random);
  EXPECT_EQ(clusters.loss, 0);
}

TEST(KMeans, GivesNothingForNoRows) {
  Random random(4);
  EXPECT_TRUE(k_means({}, 8, 5, random).members.empty());
}

}  // namespace
}  // namespace tamis
