// Devices of a fleet: their leases, states and health.

#include "fleet/fleet_fixture.h"
#include "fleet/layout.h"
#include "fleet/records.h"
#include "trial/inferred.h"

#include <csignal>
#include <fstream>
#include <latch>

#include <sys/wait.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

class FleetDevices : public FleetTest {
 protected:
  std::string file() const { return directory_.file("ill"); }
  void fall_ill() const { std::ofstream(file()) << "ill"; }
  void get_well() const { std::filesystem::remove(file()); }
  /// A worker whose device is ill as long as the file is there.
  TestWorker ill_worker(const std::string& name, const std::string& illness) const {
    TestWorker worker;
    worker.device = name;
    worker.settings = {{"ill", illness}, {"while", file()}};
    return worker;
  }
};

TEST_F(FleetDevices, FindAServerThatManyMakeReadyAtOnce) {
  constexpr size_t kMany = 16;
  std::latch connected(kMany);
  std::vector<std::future<Status>> all;
  for (size_t i = 0; i < kMany; ++i)
    all.push_back(std::async(std::launch::async, [&]() -> Status {
      const auto connection = fleet::Connection::open(address(), {"test"});
      connected.arrive_and_wait();
      if (!connection.ok()) return connection.error();
      const auto buckets = fleet::ensure_layout(**connection);
      return buckets.ok() ? Status() : buckets.error();
    }));
  for (auto& one : all) {
    const Status made = one.get();
    EXPECT_TRUE(made.ok()) << made.error().message;
  }
}

TEST_F(FleetDevices, AreRegisteredByTheirWorkers) {
  start_workers(1);
  const auto known = device("board0");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->type, "board");
  EXPECT_EQ(known->target, "trial");
  EXPECT_THAT(known->identity, HasSubstr("trial"));
  EXPECT_EQ(known->role, FleetRole::both);
  EXPECT_EQ(known->trials, 0U);
  EXPECT_GT(known->seen_unix_ms, 0);
}

TEST_F(FleetDevices, AreServedByOneWorkerEach) {
  start_workers(1);
  TestWorker second;
  second.device = "board0";
  const size_t number = start_worker(second);
  const auto ended = workers_->wait(number, std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_EQ(WEXITSTATUS(*ended), 2);
  EXPECT_THAT(workers_->output(number), HasSubstr("board0"));
  await("board0", FleetState::idle);
}

TEST_F(FleetDevices, AreTakenOverFromAWorkerThatDied) {
  start_workers(1);
  workers_->kill(0);
  ASSERT_TRUE(workers_->restart(0).ok());
  session_.budget.trials = 5;
  EXPECT_EQ(tune(trial_task()).trials.size(), 5U);
}

TEST_F(FleetDevices, FinishWhatTheyTryWhenTheirWorkerIsToldToEnd) {
  TestWorker worker;
  start_workers(1, worker);
  worker.device = "slow";
  worker.settings = {{"shortest_ms", "1500"}, {"diary", directory_.file("diary")}};
  const size_t slow = start_worker(worker);
  await("slow", FleetState::idle);
  worker.device = "quick";
  session_.budget.trials = 200;
  const SharedTask task = trial_task();
  auto tuned = tune_beside(task);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(directory_.file("diary")); }));
  const auto ended = workers_->stop(slow, std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, 0);
  await("slow", FleetState::gone);
  const SessionResult result = tuned.get();
  EXPECT_EQ(outcomes(task->space(), result.trials).size(), 200U);
  // It tried one config, or a job's worth of them, to its end.
  EXPECT_TRUE(by_device(result.trials).contains("slow"));
}

TEST_F(FleetDevices, TakeNothingMoreOnceDrainedUntilTheyAreReleased) {
  start_workers(2);
  ASSERT_TRUE(drain_device(address(), "board0", "its fan is changed").ok());
  await("board0", FleetState::drained);
  EXPECT_EQ(device("board0")->reason, "its fan is changed");
  session_.budget.trials = 30;
  EXPECT_FALSE(by_device(tune(trial_task()).trials).contains("board0"));
  ASSERT_TRUE(release_device(address(), "board0").ok());
  await("board0", FleetState::idle);
  workers_->kill(1);
  session_.budget.trials = 3;
  EXPECT_TRUE(by_device(tune(trial_task()).trials).contains("board0"));
}

TEST_F(FleetDevices, TakeNothingWhileTheyAreQuarantinedByAnOperator) {
  start_workers(2);
  ASSERT_TRUE(quarantine_device(address(), "board1", "it smells").ok());
  await("board1", FleetState::quarantined);
  EXPECT_EQ(device("board1")->reason, "it smells");
  session_.budget.trials = 30;
  EXPECT_FALSE(by_device(tune(trial_task()).trials).contains("board1"));
}

TEST_F(FleetDevices, AreNamedWhereAnOperatorAsksForOneThatIsNotThere) {
  start_workers(2);
  const Status drained = drain_device(address(), "board7", "");
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().kind, ErrorKind::not_found);
  EXPECT_THAT(drained.error().message, HasSubstr("board0"));
  EXPECT_THAT(drained.error().message, HasSubstr("board1"));
}

TEST_F(FleetDevices, AreBusyWhileTheyTryAConfig) {
  TestWorker worker;
  worker.settings["shortest_ms"] = "300";
  start_workers(1, worker);
  session_.budget.trials = 6;
  auto tuned = tune_beside(trial_task());
  await("board0", FleetState::busy);
  tuned.get();
  await("board0", FleetState::idle);
  EXPECT_GE(device("board0")->trials, 6U);
  EXPECT_GT(device("board0")->busy_share, 0);
}

TEST_F(FleetDevices, AreSilentWhenTheirWorkerDiesAndCanThenBeForgotten) {
  start_workers(2);
  const Status forgotten = forget_device(address(), "board0");
  ASSERT_FALSE(forgotten.ok());
  EXPECT_EQ(forgotten.error().kind, ErrorKind::invalid_input);
  workers_->kill(0);
  await("board0", FleetState::silent);
  ASSERT_TRUE(forget_device(address(), "board0").ok());
  EXPECT_FALSE(device("board0"));
  EXPECT_TRUE(device("board1"));
}

TEST_F(FleetDevices, AreQuarantinedWhenTheyGiveWrongResults) {
  start_workers(1);
  start_worker(ill_worker("liar", "lying"));
  await("liar", FleetState::idle);
  fall_ill();
  const SharedTask task = trial_task();
  session_.measure.recovery.canary = task->space().config(0);
  session_.budget.trials = 120;
  const SessionResult result = tune(task);
  EXPECT_EQ(outcomes(task->space(), result.trials), outcomes(task->space(), tune_locally(task).trials));
  await("liar", FleetState::quarantined);
  EXPECT_THAT(device("liar")->reason, HasSubstr("known to be valid"));
  get_well();
  ASSERT_TRUE(release_device(address(), "liar").ok());
  await("liar", FleetState::idle);
  workers_->kill(0);
  session_.budget.trials = 10;
  EXPECT_GT(by_device(tune(task).trials)["liar"], 0U);
}

TEST_F(FleetDevices, ThatNeverEndAreQuarantined) {
  start_workers(1);
  start_worker(ill_worker("dead", "dead"));
  await("dead", FleetState::idle);
  fall_ill();
  const SharedTask task = trial_task();
  session_.measure.recovery.canary = task->space().config(0);
  session_.measure.run_deadline = std::chrono::seconds(1);
  session_.budget.trials = 60;
  const SessionResult result = tune(task);
  EXPECT_EQ(outcomes(task->space(), result.trials), outcomes(task->space(), tune_locally(task).trials));
  await("dead", FleetState::quarantined);
  EXPECT_THAT(device("dead")->reason, HasSubstr("known to be valid"));
}

TEST_F(FleetDevices, ThatAreSlowerThanTheirEqualsAreToldApartAndTheirTrialsCorrected) {
  TestWorker worker;
  worker.target = "trial:varying";
  worker.settings = {{"noise", "0.005"}};
  start_workers(3, worker);
  worker.device = "slow";
  worker.settings["ill"] = "slow";
  worker.settings["factor"] = "1.5";
  start_worker(worker);
  await("slow", FleetState::idle);
  session_.budget.trials = 160;
  session_.leader_runs = 1;
  session_.finalists = 0;
  const SharedTask task = trial_task("trial:varying");
  const SessionResult result = tune(task);
  const auto told = std::find_if(result.device_events.begin(), result.device_events.end(),
                                 [](const DeviceEvent& event) { return event.device == "slow"; });
  ASSERT_NE(told, result.device_events.end());
  EXPECT_EQ(told->kind, DeviceEventKind::differs) << told->reason;
  size_t corrected = 0;
  for (const Trial& trial : result.trials) {
    if (!trial.features.has(kDeviceFactor)) continue;
    EXPECT_EQ(trial.device, "slow");
    EXPECT_NEAR(trial.features.get(kDeviceFactor), 1.5, 0.05);
    EXPECT_NEAR(trial.cost(), healthy_cost(trial.config), 0.05 * healthy_cost(trial.config));
    ++corrected;
  }
  EXPECT_GT(corrected, 0U);
}

TEST_F(FleetDevices, ThatAreAllQuarantinedEndASessionWithTheirNamesAndReasons) {
  start_workers(1);
  ASSERT_TRUE(quarantine_device(address(), "board0", "it smells").ok());
  await("board0", FleetState::quarantined);
  session_.make_measurer = make_fleet_measurers(tuning_).value();
  const auto result = run_session(trial_task(), nullptr, session_, {}, {});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("board0"));
  EXPECT_THAT(result.error().message, HasSubstr("it smells"));
}

TEST_F(FleetDevices, OfAnotherProtocolVersionAreNamed) {
  start_workers(1);
  auto connection = fleet::Connection::open(address(), {"test"});
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  auto buckets = fleet::ensure_layout(**connection);
  ASSERT_TRUE(buckets.ok()) << buckets.error().message;
  fleet::DeviceRecord record = *fleet::read_device_record(**buckets->devices.get("board0"));
  record.protocol = kProtocolVersion + 1;
  record.pool = "another";
  ASSERT_TRUE(buckets->devices.put("board0", fleet::to_text(record)).ok());
  EXPECT_EQ(device("board0")->protocol, kProtocolVersion + 1);
  const auto measurer = make_fleet_measurers(tuning_).value()(trial_task(), session_.measure);
  ASSERT_FALSE(measurer.ok());
  EXPECT_THAT(measurer.error().message, HasSubstr("board0"));
  EXPECT_THAT(measurer.error().message, HasSubstr("protocol"));
}

}  // namespace
}  // namespace tamis
