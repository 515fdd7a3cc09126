// History that misleads, made from recorded tables of other layers, must not cost `tamis` more than some
// trials; history as it was recorded must help.
#include "search/tamis/tamis_fixture.h"
#include "search/tamis/tamis_strategy.h"
#include "tamis/formats.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

TrialSet recorded(const std::string& file) {
  return read_recorded_table(std::string(TAMIS_TEST_DATA) + "/vta/" + file).value();
}

/// How many more trials the median session may take.
constexpr double kSomeTrials = 10;

/// Trials until one is within 1 % of the table's best, the median of 10 seeds.
double median_trials(const TrialSet& table, const std::vector<TrialSet>* related) {
  std::vector<size_t> all;
  const SharedTask task = make_task(table.space);
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = seed, .related = related});
    size_t trials = 0;
    for (bool found = false; !found && trials < table.trials.size(); ++trials) {
      const Config config = strategy->propose(1).value().at(0);
      const Trial& trial = *find_recorded(table, config);
      found = trial.cost() <= best_cost(table) * 1.01;
      EXPECT_TRUE(strategy->learn(std::span(&trial, 1)).ok());
    }
    all.push_back(trials);
  }
  std::sort(all.begin(), all.end());
  return static_cast<double>(all[4] + all[5]) / 2;
}

/// What was valid is invalid, and what was not is valid, with latencies that say nothing.
TrialSet with_verdicts_inverted(TrialSet related) {
  for (Trial& trial : related.trials) {
    if (trial.verdict == Verdict::valid) {
      trial.verdict = Verdict::run_failed;
      trial.costs.clear();
    } else {
      trial.verdict = Verdict::valid;
      trial.costs = {1e6 + static_cast<double>(trial.number * 7919 % 1000)};
    }
  }
  return related;
}

/// The fastest is the slowest.
TrialSet with_latencies_reversed(TrialSet related) {
  for (Trial& trial : related.trials)
    for (double& latency : trial.costs) latency = 1e15 / latency;
  return related;
}

class MisleadingHistory : public ::testing::TestWithParam<const char*> {
 protected:
  TrialSet table_ = recorded(GetParam());
  TrialSet related_ = recorded("resnet18.C5.csv.gz");
};
INSTANTIATE_TEST_SUITE_P(Tables, MisleadingHistory,
                         ::testing::Values("resnet18.C2.csv.gz", "resnet18.C8.csv.gz", "resnet18.C9.csv"),
                         [](const auto& row) { return std::string(row.param).substr(9, 2); });

TEST_P(MisleadingHistory, CostsSomeTrialsAtMost) {
  const double cold = median_trials(table_, nullptr);
  const std::vector<TrialSet> sound = {related_};
  EXPECT_LT(median_trials(table_, &sound), cold);
  const std::vector<TrialSet> inverted = {with_verdicts_inverted(related_)};
  EXPECT_LE(median_trials(table_, &inverted), cold + kSomeTrials);
  const std::vector<TrialSet> reversed = {with_latencies_reversed(related_)};
  EXPECT_LE(median_trials(table_, &reversed), cold + kSomeTrials);
}

}  // namespace
}  // namespace tamis
