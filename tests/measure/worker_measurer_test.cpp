#include "measure/measure_fixture.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;

/// Sanitizers reserve terabytes of addresses and answer signals themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

class WorkerMeasurer : public MeasureTest {
 protected:
  void SetUp() override {
    MeasureTest::SetUp();
    if (kSanitized) options_.memory_limit_bytes = 0;
  }
};

struct Expected {
  const char* fault;
  Verdict verdict;
  bool measured;
  const char* message;
};

/// Each between two configs without a fault, so that measuring is seen to go on.
TEST_F(WorkerMeasurer, TurnsEveryFaultIntoAVerdictAndGoesOn) {
  const std::vector<Expected> all = {
      {"abort", Verdict::crashed, true, "the worker died while running: signal SIGABRT"},
      {"exit", Verdict::crashed, true, "exit status 0"},
      {"exit_noisily", Verdict::crashed, true,
       "exit status 3; it last wrote: first line\nthe board caught fire"},
      {"hang", Verdict::run_timeout, true, "running took longer than 3000 ms and was killed"},
      {"garbage", Verdict::valid, true, ""},
      {"grandchild", Verdict::run_timeout, true, "running took longer"},
      {"orphan", Verdict::valid, true, ""},
      {"close", Verdict::run_timeout, true, "running took longer"},
      {"babble", Verdict::crashed, true, "a frame of 4294967295 bytes was announced"},
      {"wrong_result", Verdict::wrong_result, true, "1 of 30 elements differ"},
      {"run_failed", Verdict::run_failed, true, "the device said no"},
      {"build:refuse", Verdict::build_failed, false, "cannot be built"},
      {"build:big", Verdict::resource_exceeded, false, "needs 9 bytes of 8"},
      {"build:hang", Verdict::build_timeout, false, "building took longer than 3000 ms and was killed"},
      {"build:exit", Verdict::build_failed, false, "the worker died while building: exit status 0"},
  };
  std::vector<std::string> faults;
  for (const Expected& expected : all) {
    faults.emplace_back(expected.fault);
    faults.emplace_back("none");
  }
  options_.jobs = 2;
  const auto trials = measure(**workers(), faults);
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].fault);
    EXPECT_EQ(to_string(trials[2 * i].verdict), to_string(all[i].verdict));
    EXPECT_EQ(trials[2 * i].measured, all[i].measured);
    EXPECT_THAT(trials[2 * i].message, HasSubstr(all[i].message));
    EXPECT_EQ(trials[2 * i].config, fault_config(task_->space(), all[i].fault));
    EXPECT_EQ(to_string(trials[2 * i + 1].verdict), "valid");
  }
}

/// The deadline of a build holds until a program begins, and that of a run from then on and while it is
/// timed.
TEST_F(WorkerMeasurer, TriesAConfigAgainWhereAnotherProgramThatItIsComparedWithEndedTheWorker) {
  use_target("fault:late");
  options_.run_deadline = options_.build_deadline = std::chrono::milliseconds(500);
  std::vector<std::string> notices;
  options_.recovery.event = [&](const DeviceEvent& event) {
    EXPECT_EQ(event.kind, DeviceEventKind::reference);
    notices.push_back(describe(event));
  };
  const auto measurer = workers().value();
  const std::vector<Trial> trials = measure(*measurer, {"late:refers", "late:none", "late:refers"});
  for (const Trial& trial : trials) EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
  EXPECT_THAT(notices,
              testing::ElementsAre("compared with the third, because the first: crashed: its process "
                                   "ended, exit status 4"));
}

TEST_F(WorkerMeasurer, BlamesAConfigAgainOnceTheResultToCompareWithIsThere) {
  use_target("fault:late");
  options_.run_deadline = options_.build_deadline = std::chrono::seconds(10);
  const auto measurer = workers().value();
  const std::vector<Trial> trials = measure(*measurer, {"late:refers_and_dies", "late:refers_backwards"});
  EXPECT_EQ(trials[0].verdict, Verdict::build_failed);
  EXPECT_THAT(trials[0].message, HasSubstr("the worker died while building: exit status 5"));
  EXPECT_EQ(trials[1].verdict, Verdict::build_failed);
  EXPECT_THAT(trials[1].message, HasSubstr("the message \"referring\" is out of turn"));
}

TEST_F(WorkerMeasurer, TellsWhereAProgramFailsThatIsBuiltLate) {
  use_target("fault:late");
  const std::vector<Expected> all = {
      {"late:none", Verdict::valid, true, ""},
      {"late:build", Verdict::build_failed, false, "cannot be built to its end"},
      {"late:launch", Verdict::launch_failed, true, "is not accepted"},
      {"late:hang_building", Verdict::build_timeout, false, "building took longer than 3000 ms"},
      {"late:none_launching", Verdict::valid, true, ""},
      {"late:die_launching", Verdict::crashed, true, "the worker died while running: exit status 4"},
      {"late:hang_launching", Verdict::build_timeout, false, "building took longer than 3000 ms"},
      {"late:hang_running", Verdict::run_timeout, true, "running took longer than 3000 ms"},
      {"late:hang_timing", Verdict::run_timeout, true, "running took longer than 3000 ms"},
      {"late:die_timing", Verdict::crashed, true, "the worker died while running: exit status 4"},
  };
  std::vector<std::string> faults;
  for (const Expected& expected : all) faults.emplace_back(expected.fault);
  options_.jobs = 2;
  const auto trials = measure(**workers(), faults);
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].fault);
    EXPECT_EQ(to_string(trials[i].verdict), to_string(all[i].verdict));
    EXPECT_EQ(trials[i].measured, all[i].measured);
    EXPECT_THAT(trials[i].message, HasSubstr(all[i].message));
  }
}

TEST_F(WorkerMeasurer, NamesTheSignalOfACrash) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer turns the signal into an exit status";
  const auto trials =
      measure(**workers(), {"segfault", "build:segfault", "none", "illegal", "stack", "none"});
  EXPECT_EQ(trials[0].verdict, Verdict::crashed);
  EXPECT_EQ(trials[0].message, "the worker died while running: signal SIGSEGV");
  EXPECT_EQ(trials[1].verdict, Verdict::build_failed);
  EXPECT_EQ(trials[1].message, "the worker died while building: signal SIGSEGV");
  EXPECT_EQ(trials[2].verdict, Verdict::valid);
  EXPECT_EQ(trials[3].message, "the worker died while running: signal SIGILL");
  EXPECT_EQ(trials[4].message, "the worker died while running: signal SIGSEGV");
  EXPECT_EQ(trials[5].verdict, Verdict::valid);
}

TEST_F(WorkerMeasurer, FindsWrongFloats) {
  task_ = fault_task(small_float_workload());
  const std::vector<std::string> faults = {"wrong_result", "none", "slightly_wrong", "none",
                                           "not_a_number", "none", "infinite",       "none",
                                           "short_output", "none"};
  const auto trials = measure(**workers(), faults);
  const std::vector<std::string> messages = {"1 of 30 elements differ", "1 of 30 elements differ",
                                             ": nan instead of", ": inf instead of",
                                             "the output has 29 elements"};
  for (size_t i = 0; i < messages.size(); ++i) {
    SCOPED_TRACE(faults[2 * i]);
    EXPECT_EQ(to_string(trials[2 * i].verdict), "wrong_result");
    EXPECT_THAT(trials[2 * i].message, HasSubstr(messages[i]));
    EXPECT_EQ(to_string(trials[2 * i + 1].verdict), "valid");
  }
}

TEST_F(WorkerMeasurer, BoundsTheMemoryOfAWorker) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer reserves more addresses than any bound allows";
  options_.memory_limit_bytes = uint64_t{512} << 20;
  options_.run_deadline = std::chrono::seconds(10);
  const auto trials = measure(**workers(), {"allocate", "none", "build:allocate", "none"});
  EXPECT_EQ(trials[0].verdict, Verdict::crashed);
  EXPECT_THAT(trials[0].message, HasSubstr("bad_alloc"));
  EXPECT_EQ(trials[1].verdict, Verdict::valid);
  EXPECT_EQ(trials[2].verdict, Verdict::build_failed);
  EXPECT_THAT(trials[2].message, HasSubstr("bad_alloc"));
  EXPECT_EQ(trials[3].verdict, Verdict::valid);
}

TEST_F(WorkerMeasurer, ReportsTheSameAsTheInProcessMeasurer) {
  const std::vector<std::string> faults = {"none",       "wrong_result", "short_output", "no_latency",
                                           "run_failed", "build:refuse", "build:big",    "build:empty"};
  auto here = measure(**in_process(), faults);
  auto there = measure(**workers(), faults);
  for (auto* trials : {&here, &there})
    for (Trial& trial : *trials) trial.build_ns = trial.run_ns = trial.finished_unix_ms = 0;
  EXPECT_EQ(here, there);
}

TEST_F(WorkerMeasurer, TriesALostDeviceAgainWithAFreshWorker) {
  const auto trials = measure(**workers(), {"device_lost", "none"});
  EXPECT_EQ(trials[0].verdict, Verdict::device_lost);
  EXPECT_EQ(trials[1].verdict, Verdict::valid);
}

TEST_F(WorkerMeasurer, GivesEveryWorkerASlotOfItsOwn) {
  options_.jobs = 3;
  std::set<double> slots;
  for (const Trial& trial : measure(**workers(), std::vector<std::string>(200, "none")))
    slots.insert(trial.features.get("slot"));
  EXPECT_THAT(slots, testing::IsSubsetOf({0.0, 1.0, 2.0}));
  EXPECT_GT(slots.size(), 1U);
}

TEST_F(WorkerMeasurer, TellsTheDeviceTheBestLatencySoFar) {
  auto measurer = workers();
  std::vector<MeasureRequest> told = requests({"none"});
  told[0].incumbent_ns = 12.5;
  const auto hear = [&](const Trial& trial) {
    EXPECT_EQ(trial.features.get("told_ns"), 12.5);
    return Status();
  };
  EXPECT_TRUE((*measurer)->measure(told, hear, {}).ok());
}

TEST_F(WorkerMeasurer, MeasuresInTurnOnTheDeviceOfTheFirstJob) {
  options_.jobs = 3;
  for (const bool isolated : {false, true}) {
    auto measurer = isolated ? workers() : in_process();
    uint64_t next = 100;
    const auto check = [&](const Trial& trial) {
      EXPECT_EQ(trial.number, next++);
      EXPECT_EQ(trial.features.get("slot"), 0);
      return Status();
    };
    ASSERT_TRUE((*measurer)->measure_in_turn(requests(std::vector<std::string>(20, "none")), check, {}).ok());
    EXPECT_EQ(next, 120U);
  }
}

TEST_F(WorkerMeasurer, LeavesNoProcessAndNoDescriptorBehind) {
  const auto before = open_descriptors();
  {
    options_.jobs = 3;
    auto measurer = workers();
    measure(**measurer, {"none", "hang", "exit", "orphan", "grandchild", "close", "none", "build:exit"});
    measure(**measurer, {"none", "orphan"});
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(count_children(), 0U);
}

TEST_F(WorkerMeasurer, StopsWithoutWaitingForWhatRuns) {
  options_.jobs = 2;
  options_.run_deadline = std::chrono::minutes(10);
  auto measurer = workers();
  measure(**measurer, {"none", "none"});
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  size_t finished = 0;
  const auto count = [&](const Trial&) {
    ++finished;
    return Status();
  };
  EXPECT_TRUE((*measurer)->measure(requests({"hang", "grandchild", "none"}), count, stop.get_token()).ok());
  stopper.join();
  EXPECT_EQ(finished, 0U) << "what runs would end only after its deadline of 10 minutes";
  EXPECT_EQ(count_children(), 0U);
  // And it can be used again.
  EXPECT_EQ(measure(**measurer, {"none"}).at(0).verdict, Verdict::valid);
}

std::string error_of(Measurer& measurer, const std::vector<MeasureRequest>& requests) {
  const Status status = measurer.measure(requests, [](const Trial&) { return Status(); }, {});
  return status.ok() ? "no error" : status.error().message;
}

/// The fault target, under another spec than it was made with.
class RenamedTarget final : public Target {
 public:
  explicit RenamedTarget(const std::string& spec)
      : Target(spec, {}, {}), target_(make_fault_target("fault", {}).value()) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    return target_->bind(workload);
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    return target_->open_device(options);
  }

 private:
  std::shared_ptr<const Target> target_;
};

TEST_F(WorkerMeasurer, SaysWhyAWorkerCannotStart) {
  const std::vector<MeasureRequest> one = requests({"none"});
  EXPECT_EQ(error_of(**workers(), one), "no error");
  const auto with_spec = [&](const std::string& spec) {
    task_ = bind_task(std::make_shared<const RenamedTarget>(spec), small_workload()).value();
    return error_of(**workers(), one);
  };
  EXPECT_EQ(with_spec("fault:x"), "no error");
  EXPECT_EQ(with_spec("fault:refuse"), "there is no such target");
  EXPECT_THAT(with_spec("fault:die"),
              HasSubstr("did not start: exit status 3; it last wrote: first line\nthe board"));
  EXPECT_THAT(with_spec("fault:babble"),
              HasSubstr("did not start: a frame of 4294967295 bytes was announced"));
  EXPECT_EQ(count_children(), 0U);
}

TEST_F(WorkerMeasurer, SaysThatAWorkerDoesNotKnowTheTarget) {
  task_ = bind_task(std::make_shared<const RenamedTarget>("fault:unknown"), small_workload()).value();
  EXPECT_EQ(
      error_of(**workers(), requests({"none"})),
      "the worker program " + options_.worker_path +
          " does not know the target fault:unknown (there is no target \"fault:unknown\"): name a worker "
          "that does with worker_path");
}

TEST_F(WorkerMeasurer, SaysThatAProgramIsNoWorker) {
  options_.worker_path = "/bin/echo";
  EXPECT_THAT(error_of(**workers(), requests({"none"})), HasSubstr("/bin/echo did not start"));
  const std::string silent = testing::TempDir() + "silent_worker";
  std::ofstream(silent) << "#!/bin/sh\nexec <&- >&-\nsleep 10\n";
  std::filesystem::permissions(silent, std::filesystem::perms::owner_all);
  options_.worker_path = silent;
  EXPECT_THAT(error_of(**workers(), requests({"none"})),
              HasSubstr("did not start: it closed its connection"));
  std::filesystem::remove(silent);
  options_.worker_path = "/nowhere/tamis-worker";
  EXPECT_THAT(workers().error().message, HasSubstr("no worker program at /nowhere/tamis-worker"));
}

/// The fault target as another release might know it.
class OtherTarget final : public Target {
 public:
  OtherTarget() : Target("fault", {}, {}) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    TAMIS_ASSIGN(const Space space, Space::create({name_knob("fault", {"none", "other"})}));
    return std::unique_ptr<Task>(std::make_unique<OtherTask>(TaskFacts{
        .workload = workload, .space = space, .identity = {"fault", ""}, .default_config = space.config(0)}));
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return unsupported("not in this process");
  }

 private:
  class OtherTask final : public Task {
   public:
    using Task::Task;
    BuildOutcome build(const Config&) const override {
      return {Verdict::build_failed, "not in this process", {}, nullptr};
    }
  };
};

TEST_F(WorkerMeasurer, RefusesAWorkerWithAnotherSpace) {
  task_ = bind_task(std::make_shared<const OtherTarget>(), small_workload()).value();
  EXPECT_THAT(error_of(**workers(), {{0, task_->space().config(0), ""}}), HasSubstr("another space"));
}

TEST_F(WorkerMeasurer, TriesConfigsOfATaskWhoseConstraintsTheWorkerDoesNotKnow) {
  task_ = bind_task(make_fault_target("fault", {}).value(), small_workload(), {{"fault != 'hang'"}}).value();
  EXPECT_EQ(measure(**workers(), {"none"}).at(0).verdict, Verdict::valid);
}

TEST_F(WorkerMeasurer, IsChosenWhereTheTargetNeedsIsolation) {
  EXPECT_EQ(measure(**make_measurer(task_, options_), {"abort"}).at(0).verdict, Verdict::crashed);
}

}  // namespace
}  // namespace tamis
