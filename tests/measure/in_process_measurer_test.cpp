#include "measure/measure_fixture.h"

#include <atomic>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::HasSubstr;

using InProcessMeasurer = MeasureTest;

TEST_F(InProcessMeasurer, FillsATrialOfAValidConfig) {
  const Trial trial = measure(**in_process(), {"none"}).at(0);
  EXPECT_EQ(trial.number, 100U);
  EXPECT_EQ(trial.config, fault_config(task_->space(), "none"));
  EXPECT_EQ(trial.verdict, Verdict::valid);
  EXPECT_TRUE(trial.measured);
  EXPECT_EQ(trial.costs, (std::vector<double>{10.5, 11.5}));
  EXPECT_EQ(trial.features.get("instructions"), 7);
  EXPECT_EQ(trial.features.get("cycles"), 1234);
  EXPECT_EQ(trial.message, "");
  EXPECT_EQ(trial.device, "faulty device");
  EXPECT_EQ(trial.proposer, "test");
  EXPECT_GT(trial.finished_unix_ms, 0);
}

TEST_F(InProcessMeasurer, TellsWhatDiffersFromTheReference) {
  const auto trials = measure(**in_process(), {"wrong_result", "short_output"});
  EXPECT_EQ(trials[0].verdict, Verdict::wrong_result);
  EXPECT_THAT(trials[0].message,
              HasSubstr("1 of 30 elements differs from the reference; the first is at n=0 c=1 y=4 x=2"));
  EXPECT_TRUE(trials[0].costs.empty());
  EXPECT_TRUE(trials[0].measured);
  EXPECT_EQ(trials[1].verdict, Verdict::wrong_result);
  EXPECT_EQ(trials[1].message, "the output has 29 elements; the reference has 30");
}

TEST_F(InProcessMeasurer, TellsBuildsThatNeverReachTheDevice) {
  const auto trials = measure(**in_process(), {"build:refuse", "build:big", "build:empty"});
  EXPECT_EQ(trials[0].verdict, Verdict::build_failed);
  EXPECT_EQ(trials[1].verdict, Verdict::resource_exceeded);
  EXPECT_EQ(trials[1].message, "needs 9 bytes of 8");
  EXPECT_EQ(trials[1].features.get("instructions"), 7);
  EXPECT_EQ(trials[2].verdict, Verdict::build_failed);
  for (const Trial& trial : trials) {
    EXPECT_FALSE(trial.measured);
    EXPECT_EQ(trial.device, "");
    EXPECT_EQ(trial.run_ns, 0);
  }
}

TEST_F(InProcessMeasurer, RefusesWhatADeviceMustNotReport) {
  const auto trials = measure(**in_process(), {"no_latency", "zero_latency"});
  for (const Trial& trial : trials) EXPECT_EQ(trial.verdict, Verdict::run_failed);
  for (const Trial& trial : trials) EXPECT_TRUE(trial.costs.empty());
  EXPECT_EQ(trials[0].message, "the device reported no latency");
  EXPECT_EQ(trials[1].message, "the device reported: " + check_latency_ns(0).error().message);
}

TEST_F(InProcessMeasurer, RefusesFeaturesThatNoFormatHolds) {
  const auto trials = measure(**in_process(), {"odd_feature", "build:odd_feature"});
  EXPECT_EQ(trials[0].verdict, Verdict::run_failed);
  EXPECT_TRUE(trials[0].measured);
  EXPECT_EQ(trials[0].message,
            "the device reported: the feature \"\" is 1; it needs a name and a finite number");
  EXPECT_FALSE(trials[0].features.has(""));
  EXPECT_TRUE(trials[0].features.has("cycles"));
  EXPECT_EQ(trials[1].verdict, Verdict::build_failed);
  EXPECT_EQ(trials[1].message,
            "the target reported: the feature \"share\" is nan; it needs a name and a finite number");
  EXPECT_FALSE(trials[1].features.has("share"));
}

TEST_F(InProcessMeasurer, MakesAnExceptionOfATargetAVerdict) {
  for (const int jobs : {1, 2}) {
    options_.jobs = jobs;
    const auto trials = measure(**in_process(), {"throw", "build:throw", "none"});
    EXPECT_EQ(trials[0].verdict, Verdict::run_failed);
    EXPECT_EQ(trials[1].verdict, Verdict::build_failed);
    EXPECT_EQ(trials[2].verdict, Verdict::valid);
    for (size_t i = 0; i < 2; ++i)
      EXPECT_EQ(trials[i].message, "the target threw an exception: out of patience");
  }
}

TEST_F(InProcessMeasurer, EndsWithAnErrorWhereATargetUsesUpTheMemory) {
  options_.jobs = 2;
  const Status status =
      (*in_process())->measure(requests({"throw:memory"}), [](const Trial&) { return Status(); }, {});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("memory is used up"));
}

TEST_F(InProcessMeasurer, ReportsADeviceThatStaysLost) {
  const Trial trial = measure(**in_process(), {"device_lost"}).at(0);
  EXPECT_EQ(trial.verdict, Verdict::device_lost);
  EXPECT_FALSE(trial.measured);
}

/// A file that is there as long as the test: devices are ill that name it.
class Illness {
 public:
  Illness() { std::ofstream(file_) << "ill"; }
  ~Illness() { std::filesystem::remove(file_); }
  std::string of(const std::string& fault) const { return fault + "@" + file_; }

 private:
  std::string file_ = testing::TempDir() + "tamis_ill_here_" + std::to_string(::getpid());
};

TEST_F(InProcessMeasurer, TriesWhatALostDeviceHadOnAnother) {
  const Illness ill;
  use_target("fault", {{"devices", ill.of("device_lost") + ",healthy"}});
  options_.jobs = 2;
  options_.retry.device_lost_retries = 1;
  const Trial trial = measure(**in_process(), {"none"}).at(0);
  EXPECT_EQ(to_string(trial.verdict), "valid");
  EXPECT_EQ(trial.device, "healthy");
}

TEST_F(InProcessMeasurer, GivesUpADeviceThatIsLostAgainAndAgain) {
  const Illness ill;
  use_target("fault", {{"devices", ill.of("device_lost") + ",healthy"}});
  options_.jobs = 2;
  std::vector<std::string> events;
  options_.recovery.event = [&](const DeviceEvent& event) { events.push_back(describe(event)); };
  const auto measurer = in_process().value();
  for (int round = 0; round < 12; ++round) EXPECT_EQ(measure(*measurer, {"none"}).at(0).device, "healthy");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_THAT(events[0], HasSubstr("is used no more: it was lost 10 times in a row"));
}

/// A target whose devices can be opened once, and are lost at once.
class SpentTarget final : public Target {
 public:
  SpentTarget() : Target("fault", {}, {}), target_(make_fault_target("fault", {}).value()) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    return target_->bind(workload);
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    if (opened_.exchange(true)) return not_found("it is used up");
    return target_->open_device(options);
  }

 private:
  std::shared_ptr<const Target> target_;
  mutable std::atomic<bool> opened_ = false;
};

TEST_F(InProcessMeasurer, SaysThatALostDeviceCannotBeOpenedAnew) {
  task_ = bind_task(std::make_shared<const SpentTarget>(), small_workload()).value();
  const auto measurer = in_process().value();
  const Status status =
      measurer->measure(requests({"device_lost"}), [](const Trial&) { return Status(); }, {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "a device was lost and no other can be opened: it is used up");
}

TEST_F(InProcessMeasurer, SaysBeforeItMeasuresThatADeviceIsAway) {
  const Illness ill;
  use_target("fault", {{"devices", "healthy," + ill.of("away")}});
  options_.jobs = 2;
  EXPECT_THAT(in_process().error().message, HasSubstr("does not answer"));
}

TEST_F(InProcessMeasurer, TriesEveryRequestOnceOnSeveralThreads) {
  options_.jobs = 4;
  const auto trials = measure(**in_process(), std::vector<std::string>(200, "none"));
  for (size_t i = 0; i < trials.size(); ++i) EXPECT_EQ(trials[i].number, 100 + i);
}

TEST_F(InProcessMeasurer, ReturnsTheErrorOfTheCaller) {
  options_.jobs = 3;
  auto measurer = in_process();
  int calls = 0;
  const auto refuse = [&](const Trial&) -> Status {
    ++calls;
    return io_error("the disk is full");
  };
  const Status status = (*measurer)->measure(requests(std::vector<std::string>(50, "none")), refuse, {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "the disk is full");
  EXPECT_EQ(calls, 1);
}

TEST_F(InProcessMeasurer, BeginsNothingAfterAStop) {
  auto measurer = in_process();
  std::stop_source stop;
  size_t finished = 0;
  const auto stop_at_third = [&](const Trial&) {
    if (++finished == 3) stop.request_stop();
    return Status();
  };
  const Status status = (*measurer)->measure(requests(std::vector<std::string>(100000, "none")),
                                             stop_at_third, stop.get_token());
  EXPECT_TRUE(status.ok());
  EXPECT_LT(finished, 100000U);
}

TEST_F(InProcessMeasurer, TellsTheDeviceTheBestLatencySoFar) {
  auto measurer = in_process();
  std::vector<MeasureRequest> told = requests({"none", "none"});
  told[1].incumbent_ns = 12.5;
  std::vector<double> heard;
  const auto hear = [&](const Trial& trial) {
    heard.push_back(trial.features.get("told_ns"));
    return Status();
  };
  ASSERT_TRUE((*measurer)->measure(told, hear, {}).ok());
  EXPECT_EQ(heard, (std::vector<double>{-1, 12.5}));
}

TEST_F(InProcessMeasurer, RefusesRecoveryOfDevicesThatCannotFail) {
  options_.retry.failure_repeats = 1;
  EXPECT_THAT(in_process().error().message, HasSubstr("where no device can fail"));
  options_.retry = {};
  options_.recovery.reset_command = "true";
  EXPECT_FALSE(in_process().ok());
  options_.recovery.reset_command.clear();
  EXPECT_TRUE(in_process().ok());
  options_.recovery.canary = task_->default_config();
  EXPECT_FALSE(in_process().ok());
}

TEST_F(InProcessMeasurer, RefusesMoreJobsThanTheTargetTakes) {
  use_target("fault:alone");
  EXPECT_TRUE(in_process().ok());
  options_.jobs = 2;
  EXPECT_EQ(in_process().error().message,
            "2 jobs would disturb one another's latencies; this target takes at most 1");
  EXPECT_EQ(workers().error().kind, ErrorKind::invalid_input);
}

TEST_F(InProcessMeasurer, RefusesOptionsThatCannotBeMeant) {
  options_.jobs = 0;
  EXPECT_EQ(in_process().error().message, "jobs is 0; it must lie between 1 and 256");
  options_.jobs = 1;
  options_.save_programs = "/proc/nowhere";
  EXPECT_EQ(in_process().error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace tamis
