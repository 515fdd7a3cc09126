// The score P. The expected numbers are those of autotuning_methodology 1.1.0 on the same table; the peers'
// test fair_score holds whole scores against it.

#include "experiment/fair.h"

#include "experiment/study_testing.h"

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

FairSpace space_of(const TrialSet& table) { return fair_space(table, recorded_times(table).value()).value(); }

/// A session that has each cost at its time, in units of the table's mean time of a trial.
std::vector<TracePoint> session(const FairSpace& space, const std::vector<double>& costs) {
  std::vector<TracePoint> trace;
  for (size_t i = 0; i < costs.size(); ++i)
    trace.push_back({space.ns_per_trial * static_cast<double>(i + 1), costs[i]});
  return trace;
}

TEST(FairSpace, HasTheTimeOfTheReference) {
  const FairSpace space = space_of(*recorded("tables/noisy_T4.json"));
  EXPECT_NEAR(space.begin_ns, 0.1228843695e9, 10);
  EXPECT_NEAR(space.end_ns, 4.178068563e9, 100);
  EXPECT_NEAR(space.limit_ns, 1.1 * 4.178068563e9, 100);
  EXPECT_NEAR(space.ns_per_trial, 0.14146305558653846e9, 10);
}

TEST(FairBaseline, IsRandomSearchAsTheReferenceExpectsIt) {
  const std::vector<double> baseline = fair_baseline(space_of(*recorded("tables/noisy_T4.json")));
  ASSERT_EQ(baseline.size(), 1000U);
  EXPECT_NEAR(baseline[0], 1.00519625e6, 1e-2);
  EXPECT_NEAR(baseline[10], 0.9675194773022671e6, 1e-2);
  EXPECT_NEAR(baseline[100], 0.7754690981675051e6, 1e-2);
  EXPECT_NEAR(baseline[500], 0.5761387559214962e6, 1e-2);
  EXPECT_NEAR(baseline[900], 0.5059345000000001e6, 1e-2);
  EXPECT_NEAR(baseline[999], 0.470939875e6, 1e-2);
}

TEST(FairScore, IsOneForWhoHasTheBestFromTheBegin) {
  const auto table = recorded("tables/noisy_T4.json");
  const FairSpace space = space_of(*table);
  const std::vector<double> best(40, best_cost(*table));
  const std::vector<std::vector<TracePoint>> traces(5, session(space, best));
  const FairScore score = fair_score(space, table->objective, traces, Random(1));
  EXPECT_DOUBLE_EQ(score.score.value(), 1);
  EXPECT_EQ(score.left_out, 0U);
}

TEST(FairScore, IsAboutZeroForWhoIsAsRandomSearch) {
  const auto table = recorded("tables/noisy_T4.json");
  const FairSpace space = space_of(*table);
  const std::vector<double> baseline = fair_baseline(space);
  std::vector<TracePoint> trace;
  const std::vector<double> places = fair_places(space);
  for (size_t i = 0; i < places.size(); ++i) {
    const auto nearest = std::lower_bound(space.values.begin(), space.values.end(), baseline[i]);
    trace.push_back({places[i], *nearest});
  }
  const std::vector<std::vector<TracePoint>> traces(10, trace);
  EXPECT_NEAR(fair_score(space, table->objective, traces, Random(1)).score.value(), 0, 0.05);
}

TEST(FairScore, LeavesOutSessionsThatTriedTooLittle) {
  const auto table = recorded("tables/noisy_T4.json");
  const FairSpace space = space_of(*table);
  const double nothing = std::numeric_limits<double>::infinity();
  std::vector<std::vector<TracePoint>> traces(4, session(space, std::vector<double>(40, best_cost(*table))));
  traces.push_back(session(space, {nothing, nothing}));
  traces.push_back(session(space, {best_cost(*table)}));
  traces.emplace_back();
  const FairScore score = fair_score(space, table->objective, traces, Random(1));
  EXPECT_EQ(score.left_out, 3U);
  EXPECT_DOUBLE_EQ(score.score.value(), 1);
  const FairScore none = fair_score(space, table->objective, std::span(traces).last(2), Random(1));
  EXPECT_EQ(none.left_out, 2U);
  EXPECT_FALSE(none.score.has_value());
}

TEST(FairSpace, RefusesATableWithoutTimesOrWithoutAChoice) {
  TrialSet table = *recorded("tables/noisy_T4.json");
  const RecordedTimes times = recorded_times(table).value();
  for (Trial& trial : table.trials)
    if (trial.verdict == Verdict::valid) trial.costs = {1e6};
  EXPECT_THAT(fair_space(table, times).error().message, HasSubstr("equally good"));
  for (Trial& trial : table.trials) trial.build_ns = trial.run_ns = 0;
  EXPECT_THAT(recorded_times(table).error().message, HasSubstr("noisy: no row of this table says how long"));
}

}  // namespace
}  // namespace tamis
