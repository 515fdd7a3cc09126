// Devices that fall ill while configs are tried in worker processes.
#include "measure/measure_fixture.h"
#include "trial/inferred.h"

#include <csignal>
#include <fstream>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::HasSubstr;

class DeviceRecoveryTest : public MeasureTest {
 protected:
  void SetUp() override {
    MeasureTest::SetUp();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    options_.memory_limit_bytes = 0;
#endif
    flag_ = testing::TempDir() + "tamis_ill_" + std::to_string(::getpid());
    std::ofstream(flag_) << "ill";
    options_.recovery.canary = fault_config(task_->space(), "none");
    options_.recovery.event = [this](const DeviceEvent& event) { events_.push_back(describe(event)); };
  }
  void TearDown() override { std::filesystem::remove(flag_); }

  /// Devices that have the illness as long as the flag is there, and healthy ones.
  std::unique_ptr<Measurer> measurer(const std::vector<std::string>& devices) {
    std::string names;
    for (const std::string& device : devices)
      names += (names.empty() ? "" : ",") + (device == "healthy" ? device : device + "@" + flag_);
    use_target("fault", {{"devices", names}});
    options_.jobs = static_cast<int>(devices.size());
    return workers().value();
  }
  /// The devices of one request after the other; the first error instead.
  std::vector<std::string> in_turn(Measurer& measurer, size_t count) const {
    std::vector<std::string> devices;
    const auto keep = [&](const Trial& trial) {
      EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
      devices.push_back(trial.device);
      return Status();
    };
    const Status status =
        measurer.measure_in_turn(requests(std::vector<std::string>(count, "none")), keep, {});
    return status.ok() ? devices : std::vector<std::string>{status.error().message};
  }
  /// As a system that is out of memory does, between two configs: kill -9, and the workers are dead when it
  /// returns.
  static void kill_workers() {
    for (const pid_t worker : children()) {
      ASSERT_EQ(::kill(worker, SIGKILL), 0);
      siginfo_t ended;
      ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(worker), &ended, WEXITED | WNOWAIT), 0);
    }
  }
  static std::map<std::string, size_t> by_device(const std::vector<Trial>& trials) {
    std::map<std::string, size_t> count;
    for (const Trial& trial : trials) ++count[trial.device];
    return count;
  }

  std::string flag_;
  std::vector<std::string> events_;
};

TEST_F(DeviceRecoveryTest, LeavesOutADeviceThatFailsEverythingAndLosesNoConfig) {
  const auto trials = measure(*measurer({"run_failed", "healthy"}), std::vector<std::string>(12, "none"));
  for (const Trial& trial : trials) {
    EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
    EXPECT_EQ(trial.device, "healthy");
  }
}

TEST_F(DeviceRecoveryTest, ResetsADeviceThatFailsEverything) {
  options_.recovery.reset_command = "rm " + flag_;
  const auto trials = measure(*measurer({"run_failed"}), {"none", "none", "none", "none", "none"});
  for (const Trial& trial : trials) EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
  EXPECT_THAT(events_, testing::ElementsAre(HasSubstr("failed a config that is known to be valid"),
                                            HasSubstr("was reset: its last 3 configs failed")));
}

TEST_F(DeviceRecoveryTest, TriesWhatALostDeviceHadOnAnother) {
  options_.recovery.canary.reset();
  auto both = measurer({"device_lost", "healthy"});
  for (int round = 0; round < 3; ++round)
    for (const Trial& trial : measure(*both, {"none", "none", "none"})) {
      EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
      EXPECT_EQ(trial.device, "healthy");
    }
  EXPECT_TRUE(events_.empty());
}

TEST_F(DeviceRecoveryTest, GoesOnWithoutADeviceThatIsAway) {
  auto both = measurer({"away", "healthy"});
  for (const Trial& trial : measure(*both, {"none", "none"})) EXPECT_EQ(trial.device, "healthy");
  // In turn means on one device, the first that is fit.
  const auto check = [&](const Trial& trial) {
    EXPECT_EQ(trial.device, "healthy");
    return Status();
  };
  EXPECT_TRUE(both->measure_in_turn(requests({"none", "none"}), check, {}).ok());
}

TEST_F(DeviceRecoveryTest, StartsAWorkerAnewThatEndedBetweenTwoConfigs) {
  auto one = measurer({"healthy"});
  EXPECT_EQ(in_turn(*one, 1), std::vector<std::string>{"healthy"});
  kill_workers();
  EXPECT_EQ(in_turn(*one, 2), (std::vector<std::string>{"healthy", "healthy"}));
  EXPECT_TRUE(events_.empty());
}

TEST_F(DeviceRecoveryTest, GoesOnWithoutADeviceWhoseWorkerCannotBeStartedAnewBetweenTwoConfigs) {
  auto both = measurer({"away", "healthy"});
  std::filesystem::remove(flag_);
  EXPECT_EQ(in_turn(*both, 1), std::vector<std::string>{"away@" + flag_});
  kill_workers();
  std::ofstream(flag_) << "ill";
  EXPECT_EQ(in_turn(*both, 2), (std::vector<std::string>{"healthy", "healthy"}));
  EXPECT_THAT(events_, testing::ElementsAre(HasSubstr("is used no more: away@")));
}

TEST_F(DeviceRecoveryTest, ResetsADeviceWhoseWorkerCannotBeStartedAnewBetweenTwoConfigs) {
  options_.recovery.reset_command = "rm " + flag_;
  auto one = measurer({"away"});
  std::filesystem::remove(flag_);
  EXPECT_EQ(in_turn(*one, 1), std::vector<std::string>{"away@" + flag_});
  kill_workers();
  std::ofstream(flag_) << "ill";
  EXPECT_EQ(in_turn(*one, 1), std::vector<std::string>{"away@" + flag_});
  EXPECT_THAT(events_, testing::ElementsAre(HasSubstr("was reset: it could not be opened: ")));
}

TEST_F(DeviceRecoveryTest, EndsWhenNoDeviceIsLeftAndSaysWhy) {
  auto ill = measurer({"run_failed", "away"});
  for (int round = 0; round < 2; ++round) {
    const Status status =
        ill->measure(requests({"none", "none", "none", "none"}), [](const Trial&) { return Status(); }, {});
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::io);
    EXPECT_THAT(status.error().message, HasSubstr("no device is left that is fit to be used (run_failed@"));
    EXPECT_THAT(status.error().message, HasSubstr("known to be valid with run_failed: the device said no"));
    EXPECT_THAT(status.error().message, HasSubstr("does not answer"));
  }
}

TEST_F(DeviceRecoveryTest, QuarantinesADeviceThatHangs) {
  options_.run_deadline = std::chrono::seconds(1);
  const auto trials = measure(*measurer({"hang", "healthy"}), {"none", "none", "none", "run_failed"});
  EXPECT_THAT(by_device(trials), testing::ElementsAre(testing::Pair("healthy", 4U)));
  EXPECT_EQ(trials[3].verdict, Verdict::run_failed);
}

TEST_F(DeviceRecoveryTest, NamesTheDeviceThatAKilledWorkerRanOn) {
  options_.recovery = {};
  const auto trials = measure(*measurer({"healthy"}), {"exit", "none"});
  EXPECT_EQ(trials[0].verdict, Verdict::crashed);
  EXPECT_EQ(trials[0].device, "healthy");
}

TEST_F(DeviceRecoveryTest, TellsFlakyConfigsFromInvalidOnes) {
  options_.retry.failure_repeats = 1;
  const auto trials = measure(*measurer({"healthy"}), {"flaky", "run_failed", "none"});
  EXPECT_EQ(trials[0].verdict, Verdict::valid);
  EXPECT_TRUE(is_flaky(trials[0]));
  EXPECT_EQ(trials[1].verdict, Verdict::run_failed);
  EXPECT_FALSE(is_flaky(trials[1]));
  EXPECT_FALSE(is_flaky(trials[2]));
}

TEST_F(DeviceRecoveryTest, StopsInTheMiddleOfAReset) {
  options_.recovery.reset_command = "sleep 600";
  auto ill = measurer({"device_lost"});
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stop.request_stop();
  });
  size_t finished = 0;
  const auto count = [&](const Trial&) {
    ++finished;
    return Status();
  };
  EXPECT_TRUE(ill->measure(requests({"none"}), count, stop.get_token()).ok());
  EXPECT_EQ(finished, 0U);
  stopper.join();
  EXPECT_EQ(count_children(), 0U);
}

TEST_F(DeviceRecoveryTest, RefusesRecoveryThatCannotBeMeant) {
  const auto error = [&] { return workers().error().message; };
  options_.retry.failure_repeats = -1;
  EXPECT_THAT(error(), HasSubstr("cannot be repeated -1 times"));
  options_.retry = {};
  options_.retry.device_lost_retries = -1;
  EXPECT_THAT(error(), HasSubstr("device_lost_retries is -1"));
  options_.retry = {};
  options_.recovery.reset_deadline = std::chrono::milliseconds(0);
  EXPECT_THAT(error(), HasSubstr("the deadline of a reset"));
  options_.recovery = {};
  options_.recovery.canary = Config{{1'000'000}};
  EXPECT_THAT(error(), HasSubstr("the canary is not a config that the space allows"));
}

TEST_F(DeviceRecoveryTest, RefusesACanaryThatADeclaredConstraintExcludes) {
  task_ = bind_task(make_fault_target("fault", {}).value(), small_workload(), {{"fault != 'none'"}}).value();
  EXPECT_EQ(workers().error().message, "the canary is not a config that the space allows");
  options_.recovery.canary = fault_config(task_->space(), "flaky");
  EXPECT_TRUE(workers().ok());
}

}  // namespace
}  // namespace tamis
