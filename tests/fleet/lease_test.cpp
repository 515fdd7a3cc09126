// How long a job stays with a worker: as long as it lives, and hardly longer.

#include "fleet/fleet_fixture.h"
#include "fleet/layout.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace tamis {
namespace {

using Clock = std::chrono::steady_clock;

class FleetLease : public FleetTest {
 protected:
  /// Two devices whose trials take so long, and which keep a diary together.
  void start_two(int ms) {
    TestWorker worker;
    worker.settings = {{"shortest_ms", std::to_string(ms)}, {"diary", diary()}};
    start_workers(2, worker);
    session_.measure.run_deadline = std::chrono::minutes(1);
    session_.budget.trials = 1;
    session_.with_default = true;
  }
  std::string diary() const { return directory_.file("diary"); }
  bool began() const { return std::filesystem::exists(diary()); }
  /// How often a config began to run.
  size_t begins() const {
    std::ifstream file(diary());
    size_t count = 0;
    for (std::string line; std::getline(file, line);) count += line.starts_with("begin");
    return count;
  }
  size_t worker_at_work() const { return device("board0")->state == FleetState::busy ? 0 : 1; }
};

TEST_F(FleetLease, LastsAsLongAsATrialThatTakesLonger) {
  start_two(9000);
  const SessionResult result = tune(trial_task());
  EXPECT_EQ(result.trials.size(), 1U);
  EXPECT_EQ(begins(), 1U);
}

TEST_F(FleetLease, OutlivesAnOutageOfTheServer) {
  start_two(9000);
  auto tuned = tune_beside(trial_task());
  ASSERT_TRUE(eventually([&] { return began(); }));
  const Status restarted = server_->kill_and_restart(std::chrono::seconds(2));
  ASSERT_TRUE(restarted.ok()) << restarted.error().message;
  const SessionResult result = tuned.get();
  EXPECT_EQ(result.trials.size(), 1U);
  std::printf("the config ran %zu times\n", begins());
  EXPECT_EQ(result.trials.at(0).verdict, Verdict::valid);
}

TEST_F(FleetLease, PassesWithinTwoSecondsOfItsLengthWhenAWorkerDies) {
  start_two(3000);
  auto tuned = tune_beside(trial_task());
  ASSERT_TRUE(eventually([&] { return began(); }));
  ASSERT_TRUE(eventually([&] {
    return device("board0")->state == FleetState::busy || device("board1")->state == FleetState::busy;
  }));
  workers_->kill(worker_at_work());
  const auto killed = Clock::now();
  ASSERT_TRUE(eventually([&] { return begins() == 2; }));
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - killed);
  std::printf("tried again after %lld ms\n", static_cast<long long>(waited.count()));
  EXPECT_LE(waited, fleet::kLease + std::chrono::seconds(2));
  EXPECT_EQ(tuned.get().trials.size(), 1U);
}

// The server stores both results, and the late one's acknowledgement deletes the job that the other is at.
TEST_F(FleetLease, LetsAResultThatComesLateCountOnce) {
  start_two(400);
  session_.budget.trials = 60;
  const SharedTask task = trial_task();
  auto tuned = tune_beside(task);
  ASSERT_TRUE(eventually([&] { return device("board0")->state == FleetState::busy; }));
  workers_->signal(0, SIGSTOP);
  std::this_thread::sleep_for(fleet::kLease + std::chrono::milliseconds(2500));
  workers_->signal(0, SIGCONT);
  const SessionResult result = tuned.get();
  EXPECT_EQ(result.trials.size(), 60U);
  EXPECT_EQ(outcomes(task->space(), result.trials), outcomes(task->space(), tune_locally(task).trials));
  // It goes on afterwards.
  EXPECT_GT(by_device(result.trials)["board0"], 5U);
}

}  // namespace
}  // namespace tamis
