#include "base/json.h"
#include "support/temporary_directory.h"
#include "targets/command/runner.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Space one_shot_space() {
  return Space::create({number_knob("tile", {4, 8}), name_knob("word", {"a b", "c"})}).value();
}

std::unique_ptr<Runner> runner(const Json& program) {
  RunnerOptions options{one_shot_space(), program_from_json(program, "program", "").value(), "w", "board0"};
  auto made = make_one_shot_runner(options);
  EXPECT_TRUE(made.ok()) << made.error().message;
  return std::move(*made);
}

RunOutcome outcome_of(const Json& program, uint64_t index = 0, milliseconds deadline = milliseconds(10'000)) {
  const auto made = runner(program);
  const BuildOutcome built = made->build(one_shot_space().config(index));
  EXPECT_EQ(built.verdict, Verdict::valid) << built.message;
  RunOptions options;
  options.deadline = deadline;
  return made->run(*built.artifact, options);
}

RunOutcome said(const std::string& line) { return outcome_of({{"run", line}, {"latency", "json"}}); }

TEST(OneShotRunner, TakesTheLatencyFromALineOfJson) {
  const RunOutcome outcome = said("echo noise; echo '{\"latency_ns\": 12}'; echo");
  EXPECT_EQ(outcome.verdict, Verdict::valid) << outcome.message;
  EXPECT_THAT(outcome.costs, ElementsAre(12));
}

TEST(OneShotRunner, TakesTheLatencyFromAPattern) {
  const RunOutcome outcome =
      outcome_of({{"run", "echo 1.5 ms; echo 2 ms"}, {"latency", "(?P<ms>[0-9.]+) ms"}});
  EXPECT_THAT(outcome.costs, ElementsAre(1.5e6, 2e6));
}

TEST(OneShotRunner, TakesTheTimeThatPassed) {
  const RunOutcome outcome = outcome_of({{"run", "sleep 0.05"}, {"latency", "wall"}, {"repeat", 2}});
  ASSERT_THAT(outcome.costs, SizeIs(2));
  EXPECT_GE(outcome.costs[0], 50e6);
}

TEST(OneShotRunner, TellsTheProgramItsConfig) {
  const RunOutcome outcome = outcome_of(
      {{"run",
        "[ {word} = 'a b' ] && [ \"$TAMIS_CONFIG\" = '{\"tile\":8,\"word\":\"a b\"}' ] && [ $TAMIS_DEVICE "
        "= board0 ] && "
        "[ \"$X\" = 'tile 8' ] && [ -d \"$TAMIS_SCRATCH\" ] && [ \"$TAMIS_SCRATCH\" = {scratch} ]"},
       {"environment", {{"X", "tile {tile}"}}},
       {"latency", "wall"}},
      1);
  EXPECT_EQ(outcome.verdict, Verdict::valid) << outcome.message;
}

TEST(OneShotRunner, RunsAProgramWithoutAShell) {
  const RunOutcome outcome =
      outcome_of({{"run", {"printf", "%s us", "{tile}"}}, {"latency", "(?P<us>.*) us"}}, 1);
  EXPECT_THAT(outcome.costs, ElementsAre(8000));
}

TEST(OneShotRunner, BuildsIntoAScratchDirectoryThatGoesAway) {
  const auto made = runner({{"build", "pwd > {scratch}/file"},
                            {"run", "cat {scratch}/file"},
                            {"latency", "wall"},
                            {"directory", "/"}});
  BuildOutcome built = made->build(one_shot_space().config(0));
  ASSERT_EQ(built.verdict, Verdict::valid) << built.message;
  EXPECT_EQ(made->run(*built.artifact, {}).verdict, Verdict::valid);
}

TEST(OneShotRunner, ABuildThatFailsSaysWhy) {
  const auto made =
      runner({{"build", "echo no such header >&2; exit 1"}, {"run", "true"}, {"latency", "wall"}});
  const BuildOutcome built = made->build(one_shot_space().config(0));
  EXPECT_EQ(built.verdict, Verdict::build_failed);
  EXPECT_EQ(built.message, "exit status 1; it last wrote: no such header");
  EXPECT_EQ(built.artifact, nullptr);
}

TEST(OneShotRunner, ABuildMayFailForWantOfResources) {
  const Json meanings = {{"too many registers", "resource_exceeded"}, {"odd", "wrong_result"}};
  const auto verdict = [&](const char* line) {
    return runner({{"build", line}, {"run", "true"}, {"latency", "wall"}, {"messages", meanings}})
        ->build(one_shot_space().config(0))
        .verdict;
  };
  EXPECT_EQ(verdict("echo too many registers; exit 1"), Verdict::resource_exceeded);
  EXPECT_EQ(verdict("echo odd; exit 1"), Verdict::build_failed);
  EXPECT_EQ(verdict("echo too many registers: only a warning"), Verdict::valid);
}

TEST(OneShotRunner, TellsFailuresApart) {
  EXPECT_EQ(said("exit 1").verdict, Verdict::run_failed);
  EXPECT_EQ(said("kill -SEGV $$").verdict, Verdict::crashed);
  EXPECT_EQ(said("sh -c 'kill -SEGV $$'; exit $?").verdict, Verdict::crashed);
  EXPECT_THAT(said("sh -c 'kill -SEGV $$'; exit $?").message, HasSubstr("SIGSEGV"));
  EXPECT_EQ(said("echo '{\"verdict\": \"wrong_result\", \"message\": \"off by 1\"}'; exit 1").message,
            "off by 1");
  EXPECT_EQ(said("echo '{\"latency_ns\": 1}'; exit 1").verdict, Verdict::run_failed);
  EXPECT_THAT(said("echo hello").message, HasSubstr("the last line of standard output"));
  EXPECT_EQ(said("echo hello").verdict, Verdict::run_failed);
  EXPECT_EQ(said("true").verdict, Verdict::run_failed);
}

TEST(OneShotRunner, MapsExitStatusesAndMessages) {
  const Json program = {{"latency", "wall"},
                        {"exit_codes", {{"3", "resource_exceeded"}}},
                        {"messages", {{"mismatch", "wrong_result"}}}};
  const auto verdict = [&](const char* line) {
    Json one = program;
    one["run"] = line;
    return outcome_of(one).verdict;
  };
  EXPECT_EQ(verdict("exit 3"), Verdict::resource_exceeded);
  EXPECT_EQ(verdict("echo mismatch"), Verdict::wrong_result);
  EXPECT_EQ(verdict("echo mismatch >&2; exit 3"), Verdict::wrong_result);
  EXPECT_EQ(verdict("exit 4"), Verdict::run_failed);
  EXPECT_EQ(verdict("true"), Verdict::valid);
}

TEST(OneShotRunner, KillsWhatHangsWithItsChildren) {
  const TemporaryDirectory directory;
  const RunOutcome outcome =
      outcome_of({{"run", "(sleep 0.4; touch " + directory.file("late") + ") & wait"}, {"latency", "wall"}},
                 0, milliseconds(100));
  EXPECT_EQ(outcome.verdict, Verdict::run_timeout);
  EXPECT_THAT(outcome.message, HasSubstr("100 ms"));
  EXPECT_EQ(outcome_of({{"run", "sleep 0.5"}, {"latency", "wall"}}).verdict, Verdict::valid);
  EXPECT_FALSE(std::filesystem::exists(directory.file("late")));
}

TEST(OneShotRunner, AProgramThatCannotStartIsNoFaultOfTheConfig) {
  EXPECT_EQ(outcome_of({{"run", {"/no/such/program"}}, {"latency", "wall"}}).verdict, Verdict::device_lost);
}

TEST(OneShotRunner, RefusesUnknownPlaceholders) {
  const auto refusal = [](const Json& program) {
    return make_one_shot_runner(
               {one_shot_space(), program_from_json(program, "program", "").value(), "w", ""})
        .error()
        .message;
  };
  EXPECT_THAT(refusal({{"run", "{tille}"}, {"latency", "wall"}}), HasSubstr("\"run\": there is no knob"));
  EXPECT_THAT(refusal({{"run", "x"}, {"build", "{tille}"}, {"latency", "wall"}}),
              HasSubstr("\"build\": there is no knob"));
  EXPECT_THAT(refusal({{"run", "x"}, {"environment", {{"A", "{b}"}}}, {"latency", "wall"}}),
              HasSubstr("\"environment\""));
}

TEST(OneShotRunner, SaysWhatIsWrongWithALatencyThatPythonWrites) {
  for (const auto& [word, number] :
       {std::pair("Infinity", "inf"), std::pair("-Infinity", "-inf"), std::pair("NaN", "nan")}) {
    const RunOutcome outcome = said(std::string("echo '{\"latency_ns\": ") + word + "}'");
    EXPECT_EQ(outcome.verdict, Verdict::run_failed);
    EXPECT_THAT(outcome.message, HasSubstr(std::string("a latency of ") + number + " ns cannot be"));
  }
}

}  // namespace
}  // namespace tamis::command
