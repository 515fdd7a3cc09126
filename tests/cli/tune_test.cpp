// Tuning through the command: what it tries, and that it tries the same again.

#include "base/json.h"
#include "cli/command.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using Tune = CommandTest;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

/// The verdict of every index in an export.
std::map<int, std::string> verdicts(const std::string& csv) {
  std::map<int, std::string> all;
  size_t verdict_column = 0;
  for (const std::string& line : lines(csv)) {
    // Of the columns up to the verdict only the first, the workload, may be quoted: a spec has commas.
    const size_t begin = line.front() == '"' ? line.find('"', 1) + 2 : line.find(',') + 1;
    std::vector<std::string> cells;
    std::istringstream rest(line.substr(begin));
    for (std::string cell; std::getline(rest, cell, ',');) cells.push_back(cell);
    if (all.empty() && verdict_column == 0) {
      verdict_column = std::find(cells.begin(), cells.end(), "verdict") - cells.begin();
    } else {
      all[std::stoi(cells.at(0))] = cells.at(verdict_column);
    }
  }
  return all;
}

TEST_F(Tune, ExhaustsASmallSpace) {
  const Finished finished = tune(kSmall, {"--trials", "all", "--strategy", "grid", "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json report = *parse_json(finished.out, "report");
  const Json& row = report.at("workloads").at(0);
  EXPECT_EQ(row.at("ending"), "exhausted");
  EXPECT_EQ(row.at("counts").at("trials"), 36);
  const auto tried = verdicts(exported());
  EXPECT_EQ(tried.size(), 36U);
  EXPECT_EQ(tried.begin()->first, 0);
  EXPECT_EQ(tried.rbegin()->first, 35);
}

TEST_F(Tune, SaysHowManyTrialsWereTheSameCode) {
  const std::vector<std::string> all = {"--trials", "all", "--strategy", "grid"};
  const std::string log = directory_.file("log.sqlite");
  const Finished finished = tune(kSmall, all);
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out,
              HasSubstr("trials were the same code as an earlier one and were not measured again.\n"));
  const Finished shown = tamis({"show", log, "--json"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  const Json sessions = *parse_json(shown.out, "sessions");
  const Json& session = sessions.at(0);
  const int same = session.at("same_code");
  EXPECT_GT(same, 0);
  EXPECT_EQ(session.at("measurements").get<int>() + same + session.at("rejected_builds").get<int>(), 36);
  const Finished copies = tamis(
      {"show", log, "--session", "1", "--where", "same_code_as >= 0", "--columns", "same_code_as,run_ns"});
  ASSERT_EQ(copies.code, 0) << copies.err;
  EXPECT_THAT(copies.out, HasSubstr("same_code_as  run_ns"));
}

TEST_F(Tune, MakesTheSameTrialsFromTheSameSeed) {
  for (const char* strategy : {"random", "genetic", "autotvm", "tamis"}) {
    SCOPED_TRACE(strategy);
    const std::vector<std::string> settings = {"--strategy", strategy, "--trials", "100", "--seed", "7"};
    auto with_jobs = [&](const char* jobs, const std::string& log) {
      std::vector<std::string> all = settings;
      all.insert(all.end(), {"--jobs", jobs});
      EXPECT_EQ(tune(kLarge, all, log).code, 0);
      return exported(log);
    };
    const std::string name = strategy;
    const std::string once = with_jobs("1", name + "1.sqlite");
    EXPECT_EQ(lines(once).size(), 101U);
    EXPECT_EQ(once, with_jobs("1", name + "2.sqlite"));
    EXPECT_EQ(once, with_jobs("2", name + "3.sqlite"));
  }
}

TEST_F(Tune, GoesOnWithoutBatchesWhereItBeganSo) {
  const std::string log = directory_.file("log.sqlite");
  const auto sessions = [&] { return parse_json(tamis({"show", log, "--json"}).out, "sessions").value(); };
  ASSERT_EQ(tune(kLarge, {"--async", "--jobs", "2", "--trials", "20"}).code, 0);
  EXPECT_EQ(sessions().at(0).at("batch"), 0);
  const Finished resumed = tune(kLarge, {"--trials", "30", "--resume"});
  EXPECT_EQ(resumed.code, 0);
  EXPECT_THAT(resumed.err, HasSubstr("session 1 continues: 20 trials are in the log"));
  EXPECT_EQ(sessions().at(0).at("trials"), 30);
  const Finished other = tune(kLarge, {"--trials", "30", "--resume", "--deterministic"});
  EXPECT_THAT(other.err, HasSubstr("batch (none: asynchronous, now 8)"));
}

TEST_F(Tune, MakesOtherTrialsFromAnotherSeed) {
  // After a valid default config the strategy tamis leaves little to chance.
  const std::vector<std::string> random = {"--trials", "20", "--strategy", "random", "--seed"};
  const auto with_seed = [&](const char* seed) {
    std::vector<std::string> arguments = random;
    arguments.emplace_back(seed);
    return arguments;
  };
  ASSERT_EQ(tune(kLarge, with_seed("1"), "1.sqlite").code, 0);
  ASSERT_EQ(tune(kLarge, with_seed("2"), "2.sqlite").code, 0);
  EXPECT_NE(exported("1.sqlite"), exported("2.sqlite"));
}

TEST_F(Tune, StopsEarlyAndByTheClock) {
  const Finished early =
      tune(kLarge, {"--trials", "all", "--early-stop", "10", "--json", "--strategy", "random"});
  EXPECT_THAT(early.out, HasSubstr("\"ending\": \"early_stop\""));
  const Finished timed = tune("resnet18.C2", {"--trials", "all", "--time", "1s", "--json"});
  EXPECT_THAT(timed.out, HasSubstr("\"ending\": \"budget\""));
}

TEST_F(Tune, TunesSeveralWorkloadsIntoOneLog) {
  const Finished finished =
      tamis({"tune", kSmall, "dense:ci=64,co=64", "--trials", "8", "--log", directory_.file("log.sqlite")});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("Total of 2 workloads"));
  const Finished best = tamis({"best", directory_.file("log.sqlite"), "--workload", "dense:n=1,ci=64,co=64"});
  EXPECT_EQ(best.code, 0) << best.err;
}

TEST_F(Tune, ExportsTheColumnsOfRecordedTables) {
  ASSERT_EQ(tune("resnet18.C9", {"--trials", "2"}).code, 0);
  EXPECT_EQ(lines(exported()).at(0), lines(read(TAMIS_TEST_DATA "/vta/resnet18.C9.csv")).at(0));
}

/// A device on which much of a small space does not fit.
constexpr const char* kTightDevice = R"({"TARGET": "sim", "HW_VER": "0.0.2", "LOG_INP_WIDTH": 3,
  "LOG_WGT_WIDTH": 3, "LOG_ACC_WIDTH": 5, "LOG_BATCH": 0, "LOG_BLOCK": 4, "DESIGN": "hls", "LOG_UOP_BUFF_SIZE": 8,
  "LOG_INP_BUFF_SIZE": 9, "LOG_WGT_BUFF_SIZE": 13, "LOG_ACC_BUFF_SIZE": 11})";

TEST_F(Tune, FindsOnTheDeviceWhatTheChecksPredict) {
  const std::string device = directory_.file("tight.json");
  write(device, kTightDevice);
  const std::string workload = "conv2d:ci=32,h=8,w=8,co=32,k=3,pad=1";
  const auto tried = [&](const char* checks) {
    const std::string log = std::string(checks) + ".sqlite";
    EXPECT_EQ(
        tune(workload,
             {"--target", "vta:" + device, "--checks", checks, "--trials", "all", "--strategy", "grid"}, log)
            .code,
        0);
    return verdicts(exported(log));
  };
  const auto predicted = tried("static");
  const auto found = tried("none");
  ASSERT_EQ(predicted.size(), found.size());
  std::map<std::string, int> met;
  for (const auto& [index, verdict] : predicted) {
    SCOPED_TRACE(index);
    ++met[found.at(index)];
    if (verdict == "valid") {
      EXPECT_EQ(found.at(index), "valid");
    } else {
      EXPECT_THAT(found.at(index), AnyOf("run_failed", "wrong_result", "run_timeout"));
    }
  }
  EXPECT_GT(met["valid"], 0);
  EXPECT_GT(met.size(), 2U) << "the device is not tight enough to meet several verdicts";
}

TEST_F(Tune, SavesProgramsThatSimulateReproduces) {
  const std::string programs = directory_.file("programs");
  ASSERT_EQ(tune(kSmall, {"--trials", "8", "--save-programs", programs}).code, 0);
  int simulated = 0;
  for (const auto& entry : std::filesystem::directory_iterator(programs)) {
    const Finished finished = tamis({"simulate", entry.path().string(), "--json"});
    ASSERT_EQ(finished.code, 0) << finished.err;
    const Json report = *parse_json(finished.out, entry.path().string());
    EXPECT_EQ(report.at("differing_bytes"), 0);
    EXPECT_GT(report.at("compared_bytes"), 0);
    ++simulated;
  }
  EXPECT_GT(simulated, 0);
}

TEST_F(Tune, RefusesToSaveProgramsWhereItCannot) {
  const Finished finished = tune(kSmall, {"--trials", "2", "--save-programs", "/proc/programs"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("/proc/programs"));
}

}  // namespace
}  // namespace tamis::cli::testing
