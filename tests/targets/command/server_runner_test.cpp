#include "targets/command/runner.h"

#include <chrono>

#include "fake_server.h"
#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Space served_space() {
  return Space::create({name_knob("what", {"good", "wrong", "crash", "end", "hang", "noise", "odd", "refused",
                                           "unbuildable", "deadly", "endless"})})
      .value();
}

class ServerRunnerTest : public ::testing::Test {
 protected:
  void serve(const std::string& script) {
    ProgramDescription program;
    program.serve = CommandText{{"/bin/sh", "-c", script}, false};
    runner_ = make_server_runner({served_space(), program, "fake", "board0"}).value();
  }
  BuildOutcome build(const std::string& what) {
    return runner_->build(served_space().parse(std::vector<std::string>{"what=" + what}).value());
  }
  RunOutcome run(const std::string& what) {
    const BuildOutcome built = build(what);
    EXPECT_EQ(built.verdict, Verdict::valid) << built.message;
    RunOptions options;
    options.deadline = milliseconds(what == "hang" ? 100 : 10'000);
    return runner_->run(*built.artifact, options);
  }
  std::unique_ptr<Runner> runner_;
};

TEST_F(ServerRunnerTest, BuildsAndRuns) {
  serve(fake_server());
  const BuildOutcome built = build("good");
  EXPECT_EQ(built.features.get("size"), 4);
  EXPECT_EQ(built.features.get("built"), 1);
  EXPECT_THAT(run("good").costs, ElementsAre(7, 8));
  EXPECT_EQ(build("unbuildable").verdict, Verdict::resource_exceeded);
  EXPECT_EQ(build("unbuildable").message, "too big");
}

TEST_F(ServerRunnerTest, GivesEveryFaultItsVerdictAndGoesOn) {
  serve(fake_server());
  const auto verdict = [&](const char* what) {
    const Verdict one = run(what).verdict;
    EXPECT_EQ(run("good").verdict, Verdict::valid) << "after " << what;
    return one;
  };
  EXPECT_EQ(verdict("wrong"), Verdict::wrong_result);
  EXPECT_EQ(verdict("crash"), Verdict::crashed);
  EXPECT_EQ(verdict("end"), Verdict::crashed);
  EXPECT_EQ(verdict("hang"), Verdict::run_timeout);
  EXPECT_EQ(verdict("noise"), Verdict::run_failed);
  EXPECT_EQ(verdict("odd"), Verdict::run_failed);
  EXPECT_EQ(verdict("refused"), Verdict::device_lost);
  EXPECT_EQ(build("deadly").verdict, Verdict::build_failed);
  EXPECT_THAT(build("deadly").message, HasSubstr("goodbye"));
  EXPECT_EQ(run("good").verdict, Verdict::valid);
}

TEST_F(ServerRunnerTest, StaysUpFromConfigToConfig) {
  serve(fake_server());
  const double first = run("good").features.get("pid");
  EXPECT_EQ(run("good").features.get("pid"), first);
  run("wrong");
  EXPECT_EQ(run("good").features.get("pid"), first);
  run("crash");
  EXPECT_NE(run("good").features.get("pid"), first);
}

TEST_F(ServerRunnerTest, AsksOnlyForWhatTheServerTakes) {
  serve(fake_server(R"(["run"])"));
  EXPECT_EQ(build("unbuildable").verdict, Verdict::valid);
  EXPECT_FALSE(build("good").features.has("size"));
}

TEST_F(ServerRunnerTest, AServerThatDoesNotStartIsALostDevice) {
  serve("echo no board >&2; exit 1");
  const RunOutcome outcome = run("good");
  EXPECT_EQ(outcome.verdict, Verdict::device_lost);
  EXPECT_THAT(outcome.message, HasSubstr("no board"));
}

TEST_F(ServerRunnerTest, SaysWhatIsWrongWithALatency) {
  serve(fake_server());
  const double first = run("good").features.get("pid");
  const RunOutcome outcome = run("endless");
  EXPECT_EQ(outcome.verdict, Verdict::run_failed);
  EXPECT_THAT(outcome.message, HasSubstr("the server's answer to \"run\": a latency of inf ns cannot be"));
  EXPECT_EQ(run("good").features.get("pid"), first);
}

}  // namespace
}  // namespace tamis::command
