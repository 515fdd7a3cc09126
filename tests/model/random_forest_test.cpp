#include "model/random_forest.h"

#include "tamis/random.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

struct BowlExamples {
  FeatureMatrix features;
  std::vector<float> targets;
};

/// Points of a plane, integers from 0 to 19; the target is the sum of the squares.
BowlExamples bowl(size_t count, uint64_t seed) {
  Random random(seed);
  BowlExamples examples;
  examples.features.columns = 2;
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<float>(random.below(20));
    const auto y = static_cast<float>(random.below(20));
    examples.features.values.insert(examples.features.values.end(), {x, y});
    examples.targets.push_back(x * x + y * y);
  }
  return examples;
}

TEST(RandomForest, ComesCloseToASmoothFunction) {
  const BowlExamples examples = bowl(400, 1);
  RandomForest forest({.trees = 50});
  ASSERT_TRUE(forest.fit(examples.features, examples.targets).ok());
  const std::vector<float> means = forest.predict({2, {2, 3, 10, 10, 18, 17}}).value();
  EXPECT_NEAR(means[0], 13, 20);
  EXPECT_NEAR(means[1], 200, 40);
  EXPECT_NEAR(means[2], 613, 60);
}

TEST(RandomForest, RemembersWhatItSawWithoutBootstrap) {
  const BowlExamples examples = bowl(100, 2);
  RandomForest forest({.min_split_rows = 2, .bootstrap = false});
  ASSERT_TRUE(forest.fit(examples.features, examples.targets).ok());
  const auto estimates = forest.estimate(examples.features).value();
  for (size_t i = 0; i < estimates.size(); ++i) {
    EXPECT_FLOAT_EQ(estimates[i].mean, examples.targets[i]);
    EXPECT_NEAR(estimates[i].variance, 0, 1e-3);
  }
}

TEST(RandomForest, IsLessSureWhereItKnowsLittle) {
  FeatureMatrix features{1, {}};
  std::vector<float> targets;
  for (int x = 0; x < 20; ++x) {
    // Nothing is known between 5 and 15, on whose sides targets differ.
    if (x > 5 && x < 15) continue;
    features.values.push_back(static_cast<float>(x));
    targets.push_back(x < 10 ? 0.0F : 10.0F);
  }
  RandomForest forest({.trees = 100, .bootstrap = false});
  ASSERT_TRUE(forest.fit(features, targets).ok());
  const auto estimates = forest.estimate({1, {2, 10, 18}}).value();
  EXPECT_NEAR(estimates[0].variance, 0, 1e-3);
  EXPECT_GT(estimates[1].variance, 10);
  EXPECT_NEAR(estimates[2].variance, 0, 1e-3);
}

TEST(RandomForest, CountsHeavyRowsMore) {
  // Rows that no feature tells apart: the mean is all a tree can say.
  const FeatureMatrix features{1, {1, 1, 1, 1}};
  const std::vector<float> targets = {1, 0, 0, 0};
  RandomForest forest({.bootstrap = false});
  ASSERT_TRUE(forest.fit_weighted(features, targets, std::vector<float>{3, 1, 1, 1}).ok());
  EXPECT_FLOAT_EQ(forest.predict({1, {1}}).value()[0], 0.5F);
}

TEST(RandomForest, KeepsTheLeavesAsLargeAsAsked) {
  const BowlExamples examples = bowl(100, 3);
  RandomForest forest({.trees = 1, .min_leaf_rows = 60, .bootstrap = false});
  ASSERT_TRUE(forest.fit(examples.features, examples.targets).ok());
  const std::vector<float> means = forest.predict({2, {0, 0, 19, 19}}).value();
  EXPECT_FLOAT_EQ(means[0], means[1]);
}

TEST(RandomForest, TakesFeaturesOfManyValues) {
  FeatureMatrix features{1, {}};
  std::vector<float> targets;
  Random random(4);
  for (int i = 0; i < 1000; ++i) {
    features.values.push_back(static_cast<float>(random.uniform()));
    targets.push_back(features.values.back() > 0.5F ? 1.0F : 0.0F);
  }
  RandomForest forest;
  ASSERT_TRUE(forest.fit(features, targets).ok());
  const std::vector<float> means = forest.predict({1, {0.1F, 0.9F}}).value();
  EXPECT_NEAR(means[0], 0, 1e-6);
  EXPECT_NEAR(means[1], 1, 1e-6);
}

TEST(RandomForest, RepeatsForTheSameSeed) {
  const BowlExamples examples = bowl(100, 5);
  const auto predict = [&](uint64_t seed) {
    RandomForest forest({.seed = seed});
    EXPECT_TRUE(forest.fit(examples.features, examples.targets).ok());
    return forest.predict(examples.features).value();
  };
  EXPECT_EQ(predict(1), predict(1));
  EXPECT_NE(predict(1), predict(2));
}

TEST(RandomForest, PredictsNothingForNoRows) {
  const BowlExamples examples = bowl(10, 6);
  RandomForest forest;
  ASSERT_TRUE(forest.fit(examples.features, examples.targets).ok());
  EXPECT_TRUE(forest.predict({}).value().empty());
}

TEST(RandomForest, RefusesToPredictBeforeItIsFitted) {
  const auto means = RandomForest().predict({1, {1}});
  ASSERT_FALSE(means.ok());
  EXPECT_THAT(means.error().message, HasSubstr("before it was fitted"));
}

TEST(RandomForest, RefusesAnotherNumberOfWeights) {
  RandomForest forest;
  const Status status = forest.fit_weighted({1, {1, 2}}, std::vector<float>{1, 2}, std::vector<float>{1});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(status.error().message, HasSubstr("2 targets but 1 weights"));
}

TEST(RandomForest, RefusesToFitNothing) { EXPECT_FALSE(RandomForest().fit({}, {}).ok()); }

}  // namespace
}  // namespace tamis
