#include "tamis/comparison.h"

#include "base/json.h"
#include "experiment/study_testing.h"
#include "tamis/strategies.h"

#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

ComparisonOptions options_of(const std::vector<std::string>& strategies) {
  ComparisonOptions options;
  options.strategies = strategies;
  options.seeds = 5;
  return options;
}

Json without_times(const std::vector<ComparisonRow>& rows) {
  Json all = to_json(rows);
  for (Json& row : all) row.erase("search_ms_per_trial");
  return all;
}

TEST(Compare, HasARowForEveryCombination) {
  ComparisonOptions options = options_of({"grid", "random"});
  options.initializers = {"", "validity"};
  const auto rows = compare({tiny(), recorded("vta/resnet18.C9.csv")}, options, {}).value();
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const ComparisonRow& row : rows) seen.emplace(row.table, row.strategy, row.initializer);
  EXPECT_EQ(rows.size(), 8U);
  EXPECT_EQ(seen.size(), 8U);
  EXPECT_TRUE(seen.contains({"tiny", "grid", "none"}));
  EXPECT_TRUE(seen.contains({"resnet18.C9", "random", "validity"}));
  EXPECT_EQ(rows[4].rows, 480U);
  EXPECT_EQ(rows[4].valid, 40U);
}

TEST(Compare, SummarisesWhatIsKnown) {
  ComparisonOptions options = options_of({"grid"});
  options.session.full = true;
  const ComparisonRow row = compare({tiny()}, options, {}).value().front();
  EXPECT_DOUBLE_EQ(*row.trials_to[0].median, 4);
  EXPECT_DOUBLE_EQ(*row.trials_to[0].p90, 4);
  EXPECT_EQ(row.trials_to[0].failed, 0U);
  EXPECT_DOUBLE_EQ(*row.invalid_to[0].median, 0);
  EXPECT_DOUBLE_EQ(row.invalid_share, 6.0 / 21.0);
  EXPECT_EQ(row.each_trials_to[0].size(), 5U);
  ASSERT_EQ(row.curve.back().trials, 21U);
  EXPECT_DOUBLE_EQ(row.curve.front().relative, 1.1 / 8.1);
  EXPECT_DOUBLE_EQ(row.curve.back().relative, 1.0);
  for (size_t i = 1; i < row.curve.size(); ++i) {
    EXPECT_GT(row.curve[i].trials, row.curve[i - 1].trials);
    EXPECT_GE(row.curve[i].relative, row.curve[i - 1].relative);
  }
}

TEST(Compare, CountsSeedsThatFail) {
  ComparisonOptions options = options_of({"grid"});
  options.session.trials = 3;
  const Json row = to_json(compare({tiny()}, options, {}).value()).front();
  EXPECT_EQ(row["trials_to"]["0"]["failed"], 5);
  EXPECT_TRUE(row["trials_to"]["0"]["median"].is_null());
  EXPECT_TRUE(row["each_trials_to"]["0"][0].is_null());
}

TEST(Compare, HasTheMembersThatAreDocumented) {
  const Json row = to_json(compare({tiny()}, options_of({"random"}), {}).value()).front();
  for (const char* key : {"table", "rows", "valid", "strategy", "init", "seeds", "trials_to", "invalid_to",
                          "invalid_share", "search_ms_per_trial", "best_ns", "each_trials_to", "curve"})
    EXPECT_TRUE(row.contains(key)) << key;
  EXPECT_EQ(row.size(), 15U);
  for (const char* key : {"trials_to", "invalid_to"}) {
    ASSERT_EQ(row[key].size(), 4U);
    for (const char* goal : {"0", "1", "5", "10"})
      for (const char* member : {"median", "p10", "p90", "failed"})
        EXPECT_TRUE(row[key][goal].contains(member)) << key << goal << member;
  }
}

TEST(Compare, DoesNotDependOnJobs) {
  ComparisonOptions options = options_of({"random", "autotvm"});
  options.session.trials = 60;
  const auto table = recorded("vta/resnet18.C9.csv");
  const Json one = without_times(compare({table}, options, {}).value());
  options.jobs = 4;
  EXPECT_EQ(without_times(compare({table}, options, {}).value()), one);
}

TEST(Compare, TakesEverySeedFromTheFirstOn) {
  ComparisonOptions options = options_of({"random"});
  const auto whole = compare({tiny()}, options, {}).value().front().each_trials_to[0];
  options.first_seed = 2;
  options.seeds = 3;
  const auto later = compare({tiny()}, options, {}).value().front().each_trials_to[0];
  EXPECT_EQ(later, decltype(later)(whole.begin() + 2, whole.end()));
}

TEST(Compare, LetsEveryStrategyLearnFromOtherTables) {
  ComparisonOptions options;
  for (const StrategyKind& kind : strategy_kinds()) options.strategies.push_back(kind.name);
  options.seeds = 1;
  options.session.trials = 20;
  options.history = {recorded("vta/resnet18.C9.csv"), tiny()};
  EXPECT_TRUE(compare({recorded("vta/resnet18.C8.csv.gz"), tiny()}, options, {}).ok());
}

/// The tiny table as measured on a device, one cost of which is another.
std::shared_ptr<const TrialSet> tiny_on(const std::string& device, double cost) {
  TrialSet table = *tiny();
  table.target_identity = device;
  for (Trial& trial : table.trials)
    if (!trial.costs.empty()) trial.costs = {cost};
  return std::make_shared<const TrialSet>(std::move(table));
}

TEST(UnusedHistory, HoldsTheTableItselfButNotTheSameWorkloadOnAnotherDevice) {
  ComparisonOptions options = options_of({"tamis"});
  const std::shared_ptr<const TrialSet> table = tiny_on("vta one", 10);
  const auto unused = [&](const std::shared_ptr<const TrialSet>& history) {
    options.history = {history};
    return unused_history({table}, options).size();
  };
  EXPECT_EQ(unused(tiny_on("vta two", 20)), 0U);
  EXPECT_EQ(unused(tiny_on("vta two", 10)), 1U) << "the same trials in another file";
  EXPECT_EQ(unused(tiny_on("vta one", 20)), 1U);
  EXPECT_EQ(unused(tiny_on("", 20)), 1U) << "nobody knows, so it may be the table itself";
  EXPECT_EQ(unused(tiny_on("table 0123", 20)), 1U) << "tuned on this file or another";
}

TEST(Compare, RefusesToCompareNothing) {
  EXPECT_FALSE(compare({}, options_of({"grid"}), {}).ok());
  EXPECT_FALSE(compare({tiny()}, options_of({}), {}).ok());
  ComparisonOptions options = options_of({"grid"});
  options.seeds = 0;
  EXPECT_FALSE(compare({tiny()}, options, {}).ok());
}

std::vector<std::optional<uint64_t>> counts(uint64_t reached, uint64_t failed) {
  std::vector<std::optional<uint64_t>> all(failed);
  for (uint64_t i = reached; i > 0; --i) all.emplace_back(10 * i);
  return all;
}

TEST(Spread, InterpolatesBetweenTheNearestSeeds) {
  const Spread odd = spread_of(counts(11, 0));
  EXPECT_DOUBLE_EQ(*odd.median, 60);
  EXPECT_DOUBLE_EQ(*odd.p10, 20);
  EXPECT_DOUBLE_EQ(*odd.p90, 100);
  EXPECT_DOUBLE_EQ(*spread_of(counts(4, 0)).median, 25);
  EXPECT_DOUBLE_EQ(*spread_of(counts(4, 0)).p90, 37);
}

TEST(Spread, OfOneSeedIsThatSeed) {
  const Spread one = spread_of(counts(1, 0));
  EXPECT_DOUBLE_EQ(*one.p10, 10);
  EXPECT_DOUBLE_EQ(*one.median, 10);
  EXPECT_DOUBLE_EQ(*one.p90, 10);
}

TEST(Spread, CountsAFailedSeedAsLargerThanAny) {
  const Spread most = spread_of(counts(6, 5));
  EXPECT_DOUBLE_EQ(*most.median, 60);
  EXPECT_FALSE(most.p90.has_value());
  EXPECT_EQ(most.failed, 5U);
  EXPECT_FALSE(spread_of(counts(5, 5)).median.has_value()) << "half way to a failed one";
}

TEST(Spread, HasNoPercentileWhenEverySeedFailed) {
  const Spread none = spread_of(counts(0, 3));
  EXPECT_FALSE(none.median || none.p10 || none.p90);
  EXPECT_EQ(none.failed, 3U);
}

TEST(Spread, OfMeasuredNumbersHasNoFailures) {
  const Spread spread = spread_of(std::vector<double>{0.5, -1.0, 2.0});
  EXPECT_DOUBLE_EQ(*spread.median, 0.5);
  EXPECT_DOUBLE_EQ(*spread.p90, 1.7);
  EXPECT_EQ(spread.failed, 0U);
}

}  // namespace
}  // namespace tamis
