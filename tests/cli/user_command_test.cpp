// The target command through the command: programs of the user's with every fault, interrupted and resumed.

#include "base/json.h"
#include "cli/command.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class UserCommand : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
    write(space_, "tamis: 1\nname: toy\nknobs: {tile: [1, 2, 4, 8], way: [good, fail, crash, hang]}\n");
    write(program_,
          "case $2 in\n"
          "  good) echo \"$1 us\" ;;\n"
          "  fail) echo no luck >&2; exit 1 ;;\n"
          "  crash) kill -SEGV $$ ;;\n"
          "  hang) sleep 1000 ;;\n"
          "esac\n");
  }

  std::vector<std::string> arguments(const std::vector<std::string>& more,
                                     const std::string& timeout = "200ms") const {
    std::vector<std::string> all = {"tune",          space_,
                                    "--target",      "command",
                                    "--run",         "sh " + program_ + " {tile} {way}",
                                    "--latency",     "(?P<us>[0-9]+) us",
                                    "--run-timeout", timeout,
                                    "--log",         log_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// How many programs of this test are there that nobody ended.
  int left_behind() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      count += read(entry.path().string() + "/cmdline").find(program_) != std::string::npos ? 1 : 0;
    }
    return count;
  }

  const std::string space_ = directory_.file("space.yaml");
  const std::string program_ = directory_.file("program.sh");
  const std::string log_ = directory_.file("log.sqlite");
};

TEST_F(UserCommand, GoesOnAfterTheDefaultOfItsSpaceFileWasChanged) {
  const std::string text = read(space_);
  write(space_, text + "default: {tile: 2, way: good}\n");
  ASSERT_EQ(tamis(arguments({"--trials", "2"})).code, 0);
  write(space_, text + "default: {tile: 8, way: good}\n");
  const Finished again = tamis(arguments({"--trials", "4", "--resume", "--json"}));
  ASSERT_EQ(again.code, 0) << again.err;
  const Json row = parse_json(again.out, "report").value().at("workloads").at(0);
  EXPECT_EQ(row.at("resumed_trials"), 2);
  EXPECT_EQ(row.at("counts").at("trials"), 4);
}

TEST_F(UserCommand, HasNoBatchesForSeveralJobsUnlessAsked) {
  const auto batch_of = [&](const std::vector<std::string>& more) {
    std::filesystem::remove(log_);
    EXPECT_EQ(tamis(arguments(more)).code, 0);
    return parse_json(tamis({"show", log_, "--json"}).out, "sessions").value().at(0).at("batch").get<int>();
  };
  EXPECT_EQ(batch_of({"--jobs", "2", "--trials", "6"}), 0);
  EXPECT_EQ(batch_of({"--jobs", "1", "--trials", "6"}), 8);
  EXPECT_EQ(batch_of({"--jobs", "2", "--trials", "6", "--deterministic"}), 8);
  EXPECT_EQ(batch_of({"--jobs", "2", "--trials", "6", "--batch", "3"}), 3);
}

TEST_F(UserCommand, TakesWhatIsLikelyGood) {
  const std::string text = read(space_);
  write(space_, text + "likely_good: {tile: 8}\n");
  const Finished passed = tamis(arguments({"--trials", "2", "--strategy", "random"}));
  EXPECT_EQ(passed.code, 0) << passed.err;
  EXPECT_THAT(passed.err, HasSubstr("tamis: the strategy random passes over what is likely good"));
  const Finished heeded = tamis(arguments({"--trials", "2", "--likely-good", "tile=2|4 way=good"}));
  EXPECT_EQ(heeded.code, 0) << heeded.err;
  EXPECT_THAT(heeded.err, Not(HasSubstr("passes over")));
  const Finished wrong = tamis(arguments({"--likely-good", "tile=7"}));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("the knob tile has no value \"7\"; the nearest that it has is 8"));
  write(space_, text + "likely_good: {til: 8}\n");
  const Finished unknown = tamis(arguments({}));
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("likely_good: there is no knob \"til\"; did you mean \"tile\"?"));
}

TEST_F(UserCommand, WhatAnInvalidTrialCostsIsPartOfItsSession) {
  const std::vector<std::string> more = {"--trials", "4", "--finalists", "0", "--cost"};
  const auto tune_at = [&](const char* cost, bool resumes) {
    std::vector<std::string> all = more;
    all.emplace_back(cost);
    if (resumes) all.emplace_back("--resume");
    return tamis(arguments(all));
  };
  EXPECT_EQ(tune_at("invalid=4", false).code, 0);
  EXPECT_THAT(tune_at("invalid=4.0", true).err, HasSubstr("session 1 continues: 4 trials are in the log"));
  EXPECT_THAT(tune_at("invalid=auto", true).err,
              HasSubstr("session 1 differs in strategy (tamis:invalid_cost=4, now tamis)"));
  const Finished passed = tamis(arguments({"--trials", "2", "--strategy", "random", "--cost", "invalid=4"}));
  EXPECT_EQ(passed.code, 0) << passed.err;
  EXPECT_THAT(passed.err, HasSubstr("tamis: --cost passes over the strategy random; tamis heeds it\n"));
}

TEST_F(UserCommand, EveryFaultIsAVerdict) {
  const Finished tuned =
      tamis(arguments({"--trials", "all", "--strategy", "grid", "--json", "--finalists", "0"}));
  ASSERT_EQ(tuned.code, 0) << tuned.err;
  const Json report = *parse_json(tuned.out, "report");
  const Json& row = report.at("workloads").at(0);
  EXPECT_EQ(row.at("counts").at("trials"), 16);
  EXPECT_EQ(row.at("counts").at("measurements"), 16);
  EXPECT_EQ(row.at("counts").at("invalid"), 12);
  EXPECT_EQ(row.at("best").at("latency_ns"), 1000);
  const std::string trials = exported();
  for (const char* text : {"run_failed", "crashed", "run_timeout", "no luck", "SIGSEGV"})
    EXPECT_THAT(trials, HasSubstr(text));
  EXPECT_EQ(left_behind(), 0);
}

TEST_F(UserCommand, AnInterruptLetsProgramsRunToTheirEnd) {
  Invocation invocation;
  invocation.arguments = arguments({"--constraint", "way == 'hang'", "--jobs", "1"}, "2s");
  Running running(invocation);
  for (int i = 0; i < 5000 && left_behind() < 1; ++i) std::this_thread::sleep_for(milliseconds(2));
  running.send(SIGINT);
  EXPECT_EQ(running.finish().code, 130);
  EXPECT_THAT(exported(), HasSubstr("run_timeout"));
  EXPECT_EQ(left_behind(), 0);
}

TEST_F(UserCommand, TwoInterruptsEndProgramsToo) {
  Invocation invocation;
  invocation.arguments = arguments({"--constraint", "way == 'hang'"}, "60s");
  Running running(invocation);
  for (int i = 0; i < 5000 && left_behind() < 2; ++i) std::this_thread::sleep_for(milliseconds(2));
  running.send(SIGINT);
  std::this_thread::sleep_for(milliseconds(700));
  running.send(SIGINT);
  EXPECT_EQ(running.finish(std::chrono::seconds(5)).code, 130);
  for (int i = 0; i < 5000 && left_behind() > 0; ++i) std::this_thread::sleep_for(milliseconds(2));
  EXPECT_EQ(left_behind(), 0);
}

TEST_F(UserCommand, AKilledTunerLeavesNoProgramAndGoesOn) {
  Invocation invocation;
  invocation.arguments = arguments({"--constraint", "way == 'hang'"}, "60s");
  {
    Running running(invocation);
    for (int i = 0; i < 5000 && left_behind() < 2; ++i) std::this_thread::sleep_for(milliseconds(2));
    running.send(SIGKILL);
    EXPECT_EQ(running.finish().code, 128 + SIGKILL);
  }
  for (int i = 0; i < 5000 && left_behind() > 0; ++i) std::this_thread::sleep_for(milliseconds(2));
  EXPECT_EQ(left_behind(), 0);
  const Finished again = tamis(arguments({"--trials", "4", "--resume"}));
  EXPECT_EQ(again.code, 0) << again.err;
}

TEST_F(UserCommand, DevicesHaveTheirNames) {
  const Finished once =
      tamis({"tune", space_, "--target", "command", "--run",
             "sleep 0.05; test {device} = $TAMIS_DEVICE && echo 1 us", "--latency", "(?P<us>[0-9]+) us",
             "--devices", "board0,board1", "--trials", "all", "--log", log_});
  ASSERT_EQ(once.code, 0) << once.err;
  Invocation query;
  query.program = "/usr/bin/sqlite3";
  query.arguments = {"-readonly", log_, "SELECT DISTINCT device FROM trials ORDER BY device"};
  EXPECT_EQ(run(query).out, "board0\nboard1\n");
}

TEST_F(UserCommand, ASpaceInT1FormatWorks) {
  const std::string space = directory_.file("T1.json");
  write(space, R"({"General": {"BenchmarkName": "toy"}, "ConfigurationSpace": {"TuningParameters": [
      {"Name": "x", "Type": "int", "Values": "[1, 2, 3]", "Default": 1}], "Conditions": [{"Expression": "x != 2", "Parameters": ["x"]}]}})");
  const Finished tuned = tamis({"tune", space, "--target", "command", "--run", "echo {x} us", "--latency",
                                "(?P<us>[0-9]+) us", "--trials", "all", "--log", log_, "--json"});
  ASSERT_EQ(tuned.code, 0) << tuned.err;
  EXPECT_EQ(parse_json(tuned.out, "report").value().at("workloads").at(0).at("counts").at("trials"), 2);
}

/// A clock too coarse for the fastest config: what the log takes, other programs and this one can read.
TEST_F(UserCommand, ALatencyOfZeroIsRefusedAndWhatIsLeftComesBack) {
  const Finished tuned = tamis({"tune", space_, "--target", "command", "--run",
                                "case {tile} in 4) echo 0.000 ms;; *) echo 0.{tile} ms;; esac", "--latency",
                                "(?P<ms>[0-9.]+) ms", "--trials", "all", "--log", log_, "--finalists", "0"});
  ASSERT_EQ(tuned.code, 0) << tuned.err;
  const Finished shown = tamis({"show", log_, "--session", "1", "--verdict", "run_failed"});
  EXPECT_THAT(shown.out, HasSubstr("a latency of 0 ns cannot be; it must be from 0.001 to 1e+15 ns"));
  const std::string best = "latency_ns\": 100000";
  EXPECT_THAT(tamis({"best", log_, "--json"}).out, HasSubstr(best));
  for (const std::string format : {"t4", "csv"}) {
    const std::string out = directory_.file("out." + format), back = directory_.file("back." + format);
    EXPECT_EQ(tamis({"export", log_, "--format", format, "--output", out}).code, 0);
    const Finished imported = tamis({"import", out, "--log", back});
    EXPECT_EQ(imported.code, 0) << imported.err;
    EXPECT_THAT(imported.out, HasSubstr("16 trials added (12 valid)"));
    EXPECT_THAT(tamis({"best", back, "--json"}).out, HasSubstr(best));
  }
}

TEST_F(UserCommand, NothingValidIsExitCodeOne) {
  const Finished tuned = tamis(arguments({"--trials", "8", "--constraint", "way == 'fail'"}));
  EXPECT_EQ(tuned.code, 1) << tuned.err;
}

TEST_F(UserCommand, WrongInputIsExitCodeTwo) {
  const auto refused = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {"tune", space_, "--target", "command", "--log", "none"};
    all.insert(all.end(), more.begin(), more.end());
    const Finished done = tamis(all);
    EXPECT_EQ(done.code, 2);
    EXPECT_THAT(done.out, IsEmpty());
    return done.err;
  };
  EXPECT_THAT(refused({}), HasSubstr("nothing says how a config is run"));
  EXPECT_THAT(refused({"--run", "x"}), HasSubstr("nothing says where the latency comes from"));
  EXPECT_THAT(refused({"--run", "{tyle}", "--latency", "wall"}), HasSubstr("did you mean \"tile\"?"));
  EXPECT_THAT(refused({"--run", "x", "--latency", "[("}), HasSubstr("--latency"));
  EXPECT_THAT(refused({"--serve", "exit 3"}), HasSubstr("did not describe itself"));
  EXPECT_THAT(refused({"--program", "missing.yaml"}), HasSubstr("missing.yaml"));
}

TEST_F(UserCommand, CheckTargetTellsByItsExitCode) {
  EXPECT_EQ(tamis({"check-target", "exit 1", "--deadline", "1s"}).code, 1);
  EXPECT_EQ(tamis({"check-target", "cat", "--space", "missing.yaml"}).code, 2);
  const Finished json = tamis({"check-target", "exit 1", "--json"});
  EXPECT_EQ(parse_json(json.out, "report").value().at("kept"), false);
}

}  // namespace
}  // namespace tamis::cli::testing
