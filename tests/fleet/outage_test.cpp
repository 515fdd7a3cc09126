// A server that is away, or comes back without what it held.

#include "fleet/fleet_fixture.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stop_token>
#include <string>

#include <sys/wait.h>

namespace tamis {
namespace {

class FleetOutage : public FleetTest {
 protected:
  void start_with_trials_of(int ms, size_t count = 2) {
    TestWorker worker;
    worker.settings = {{"shortest_ms", std::to_string(ms)}, {"diary", directory_.file("diary")}};
    start_workers(count, worker);
  }
  bool began() const { return std::filesystem::exists(directory_.file("diary")); }
  void restart() {
    const Status restarted = server_->restart();
    ASSERT_TRUE(restarted.ok()) << restarted.error().message;
  }
};

TEST_F(FleetOutage, LetsATunerBeStopped) {
  start_with_trials_of(50);
  session_.budget.trials = 1000;
  std::stop_source stop;
  auto tuned = tune_beside(trial_task(), stop.get_token());
  ASSERT_TRUE(eventually([&] { return began(); }));
  server_->kill();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  stop.request_stop();
  ASSERT_EQ(tuned.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(tuned.get().stop_reason, StopReason::interrupted);
}

TEST_F(FleetOutage, LetsAWorkerBeTold) {
  start_with_trials_of(50, 1);
  server_->kill();
  const auto ended = workers_->stop(0, std::chrono::seconds(40));
  ASSERT_TRUE(ended) << "it does not end";
  EXPECT_TRUE(WIFEXITED(*ended));
}

TEST_F(FleetOutage, KeepsAWorkerFromBeginning) {
  server_->kill();
  TestWorker worker;
  worker.device = "early";
  const size_t number = start_worker(worker);
  const auto ended = workers_->wait(number, std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_EQ(WEXITSTATUS(*ended), 2);
  EXPECT_THAT(workers_->output(number), ::testing::HasSubstr(server_->url()));
}

TEST_F(FleetOutage, LosesNothingWhereTheServerLosesAll) {
  start_with_trials_of(50);
  session_.budget.trials = 60;
  const SharedTask task = trial_task();
  std::stop_source stop;
  auto tuned = tune_beside(task, stop.get_token());
  ASSERT_TRUE(eventually([&] { return began(); }));
  server_->kill();
  server_->lose_everything();
  restart();
  EXPECT_EQ(tuned.wait_for(std::chrono::seconds(60)), std::future_status::ready) << "it does not end";
  stop.request_stop();
  const SessionResult result = tuned.get();
  EXPECT_EQ(result.trials.size(), 60U);
  EXPECT_EQ(outcomes(task->space(), result.trials), outcomes(task->space(), tune_locally(task).trials));
}

TEST_F(FleetOutage, LeavesWorkersAsTheyWereWhenItIsLong) {
  start_with_trials_of(1);
  server_->kill();
  std::this_thread::sleep_for(std::chrono::seconds(12));
  restart();
  await("board0", FleetState::idle);
  await("board1", FleetState::idle);
  session_.budget.trials = 20;
  EXPECT_EQ(tune(trial_task()).trials.size(), 20U);
}

}  // namespace
}  // namespace tamis
