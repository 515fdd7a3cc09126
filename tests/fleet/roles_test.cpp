// Workers of tamis itself (tamis-worker) that build, that run, and that do both.

#include "fleet/fleet_fixture.h"
#include "fleet/layout.h"
#include "fleet/programs.h"
#include "tamis/targets.h"

#include <filesystem>
#include <fstream>

namespace tamis {
namespace {

using ::testing::HasSubstr;

class FleetRoles : public FleetTest {
 protected:
  void start(const std::string& device, const std::string& role, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {TAMIS_BUILD_BIN "/tamis-worker",
                                          "--fleet",
                                          server_->url(),
                                          "--device-type",
                                          "vta-board",
                                          "--device-name",
                                          device,
                                          "--role",
                                          role};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto started = BackgroundProgram::start(arguments, directory_.file(device));
    ASSERT_TRUE(started.ok()) << started.error().message;
    programs_.push_back(std::move(*started));
    await(device, FleetState::idle);
  }
  SharedTask task(const std::string& target, const std::string& workload) const {
    const auto made = make_target(target);
    EXPECT_TRUE(made.ok());
    const auto workloads = (*made)->resolve(workload);
    EXPECT_TRUE(workloads.ok() && !workloads->empty());
    const auto bound = bind_task(*made, workloads->front());
    EXPECT_TRUE(bound.ok()) << (bound.ok() ? "" : bound.error().message);
    return *bound;
  }
  std::string written_by(const std::string& device) const {
    std::ifstream file(directory_.file(device));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<BackgroundProgram> programs_;
};

TEST_F(FleetRoles, BuildHereAndRunThereWhatOneMachineDoesAlone) {
  start("builder", "build");
  start("board", "run");
  session_.budget.trials = 60;
  session_.measure.worker_path.clear();
  const SharedTask layer = task("vta", "resnet18.C11");
  const SessionResult fleet = tune(layer);
  EXPECT_EQ(fleet.counts.trials, 60U);
  EXPECT_GT(fleet.counts.measurements, 10U);
  EXPECT_EQ(outcomes(layer->space(), fleet.trials), outcomes(layer->space(), tune_locally(layer).trials));
  for (const Trial& trial : fleet.trials) {
    EXPECT_EQ(trial.device, trial.measured ? "board" : "");
    EXPECT_GT(trial.build_ns, 0);
  }
  const auto connection = fleet::Connection::open(address(), {"test"});
  ASSERT_TRUE(connection.ok());
  const auto buckets = fleet::ensure_layout(**connection);
  ASSERT_TRUE(buckets.ok());
  EXPECT_TRUE(buckets->programs.all().value().empty()) << "programs that ran are removed";
}

TEST_F(FleetRoles, RunProgramsThatAreLongerThanAMessage) {
  const auto connection = fleet::Connection::open(address(), {"test"});
  ASSERT_TRUE(connection.ok());
  auto buckets = fleet::ensure_layout(**connection);
  ASSERT_TRUE(buckets.ok());
  std::string program(3'000'000, '\0');
  for (size_t i = 0; i < program.size(); ++i) program[i] = static_cast<char>(i * i % 251);
  const auto place = fleet::store_program(buckets->programs, "s.1", program, 500'000);
  ASSERT_TRUE(place.ok()) << place.error().message;
  EXPECT_EQ(place->parts, 6U);
  EXPECT_EQ(fleet::fetch_program(buckets->programs, *place).value(), program);
  ASSERT_TRUE(buckets->programs.put("s.1.3", "another part").ok());
  const auto changed = fleet::fetch_program(buckets->programs, *place);
  ASSERT_FALSE(changed.ok());
  EXPECT_EQ(changed.error().kind, ErrorKind::corrupt);
  ASSERT_TRUE(fleet::remove_program(buckets->programs, *place).ok());
  EXPECT_EQ(fleet::fetch_program(buckets->programs, *place).error().kind, ErrorKind::not_found);
}

TEST_F(FleetRoles, FindFilesOfWorkloadsInTheirOwnFolderOnly) {
  const std::string table = TAMIS_TEST_DATA "/vta/resnet18.C9.csv";
  const std::string folder = directory_.file("folder");
  std::filesystem::create_directory(folder);
  std::filesystem::copy(table, folder + "/resnet18.C9.csv");
  start("board", "both", {"--target", "table", "--folder", folder});
  session_.budget.trials = 100;
  session_.measure.worker_path.clear();
  const SharedTask recorded = task("table", table);
  EXPECT_EQ(outcomes(recorded->space(), tune(recorded).trials),
            outcomes(recorded->space(), tune_locally(recorded).trials));
}

TEST_F(FleetRoles, RefuseWorkloadsThatAreFilesWithoutAFolder) {
  start("board", "both", {"--target", "table"});
  session_.measure.worker_path.clear();
  SessionOptions options = session_;
  options.make_measurer = make_fleet_measurers(tuning_).value();
  const auto result =
      run_session(task("table", TAMIS_TEST_DATA "/vta/resnet18.C9.csv"), nullptr, options, {}, {});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("--folder"));
  EXPECT_THAT(result.error().message, HasSubstr("resnet18.C9.csv"));
}

}  // namespace
}  // namespace tamis
