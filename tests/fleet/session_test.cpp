// What a session on a fleet comes to: what it would come to locally, whatever becomes of workers and
// messages.

#include "base/clock.h"
#include "fleet/fleet_fixture.h"
#include "fleet/layout.h"
#include "fleet/message_doubler.h"
#include "measure/fault_target.h"

#include <csignal>
#include <fstream>

namespace tamis {
namespace {

using ::testing::HasSubstr;

class FleetSession : public FleetTest {
 protected:
  /// How many messages a stream of the fleet holds.
  uint64_t held(const char* stream, const std::string& subjects) const {
    const auto connection = fleet::Connection::open(address(), {"test"});
    EXPECT_TRUE(connection.ok());
    const auto count = (*connection)->count(stream, subjects);
    EXPECT_TRUE(count.ok()) << count.error().message;
    return count.ok() ? *count : 0;
  }
  /// Whether a device began to try something, by its diary.
  static bool began(const std::string& diary) { return std::filesystem::exists(diary); }
};

TEST_F(FleetSession, HasTheTrialsOfALocalOne) {
  start_workers(3);
  session_.budget.trials = 150;
  const SharedTask task = trial_task();
  const SessionResult fleet = tune(task);
  const SessionResult local = tune_locally(task);
  EXPECT_EQ(fleet.trials.size(), 150U);
  EXPECT_EQ(outcomes(task->space(), fleet.trials), outcomes(task->space(), local.trials));
  ASSERT_TRUE(fleet.best && local.best);
  EXPECT_EQ(fleet.best->config, local.best->config);
}

TEST_F(FleetSession, NamesTheDevicesThatTriedItsConfigs) {
  TestWorker worker;
  worker.target = "trial:free";
  worker.settings["shortest_ms"] = "5";
  start_workers(3, worker);
  session_.budget.trials = 60;
  const auto counts = by_device(tune(trial_task("trial:free")).trials);
  EXPECT_EQ(counts.size(), 3U);
  for (const auto& [device, count] : counts) EXPECT_THAT(device, HasSubstr("board")) << count;
}

TEST_F(FleetSession, AsksForConfigsInBatchesWhereItIsNotAsynchronous) {
  start_workers(2);
  session_.asynchronous = false;
  session_.budget.trials = 40;
  const SharedTask task = trial_task();
  EXPECT_EQ(outcomes(task->space(), tune(task).trials), outcomes(task->space(), tune_locally(task).trials));
}

TEST_F(FleetSession, HasTheFaultsOfConfigsAsVerdicts) {
  TestWorker worker;
  worker.target = "fault";
  start_workers(2, worker);
  const SharedTask task = fault_task(small_workload());
  session_.measure.run_deadline = std::chrono::seconds(1);
  const auto measurers = make_fleet_measurers(tuning_);
  ASSERT_TRUE(measurers.ok()) << measurers.error().message;
  const auto measurer = (*measurers)(task, session_.measure);
  ASSERT_TRUE(measurer.ok()) << measurer.error().message;
  const std::vector<std::pair<std::string, Verdict>> expected = {{"none", Verdict::valid},
                                                                 {"hang", Verdict::run_timeout},
                                                                 {"segfault", Verdict::crashed},
                                                                 {"wrong_result", Verdict::wrong_result},
                                                                 {"run_failed", Verdict::run_failed},
                                                                 {"build:refuse", Verdict::build_failed},
                                                                 {"build:big", Verdict::resource_exceeded}};
  std::vector<MeasureRequest> requests;
  for (const auto& [fault, verdict] : expected)
    requests.push_back({requests.size(), fault_config(task->space(), fault), "test"});
  std::map<uint64_t, Trial> trials;
  const Status measured = (*measurer)->measure(requests,
                                               [&](Trial trial) {
                                                 trials[trial.number] = std::move(trial);
                                                 return Status();
                                               },
                                               {});
  ASSERT_TRUE(measured.ok()) << measured.error().message;
  ASSERT_EQ(trials.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(trials[i].verdict, expected[i].second) << expected[i].first << ": " << trials[i].message;
}

TEST_F(FleetSession, TriesElsewhereWhatADeadWorkerHad) {
  TestWorker worker;
  start_workers(1, worker);
  worker.device = "slow";
  worker.settings["diary"] = directory_.file("diary");
  worker.settings["ill"] = "dead";
  worker.settings["while"] = directory_.file("ill");
  const size_t slow = start_worker(worker);
  await("slow", FleetState::idle);
  // It proved itself before.
  std::filesystem::remove(directory_.file("diary"));
  std::ofstream(directory_.file("ill")) << "ill";
  session_.budget.trials = 40;
  session_.measure.run_deadline = std::chrono::minutes(2);
  const SharedTask task = trial_task();
  auto tuned = tune_beside(task);
  ASSERT_TRUE(eventually([&] { return began(directory_.file("diary")); }));
  workers_->kill(slow);
  const SessionResult result = tuned.get();
  EXPECT_EQ(outcomes(task->space(), result.trials).size(), 40U);
  EXPECT_EQ(outcomes(task->space(), result.trials), outcomes(task->space(), tune_locally(task).trials));
  // Not those of invalid configs, which say no device.
  EXPECT_FALSE(by_device(result.trials).contains("slow"));
}

TEST_F(FleetSession, CountsOnceWhatTheNetworkDeliversTwice) {
  start_workers(2);
  auto doubler = MessageDoubler::start(server_->url());
  ASSERT_TRUE(doubler.ok()) << doubler.error().message;
  session_.budget.trials = 60;
  const SharedTask task = trial_task();
  const SessionResult result = tune(task);
  EXPECT_GE((*doubler)->doubled(), 60U);
  EXPECT_EQ(result.trials.size(), 60U);
  EXPECT_EQ(outcomes(task->space(), result.trials), outcomes(task->space(), tune_locally(task).trials));
}

TEST_F(FleetSession, GivesUpWhatIsUnderWayWhenItIsStoppedAndLeavesNothingBehind) {
  TestWorker worker;
  worker.settings["diary"] = directory_.file("diary");
  worker.settings["shortest_ms"] = "500";
  start_workers(2, worker);
  session_.budget.trials = 1000;
  std::stop_source stop;
  auto tuned = tune_beside(trial_task(), stop.get_token());
  ASSERT_TRUE(eventually([&] { return began(directory_.file("diary")); }));
  stop.request_stop();
  const SessionResult result = tuned.get();
  EXPECT_EQ(result.stop_reason, StopReason::interrupted);
  EXPECT_TRUE(eventually([&] { return held(fleet::kJobsStream, "tamis.jobs.>") == 0; }));
  EXPECT_TRUE(eventually([&] { return held(fleet::kResultsStream, "tamis.results.>") == 0; }));
  EXPECT_TRUE(eventually([&] { return status().tuners.empty(); }));
  await("board0", FleetState::idle);
  await("board1", FleetState::idle);
}

TEST_F(FleetSession, WaitsForAServerThatIsAwayForAWhile) {
  TestWorker worker;
  worker.settings["shortest_ms"] = "20";
  start_workers(2, worker);
  session_.budget.trials = 100;
  const SharedTask task = trial_task();
  auto tuned = tune_beside(task);
  ASSERT_TRUE(eventually([&] { return !status().tuners.empty(); }));
  const Status restarted = server_->kill_and_restart(std::chrono::milliseconds(500));
  ASSERT_TRUE(restarted.ok()) << restarted.error().message;
  const SessionResult result = tuned.get();
  EXPECT_EQ(result.trials.size(), 100U);
  EXPECT_EQ(outcomes(task->space(), result.trials), outcomes(task->space(), tune_locally(task).trials));
}

TEST_F(FleetSession, WaitsForAServerThatStallsForAWhile) {
  TestWorker worker;
  worker.settings["shortest_ms"] = "20";
  start_workers(2, worker);
  session_.budget.trials = 60;
  const SharedTask task = trial_task();
  auto tuned = tune_beside(task);
  ASSERT_TRUE(eventually([&] { return !status().tuners.empty(); }));
  server_->stall();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  server_->resume();
  EXPECT_EQ(outcomes(task->space(), tuned.get().trials), outcomes(task->space(), tune_locally(task).trials));
}

TEST_F(FleetSession, BeginsOnlyWhereThereIsAServer) {
  server_->kill();
  const auto fleet = make_fleet_measurers(tuning_);
  // Either already here or where the first config would be tried.
  if (!fleet.ok()) {
    EXPECT_EQ(fleet.error().kind, ErrorKind::io);
    EXPECT_THAT(fleet.error().message, HasSubstr(server_->url()));
    return;
  }
  const auto measurer = (*fleet)(trial_task(), session_.measure);
  ASSERT_FALSE(measurer.ok());
  EXPECT_EQ(measurer.error().kind, ErrorKind::io);
  EXPECT_THAT(measurer.error().message, HasSubstr(server_->url()));
}

TEST_F(FleetSession, NeedsADeviceThatFits) {
  TestWorker worker;
  worker.target = "trial:free";
  start_workers(1, worker);
  const auto fleet = make_fleet_measurers(tuning_);
  ASSERT_TRUE(fleet.ok()) << fleet.error().message;
  const auto measurer = (*fleet)(trial_task("trial"), session_.measure);
  ASSERT_FALSE(measurer.ok());
  EXPECT_EQ(measurer.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(measurer.error().message, HasSubstr("board0"));
  EXPECT_THAT(measurer.error().message, HasSubstr("trial"));
}

TEST_F(FleetSession, SharesDevicesWithAnotherByTheirPriorities) {
  TestWorker worker;
  worker.target = "trial:free";
  worker.settings["shortest_ms"] = "5";
  start_workers(2, worker);
  session_.budget.trials = 100'000;
  std::stop_source stop;
  const SharedTask task = trial_task("trial:free");
  FleetTuning more = tuning_;
  more.priority = 3;
  auto less_tuned = tune_beside(task, stop.get_token());
  SessionOptions options = session_;
  options.seed = 2;
  options.make_measurer = make_fleet_measurers(more).value();
  auto more_tuned = std::async(
      std::launch::async, [&] { return run_session(task, nullptr, options, {}, stop.get_token()).value(); });
  // Until both have seen each other, the first has everything.
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const int64_t begin_ms = unix_ms();
  std::this_thread::sleep_for(std::chrono::seconds(4));
  stop.request_stop();
  const auto since = [&](const std::vector<Trial>& trials) {
    return static_cast<double>(std::count_if(
        trials.begin(), trials.end(), [&](const Trial& trial) { return trial.finished_unix_ms > begin_ms; }));
  };
  const double less_count = since(less_tuned.get().trials);
  const double more_count = since(more_tuned.get().trials);
  EXPECT_GT(less_count, 50);
  EXPECT_NEAR(more_count / less_count, 3, 0.45);
}

}  // namespace
}  // namespace tamis
