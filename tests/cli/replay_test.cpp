// Recorded tables through the command: comparing strategies on them, and tuning on them.

#include "base/json.h"
#include "cli/command.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kTinyTable = std::string(TAMIS_TEST_DATA) + "/tables/tiny_T4.json";
const std::string kNoisyTable = std::string(TAMIS_TEST_DATA) + "/tables/noisy_T4.json";
const std::string kLayer = std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C9.csv";
const std::string kLargeLayer = std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C2.csv.gz";

using Replay = CommandTest;

TEST_F(Replay, ShowsARowForEveryCombination) {
  const Finished finished = tamis(
      {"replay", "--strategy", "grid,random", "--init", "none,validity", kTinyTable, kLayer, "--seeds", "3"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("tiny                       grid      none"));
  EXPECT_THAT(finished.out, HasSubstr("resnet18.C9                random    validity"));
  EXPECT_THAT(finished.out, HasSubstr("geometric mean of medians"));
  EXPECT_THAT(finished.err, IsEmpty()) << "progress is for terminals";
}

/// Without a unit of time no table is read; with one from the user it is replayed, tuned on and learnt from.
TEST_F(Replay, TakesTheObjectiveThatTheUserNames) {
  const std::string table = directory_.file("bare_T4.json");
  std::string rows;
  for (int i = 1; i < 9; ++i)
    rows +=
        (i > 1 ? "," : "") +
        (R"({"invalidity": "correct", "objectives": ["time"], "configuration": {"a": )" + std::to_string(i) +
         R"(}, "measurements": [{"name": "time", "value": )" + std::to_string(i) + "}]}");
  write(table, R"({"results": [)" + rows + "]}");
  EXPECT_EQ(tamis({"replay", table, "--strategy", "grid", "--seeds", "1"}).code, 2);
  const Finished replayed =
      tamis({"replay", table, "--strategy", "grid", "--seeds", "1", "--objective", "time:us"});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  const Finished tuned = tamis({"tune", table, "--target", "table", "--objective", "time:us", "--strategy",
                                "tamis", "--trials", "all", "--learn-from", table, "--log", "none"});
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  EXPECT_THAT(tuned.out, HasSubstr("1.0 us"));
}

TEST_F(Replay, TakesWhatAnInvalidTrialCosts) {
  const Finished told = tamis(
      {"replay", kTinyTable, "--strategy", "tamis,random,grid", "--seeds", "1", "--cost", "invalid=0.250"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("tamis:invalid_cost=0.25"));
  EXPECT_EQ(told.err, "tamis: --cost passes over the strategies random, grid; tamis heeds it\n");
  const Finished automatic = tamis({"replay", kTinyTable, "--seeds", "1", "--cost", "invalid=auto"});
  EXPECT_EQ(automatic.code, 0) << automatic.err;
  EXPECT_THAT(automatic.out, Not(HasSubstr("invalid_cost")));
  for (const char* cost :
       {"invalid=11", "invalid=-1", "invalid=", "invalid", "0.5", "valid=2", "invalid=x"}) {
    const Finished wrong =
        tamis({"replay", kTinyTable, "--strategy", "random", "--seeds", "1", "--cost", cost});
    EXPECT_EQ(wrong.code, 2) << cost;
    EXPECT_THAT(wrong.err, HasSubstr("write invalid=X with what an invalid trial costs")) << cost;
  }
  const Finished twice = tamis(
      {"replay", kTinyTable, "--strategy", "tamis:invalid_cost=2", "--seeds", "1", "--cost", "invalid=3"});
  EXPECT_EQ(twice.code, 2);
  EXPECT_THAT(twice.err, HasSubstr("tamis:invalid_cost=2 names invalid_cost as well; give one of them"));
}

TEST_F(Replay, WritesTheNumbersAsJson) {
  const std::string path = directory_.file("numbers.json");
  const std::vector<std::string> settings = {"replay", kTinyTable, "--strategy", "grid", "--seeds", "2"};
  std::vector<std::string> to_file = settings, to_output = settings;
  to_file.insert(to_file.end(), {"--output", path});
  to_output.emplace_back("--json");
  const Finished with_table = tamis(to_file);
  ASSERT_EQ(with_table.code, 0) << with_table.err;
  EXPECT_THAT(with_table.out, HasSubstr("4/4"));
  const Json row = parse_json(read(path), path).value().at(0);
  EXPECT_EQ(row["table"], "tiny");
  EXPECT_EQ(row["rows"], 21);
  EXPECT_EQ(row["valid"], 15);
  EXPECT_EQ(row["init"], "none");
  EXPECT_EQ(row["seeds"], 2);
  EXPECT_EQ(row["trials_to"]["1"]["median"], 4);
  EXPECT_EQ(row["invalid_to"]["0"]["p90"], 0);
  EXPECT_EQ(parse_json(tamis(to_output).out, "standard output").value().at(0)["curve"], row["curve"]);
}

TEST_F(Replay, ScoresByTheTimeThatWasRecorded) {
  const std::vector<std::string> settings = {"replay",  kTinyTable, "--strategy", "grid",
                                             "--seeds", "2",        "--score",    "time"};
  const Finished shown = tamis(settings);
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("0.05/0.05"));
  EXPECT_THAT(shown.out, HasSubstr("without the strategy's own time"));
  EXPECT_THAT(shown.out, HasSubstr("tiny: 15 of 21 rows do not say how long running took"));
  std::vector<std::string> counted = settings;
  counted.insert(counted.end(), {"--search-time", "2.5", "--json"});
  const Json row = parse_json(tamis(counted).out, "standard output").value().at(0);
  EXPECT_DOUBLE_EQ(row["seconds_to"]["0"]["median"].get<double>(), 0.06);
  EXPECT_EQ(row["each_seconds_to"]["1"].size(), 2U);
  EXPECT_EQ(row["times_missing"]["run"], 15);
  const Finished csv = tamis({"replay", kLayer, "--score", "time", "--seeds", "1"});
  EXPECT_EQ(csv.code, 2);
  EXPECT_THAT(csv.err, HasSubstr("resnet18.C9: no row of this table says how long"));
}

TEST_F(Replay, ScoresAsTheFairBenchmarksDo) {
  const std::vector<std::string> settings = {"replay",  kNoisyTable, "--strategy", "grid,random",
                                             "--seeds", "5",         "--score",    "fair"};
  const Finished shown = tamis(settings);
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("0.1229  4.178"));
  std::vector<std::string> to_json = settings;
  to_json.emplace_back("--json");
  const Finished finished = tamis(to_json);
  const Json rows = parse_json(finished.out, "standard output").value();
  EXPECT_TRUE(rows.at(0)["fair"]["score"].is_number());
  EXPECT_EQ(rows.at(1)["fair"]["traces"].size(), 5U);
  EXPECT_EQ(parse_json(tamis(to_json).out, "standard output").value().at(1)["fair"], rows.at(1)["fair"]);
}

TEST_F(Replay, DrawsSamples) {
  const Finished shown = tamis({"replay", kNoisyTable, "--strategy", "random,grid", "--seeds", "3",
                                "--samples", "draw", "--noise-runs", "2"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("3 seeds with 2 draws each"));
  EXPECT_THAT(shown.out, HasSubstr("truly within 1 %"));
  const std::vector<std::string> json = {"replay", kNoisyTable, "--strategy", "random", "--seeds",
                                         "3",      "--samples", "draw",       "--json"};
  const Json row = parse_json(tamis(json).out, "standard output").value().at(0);
  EXPECT_TRUE(row["noise"]["flips"].is_number());
  EXPECT_GT(row["noise"]["runs"]["median"], 120);
  EXPECT_GT(row["noise"]["stated"], 0.3);
  EXPECT_TRUE(row["noise"]["borne_out"].is_number());
  EXPECT_TRUE(row["noise"]["regret"]["100"]["median"].is_number());
  EXPECT_EQ(parse_json(tamis(json).out, "standard output").value().at(0)["noise"], row["noise"]);
  EXPECT_THAT(tamis({"replay", kTinyTable, "--seeds", "1", "--samples", "draw"}).err,
              HasSubstr("tiny: no config of this table has more than one sample"));
}

TEST_F(Replay, ShowsWhatBuildingReveals) {
  const std::string path = directory_.file("registers.csv");
  std::ofstream(path) << "workload,index,tile,verdict,latency_ns,registers,message\n"
                         "mm,0,1,valid,400,8,\nmm,1,2,valid,200,16,\nmm,2,4,run_failed,,,too many\n";
  const Finished shown = tamis({"replay", path, "--seeds", "2", "--revealed", "registers"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("Building shows, free of charge: registers."));
  const Finished json = tamis({"replay", path, "--seeds", "2", "--revealed", "registers", "--json"});
  EXPECT_EQ(parse_json(json.out, "standard output").value().at(0)["revealed"], Json::array({"registers"}));
  const Finished refused = tamis({"replay", path, "--revealed", "spills"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("no row of this table has a feature spills; it has registers"));
}

TEST_F(Replay, RefusesASearchTimeThatCannotBeMeant) {
  EXPECT_THAT(tamis({"replay", kTinyTable, "--search-time", "measured"}).err, HasSubstr("--score time"));
  for (const char* word : {"soon", "-1", "nan", "1e12"})
    EXPECT_THAT(tamis({"replay", kTinyTable, "--score", "time", std::string("--search-time=") + word}).err,
                HasSubstr("nor a number of ms"))
        << word;
}

TEST_F(Replay, TakesTheOldFormsOfJsonAndSaysSo) {
  const std::string path = directory_.file("numbers.json");
  const auto replay = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"replay", "--strategy", "grid", "--seeds", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return finished;
  };
  const std::vector<std::vector<std::string>> forms = {
      {kTinyTable, "--json", path}, {"--json", path, kTinyTable}, {kTinyTable, "--json=" + path}};
  for (const auto& form : forms) {
    for (const bool there : {false, true}) {  // the second time over what the first one wrote
      if (!there) std::filesystem::remove(path);
      const Finished finished = replay(form);
      EXPECT_EQ(finished.err, "tamis: --json takes no value any more; write --output " + path +
                                  " in place of `--json " + path + "`\n");
      EXPECT_THAT(finished.out, HasSubstr("4/4"));
      EXPECT_EQ(parse_json(read(path), path).value().size(), 1U);
    }
  }
  for (const std::vector<std::string>& form :
       {std::vector<std::string>{kTinyTable, "--json", "-"}, {"--json", "-", kTinyTable}}) {
    const Finished finished = replay(form);
    EXPECT_THAT(finished.err, HasSubstr("write --json in place of `--json -`"));
    EXPECT_EQ(parse_json(finished.out, "standard output").value().size(), 1U);
  }
}

TEST_F(Replay, RefusesASwitchForJsonAndTwoFiles) {
  for (const std::string value : {"false", "true", "0", "1", ""}) {
    const Finished finished = tamis({"replay", kTinyTable, "--json=" + value});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr("--json takes no value, found \"" + value + "\""));
    EXPECT_THAT(finished.out, IsEmpty());
  }
  EXPECT_FALSE(std::filesystem::exists("false"));
  const std::string old = directory_.file("a.json"), output = directory_.file("b.json");
  const Finished both = tamis({"replay", kTinyTable, "--json", old, "--output", output});
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.err, HasSubstr("is given, too; write --json without a value, or name one file"));
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST_F(Replay, TakesTablesAfterJson) {
  for (const auto& [tables, count] :
       std::map<std::vector<std::string>, size_t>{{{kTinyTable}, 1}, {{kLayer, kTinyTable}, 2}}) {
    std::vector<std::string> arguments = {"replay", "--strategy", "grid", "--seeds", "2", "--json"};
    arguments.insert(arguments.end(), tables.begin(), tables.end());
    const Finished finished = tamis(arguments);
    ASSERT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.err, IsEmpty());
    EXPECT_EQ(parse_json(finished.out, "standard output").value().size(), count);
  }
  EXPECT_THAT(tamis({"replay", "--json", "missing.csv"}).err, HasSubstr("missing.csv"));
}

TEST_F(Replay, DoesNotDependOnJobsOrTheTablesFolder) {
  const std::string copy = directory_.file("resnet18.C9.csv");
  write(copy, read(kLayer));
  const auto numbers = [](const std::string& table, const std::string& jobs) {
    const Finished finished = tamis({"replay", table, "--strategy", "random,autotvm", "--seeds", "4",
                                     "--trials", "100", "--jobs", jobs, "--json"});
    Json rows = parse_json(finished.out, "standard output").value();
    for (Json& row : rows) row.erase("search_ms_per_trial");
    return rows;
  };
  EXPECT_EQ(numbers(kLayer, "1"), numbers(copy, "3"));
}

TEST_F(Replay, HasSeveralConfigsUnderWay) {
  const auto trials = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"replay", kLayer, "--seeds", "5", "--trials", "200", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    Json rows = parse_json(finished.out, "standard output").value();
    for (Json& row : rows) row.erase("search_ms_per_trial");
    return rows;
  };
  // Of one device each config is known before the next is proposed.
  EXPECT_EQ(trials({"--pending", "1"}), trials({}));
  const Json eight = trials({"--pending", "8"});
  EXPECT_NE(eight, trials({}));
  EXPECT_EQ(eight, trials({"--pending", "8"})) << "nothing depends on timing";
}

TEST_F(Replay, LearnsFromOtherTables) {
  const Finished finished = tamis(
      {"replay", kTinyTable, kLayer, "--learn-from", kTinyTable, kLayer, "--seeds", "2", "--trials", "20"});
  EXPECT_EQ(finished.code, 0) << finished.err;
}

TEST_F(Replay, IsInterruptedSoon) {
  Invocation invocation;
  invocation.arguments = {"replay", kLargeLayer, "--strategy", "random", "--seeds", "100000", "--full"};
  Running running(invocation);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  running.send(SIGINT);
  const Finished finished = running.finish(std::chrono::seconds(20));
  EXPECT_EQ(finished.code, 130);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, HasSubstr("interrupted"));
}

/// The rows before the place where a table ends are those that there are.
TEST_F(Replay, ReadsATableThatIsCutOffAsFarAsItGoes) {
  const std::string path = directory_.file("table.json");
  write(path, read(kTinyTable).substr(0, 1000));
  const Finished finished = tamis({"replay", path, "--strategy", "grid", "--seeds", "1"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.err, AllOf(HasSubstr(path + ": left out row 4"), HasSubstr("cut off or damaged"),
                                  HasSubstr("not valid JSON")));
}

TEST_F(Replay, NamesWhatIsWrongWithATable) {
  const std::string path = directory_.file("table.json");
  const auto refusal = [&](const std::string& content) {
    write(path, content);
    const Finished finished = tamis({"replay", path});
    EXPECT_EQ(finished.code, 2) << content;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr(path));
    return finished.err;
  };
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal(read(kTinyTable).substr(0, 150)), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("{\"cache\": {}}"), HasSubstr("none of the formats"));
  EXPECT_THAT(refusal("a,b\n1,2\n"), HasSubstr("none of the formats"));
}

TEST_F(Replay, RefusesConstraintsThatLeaveNoConfig) {
  const Finished finished = tamis({"replay", kLayer, "--constraint", "tile_h > 1000"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err,
              HasSubstr("resnet18.C9: no config is allowed: `tile_h > 1000` excludes everything"))
      << "as for tune";
}

TEST_F(Replay, ComparesAStrategyThatIsNamedTwiceOnce) {
  const Finished finished =
      tamis({"replay", kTinyTable, "--strategy", "grid,random,grid", "--seeds", "2", "--json"});
  EXPECT_EQ(parse_json(finished.out, "standard output").value().size(), 2U);
}

TEST_F(Replay, RefusesWhatItDoesNotKnow) {
  const auto refusal = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"replay", kTinyTable};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 2);
    return finished.err;
  };
  EXPECT_THAT(refusal({"--strategy", "grid,randm"}), HasSubstr("did you mean \"random\"?"));
  EXPECT_THAT(refusal({"--init", "valdity"}), HasSubstr("did you mean \"validity\"?"));
  EXPECT_THAT(refusal({"--seeds", "0"}), HasSubstr("--seeds"));
  EXPECT_THAT(refusal({"--trials", "none"}), HasSubstr("--trials"));
  EXPECT_THAT(refusal({"--learn-from", "missing.json"}), HasSubstr("missing.json"));
  EXPECT_THAT(refusal({"missing.json"}), HasSubstr("missing.json"));
  EXPECT_THAT(refusal({"--output", "/missing/folder/file.json"}), HasSubstr("/missing/folder"));
}

TEST_F(Replay, IsTuningOnTheTargetTable) {
  const Finished finished = tune(kTinyTable, {"--target", "table", "--trials", "all", "--strategy", "grid"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("tiny: 21 configs"));
  EXPECT_THAT(finished.out, HasSubstr("1.100 ms"));
  EXPECT_THAT(finished.out, HasSubstr("21 trials: 18 reached the device, 3 were rejected while building"));
  const Finished best = tamis({"best", directory_.file("log.sqlite")});
  EXPECT_THAT(best.out, HasSubstr("tile=8 threads=1 layout=nchw"));
}

TEST_F(Replay, ShowsTheSpaceOfATable) {
  const Finished finished = tamis({"space", kTinyTable, "--target", "table"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("tile     1 2 4 8"));
  const Finished failing =
      tamis({"space", kTinyTable, "--target", "table", "--config", "tile=8", "threads=2"});
  EXPECT_EQ(failing.code, 1);
  EXPECT_THAT(failing.out, HasSubstr("build_failed: CompileFailedConfig"));
}

TEST_F(Replay, TableIsResumedFromAnotherFolder) {
  const std::string copy = directory_.file("resnet18.C9.csv");
  write(copy, read(kLayer));
  ASSERT_EQ(tune(kLayer, {"--target", "table", "--trials", "40"}).code, 0);
  const Finished resumed = tune(copy, {"--target", "table", "--trials", "60", "--resume", "--json"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(parse_json(resumed.out, "report").value().at("workloads").at(0).at("resumed_trials"), 40);
}

TEST_F(Replay, ExportOfATableIsThatTableAgain) {
  ASSERT_EQ(tune(kTinyTable, {"--target", "table", "--trials", "all", "--strategy", "random"}).code, 0);
  const std::string copy = directory_.file("copy.csv");
  write(copy, exported());
  const auto numbers = [](const std::string& table) {
    return parse_json(tamis({"replay", table, "--strategy", "random", "--json"}).out, "standard output")
        .value()
        .at(0)
        .at("each_trials_to");
  };
  EXPECT_EQ(numbers(copy), numbers(kTinyTable));
}

}  // namespace
}  // namespace tamis::cli::testing
