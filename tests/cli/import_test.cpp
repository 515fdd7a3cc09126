// Trials of other programs go in, learn, and come out again.

#include "base/json.h"
#include "cli/command.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kVtaLog = TAMIS_TEST_DATA "/autotvm/vta_c9.log.gz";
const std::string kOthersLog = TAMIS_TEST_DATA "/autotvm/others.log";

class ImportCommand : public CommandTest {
 protected:
  Finished import(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"import", "--log", log_};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return tamis(all);
  }
  std::string made(const std::string& name, const std::string& content) const {
    write(directory_.file(name), content);
    return directory_.file(name);
  }

  const std::string log_ = directory_.file("imported.tamis");
};

TEST_F(ImportCommand, CountsWhatItAddedAndSkipped) {
  const Finished finished = import({kVtaLog, kOthersLog});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.out, HasSubstr("autotvm, 1 workload: 160 trials added (17 valid)\n"));
  EXPECT_THAT(finished.out, HasSubstr("resnet18.C9  session 1: 160 added"));
  EXPECT_THAT(finished.out, HasSubstr("3 workloads: 13 trials added (7 valid), 2 skipped"));
  EXPECT_THAT(finished.err, AllOf(HasSubstr("skipped line 16"), HasSubstr("the last line is cut off")));
  EXPECT_THAT(import({kVtaLog}).out, HasSubstr("0 trials added (0 valid), 160 were there"));
}

TEST_F(ImportCommand, GoesOnAfterABadFile) {
  const Finished finished =
      import({made("bad.json", "{\"results\": 3}"), kVtaLog, directory_.file("missing")});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, HasSubstr("160 trials added"));
  EXPECT_THAT(finished.err, AllOf(HasSubstr("bad.json"), HasSubstr("missing")));
}

TEST_F(ImportCommand, TakesTheFilesOfKnownFormatsInAFolderAndNamesTheOthers) {
  const Finished finished = import({TAMIS_TEST_DATA "/tools"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  for (const char* format : {"clblast", "helion", "kernel-tuner", "ktt", "pyatf"})
    EXPECT_THAT(finished.out, HasSubstr(std::string(": ") + format + ", 1 workload"));
  EXPECT_LT(finished.out.find("clblast_xgemm.json"), finished.out.find("pyatf.json")) << "sorted";
  EXPECT_THAT(finished.err, HasSubstr("passed over 4 files of other kinds: README.md, make_kernel_tuner.py"));
}

TEST_F(ImportCommand, TakesAFolderOfADatabaseOfMetaSchedule) {
  const Finished finished = import({TAMIS_TEST_DATA "/tools/metaschedule"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("metaschedule, 2 workloads: 10 trials added (9 valid)"));
  EXPECT_THAT(finished.err, HasSubstr("database_workload.json"));
}

TEST_F(ImportCommand, TakesTheObjectiveThatTheUserNames) {
  const std::string cache = TAMIS_TEST_DATA "/tools/kernel_tuner_throughput.json";
  EXPECT_EQ(import({cache}).code, 0);
  EXPECT_EQ(import({cache, "--objective", "watts:W:min"}).code, 0);
  EXPECT_THAT(tamis({"best", log_}).out, AllOf(HasSubstr("2.506"), HasSubstr("12.5 W")));
  EXPECT_THAT(import({cache, "--objective", "score:max"}).err,
              HasSubstr("no entry has a measurement \"score\""));
  EXPECT_THAT(import({cache, "--objective", "score"}).err, HasSubstr("no entry has a measurement \"score\""))
      << "a large score is good, as without the flag";
  const Finished unknown = import({cache, "--objective", "watts"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("--objective"), HasSubstr("small or a large watts is good")));
}

TEST_F(ImportCommand, TakesAPatternThatTheShellLeft) {
  const Finished finished = import({TAMIS_TEST_DATA "/tools/kernel_tuner_[co]*.json"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("kernel_tuner_closed.json"), HasSubstr("kernel_tuner_open.json"),
                                  Not(HasSubstr("throughput"))));
}

TEST_F(ImportCommand, RefusesAFolderWithNothingUsable) {
  made("a.txt", "notes");
  const Finished finished = import({directory_.path()});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err,
              AllOf(HasSubstr("1 file of other kinds: a.txt"), HasSubstr("no file of a known format")));
  EXPECT_FALSE(std::filesystem::exists(log_));
}

TEST_F(ImportCommand, MakesNoLogWhereNothingCouldBeRead) {
  EXPECT_EQ(import({directory_.file("missing"), made("bad.json", "{\"results\": 3}")}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(log_));
  EXPECT_EQ(import({directory_.file("missing"), kVtaLog}).code, 2);
  EXPECT_TRUE(std::filesystem::exists(log_));
}

TEST_F(ImportCommand, PrintsOneJsonDocument) {
  const Finished finished = import({kOthersLog, "--json"});
  const Json json = parse_json(finished.out, "standard output").value();
  EXPECT_EQ(json.at(0).at("format"), "autotvm");
  EXPECT_EQ(json.at(0).at("workloads").size(), 3U);
  EXPECT_EQ(json.at(0).at("workloads").at(0).at("added"), 8);
  EXPECT_EQ(json.at(0).at("skipped").size(), 2U);
}

TEST_F(ImportCommand, LetsTuningLearnFromAutotvmsLog) {
  ASSERT_EQ(import({kVtaLog}).code, 0);
  const auto first_trials = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--trials", "2",      "--batch", "1",
                                          "--quiet",  "--json", "--init",  "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = tune("resnet18.C9", arguments, "tuned.tamis");
    EXPECT_EQ(finished.code, 0) << finished.err;
    return parse_json(finished.out, "report")
        .value()
        .at("workloads")
        .at(0)
        .at("best")
        .at("latency_ns")
        .get<double>();
  };
  // The best of the 17 valid configs of AutoTVM's 160 is among what it tries first, after the default config.
  const double warm = first_trials({"--learn-from", log_});
  const double cold = first_trials({});
  EXPECT_LT(warm, cold);
  Invocation query;
  query.program = "/usr/bin/sqlite3";
  query.arguments = {"-readonly", directory_.file("tuned.tamis"),
                     "SELECT learnt_from FROM sessions ORDER BY id LIMIT 1"};
  const Finished sql = run(query);
  EXPECT_THAT(sql.out, StartsWith("160:"));
}

class ExportCommand : public ImportCommand {
 protected:
  std::string exported_as(const std::string& format, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"export", log_, "--format", format};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return finished.out;
  }
};

TEST_F(ExportCommand, WritesAutotvmsLinesBack) {
  ASSERT_EQ(import({kOthersLog}).code, 0);
  const std::string whole = read(kOthersLog);
  const std::string out = exported_as("autotvm");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 13);
  for (size_t begin = 0, end = 0; (end = out.find('\n', begin)) != std::string::npos; begin = end + 1)
    EXPECT_THAT(whole, HasSubstr(out.substr(begin, end - begin)));
}

TEST_F(ExportCommand, WritesTheBestForTvmToApply) {
  ASSERT_EQ(tune("resnet18.C9", {"--trials", "20", "--quiet"}, "imported.tamis").code, 0);
  const std::string line = exported_as("autotvm", {"--best"});
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const Json json = parse_json(line, "the line").value();
  const Json best = parse_json(tamis({"best", log_, "--json"}).out, "best").value().at(0).at("best");
  EXPECT_EQ(json.at("config").at("index"), best.at("index"));
  EXPECT_EQ(json.at("result").at(1), 0);
  EXPECT_NEAR(json.at("result").at(0).at(0).get<double>(), best.at("latency_ns").get<double>() / 1e9, 1e-12);
  EXPECT_THAT(
      line,
      StartsWith(R"({"input": ["ext_dev -keys=vta,cpu -device=vta -model=sim_1x16x16_i8w8a32_15_15_18_17", )"
                 R"("conv2d_packed.vta", [["TENSOR", [1, 16, 14, 14, 1, 16], "int8"], )"));
  // What was exported for TVM can come back.
  const Finished back = import({made("best.log", line)});
  EXPECT_THAT(back.out, HasSubstr("resnet18.C9  session 2: 1 added"));
}

TEST_F(ExportCommand, LeavesOutWhatAutotvmHasNoTaskForUnlessNothingIsLeft) {
  ASSERT_EQ(import({made("a.csv", "workload,index,k,verdict,latency_ns,message\nw,0,1,valid,5,\n")}).code, 0);
  const Finished finished = tamis({"export", log_, "--format", "autotvm"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("AutoTVM has no task for the target csv"));
  ASSERT_EQ(import({kOthersLog}).code, 0);
  EXPECT_THAT(exported_as("autotvm"), HasSubstr("conv2d_nchw.cuda"));
}

TEST_F(ExportCommand, WritesAT4TableThatComesBack) {
  ASSERT_EQ(tune(kSmall, {"--trials", "36", "--quiet"}, "imported.tamis").code, 0);
  const std::string table = exported_as("t4");
  const Json json = parse_json(table, "table").value();
  EXPECT_EQ(json.at("schema_version"), "1.0.0");
  EXPECT_EQ(json.at("results").size(), 36U);
  const Finished back = import({made("back_T4.json", table)});
  EXPECT_THAT(back.out, HasSubstr("t4, 1 workload: 36 trials added"));
  const Json ours = parse_json(tamis({"show", log_, "--session", "1", "--json"}).out, "show").value();
  const Json theirs = parse_json(tamis({"show", log_, "--session", "2", "--json"}).out, "show").value();
  for (size_t i = 0; i < 36; ++i) {
    EXPECT_EQ(ours.at("shown").at(i).at("verdict"), theirs.at("shown").at(i).at("verdict"));
    EXPECT_EQ(ours.at("shown").at(i).at("message"), theirs.at("shown").at(i).at("message"));
  }
}

TEST_F(ExportCommand, WritesOneWorkloadToAT4Table) {
  ASSERT_EQ(import({kOthersLog}).code, 0);
  const Finished finished = tamis({"export", log_, "--format", "t4"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("--workload"));
}

TEST_F(ExportCommand, OfCsvComesBack) {
  ASSERT_EQ(import({kVtaLog}).code, 0);
  const std::string csv = exported_as("csv");
  EXPECT_THAT(import({made("back.csv", csv)}).out, HasSubstr("csv, 1 workload: 160 trials added (17 valid)"));
  EXPECT_EQ(exported_as("csv", {"--session", "2"}), csv);
}

TEST_F(ExportCommand, TakesTheFormatThatTheOutputsEndingSays) {
  ASSERT_EQ(import({kVtaLog}).code, 0);
  for (const auto& [name, begin] : std::vector<std::pair<std::string, std::string>>{
           {"a.csv", "workload,index,"}, {"a_T4.json", "{\"schema_version\""}, {"a.log", "{\"input\""}}) {
    const Finished finished = tamis({"export", log_, "--output", directory_.file(name)});
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(read(directory_.file(name)), StartsWith(begin));
  }
  EXPECT_EQ(exported_as("T4", {"--output", directory_.file("b.csv")}), "");
  EXPECT_EQ(read(directory_.file("b.csv")), read(directory_.file("a_T4.json")));
}

TEST_F(ExportCommand, TellsWhatItLeavesOut) {
  ASSERT_EQ(
      import({made("a.csv", "workload,index,k,verdict,latency_ns,message\nw,0,1,valid,5,\n"), kVtaLog}).code,
      0);
  const Finished finished = tamis({"export", log_, "--format", "autotvm"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.err, HasSubstr("left out the 1 trial of w: AutoTVM has no task for the target csv"));
}

TEST_F(ExportCommand, NamesTheNearestFormat) {
  ASSERT_EQ(import({kVtaLog}).code, 0);
  const Finished finished = tamis({"export", log_, "--format", "autotmv"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("did you mean \"autotvm\"?"));
}

/// `tamis ARGUMENTS | head -1` in a shell, as most shells and as some service managers start programs.
TEST_F(ExportCommand, EndsQuietlyWhenItsReaderHasSeenEnough) {
  ASSERT_EQ(tune(kLarge, {"--strategy", "random", "--trials", "900", "--quiet"}, "imported.tamis").code, 0);
  for (const std::string before : {"", "trap '' PIPE; "}) {
    const std::string line = before + kTamis + " export " + log_ +
                             " --format t4 | head -n 1 > /dev/null; echo \"${PIPESTATUS[0]}\"";
    Invocation shell;
    shell.program = "/bin/bash";
    shell.arguments = {"-c", line};
    const Finished finished = run(shell);
    EXPECT_THAT(finished.out, ::testing::AnyOf("0\n", "141\n"));
    EXPECT_THAT(finished.err, IsEmpty());
  }
}

std::string autotvm_line(const std::string& target, int tile, const std::string& costs) {
  return "{\"input\": [\"" + target +
         "\", \"conv\", [[\"TENSOR\", [1, 8], \"float32\"]], {}], \"config\": {\"index\": " +
         std::to_string(tile) + ", \"code_hash\": null, \"entity\": [[\"tile\", \"sp\", [2, " +
         std::to_string(tile) + "]]]}, \"result\": [[" + costs +
         "], 0, 1.5, 1700000000.5], \"version\": 0.2, \"tvm_version\": \"0.8.0\"}\n";
}

/// AutoTVM applies the record of least mean, tamis goes by the median: where they differ, one line says so.
TEST_F(ImportCommand, TellsWhereAutotvmWouldApplyAnotherRecord) {
  const std::string steady = autotvm_line("llvm", 2, "0.001, 0.001, 0.001");
  const std::string unsteady = autotvm_line("llvm", 4, "0.0009, 0.0009, 0.009");
  ASSERT_EQ(import({made("a.log", steady + unsteady)}).code, 0);
  const Finished best = tamis({"best", log_});
  EXPECT_THAT(best.out, HasSubstr("900.0 us"));
  EXPECT_THAT(best.err,
              AllOf(HasSubstr("least mean, which is another: 1.0 of conv:1x8"), HasSubstr("--by mean")));
  EXPECT_EQ(tamis({"export", log_, "--format", "autotvm", "--best"}).out, unsteady);
  EXPECT_EQ(tamis({"export", log_, "--format", "autotvm", "--best", "--by", "mean"}).out, steady);
  EXPECT_EQ(tamis({"export", log_, "--by", "mean"}).code, 2) << "it needs --best";
  ASSERT_EQ(import({made("b.log", autotvm_line("cuda", 2, "0.001"))}).code, 0);
  EXPECT_EQ(tamis({"export", log_, "--format", "autotvm"}).out,
            steady + unsteady + autotvm_line("cuda", 2, "0.001"))
      << "the records of both devices";
}

/// A session that was asked for and cannot be written is an error; what nobody asked for is told of.
TEST_F(ImportCommand, LeavesOutNoSessionThatWasNamed) {
  const std::string csv = "workload,index,k,verdict,latency_ns,message\nw,0,1,valid,5,\n";
  ASSERT_EQ(import({made("a.log", autotvm_line("llvm", 2, "0.001")), made("a.csv", csv)}).code, 0);
  const Finished all = tamis({"export", log_, "--format", "autotvm"});
  EXPECT_EQ(all.code, 0);
  EXPECT_THAT(all.err, HasSubstr("left out the 1 trial of w: AutoTVM has no task"));
  const Finished named = tamis({"export", log_, "--format", "autotvm", "--workload", "w"});
  EXPECT_EQ(named.code, 2);
  EXPECT_EQ(named.out, "");
  // Another device's session of the workload is not the newest.
  ASSERT_EQ(import({made("b.csv", "workload,index,k,verdict,latency_ns,message\nw,0,2,valid,6,\n")}).code, 0);
  EXPECT_THAT(tamis({"export", log_, "--workload", "w"}).err, HasSubstr("left out 1 older session"));
}

}  // namespace
}  // namespace tamis::cli::testing
