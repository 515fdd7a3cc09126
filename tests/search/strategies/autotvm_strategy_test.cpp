#include "search/strategies/autotvm_strategy.h"

#include "search/scores.h"
#include "search/search_fixture.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

/// Larger products of the tiles are faster; all configs are valid.
std::optional<double> larger_is_faster(const Space& space, const Config& config) {
  double product = 1;
  for (size_t i = 0; i < space.knobs().size(); ++i) product *= scalar(space.value(config, i));
  return 1e9 / product;
}

double mean_log_latency(std::span<const Trial> trials) {
  double sum = 0;
  for (const Trial& trial : trials) sum += std::log(trial.cost());
  return sum / static_cast<double>(trials.size());
}

TEST(AutotvmStrategy, OpensAtRandomFor64Trials) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_autotvm_strategy(*task, {.seed = 1});
  const std::vector<Trial> trials = search(*strategy, space, larger_is_faster, 128);
  const std::span<const Trial> all(trials);
  // The first plan is far better than what was random; e^2 is a factor of 7.
  EXPECT_LT(mean_log_latency(all.subspan(64, 61)), mean_log_latency(all.first(64)) - 2);
}

TEST(AutotvmStrategy, LeavesTheLastTwentiethOfAPlanToChance) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  std::vector<double> planned;
  std::vector<double> by_chance;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto strategy = make_autotvm_strategy(*task, {.seed = seed});
    const std::vector<Trial> trials = search(*strategy, space, larger_is_faster, 128);
    planned.push_back(mean_log_latency(std::span(trials).subspan(64, 61)));
    by_chance.push_back(mean_log_latency(std::span(trials).subspan(125, 3)));
  }
  const auto mean = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / 20;
  };
  EXPECT_LT(mean(planned), mean(by_chance) - 2);
}

TEST(AutotvmStrategy, GoesOnAtRandomWhileNothingIsValid) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto strategy = make_autotvm_strategy(*task, {.seed = 2});
  EXPECT_EQ(search(*strategy, space, never_valid, 200).size(), 200U);
}

TEST(AutotvmStrategy, PlansAtOnceOnWhatIsHandedOver) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  Random random(3);
  std::vector<Config> known;
  for (int i = 0; i < 30; ++i) known.push_back(space.config(random.below(space.size())));
  const std::vector<Trial> handed_over = try_configs(space, known, larger_is_faster);
  const auto strategy = make_autotvm_strategy(*task, {.seed = 4});
  ASSERT_TRUE(strategy->learn(handed_over).ok());
  const std::vector<Trial> trials = search(*strategy, space, larger_is_faster, 48);
  EXPECT_LT(mean_log_latency(trials), mean_log_latency(handed_over) - 2);
}

TEST(AutotvmStrategy, OpensAloneAsTheRandomInitializerDoes) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto alone = make_strategy("autotvm", "none", *task, {.seed = 5}).value();
  const auto opened = make_strategy("autotvm", "random", *task, {.seed = 5}).value();
  for (const auto& strategy : {alone.get(), opened.get()}) {
    const std::vector<Trial> trials = search(*strategy, space, larger_is_faster, 128);
    EXPECT_LT(mean_log_latency(std::span(trials).subspan(64, 61)),
              mean_log_latency(std::span(trials).first(64)) - 2);
  }
}

/// Counts the rows it is asked about.
class CountingModel final : public Model {
 public:
  Status fit(const FeatureMatrix&, std::span<const float>) override { return {}; }
  Result<std::vector<float>> predict(const FeatureMatrix& features) const override {
    rows += features.rows();
    std::vector<float> sums;
    for (size_t i = 0; i < features.rows(); ++i) sums.push_back(features.row(i)[0]);
    return sums;
  }
  mutable size_t rows = 0;
};

TEST(PredictedScores, AskOncePerConfigAndFit) {
  const Space space = huge_space();
  CountingModel model;
  PredictedScores scores(space, model);
  const std::vector<ConfigKey> asked = {5, 6, 5, space.size() - 1};
  EXPECT_EQ(scores.at(asked).value(), (std::vector<float>{6, 7, 6, 64}));
  EXPECT_EQ(model.rows, 3U);
  ASSERT_TRUE(scores.at(asked).ok());
  EXPECT_EQ(model.rows, 3U);
  scores.forget();
  ASSERT_TRUE(scores.at(asked).ok());
  EXPECT_EQ(model.rows, 6U);
}

TEST(PredictedScores, PredictASmallSpaceWhole) {
  const Space space = small_space();
  CountingModel model;
  PredictedScores scores(space, model);
  const std::vector<ConfigKey> asked = {0, 3};
  EXPECT_EQ(scores.at(asked).value(), (std::vector<float>{1, 8}));
  EXPECT_EQ(model.rows, space.size());
}

}  // namespace
}  // namespace tamis
