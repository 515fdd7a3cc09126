#include "session/building.h"

#include "log/stored_sessions.h"
#include "measure/fault_target.h"
#include "support/temporary_directory.h"
#include "tamis/log.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

Space numbers_to(int64_t most) {
  std::vector<int64_t> values;
  for (int64_t value = 1; value <= most; ++value) values.push_back(value);
  return Space::create({number_knob("a", values), number_knob("b", values)}).value();
}

TEST(ConfigsToBuild, AreAllThatTheSpaceAllows) {
  const auto configs = choose_configs(numbers_to(5), std::nullopt, 0);
  ASSERT_TRUE(configs.ok());
  EXPECT_EQ(configs->size(), 25U);
}

TEST(ConfigsToBuild, AreDrawnWithoutRepetition) {
  const Space space = numbers_to(20);
  const std::vector<Config> configs = choose_configs(space, 300, 7).value();
  std::set<uint64_t> indexes;
  for (const Config& config : configs) indexes.insert(space.index(config));
  EXPECT_EQ(indexes.size(), 300U);
  EXPECT_EQ(choose_configs(space, 300, 7).value(), configs);
  EXPECT_NE(choose_configs(space, 300, 8).value(), configs);
}

TEST(ConfigsToBuild, AreNoMoreThanThereAre) {
  EXPECT_EQ(choose_configs(numbers_to(3), 100, 0).value().size(), 9U);
}

TEST(ConfigsToBuild, OfASpaceThatCannotBeListedAreSome) {
  const Space space = numbers_to(3000);
  const auto all = choose_configs(space, std::nullopt, 0);
  ASSERT_FALSE(all.ok());
  EXPECT_THAT(all.error().message, HasSubstr("build some of them with --trials N"));
  const std::vector<Config> some = choose_configs(space, 50, 0).value();
  std::set<uint64_t> indexes;
  for (const Config& config : some) indexes.insert(space.index(config));
  EXPECT_EQ(indexes.size(), 50U);
}

class BuildConfigs : public ::testing::Test {
 protected:
  BuildConfigs() {
    options_.measure.worker_path = TAMIS_BUILD_BIN "/fault_worker";
    options_.measure.build_deadline = std::chrono::seconds(3);
    options_.measure.memory_limit_bytes = 0;  // sanitizers reserve terabytes
    options_.measure.jobs = 2;
  }
  Result<BuildingResult> build(Log* log) const {
    return build_configs(fault_task(small_workload()), log, options_, nullptr, {});
  }

  BuildingOptions options_;
};

TEST_F(BuildConfigs, SaysWhatBuildsAndWhyTheRestDoesNot) {
  const auto result = build(nullptr);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->counts.measurements, 0U);
  EXPECT_GT(result->counts.trials, 20U);
  std::set<Verdict> verdicts;
  for (const auto& [verdict, trials] : result->counts.by_verdict) verdicts.insert(verdict);
  const std::set<Verdict> expected = {Verdict::valid, Verdict::build_failed, Verdict::build_timeout,
                                      Verdict::resource_exceeded};
  EXPECT_EQ(verdicts, expected);
  ASSERT_FALSE(result->features.empty());
  EXPECT_EQ(result->features.front().name, "instructions");
  EXPECT_EQ(result->features.front().least, 7);
  EXPECT_EQ(result->features.front().median, 7);
  EXPECT_GT(result->programs, 0U);
  EXPECT_FALSE(result->reasons.empty());
}

TEST_F(BuildConfigs, KeepsTrialsThatNoOneTakesForTheBest) {
  const TemporaryDirectory directory;
  Log log = Log::open(directory.file("log.tamis"), LogMode::read_write).value();
  const BuildingResult result = build(&log).value();
  const SessionRecord record = log.sessions().value().at(0);
  EXPECT_EQ(record.strategy, kBuildStrategy);
  const std::vector<Trial> trials = log.trials(record.id).value();
  EXPECT_EQ(trials.size(), result.counts.trials);
  for (const Trial& trial : trials) EXPECT_TRUE(trial.costs.empty());
  EXPECT_FALSE(best_of(log, record).value());
  EXPECT_TRUE(find_best(log, {}).value().empty());
  EXPECT_TRUE(log.fastest(record.id, 10).value().empty());
  EXPECT_EQ(count_trials(log, record).value().by_verdict, result.counts.by_verdict);
}

TEST_F(BuildConfigs, EndsWhereItIsToldTo) {
  options_.measure.jobs = 1;  // others go on until the stop reaches them
  std::stop_source stop;
  uint64_t seen = 0;
  const auto result = build_configs(
      fault_task(small_workload()), nullptr, options_,
      [&](const Counts& counts, uint64_t) {
        seen = counts.trials;
        stop.request_stop();
      },
      stop.get_token());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(seen, 1U);
  EXPECT_EQ(result->counts.trials, 1U);
}

}  // namespace
}  // namespace tamis
