#include "measure/device_guard.h"

#include "trial/flaky.h"

#include <deque>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint32_t kCanary = 9;

/// What a scripted device does, shared with the test.
struct Script {
  std::deque<Verdict> runs;          ///< of configs; then valid for ever
  std::deque<Verdict> canary;        ///< of the canary; then valid for ever
  std::deque<std::string> openings;  ///< errors of the next openings, empty for none
  int opened = 0;
  int canaries = 0;
  bool is_open = false;
};

class ScriptedLink final : public DeviceLink {
 public:
  explicit ScriptedLink(Script& script) : script_(script) {}
  Result<bool> open(const std::stop_token&) override {
    if (script_.is_open) return true;
    if (!script_.openings.empty()) {
      const std::string error = script_.openings.front();
      script_.openings.pop_front();
      if (!error.empty()) return io_error(error);
    }
    script_.is_open = true;
    ++script_.opened;
    return true;
  }
  Result<std::optional<Trial>> try_config(const MeasureRequest& request, const std::stop_token&) override {
    EXPECT_TRUE(script_.is_open);
    const bool canary = request.config.choices == std::vector<uint32_t>{kCanary};
    script_.canaries += canary ? 1 : 0;
    std::deque<Verdict>& verdicts = canary ? script_.canary : script_.runs;
    Trial trial;
    trial.number = request.number;
    if (!verdicts.empty()) {
      trial.verdict = verdicts.front();
      verdicts.pop_front();
    }
    trial.measured = true;
    if (trial.verdict != Verdict::valid) trial.message = "told so";
    return std::optional<Trial>(std::move(trial));
  }
  void close() override { script_.is_open = false; }

 private:
  Script& script_;
};

class Keeper : public testing::Test {
 protected:
  Keeper() { options_.device = "board"; }

  DeviceGuard make() { return {options_, std::make_unique<ScriptedLink>(script_)}; }
  void use_canary() {
    options_.care.canary = Config{{kCanary}};
    options_.quarantines = true;
  }
  /// A reset command that leaves a line behind every time.
  void use_reset(bool works) {
    options_.care.reset_command =
        "echo $TAMIS_DEVICE >> " + marks_ + (works ? "" : "; echo no relay; exit 1");
    options_.quarantines = true;
  }
  size_t resets() const {
    std::error_code code;
    const auto size = std::filesystem::file_size(marks_, code);
    return code ? 0 : size / 6;  // "board\n"
  }
  void TearDown() override { std::filesystem::remove(marks_); }

  /// The turns of so many requests, put together.
  JobResult attempt(DeviceGuard& keeper, size_t count, size_t passes = 0) {
    JobResult all;
    for (size_t i = 0; i < count; ++i) {
      requests_.push_back({requests_.size(), Config{{0}}, "test"});
      add(all, keeper.attempt(requests_.back(), passes, {}).value());
    }
    return all;
  }
  static void add(JobResult& all, JobResult more) {
    all.finished.insert(all.finished.end(), more.finished.begin(), more.finished.end());
    all.passed_on.insert(all.passed_on.end(), more.passed_on.begin(), more.passed_on.end());
    all.events.insert(all.events.end(), more.events.begin(), more.events.end());
    all.retired = all.retired || more.retired;
  }
  static std::vector<Verdict> verdicts(const JobResult& turn) {
    std::vector<Verdict> all;
    for (const Trial& trial : turn.finished) all.push_back(trial.verdict);
    return all;
  }
  static std::vector<uint64_t> numbers(const std::vector<const MeasureRequest*>& requests) {
    std::vector<uint64_t> all;
    for (const MeasureRequest* request : requests) all.push_back(request->number);
    return all;
  }
  static std::vector<std::string> told(const JobResult& turn) {
    std::vector<std::string> all;
    for (const DeviceEvent& event : turn.events) all.push_back(describe(event));
    return all;
  }

  Script script_;
  KeeperOptions options_;
  std::deque<MeasureRequest> requests_;  // keep their places
  std::string marks_ = testing::TempDir() + "tamis_resets_" + std::to_string(::getpid());
};

TEST_F(Keeper, WithoutCareReportsWhatComesAndOpensALostDeviceAnew) {
  script_.runs = {Verdict::crashed, Verdict::run_timeout, Verdict::device_lost, Verdict::valid};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 4);
  EXPECT_THAT(verdicts(turn), ElementsAre(Verdict::crashed, Verdict::run_timeout, Verdict::valid));
  EXPECT_THAT(numbers(turn.passed_on), ElementsAre(2));
  EXPECT_EQ(script_.opened, 2);
  EXPECT_EQ(turn.finished[0].device, "board");
  EXPECT_FALSE(keeper.quarantine());
}

TEST_F(Keeper, GivesUpADeviceThatIsLostAgainAndAgain) {
  script_.runs.assign(DeviceGuard::kLostInARow, Verdict::device_lost);
  DeviceGuard keeper = make();
  attempt(keeper, DeviceGuard::kLostInARow - 1, 2);
  EXPECT_FALSE(keeper.quarantine());
  EXPECT_TRUE(attempt(keeper, 1, 2).retired);
  EXPECT_THAT(keeper.quarantine().value_or(""), HasSubstr("lost 10 times in a row, the last time: told so"));
}

TEST_F(Keeper, BelievesThatADeviceIsLostAfterSoManyTries) {
  script_.runs = {Verdict::device_lost, Verdict::device_lost};
  DeviceGuard keeper = make();
  EXPECT_THAT(verdicts(attempt(keeper, 1, 1)), ElementsAre());
  EXPECT_THAT(verdicts(attempt(keeper, 1, 2)), ElementsAre(Verdict::device_lost));
}

TEST_F(Keeper, HoldsFailuresBackUntilTheDeviceIsKnownToBeFit) {
  use_canary();
  script_.runs = {Verdict::crashed, Verdict::wrong_result, Verdict::valid, Verdict::run_failed};
  DeviceGuard keeper = make();
  EXPECT_TRUE(attempt(keeper, 2).finished.empty());
  EXPECT_THAT(verdicts(attempt(keeper, 1)),
              ElementsAre(Verdict::crashed, Verdict::wrong_result, Verdict::valid));
  EXPECT_TRUE(attempt(keeper, 1).finished.empty());
  EXPECT_THAT(verdicts(keeper.settle({})), ElementsAre(Verdict::run_failed));
  EXPECT_EQ(script_.canaries, 0);
}

TEST_F(Keeper, AsksTheCanaryAfterAHangAndAfterFailuresInARow) {
  use_canary();
  script_.runs = {Verdict::run_timeout, Verdict::crashed, Verdict::crashed, Verdict::crashed};
  DeviceGuard keeper = make();
  EXPECT_THAT(verdicts(attempt(keeper, 1)), ElementsAre(Verdict::run_timeout));
  EXPECT_EQ(script_.canaries, 1);
  EXPECT_TRUE(attempt(keeper, 2).finished.empty());
  EXPECT_EQ(attempt(keeper, 1).finished.size(), 3U);
  EXPECT_EQ(script_.canaries, 2);
}

TEST_F(Keeper, AsksADeviceThatWasNeverSeenToBeFitInTheEndToo) {
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
  const JobResult turn = unfit.settle({});
  EXPECT_TRUE(turn.retired);
  EXPECT_THAT(numbers(turn.passed_on), ElementsAre(2));
}

TEST_F(Keeper, AStopLeavesFailuresAsTheyAre) {
  use_canary();
  script_.runs = {Verdict::run_failed};
  DeviceGuard keeper = make();
  attempt(keeper, 1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(verdicts(keeper.settle(stop.get_token())), ElementsAre(Verdict::run_failed));
  EXPECT_EQ(script_.canaries, 0);
}

TEST_F(Keeper, RefusedBuildsSayNothingOfTheDevice) {
  use_canary();
  script_.runs = {Verdict::build_failed, Verdict::resource_exceeded, Verdict::build_timeout,
                  Verdict::launch_failed};
  DeviceGuard keeper = make();
  EXPECT_EQ(attempt(keeper, 4).finished.size(), 4U);
  EXPECT_EQ(script_.canaries, 0);
}

TEST_F(Keeper, QuarantinesADeviceThatFailsItsCanaryAndPassesItsFailuresOn) {
  use_canary();
  script_.runs = {Verdict::run_failed, Verdict::run_failed, Verdict::run_failed};
  script_.canary = {Verdict::crashed};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 3);
  EXPECT_TRUE(turn.finished.empty());
  EXPECT_TRUE(turn.retired);
  EXPECT_THAT(numbers(turn.passed_on), ElementsAre(0, 1, 2));
  EXPECT_EQ(*keeper.quarantine(), "it failed a config that is known to be valid with crashed: told so");
  EXPECT_THAT(told(turn),
              ElementsAre("board failed a config that is known to be valid: crashed: told so",
                          "board is used no more: it failed a config that is known to be valid with crashed: "
                          "told so"));
  EXPECT_FALSE(script_.is_open);
}

TEST_F(Keeper, ResetsADeviceThatFailsItsCanaryAndDoubtsWhatItSaidBefore) {
  use_canary();
  use_reset(true);
  script_.runs = {Verdict::run_failed, Verdict::run_failed, Verdict::run_failed};
  script_.canary = {Verdict::run_failed, Verdict::valid};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 3);
  EXPECT_EQ(resets(), 1U);
  EXPECT_FALSE(turn.retired);
  EXPECT_THAT(numbers(turn.passed_on), ElementsAre(0, 1, 2));
  EXPECT_THAT(told(turn)[1],
              HasSubstr("board was reset: its last 3 configs failed, the last with run_failed"));
  // Such a config is not passed on for ever.
  script_.runs = {Verdict::run_timeout};
  script_.canary = {Verdict::run_failed, Verdict::valid};
  EXPECT_THAT(verdicts(attempt(keeper, 1, DeviceGuard::kMostPasses)), ElementsAre(Verdict::run_timeout));
}

TEST_F(Keeper, ResetsBeforeTheCanaryAfterAHangAndBelievesTheHang) {
  use_canary();
  use_reset(true);
  script_.runs = {Verdict::run_timeout};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 1);
  EXPECT_THAT(verdicts(turn), ElementsAre(Verdict::run_timeout));
  EXPECT_THAT(told(turn), ElementsAre("board was reset: a config hung"));
  EXPECT_EQ(resets(), 1U);
  EXPECT_EQ(script_.canaries, 1);
}

TEST_F(Keeper, ResetsOnceAndThenQuarantines) {
  use_canary();
  use_reset(true);
  script_.runs = {Verdict::run_timeout};
  script_.canary = {Verdict::run_timeout, Verdict::run_timeout};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 1);
  EXPECT_EQ(resets(), 1U);
  EXPECT_TRUE(turn.retired);
  EXPECT_THAT(numbers(turn.passed_on), ElementsAre(0));
}

TEST_F(Keeper, QuarantinesADeviceWhoseResetFails) {
  use_reset(false);
  script_.runs = {Verdict::device_lost};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 1);
  EXPECT_TRUE(turn.retired);
  EXPECT_THAT(numbers(turn.passed_on), ElementsAre(0));
  EXPECT_EQ(*keeper.quarantine(),
            "the reset command ended with exit status 1; it last wrote: no relay (it was lost: told so)");
}

TEST_F(Keeper, ResetsADeviceThatCannotBeOpened) {
  use_reset(true);
  script_.openings = {"no answer", ""};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 1);
  EXPECT_THAT(verdicts(turn), ElementsAre(Verdict::valid));
  EXPECT_THAT(told(turn), ElementsAre("board was reset: it could not be opened: no answer"));
}

TEST_F(Keeper, QuarantinesADeviceThatCannotBeOpened) {
  use_reset(true);
  script_.openings = {"no answer", "still no answer"};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 1);
  EXPECT_TRUE(turn.retired);
  EXPECT_THAT(numbers(turn.passed_on), ElementsAre(0));
  EXPECT_EQ(*keeper.quarantine(), "still no answer");
}

TEST_F(Keeper, ReturnsTheErrorOfADeviceThatNobodyCaresFor) {
  script_.openings = {"no answer"};
  DeviceGuard keeper = make();
  requests_.push_back({0, Config{{0}}, "test"});
  EXPECT_EQ(keeper.attempt(requests_.back(), 0, {}).error().message, "no answer");
}

TEST_F(Keeper, RepeatsFailuresAndMarksWhatIsFlaky) {
  options_.care.failure_repeats = 1;
  script_.runs = {Verdict::crashed, Verdict::valid, Verdict::valid, Verdict::crashed, Verdict::crashed};
  DeviceGuard keeper = make();
  const JobResult turn = attempt(keeper, 2);
  EXPECT_THAT(verdicts(turn), ElementsAre(Verdict::valid, Verdict::crashed));
  EXPECT_TRUE(is_flaky(turn.finished[0]));
  EXPECT_FALSE(is_flaky(turn.finished[1]));
}

TEST_F(Keeper, IsNamedByItsSlotWhereItHasNoName) {
  options_.device.clear();
  options_.slot = 3;
  EXPECT_EQ(make().label(), "device 3");
}

}  // namespace
}  // namespace tamis
