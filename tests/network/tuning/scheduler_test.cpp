#include "network/tuning/scheduler.h"

#include <array>
#include <limits>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using testing::HasSubstr;

constexpr double kNothingValid = std::numeric_limits<double>::infinity();

TaskState tried(std::vector<double> best_ns, std::optional<double> expected_ns = std::nullopt) {
  TaskState task;
  task.opened = true;
  task.trials = 8 * best_ns.size();
  task.promised_ns.resize(best_ns.size());
  task.best_ns = std::move(best_ns);
  task.expected_ns = expected_ns;
  return task;
}

std::optional<size_t> pick(const std::vector<TaskState>& tasks, Scheduling scheduling = Scheduling::gradient,
                           double least_gain = 0) {
  return pick_task(tasks, scheduling, least_gain);
}

TEST(Scheduling, IsReadFromAWord) {
  EXPECT_EQ(parse_scheduling("proportional").value(), Scheduling::proportional);
  EXPECT_EQ(parse_scheduling(to_string(Scheduling::gradient)).value(), Scheduling::gradient);
  EXPECT_EQ(parse_scheduling("equal").value(), Scheduling::equal);
  const auto refused = parse_scheduling("fair");
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(refused.error().message, HasSubstr("there are gradient, equal and proportional"));
}

TEST(NetworkLatency, SumsBestLatenciesTimesOccurrences) {
  std::vector<TaskState> tasks = {tried({50, 40}), tried({7}), tried({kNothingValid})};
  tasks[0].occurrences = 3;
  EXPECT_EQ(network_latency_ns(tasks), 127);
}

TEST(ExpectedGain, IsTheLastGainAndAHopeThatFadesWhereAStrategyHasNoIdea) {
  EXPECT_DOUBLE_EQ(expected_gain_ns(tried({100})), 100);
  EXPECT_DOUBLE_EQ(expected_gain_ns(tried({100, 80})), 0.2 * 80 + 80.0 / 4);
  EXPECT_DOUBLE_EQ(expected_gain_ns(tried({100, 80, 80})), 80.0 / 9);
  EXPECT_DOUBLE_EQ(expected_gain_ns(tried({kNothingValid, 80})), 80.0 / 4) << "nothing to compare with";
}

TEST(ExpectedGain, BelievesAStrategyAsFarAsItKeptItsLastPromise) {
  TaskState kept = tried({100, 80}, 10);
  kept.promised_ns = {0, 20};
  EXPECT_DOUBLE_EQ(expected_gain_ns(kept), (0.2 * 80 + 10) / 2 + 20);
  TaskState broken = tried({100, 100}, 10);
  broken.promised_ns = {0, 20};
  EXPECT_NEAR(expected_gain_ns(broken), 10 * 0.01 / 0.21 / 2 + 25, 1e-9);
  TaskState exceeded = tried({100, 80}, 1);
  EXPECT_GT(expected_gain_ns(exceeded), (0.2 * 80 + 1) / 2 + 20) << "nothing was promised";
}

TEST(PickTask, TriesEveryTaskOnceInOrder) {
  EXPECT_EQ(pick({TaskState(), TaskState()}), 0U);
  EXPECT_EQ(pick({tried({100}), TaskState()}), 1U);
  EXPECT_EQ(pick({tried({kNothingValid}), TaskState()}), 1U) << "even before one without a valid config";
}

TEST(PickTask, TakesTheTaskThatIsExpectedToSaveTheNetworkMost) {
  std::vector<TaskState> tasks = {tried({100, 90}), tried({60, 60})};
  EXPECT_EQ(pick(tasks), 0U);
  tasks[1].occurrences = 5;
  EXPECT_EQ(pick(tasks), 1U);
  tasks[1].ended = true;
  EXPECT_EQ(pick(tasks), 0U);
}

/// Two tasks, and one that stands for both.
std::vector<TaskState> with_joined(double first, double second, TaskState joined) {
  joined.parts = std::array<size_t, 2>{0, 1};
  return {tried({first}), tried({second}), std::move(joined)};
}

TEST(NetworkLatency, CountsATaskThatStandsForTwoByWhatItSaves) {
  EXPECT_EQ(network_latency_ns(with_joined(30, 70, tried({80}))), 80);
  EXPECT_EQ(network_latency_ns(with_joined(30, 70, tried({110}))), 100);
  EXPECT_EQ(network_latency_ns(with_joined(30, 70, tried({kNothingValid}))), 100);
  std::vector<TaskState> tasks = with_joined(30, 70, tried({80}));
  tasks[0].occurrences = 3;
  EXPECT_EQ(network_latency_ns(tasks), 140) << "it stands for one of three";
}

TEST(ExpectedSaving, IsWhatTakesAJoinedTaskAheadOfItsParts) {
  // Two batches without gain: a hope of a fourth.
  EXPECT_DOUBLE_EQ(expected_saving_ns(with_joined(30, 70, tried({80, 80})), 2), 20);
  EXPECT_DOUBLE_EQ(expected_saving_ns(with_joined(30, 70, tried({120, 120})), 2), 30 - 20);
  EXPECT_DOUBLE_EQ(expected_saving_ns(with_joined(30, 70, tried({160, 160})), 2), 0) << "too far behind";
}

TEST(ExpectedSaving, IsWhatTakesPartsAheadOfTheJoinedTask) {
  std::vector<TaskState> tasks = with_joined(30, 70, tried({95}));
  EXPECT_DOUBLE_EQ(expected_saving_ns(tasks, 0), 30 - 5);
  tasks[0].occurrences = 2;
  EXPECT_DOUBLE_EQ(expected_saving_ns(tasks, 0), 60 - 5) << "one of two is by itself";
}

TEST(PickTask, PassesOverAJoinedTaskWhosePartsAreTooShortToPay) {
  std::vector<TaskState> tasks = with_joined(1, 999, TaskState());
  tasks[0].ended = tasks[1].ended = true;
  EXPECT_EQ(pick(tasks, Scheduling::gradient, 0.002), std::nullopt);
  EXPECT_EQ(pick(tasks, Scheduling::gradient, 0.001), 2U);
}

TEST(PickTask, LeavesAJoinedTaskThatIsFarBehindItsParts) {
  std::vector<TaskState> tasks = with_joined(30, 70, tried({160, 160}));
  tasks[0].ended = tasks[1].ended = true;
  EXPECT_EQ(pick(tasks, Scheduling::gradient, 0.001), std::nullopt);
  tasks[2] = with_joined(30, 70, tried({110, 110}))[2];
  EXPECT_EQ(pick(tasks, Scheduling::gradient, 0.001), 2U);
}

TEST(PickTask, TakesTheFirstOfEquals) { EXPECT_EQ(pick({tried({10}), tried({10}), tried({10})}), 0U); }

TEST(PickTask, SharesEquallyOrInProportionWhereAsked) {
  std::vector<TaskState> tasks = {tried({100, 90, 80}), tried({10, 10})};
  EXPECT_EQ(pick(tasks, Scheduling::equal), 1U);
  EXPECT_EQ(pick(tasks, Scheduling::proportional), 0U) << "24 trials for eight times the time of 16";
  tasks[1].occurrences = 8;
  EXPECT_EQ(pick(tasks, Scheduling::proportional), 1U);
}

TEST(PickTask, EndsWhereNothingIsExpectedToGainEnough) {
  const std::vector<double> still(10, 100.0);
  const std::vector<TaskState> tasks = {tried(still), tried(still)};  // a 200th of the network each
  for (const Scheduling scheduling : {Scheduling::gradient, Scheduling::equal, Scheduling::proportional}) {
    EXPECT_EQ(pick(tasks, scheduling, 0.004), 0U);
    EXPECT_EQ(pick(tasks, scheduling, 0.006), std::nullopt);
  }
}

TEST(PickTask, EndsWhereEveryTaskHas) {
  TaskState ended = tried({100});
  ended.ended = true;
  EXPECT_EQ(pick({ended, ended}), std::nullopt);
}

TEST(PickTask, GivesATaskWithoutAValidConfigAnEqualShareAtMost) {
  std::vector<TaskState> tasks = {tried({100, 90}), tried({100, 90}), tried({kNothingValid})};
  EXPECT_EQ(pick(tasks), 2U) << "it has less than the others";
  tasks[2] = tried({kNothingValid, kNothingValid, kNothingValid});
  EXPECT_EQ(pick(tasks), 0U);
  EXPECT_EQ(pick(tasks, Scheduling::gradient, 1), std::nullopt) << "nor when nobody else needs the budget";
}

}  // namespace
}  // namespace tamis::network
