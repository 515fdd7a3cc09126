#include "measure/device_guard.h"

#include "trial/inferred.h"

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr uint32_t kCanary = 9;

/// What a scripted device does, shared with the test.
struct Script {
  std::deque<Verdict> runs;          ///< of configs; then valid for ever
  std::deque<Verdict> canary;        ///< of the canary; then valid for ever
  std::deque<std::string> openings;  ///< errors of the next openings, empty for none
  int ends = 0;                      ///< how often what runs configs has ended before it gets the next
  int canary_ends = 0;               ///< or the next canary
  int opened = 0;
  int canaries = 0;
  bool is_open = false;
  bool same_code = false;  ///< whether configs do not run, because an earlier one ran the same program
};

class ScriptedLink final : public DeviceLink {
 public:
  explicit ScriptedLink(Script& script) : script_(script) {}
  Status open(const std::stop_token& stop) override {
    if (stop.stop_requested()) return Error{ErrorKind::interrupted, "a stop came first"};
    if (script_.is_open) return {};
    if (!script_.openings.empty()) {
      const std::string error = script_.openings.front();
      script_.openings.pop_front();
      if (!error.empty()) return io_error(error);
    }
    script_.is_open = true;
    ++script_.opened;
    return {};
  }
  Result<std::optional<Trial>> try_config(const MeasureRequest& request, const std::stop_token&) override {
    EXPECT_TRUE(script_.is_open);
    const bool canary = request.config.choices == std::vector<uint32_t>{kCanary};
    if (script_.ends > 0) {
      --script_.ends;
      script_.is_open = false;
      return std::optional<Trial>();
    }
    script_.canaries += canary ? 1 : 0;
    std::deque<Verdict>& verdicts = canary ? script_.canary : script_.runs;
    Trial trial;
    trial.device = "board";
    if (!verdicts.empty()) {
      trial.verdict = verdicts.front();
      verdicts.pop_front();
    }
    trial.measured = true;
    if (script_.same_code && !canary) trial.same_code_as = 0;
    if (trial.verdict != Verdict::valid) trial.message = "told so";
    return std::optional<Trial>(std::move(trial));
  }
  void close() override { script_.is_open = false; }

 private:
  Script& script_;
};

class DeviceGuardTest : public testing::Test {
 protected:
  DeviceGuardTest() { options_.device = "board"; }

  DeviceGuard make() { return {options_, std::make_unique<ScriptedLink>(script_)}; }
  void use_canary() {
    options_.recovery.canary = Config{{kCanary}};
    options_.quarantines = true;
  }
  /// A reset command that leaves a line behind every time.
  void use_reset(bool works) {
    options_.recovery.reset_command =
        "echo $TAMIS_DEVICE >> " + marks_ + (works ? "" : "; echo no relay; exit 1");
    options_.quarantines = true;
  }
  size_t resets() const {
    std::error_code code;
    const auto size = std::filesystem::file_size(marks_, code);
    return code ? 0 : size / 6;  // "board\n"
  }
  void TearDown() override { std::filesystem::remove(marks_); }

  /// The results of so many requests, put together.
  JobResult attempt(DeviceGuard& guard, size_t count, size_t passes = 0) {
    JobResult all;
    for (size_t i = 0; i < count; ++i) {
      requests_.push_back({requests_.size(), Config{{0}}, "test"});
      add(all, guard.attempt({&requests_.back(), passes}, {}).value());
    }
    return all;
  }
  static void add(JobResult& all, JobResult more) {
    all.finished.insert(all.finished.end(), more.finished.begin(), more.finished.end());
    all.passed_on.insert(all.passed_on.end(), more.passed_on.begin(), more.passed_on.end());
    all.events.insert(all.events.end(), more.events.begin(), more.events.end());
    all.job_ended = all.job_ended || more.job_ended;
  }
  static std::vector<Verdict> verdicts(const JobResult& result) {
    std::vector<Verdict> all;
    for (const Tried& tried : result.finished) all.push_back(tried.trial.verdict);
    return all;
  }
  static std::vector<uint64_t> numbers(const std::vector<const MeasureRequest*>& requests) {
    std::vector<uint64_t> all;
    for (const MeasureRequest* request : requests) all.push_back(request->number);
    return all;
  }
  static std::vector<std::string> told(const JobResult& result) {
    std::vector<std::string> all;
    for (const DeviceEvent& event : result.events) all.push_back(describe(event));
    return all;
  }

  Script script_;
  GuardOptions options_;
  std::deque<MeasureRequest> requests_;  // keep their places
  std::string marks_ = testing::TempDir() + "tamis_resets_" + std::to_string(::getpid());
};

TEST_F(DeviceGuardTest, WithoutRecoveryReportsWhatComesAndOpensALostDeviceAnew) {
  script_.runs = {Verdict::crashed, Verdict::run_timeout, Verdict::device_lost, Verdict::valid};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 4);
  EXPECT_THAT(verdicts(result), ElementsAre(Verdict::crashed, Verdict::run_timeout, Verdict::valid));
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(2));
  EXPECT_EQ(script_.opened, 2);
  EXPECT_EQ(result.finished[0].trial.device, "board");
  EXPECT_FALSE(guard.quarantine_reason());
}

TEST_F(DeviceGuardTest, LetsGoOfItsDeviceWhileItRests) {
  DeviceGuard guard = make();
  attempt(guard, 1);
  guard.rest();
  EXPECT_FALSE(script_.is_open);
  EXPECT_THAT(verdicts(attempt(guard, 1)), ElementsAre(Verdict::valid));
  EXPECT_EQ(script_.opened, 2);
}

TEST_F(DeviceGuardTest, LearnsNothingOfItsDeviceFromWhatDidNotRun) {
  use_canary();
  options_.retry.failure_repeats = 2;
  script_.same_code = true;
  script_.runs.assign(2 * DeviceGuard::kFailuresInARow, Verdict::wrong_result);
  DeviceGuard guard = make();
  EXPECT_EQ(attempt(guard, script_.runs.size()).finished.size(), 2 * DeviceGuard::kFailuresInARow);
  EXPECT_TRUE(script_.runs.empty());
  EXPECT_EQ(script_.canaries, 0);
}

TEST_F(DeviceGuardTest, GivesUpADeviceThatIsLostAgainAndAgain) {
  script_.runs.assign(DeviceGuard::kLostInARow, Verdict::device_lost);
  DeviceGuard guard = make();
  attempt(guard, DeviceGuard::kLostInARow - 1, 2);
  EXPECT_FALSE(guard.quarantine_reason());
  EXPECT_TRUE(attempt(guard, 1, 2).job_ended);
  EXPECT_THAT(guard.quarantine_reason().value_or(""),
              HasSubstr("lost 10 times in a row, the last time: told so"));
}

TEST_F(DeviceGuardTest, AcceptsThatADeviceIsLostAfterSoManyTries) {
  script_.runs = {Verdict::device_lost, Verdict::device_lost};
  DeviceGuard guard = make();
  EXPECT_THAT(verdicts(attempt(guard, 1, 1)), ElementsAre());
  EXPECT_THAT(verdicts(attempt(guard, 1, 2)), ElementsAre(Verdict::device_lost));
}

TEST_F(DeviceGuardTest, HoldsFailuresBackUntilTheDeviceIsKnownToBeFit) {
  use_canary();
  script_.runs = {Verdict::crashed, Verdict::wrong_result, Verdict::valid, Verdict::run_failed};
  DeviceGuard guard = make();
  EXPECT_TRUE(attempt(guard, 2).finished.empty());
  EXPECT_THAT(verdicts(attempt(guard, 1)),
              ElementsAre(Verdict::crashed, Verdict::wrong_result, Verdict::valid));
  EXPECT_TRUE(attempt(guard, 1).finished.empty());
  EXPECT_THAT(verdicts(guard.settle({})), ElementsAre(Verdict::run_failed));
  EXPECT_EQ(script_.canaries, 0);
}

TEST_F(DeviceGuardTest, AsksTheCanaryAfterAHangAndAfterFailuresInARow) {
  use_canary();
  script_.runs = {Verdict::run_timeout, Verdict::crashed, Verdict::crashed, Verdict::crashed};
  DeviceGuard guard = make();
  EXPECT_THAT(verdicts(attempt(guard, 1)), ElementsAre(Verdict::run_timeout));
  EXPECT_EQ(script_.canaries, 1);
  EXPECT_TRUE(attempt(guard, 2).finished.empty());
  EXPECT_EQ(attempt(guard, 1).finished.size(), 3U);
  EXPECT_EQ(script_.canaries, 2);
}

TEST_F(DeviceGuardTest, AsksADeviceThatWasNeverSeenToBeFitInTheEndToo) {
  use_canary();
  script_.runs = {Verdict::run_failed, Verdict::run_failed};
  DeviceGuard fit = make();
  attempt(fit, 1);
  EXPECT_THAT(verdicts(fit.settle({})), ElementsAre(Verdict::run_failed));
  EXPECT_EQ(script_.canaries, 1);
  attempt(fit, 1);
  EXPECT_THAT(verdicts(fit.settle({})), ElementsAre(Verdict::run_failed));
  EXPECT_EQ(script_.canaries, 1);
  script_.runs = {Verdict::run_failed};
  script_.canary = {Verdict::run_failed};
  DeviceGuard unfit = make();
  attempt(unfit, 1);
  const JobResult result = unfit.settle({});
  EXPECT_TRUE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(2));
}

TEST_F(DeviceGuardTest, AsksTheCanaryInAPauseAfterTheFirstFailureOfSeveral) {
  use_canary();
  script_.runs = {Verdict::valid, Verdict::wrong_result, Verdict::wrong_result};
  DeviceGuard guard = make();
  EXPECT_THAT(verdicts(attempt(guard, 1)), ElementsAre(Verdict::valid));
  attempt(guard, 1);
  EXPECT_THAT(verdicts(guard.pause({})), ElementsAre(Verdict::wrong_result));
  EXPECT_EQ(script_.canaries, 1);
  EXPECT_EQ(script_.opened, 1);
  attempt(guard, 1);
  EXPECT_THAT(verdicts(guard.pause({})), ElementsAre(Verdict::wrong_result));
  EXPECT_EQ(script_.canaries, 1);
}

TEST_F(DeviceGuardTest, PassesOnWhatADeviceFailedThatFailsItsCanaryInAPause) {
  use_canary();
  script_.runs = {Verdict::valid, Verdict::wrong_result};
  script_.canary = {Verdict::wrong_result, Verdict::wrong_result};
  DeviceGuard guard = make();
  attempt(guard, 2);
  const JobResult result = guard.pause({});
  EXPECT_TRUE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(1));
}

TEST_F(DeviceGuardTest, AStopLeavesFailuresAsTheyAre) {
  use_canary();
  script_.runs = {Verdict::run_failed};
  DeviceGuard guard = make();
  attempt(guard, 1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(verdicts(guard.settle(stop.get_token())), ElementsAre(Verdict::run_failed));
  EXPECT_EQ(script_.canaries, 0);
}

TEST_F(DeviceGuardTest, AStopLeavesWhatItInterruptsWithoutAVerdict) {
  use_canary();
  DeviceGuard guard = make();
  requests_.push_back({0, Config{{0}}, "test"});
  std::stop_source stop;
  stop.request_stop();
  const JobResult result = guard.attempt({&requests_.back()}, stop.get_token()).value();
  EXPECT_TRUE(result.finished.empty());
  EXPECT_TRUE(result.passed_on.empty());
  EXPECT_TRUE(result.events.empty());
  EXPECT_FALSE(guard.quarantine_reason());
}

TEST_F(DeviceGuardTest, RefusedBuildsSayNothingOfTheDevice) {
  use_canary();
  script_.runs = {Verdict::build_failed, Verdict::resource_exceeded, Verdict::build_timeout,
                  Verdict::launch_failed};
  DeviceGuard guard = make();
  EXPECT_EQ(attempt(guard, 4).finished.size(), 4U);
  EXPECT_EQ(script_.canaries, 0);
}

TEST_F(DeviceGuardTest, QuarantinesADeviceThatFailsItsCanaryAndPassesItsFailuresOn) {
  use_canary();
  script_.runs = {Verdict::run_failed, Verdict::run_failed, Verdict::run_failed};
  script_.canary = {Verdict::crashed};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 3);
  EXPECT_TRUE(result.finished.empty());
  EXPECT_TRUE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(0, 1, 2));
  EXPECT_EQ(*guard.quarantine_reason(), "it failed a config that is known to be valid with crashed: told so");
  EXPECT_THAT(told(result),
              ElementsAre("board failed a config that is known to be valid: crashed: told so",
                          "board is used no more: it failed a config that is known to be valid with crashed: "
                          "told so"));
  EXPECT_FALSE(script_.is_open);
}

TEST_F(DeviceGuardTest, ResetsADeviceThatFailsItsCanaryAndRequeuesWhatItSaidBefore) {
  use_canary();
  use_reset(true);
  script_.runs = {Verdict::run_failed, Verdict::run_failed, Verdict::run_failed};
  script_.canary = {Verdict::run_failed, Verdict::valid};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 3);
  EXPECT_EQ(resets(), 1U);
  EXPECT_FALSE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(0, 1, 2));
  EXPECT_THAT(told(result)[1],
              HasSubstr("board was reset: its last 3 configs failed, the last with run_failed"));
  // Such a config is not passed on for ever.
  script_.runs = {Verdict::run_timeout};
  script_.canary = {Verdict::run_failed, Verdict::valid};
  EXPECT_THAT(verdicts(attempt(guard, 1, RetryPolicy::kCanaryRetries)), ElementsAre(Verdict::run_timeout));
}

TEST_F(DeviceGuardTest, ResetsBeforeTheCanaryAfterAHangAndAcceptsTheHang) {
  use_canary();
  use_reset(true);
  script_.runs = {Verdict::run_timeout};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 1);
  EXPECT_THAT(verdicts(result), ElementsAre(Verdict::run_timeout));
  EXPECT_THAT(told(result), ElementsAre("board was reset: a config hung"));
  EXPECT_EQ(resets(), 1U);
  EXPECT_EQ(script_.canaries, 1);
}

TEST_F(DeviceGuardTest, ResetsOnceAndThenQuarantines) {
  use_canary();
  use_reset(true);
  script_.runs = {Verdict::run_timeout};
  script_.canary = {Verdict::run_timeout, Verdict::run_timeout};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 1);
  EXPECT_EQ(resets(), 1U);
  EXPECT_TRUE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(0));
}

TEST_F(DeviceGuardTest, QuarantinesADeviceWhoseResetFails) {
  use_reset(false);
  script_.runs = {Verdict::device_lost};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 1);
  EXPECT_TRUE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(0));
  EXPECT_EQ(*guard.quarantine_reason(),
            "the reset command ended with exit status 1; it last wrote: no relay (it was lost: told so)");
}

TEST_F(DeviceGuardTest, ResetsADeviceThatCannotBeOpened) {
  use_reset(true);
  script_.openings = {"no answer", ""};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 1);
  EXPECT_THAT(verdicts(result), ElementsAre(Verdict::valid));
  EXPECT_THAT(told(result), ElementsAre("board was reset: it could not be opened: no answer"));
}

TEST_F(DeviceGuardTest, QuarantinesADeviceThatCannotBeOpened) {
  use_reset(true);
  script_.openings = {"no answer", "still no answer"};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 1);
  EXPECT_TRUE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), ElementsAre(0));
  EXPECT_EQ(*guard.quarantine_reason(), "still no answer");
}

TEST_F(DeviceGuardTest, ReturnsTheErrorOfADeviceThatIsNotRecovered) {
  script_.openings = {"no answer"};
  DeviceGuard guard = make();
  requests_.push_back({0, Config{{0}}, "test"});
  EXPECT_EQ(guard.attempt({&requests_.back()}, {}).error().message, "no answer");
}

TEST_F(DeviceGuardTest, OpensAnewWhatEndedBetweenTwoConfigsWithAResetWhereItMust) {
  use_reset(true);
  DeviceGuard guard = make();
  attempt(guard, 1);
  script_.ends = 1;
  EXPECT_TRUE(attempt(guard, 1).events.empty());
  EXPECT_EQ(script_.opened, 2);
  script_.ends = 1;
  script_.openings = {"no answer", ""};
  const JobResult result = attempt(guard, 1);
  EXPECT_THAT(verdicts(result), ElementsAre(Verdict::valid));
  EXPECT_THAT(told(result), ElementsAre("board was reset: it could not be opened: no answer"));
}

TEST_F(DeviceGuardTest, QuarantinesADeviceThatCannotBeOpenedAnewBetweenTwoConfigs) {
  use_canary();
  script_.runs = {Verdict::run_failed};
  DeviceGuard guard = make();
  attempt(guard, 1);
  script_.ends = 1;
  script_.openings = {"no answer"};
  const JobResult result = attempt(guard, 1);
  EXPECT_TRUE(result.job_ended);
  EXPECT_THAT(numbers(result.passed_on), UnorderedElementsAre(0, 1)) << "with what was held back";
  EXPECT_EQ(guard.quarantine_reason().value_or(""), "no answer");
}

TEST_F(DeviceGuardTest, GivesUpADeviceThatCannotBeGivenAConfig) {
  for (const bool quarantines : {false, true}) {
    options_.quarantines = quarantines;
    script_.ends = RetryPolicy::kDeliveries;
    DeviceGuard guard = make();
    requests_.push_back({0, Config{{0}}, "test"});
    const auto result = guard.attempt({&requests_.back()}, {});
    EXPECT_EQ(result.ok(), quarantines);
    const std::string reason = quarantines ? guard.quarantine_reason().value_or("") : result.error().message;
    EXPECT_THAT(reason, HasSubstr("ended 2 times in a row"));
  }
}

TEST_F(DeviceGuardTest, RepeatsFailuresAndMarksWhatIsFlaky) {
  options_.retry.failure_repeats = 1;
  script_.runs = {Verdict::crashed, Verdict::valid, Verdict::valid, Verdict::crashed, Verdict::crashed};
  DeviceGuard guard = make();
  const JobResult result = attempt(guard, 2);
  EXPECT_THAT(verdicts(result), ElementsAre(Verdict::valid, Verdict::crashed));
  EXPECT_TRUE(is_flaky(result.finished[0].trial));
  EXPECT_FALSE(is_flaky(result.finished[1].trial));
}

TEST_F(DeviceGuardTest, IsNamedByItsSlotWhereItHasNoName) {
  options_.device.clear();
  options_.slot = 3;
  EXPECT_EQ(make().label(), "device 3");
}

}  // namespace
}  // namespace tamis
