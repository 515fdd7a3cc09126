// Devices that are ill among devices that are not: what is found is what a healthy fleet finds.

#include "fleet/fleet_fixture.h"

#include <chrono>
#include <cstdio>
#include <fstream>

namespace tamis {
namespace {

class IllFleet : public FleetTest {
 protected:
  IllFleet() {
    healthy_.target = "trial:varying";
    healthy_.settings = {{"shortest_ms", "20"}, {"longest_ms", "120"}, {"noise", "0.001"}};
  }
  void start_ill(const std::string& name, const Settings& settings) {
    TestWorker worker = healthy_;
    worker.device = name;
    for (const auto& [key, value] : settings) worker.settings[key] = value;
    start_worker(worker);
    await(name, FleetState::idle);
  }

  TestWorker healthy_;
};

TEST_F(IllFleet, FindsTheBestOfAHealthyOne) {
  const std::string file = directory_.file("ill");
  start_workers(4, healthy_);
  start_ill("dead", {{"ill", "dead"}, {"while", file}});
  start_ill("lying", {{"ill", "lying"}, {"while", file}});
  start_ill("slow", {{"ill", "slow"}});
  start_ill("flaky", {{"ill", "flaky"}, {"probability", "0.1"}});
  const SharedTask task = trial_task("trial:varying");
  session_.budget.trials = 1000;
  session_.measure.run_deadline = std::chrono::seconds(2);
  session_.measure.recovery.canary = task->space().config(0);
  session_.measure.retry.failure_repeats = 2;
  auto tuned = tune_beside(task);
  // They fall ill when they have proved to be well.
  for (const char* name : {"dead", "lying"})
    EXPECT_TRUE(eventually([&] { return device(name)->trials > 0; }));
  std::ofstream(file) << "ill";
  const SessionResult ill = tuned.get();
  const SessionResult healthy = tune_locally(task);
  ASSERT_TRUE(ill.best && healthy.best);
  EXPECT_EQ(ill.best->config, healthy.best->config);
  size_t different = 0;
  const auto expected = outcomes(task->space(), healthy.trials);
  for (const Trial& trial : ill.trials) {
    const auto found = expected.find(task->space().index(trial.config));
    ASSERT_NE(found, expected.end());
    if (found->second.verdict == trial.verdict) continue;
    ++different;
    std::printf("%s of %s is %s elsewhere: %s\n", std::string(to_string(trial.verdict)).c_str(),
                trial.device.c_str(), std::string(to_string(found->second.verdict)).c_str(),
                trial.message.c_str());
  }
  for (const DeviceEvent& event : ill.device_events) std::printf("%s\n", describe(event).c_str());
  for (const char* name : {"dead", "lying"}) {
    const auto known = device(name);
    ASSERT_TRUE(known);
    EXPECT_EQ(to_string(known->state), "quarantined") << name;
    EXPECT_THAT(known->reason, ::testing::HasSubstr("known to be valid")) << name;
  }
  // A failure that does not come back is the device's; the same fault three times in five is rare.
  EXPECT_LE(different, 8U);
}

TEST_F(IllFleet, TellsADeviceApartThatIsATenthSlowerIn19Of20Runs) {
  healthy_.settings = {{"noise", "0.02"}, {"shortest_ms", "20"}, {"longest_ms", "60"}};
  start_workers(7, healthy_);
  start_ill("slow", {{"ill", "slow"}, {"factor", "1.1"}});
  session_.budget.trials = 200;
  session_.leader_runs = 1;
  session_.finalists = 0;
  const SharedTask task = trial_task("trial:varying");
  int told = 0;
  int wrongly = 0;
  for (uint64_t run = 1; run <= 20; ++run) {
    session_.seed = run;
    bool found = false;
    bool another = false;
    for (const DeviceEvent& event : tune(task).device_events) {
      if (event.kind != DeviceEventKind::differs) continue;
      found = found || event.device == "slow";
      another = another || event.device != "slow";
    }
    told += found;
    wrongly += another;
  }
  std::printf("told apart in %d of 20 runs; another device in %d\n", told, wrongly);
  EXPECT_GE(told, 19);
  EXPECT_LE(wrongly, 1);
}

}  // namespace
}  // namespace tamis
