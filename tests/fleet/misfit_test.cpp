// Workers that do not fit in: others go on, and what is wrong is said.

#include "base/file.h"
#include "fleet/fleet_fixture.h"
#include "tamis/targets.h"

#include <future>

#include <sys/wait.h>

namespace tamis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MisfitWorkers : public FleetTest {
 protected:
  /// Starts tamis's own worker.
  BackgroundProgram start(const std::string& device, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {TAMIS_BUILD_BIN "/tamis-worker",
                                          "--fleet",
                                          server_->url(),
                                          "--device-type",
                                          "vta-board",
                                          "--device-name",
                                          device};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto started = BackgroundProgram::start(arguments, directory_.file(device));
    EXPECT_TRUE(started.ok()) << started.error().message;
    return started.ok() ? std::move(*started) : BackgroundProgram();
  }
  static SharedTask layer() {
    const auto target = make_target("vta");
    return bind_task(*target, (*target)->resolve("resnet18.C11").value().front()).value();
  }
  std::string written_by(const std::string& device) const {
    return read_file(directory_.file(device)).value();
  }
};

TEST_F(MisfitWorkers, OfOtherSettingsHaveAQueueOfTheirOwn) {
  const BackgroundProgram narrow = start("narrow", {});
  const BackgroundProgram wide = start("wide", {"--space", "wide"});
  await("narrow", FleetState::idle);
  await("wide", FleetState::idle);
  session_.budget.trials = 40;
  session_.measure.worker_path.clear();
  const SessionResult result = tune(layer());
  EXPECT_EQ(result.counts.trials, 40U);
  EXPECT_FALSE(by_device(result.trials).contains("wide"));
}

TEST_F(MisfitWorkers, AreNamedWhereThereAreNoOthers) {
  const BackgroundProgram wide = start("wide", {"--space", "wide"});
  await("wide", FleetState::idle);
  const auto measurer = make_fleet_measurers(tuning_).value()(layer(), MeasureOptions());
  ASSERT_FALSE(measurer.ok());
  EXPECT_EQ(measurer.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(measurer.error().message, AllOf(HasSubstr("wide"), HasSubstr("settings of the target")));
}

TEST_F(MisfitWorkers, ThatOnlyRunAreNoReasonToWaitForThoseThatBuild) {
  const BackgroundProgram whole = start("whole", {});
  const BackgroundProgram runs = start("runs", {"--role", "run"});
  await("whole", FleetState::idle);
  await("runs", FleetState::idle);
  session_.budget.trials = 20;
  session_.measure.worker_path.clear();
  const SessionResult result = tune(layer());
  EXPECT_EQ(result.counts.trials, 20U);
  EXPECT_FALSE(by_device(result.trials).contains("runs"));
}

TEST_F(MisfitWorkers, ThatOnlyRunWaitForOneThatBuildsAndSaySo) {
  const BackgroundProgram runs = start("runs", {"--role", "run"});
  await("runs", FleetState::idle);
  session_.budget.trials = 10;
  session_.measure.worker_path.clear();
  std::promise<std::string> told;
  session_.measure.recovery.event = [&, first = true](const DeviceEvent& event) mutable {
    if (std::exchange(first, false)) told.set_value(describe(event));
  };
  auto tuned = tune_beside(layer());
  auto sentence = told.get_future();
  ASSERT_EQ(sentence.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_THAT(sentence.get(), HasSubstr("--role build"));
  const BackgroundProgram builds = start("builds", {"--role", "build"});
  EXPECT_EQ(tuned.get().counts.trials, 10U);
}

TEST_F(MisfitWorkers, WithoutTheirDeviceEndBeforeTheyTakeAJob) {
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--device", "driver:" + directory_.file("no.so")},
        std::vector<std::string>{"--target", "table", "--folder", directory_.file("no-folder")}}) {
    BackgroundProgram program = start("absent", more);
    const auto status = program.wait(std::chrono::seconds(20));
    ASSERT_TRUE(status);
    EXPECT_EQ(WEXITSTATUS(*status), 2);
    EXPECT_THAT(written_by("absent"), HasSubstr(more.back().substr(more.back().rfind('/') + 1)));
  }
  EXPECT_FALSE(device("absent"));
}

TEST_F(MisfitWorkers, FindOneOfSeveralServers) {
  tuning_.address.url = "nats://127.0.0.1:1, " + server_->url();
  EXPECT_TRUE(fleet_status(tuning_.address).ok());
}

}  // namespace
}  // namespace tamis
