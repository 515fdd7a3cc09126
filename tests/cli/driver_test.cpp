// Tuning on a driver library through worker processes, and where the command finds its worker.

#include "base/json.h"
#include "cli/command.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DriverCommand : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitizer reserves more addresses than a worker process may have";
  }
  Invocation tuning(const std::string& device, const std::string& trials = "6") const {
    Invocation invocation;
    invocation.arguments = tune_arguments(kSmall, {"--device", device, "--trials", trials, "--json"});
    return invocation;
  }
};

TEST_F(DriverCommand, TunesAndSavesProgramsThatSimulateReproduces) {
  Invocation invocation = tuning(kTestDriver);
  const std::string programs = directory_.file("programs");
  invocation.arguments.insert(invocation.arguments.end(), {"--save-programs", programs});
  const Finished finished = run(invocation);
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json best = parse_json(finished.out, "report").value().at("workloads").at(0).at("best");
  EXPECT_GT(best.at("latency_ns"), 0.0);
  ASSERT_FALSE(fs::is_empty(programs));
  for (const auto& entry : fs::directory_iterator(programs)) {
    const Finished simulated = tamis({"simulate", entry.path().string(), "--json"});
    EXPECT_EQ(simulated.code, 0) << simulated.err;
    const Json report = *parse_json(simulated.out, "report");
    EXPECT_EQ(report.at("differing_bytes"), 0);
    EXPECT_GT(report.at("compared_bytes"), 0);
  }
}

TEST_F(DriverCommand, HoldsFinalsWhoseWinnerEveryCommandNames) {
  const std::string log = directory_.file("finals.tamis");
  const auto tune = [&](const std::string& finalists) {
    Invocation invocation;
    invocation.arguments = tune_arguments(
        kSmall, {"--device", kTestDriver, "--trials", "12", "--finalists", finalists, "--json", "--resume"},
        "finals.tamis");
    const Finished finished = run(invocation);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return parse_json(finished.out, "report").value().at("workloads").at(0);
  };
  const Json none = tune("0");
  EXPECT_TRUE(none.at("finals").is_null());
  EXPECT_EQ(none.at("counts").at("finals"), 0);
  const Json row = tune("2");
  ASSERT_EQ(row.at("finals").size(), 3U) << "the default config, too";
  int runs = 0;
  for (const Json& finalist : row.at("finals")) {
    EXPECT_GE(finalist.at("runs"), 5);
    runs += finalist.at("runs").get<int>();
  }
  EXPECT_EQ(row.at("counts").at("finals"), runs);
  EXPECT_GT(row.at("evidence").at("good"), 0);
  EXPECT_EQ(row.at("counts").at("trials"), 12);
  const Json winner = row.at("finals").at(0);
  EXPECT_EQ(row.at("best").at("number"), winner.at("number"));
  EXPECT_EQ(row.at("best").at("latency_ns"), winner.at("latency_ns"));
  const Json best = *parse_json(tamis({"best", log, "--json"}).out, "best");
  EXPECT_EQ(best.at(0).at("best").at("latency_ns"), winner.at("latency_ns"));
  EXPECT_EQ(best.at(0).at("evidence"), row.at("evidence"));
  EXPECT_THAT(tamis({"best", log}).out, HasSubstr("sure"));
  const Finished shown = tamis({"show", log, "--session", "1"});
  EXPECT_THAT(shown.out, HasSubstr("finals  trial  runs  verdict"));
  EXPECT_EQ(parse_json(tamis({"show", log, "--session", "1", "--json"}).out, "show").value().at("finals"),
            row.at("finals"));
}

TEST_F(DriverCommand, OutlivesADriverThatCrashes) {
  const std::string fault = directory_.file("fault");
  write(fault, "crash");
  Invocation invocation = tuning(kTestDriver, "all");
  invocation.environment["TAMIS_TEST_DRIVER_FAULT"] = fault;
  const Finished finished = run(invocation);
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_FALSE(fs::exists(fault)) << "the driver did not crash";
}

TEST_F(DriverCommand, IsInterruptedWhileTheDriverHangs) {
  const std::string fault = directory_.file("fault");
  write(fault, "hang");
  Invocation invocation = tuning(kTestDriver, "all");
  // The trial that is under way comes to its end.
  invocation.arguments.insert(invocation.arguments.end(), {"--run-timeout", "1s"});
  invocation.environment["TAMIS_TEST_DRIVER_FAULT"] = fault;
  Running running(invocation);
  for (int waits = 0; waits < 1000 && fs::exists(fault) && !running.ended(); ++waits)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_FALSE(fs::exists(fault)) << running.err();
  running.send(SIGINT);
  EXPECT_EQ(running.finish(std::chrono::seconds(5)).code, 130);
}

TEST_F(DriverCommand, RefusesALibraryThatIsNoneBeforeAnyTrial) {
  for (const auto& [library, message] : std::vector<std::pair<std::string, std::string>>{
           {"/missing/driver.so", "cannot load the driver library: /missing/driver.so"},
           {TAMIS_BUILD_BIN "/incomplete_driver.so", "does not export VTAFlushCache"},
           {TAMIS_TEST_DATA "/vta/README.md", "cannot load the driver library"},
           {"", "write --device driver:LIBRARY"}}) {
    const Finished finished = run(tuning("driver:" + library));
    EXPECT_EQ(finished.code, 2) << library;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr(message));
    EXPECT_EQ(tamis({"export", directory_.file("log.sqlite")}).code, 2) << "there are trials";
  }
}

TEST_F(DriverCommand, FindsItsWorkerInAnInstalledTree) {
  Invocation invocation = tuning(kTestDriver, "2");
  invocation.program = directory_.file("prefix/bin/tamis");
  const fs::path libexec = directory_.file("prefix/libexec/tamis");
  fs::create_directories(libexec);
  fs::create_directories(directory_.file("prefix/bin"));
  fs::copy_file(kTamis, invocation.program);
  const Finished without = run(invocation);
  if (without.code != 0) {  // unless a tamis-worker is installed on this machine
    EXPECT_EQ(without.code, 2);
    EXPECT_THAT(without.err, HasSubstr(directory_.file("prefix/bin/tamis-worker")));
    EXPECT_THAT(without.err, HasSubstr((libexec / "tamis-worker").string()));
  }
  fs::copy_file(TAMIS_BUILD_BIN "/tamis-worker", libexec / "tamis-worker");
  const Finished with = run(invocation);
  EXPECT_EQ(with.code, 0) << with.err;
}

}  // namespace
}  // namespace tamis::cli::testing
