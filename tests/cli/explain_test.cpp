// Why configs are invalid, asked from outside.

#include "base/json.h"
#include "cli/command.h"

#include <sstream>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kExplained = TAMIS_TEST_DATA "/vta/resnet18.C9.csv";

/// kLarge as tamis calls it.
const std::string kName = "conv2d:n=1,ci=64,h=12,w=12,co=64,k=3,stride=1,pad=1";

class Explain : public CommandTest {};

TEST_F(Explain, ReadsARecordedTable) {
  const Finished finished = tamis({"explain", kExplained});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("resource_exceeded when tile_ci * tile_co > 64"));
  EXPECT_THAT(finished.out, HasSubstr("build_failed: 328 of 480 trials"));
}

TEST_F(Explain, ReadsEveryFormatThatImportReads) {
  for (const char* file : {"/autotvm/vta_c9.log.gz", "/tables/tiny_T4.json", "/tools/kernel_tuner_open.json",
                           "/tools/ktt.json", "/tools/pyatf_visits.json", "/tools/clblast_xgemm.json",
                           "/tools/metaschedule/database_tuning_record.json", "/tools/helion.csv"}) {
    const Finished finished = tamis({"explain", std::string(TAMIS_TEST_DATA) + file});
    EXPECT_EQ(finished.code, 0) << file << finished.err;
  }
  const Finished visits = tamis({"explain", TAMIS_TEST_DATA "/tools/pyatf_visits.json"});
  EXPECT_THAT(visits.err, HasSubstr("7 repeats of configs of pyatf_visits left out"));
  EXPECT_THAT(tamis({"explain", TAMIS_TEST_DATA "/tools/ktt.json", "other"}).err,
              HasSubstr("no workload \"other\"; it has scale"));
}

TEST_F(Explain, TakesTheObjectiveThatTheUserNames) {
  const std::string table = directory_.file("bare_T4.json");
  write(table, R"({"results": [{"configuration": {"a": 1}, "invalidity": "correct", "objectives": ["time"],
    "measurements": [{"name": "time", "value": 2}]}, {"configuration": {"a": 2}, "invalidity": "compile"}]})");
  EXPECT_THAT(tamis({"explain", table}).err, HasSubstr("in which unit of time"));
  EXPECT_EQ(tamis({"explain", table, "--objective", "time:ms"}).code, 0);
  ASSERT_EQ(tamis({"import", table, "--objective", "time:ms", "--log", directory_.file("log.tamis")}).code,
            0);
  EXPECT_THAT(tamis({"explain", directory_.file("log.tamis"), "--objective", "time:ms"}).err,
              HasSubstr("leave --objective out"));
}

TEST_F(Explain, ReadsALog) {
  // Of the designs this one has configs of the layer that are invalid.
  ASSERT_EQ(tune(kLarge, {"--target", "vta:hls", "--strategy", "random", "--trials", "all"}).code, 0);
  const Finished finished = tamis({"explain", directory_.path() + "/log.sqlite", "--json"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  const Json workloads = *parse_json(finished.out, "explanation");
  ASSERT_EQ(workloads.size(), 1U);
  EXPECT_EQ(workloads.at(0).at("workload"), kName);
  EXPECT_FALSE(workloads.at(0).at("verdicts").empty());
}

TEST_F(Explain, PoolsTheSessionsOfAWorkload) {
  ASSERT_EQ(tune(kLarge, {"--strategy", "random", "--trials", "50", "--seed", "1"}).code, 0);
  ASSERT_EQ(tune(kLarge, {"--strategy", "random", "--trials", "50", "--seed", "2"}).code, 0);
  const Finished finished =
      tamis({"explain", directory_.path() + "/log.sqlite", kName, "--target-verdict", "invalid", "--json"});
  const Json workloads = *parse_json(finished.out, "explanation");
  ASSERT_EQ(workloads.size(), 1U);
  const int trials = workloads.at(0).at("verdicts").at(0).at("trials");
  EXPECT_GT(trials, 80);
  EXPECT_LE(trials, 100) << "a config that both sessions tried counts once";
}

TEST_F(Explain, GivesConstraintsThatTheCommandTakesBack) {
  const Finished rules =
      tamis({"explain", kExplained, "--target-verdict", "resource_exceeded", "--as-constraints"});
  ASSERT_EQ(rules.code, 0) << rules.err;
  std::vector<std::string> replay = {"replay", kExplained, "--strategy", "random", "--seeds",
                                     "3",      "--full",   "--trials",   "all",    "--json"};
  const Json plain = parse_json(tamis(replay).out, "plain").value().at(0);
  std::istringstream lines(rules.out);
  int constraints = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    replay.insert(replay.end(), {"--constraint", line});
    ++constraints;
  }
  EXPECT_GE(constraints, 2);
  const Finished constrained = tamis(replay);
  ASSERT_EQ(constrained.code, 0) << constrained.err;
  const Json row = parse_json(constrained.out, "constrained").value().at(0);
  // 440 of 480 are invalid, 332 of 372 once the 108 that exceed a memory are gone.
  EXPECT_NEAR(plain.at("invalid_share").get<double>(), 440.0 / 480.0, 0.01);
  EXPECT_NEAR(row.at("invalid_share").get<double>(), 332.0 / 372.0, 0.01);
  EXPECT_EQ(row.at("trials_to").at("0").at("failed"), 0);
}

TEST_F(Explain, LimitsTheRules) {
  const Json json =
      *parse_json(tamis({"explain", kExplained, "--max-rules", "1", "--json"}).out, "explanation");
  for (const Json& verdict : json.at(0).at("verdicts")) EXPECT_LE(verdict.at("rules").size(), 1U);
}

TEST_F(Explain, SaysWhatItDoesNotKnow) {
  const auto error = [](const std::vector<std::string>& arguments) {
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, Not(HasSubstr("a defect of tamis")));
    return finished.err;
  };
  EXPECT_THAT(error({"explain", kExplained, "--target-verdict", "resource"}),
              HasSubstr("there is no verdict"));
  EXPECT_THAT(error({"explain", kExplained, "resnet18.C2"}), HasSubstr("it has resnet18.C9"));
  EXPECT_THAT(error({"explain", directory_.path() + "/gone"}), HasSubstr("there is no such log"));
  EXPECT_THAT(error({"explain", directory_.path()}), HasSubstr("directory"));
  write(directory_.path() + "/short", "x");
  EXPECT_THAT(error({"explain", directory_.path() + "/short"}), HasSubstr("short"));
  write(directory_.path() + "/empty", "");
  EXPECT_THAT(error({"explain", directory_.path() + "/empty"}), HasSubstr("empty"));
}

}  // namespace
}  // namespace tamis::cli::testing
