#include "model/boosted_trees.h"

#include "model/model.h"
#include "tamis/random.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

struct Examples {
  FeatureMatrix features;
  std::vector<float> targets;
};

/// Points of a plane whose target falls with the distance to (3, 5).
Examples hill(size_t count, uint64_t seed) {
  Random random(seed);
  Examples examples;
  examples.features.columns = 2;
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<float>(random.below(10));
    const auto y = static_cast<float>(random.below(10));
    examples.features.values.insert(examples.features.values.end(), {x, y});
    examples.targets.push_back(1.0F / (1 + std::abs(x - 3) + std::abs(y - 5)));
  }
  return examples;
}

BoostedTreesOptions ranking(int rounds) {
  BoostedTreesOptions options;
  options.max_rounds = rounds;
  return options;
}

TEST(BoostedTrees, RankTheTopOfAHillFirst) {
  const Examples examples = hill(200, 1);
  BoostedTrees trees(ranking(100));
  ASSERT_TRUE(trees.fit(examples.features, examples.targets).ok());
  const auto scores = trees.predict({2, {3, 5, 0, 0, 9, 9}});
  ASSERT_TRUE(scores.ok());
  EXPECT_GT((*scores)[0], (*scores)[1]);
  EXPECT_GT((*scores)[0], (*scores)[2]);
}

TEST(BoostedTrees, EstimateAProbability) {
  Examples examples = hill(200, 2);
  for (size_t i = 0; i < examples.targets.size(); ++i)
    examples.targets[i] = examples.features.row(i)[0] < 5 ? 1.0F : 0.0F;
  BoostedTreesOptions options = ranking(30);
  options.objective = TrainingObjective::logistic;
  BoostedTrees trees(options);
  ASSERT_TRUE(trees.fit(examples.features, examples.targets).ok());
  const std::vector<float> probabilities = trees.predict({2, {1, 1, 8, 8}}).value();
  EXPECT_GT(probabilities[0], 0.9F);
  EXPECT_LT(probabilities[1], 0.1F);
}

TEST(BoostedTrees, RepeatExactly) {
  const Examples examples = hill(300, 3);
  BoostedTrees first(ranking(50));
  BoostedTrees second(ranking(50));
  ASSERT_TRUE(first.fit(examples.features, examples.targets).ok());
  ASSERT_TRUE(second.fit(hill(100, 4).features, hill(100, 4).targets).ok());
  ASSERT_TRUE(second.fit(examples.features, examples.targets).ok());
  EXPECT_EQ(first.predict(examples.features).value(), second.predict(examples.features).value());
}

TEST(BoostedTrees, StopAfterRoundsWithoutGain) {
  const Examples examples = hill(100, 5);
  BoostedTreesOptions options;
  options.patience = 20;
  int calls = 0;
  options.score = [&calls](std::span<const float>, std::span<const float>) { return std::min(++calls, 7); };
  BoostedTrees trees(options);
  ASSERT_TRUE(trees.fit(examples.features, examples.targets).ok());
  EXPECT_EQ(trees.rounds(), 7 + 20);
}

TEST(BoostedTrees, ScoreTheTrainingRowsInTheirOrder) {
  const Examples examples = hill(150, 6);
  BoostedTreesOptions options = ranking(40);
  double last = 0;
  options.score = [&last](std::span<const float> predictions, std::span<const float> targets) {
    last = average_recall(predictions, targets, 64);
    return last;
  };
  BoostedTrees trees(options);
  ASSERT_TRUE(trees.fit(examples.features, examples.targets).ok());
  EXPECT_GT(last, 0.5);
  const std::vector<float> predictions = trees.predict(examples.features).value();
  EXPECT_DOUBLE_EQ(average_recall(predictions, examples.targets, 64), last);
}

TEST(BoostedTrees, LearnFromOneRowAndFromEqualTargets) {
  BoostedTrees trees(ranking(10));
  const FeatureMatrix one{1, {2}};
  const std::vector<float> target = {1};
  EXPECT_TRUE(trees.fit(one, target).ok());
  const FeatureMatrix three{1, {1, 2, 3}};
  const std::vector<float> equal = {1, 1, 1};
  EXPECT_TRUE(trees.fit(three, equal).ok());
  EXPECT_EQ(trees.predict(three).value().size(), 3U);
}

TEST(BoostedTrees, PredictNothingForNoRows) {
  BoostedTrees trees(ranking(2));
  ASSERT_TRUE(trees.fit(hill(10, 1).features, hill(10, 1).targets).ok());
  EXPECT_TRUE(trees.predict({}).value().empty());
}

TEST(BoostedTrees, RefuseWhatTheyCannotLearnFrom) {
  BoostedTrees trees(ranking(2));
  const std::vector<float> one = {1};
  EXPECT_EQ(trees.fit({}, {}).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(trees.fit({2, {1, 2, 3, 4}}, one).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(trees.fit({2, {1, 2, 3}}, one).error().kind, ErrorKind::invalid_input);
}

TEST(BoostedTrees, RefuseToPredictBeforeFittingOrForOtherRows) {
  BoostedTrees trees(ranking(2));
  EXPECT_EQ(trees.predict({2, {1, 2}}).error().kind, ErrorKind::invalid_input);
  ASSERT_TRUE(trees.fit(hill(10, 1).features, hill(10, 1).targets).ok());
  const auto refused = trees.predict({3, {1, 2, 3}});
  EXPECT_THAT(refused.error().message, HasSubstr("rows of 2 features"));
}

TEST(BoostedTrees, ReportTheLibrarysOwnWords) {
  BoostedTreesOptions options;
  options.max_depth = -1;
  BoostedTrees trees(options);
  const auto refused = trees.fit(hill(10, 1).features, hill(10, 1).targets);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::internal);
  EXPECT_THAT(refused.error().message, HasSubstr("max_depth"));
}

TEST(BoostedTrees, EstimateTheTargetsThemselves) {
  const Examples examples = hill(200, 9);
  BoostedTreesOptions options = ranking(60);
  options.objective = TrainingObjective::squared_error;
  BoostedTrees trees(options);
  ASSERT_TRUE(trees.fit(examples.features, examples.targets).ok());
  const std::vector<float> values = trees.predict({2, {3, 5, 9, 0}}).value();
  EXPECT_NEAR(values[0], 1, 0.1);
  EXPECT_NEAR(values[1], 1.0 / 12, 0.05);
}

}  // namespace
}  // namespace tamis
