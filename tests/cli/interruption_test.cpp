// A tuning that is interrupted or killed has lost nothing that it printed, and goes on as if nothing had
// been.

#include "base/json.h"
#include "cli/command.h"
#include "tamis/random.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace tamis::cli::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kWorkload = "resnet18.C8";
const std::string kTrials = "160";

class Interruption : public CommandTest {
 protected:
  const std::vector<std::string> settings_ = {"--trials", kTrials, "--seed", "3"};
  const std::string log_ = directory_.file("log.sqlite");

  Invocation tuning(const std::vector<std::string>& more = {}) const {
    Invocation invocation;
    invocation.arguments = tune_arguments(kWorkload, settings_);
    invocation.arguments.insert(invocation.arguments.end(), more.begin(), more.end());
    return invocation;
  }
  /// One that no test waits for.
  Invocation endless(const std::vector<std::string>& more = {}) const {
    Invocation invocation;
    invocation.arguments = tune_arguments(kWorkload, {"--trials", "all", "--strategy", "random"});
    invocation.arguments.insert(invocation.arguments.end(), more.begin(), more.end());
    return invocation;
  }
  /// The trials of a tuning that nobody disturbed.
  std::string uninterrupted() const {
    EXPECT_EQ(tune(kWorkload, settings_, "whole.sqlite").code, 0);
    return exported("whole.sqlite");
  }
  /// How many trials the log holds; 0 while it holds no session.
  uint64_t logged() const {
    const Finished shown = tamis({"show", log_, "--json"});
    if (shown.code != 0) return 0;
    return parse_json(shown.out, "show").value().at(0).at("trials").get<uint64_t>();
  }
};

/// The most trials that a line of progress spoke of: `NAME  15/300 trials  ...`.
uint64_t printed(const std::string& err) {
  uint64_t most = 0;
  std::istringstream lines(err);
  for (std::string line; std::getline(lines, line);) {
    const size_t slash = line.find("/" + kTrials + " trials");
    if (slash == std::string::npos) continue;
    const size_t number = line.rfind(' ', slash);
    most = std::max<uint64_t>(most, std::stoull(line.substr(number)));
  }
  return most;
}

TEST_F(Interruption, BySignalEndsSoonAndResumesExactly) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Running running(tuning({"--resume"}));
    ASSERT_TRUE(running.wait_for_err("/" + kTrials + " trials")) << running.err();
    running.send(signal);
    const Finished finished = running.finish();
    EXPECT_EQ(finished.code, 130) << finished.err;
    EXPECT_THAT(finished.err, AllOf(HasSubstr(". Go on with:\n"), HasSubstr(" --resume\n")));
    EXPECT_THAT(finished.out, HasSubstr("Log: " + log_));
    EXPECT_GE(logged(), printed(finished.err));
    EXPECT_LT(logged(), std::stoull(kTrials));
  }
  const Finished resumed = run(tuning({"--resume"}));
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(logged(), std::stoull(kTrials));
  EXPECT_EQ(exported(), uninterrupted());
}

/// A driver of OpenCL starts threads in the tuner's process, too, and none of them is to take the signal.
TEST_F(Interruption, OfATuningWhoseDriverHasThreadsIsTakenByTheTuner) {
  std::ofstream(directory_.file("k.yaml")) << R"(tamis: 1
knobs: {X: "[i for i in range(1, 2000)]"}
kernel:
  text: "__kernel void k(__global float* a) { a[get_global_id(0)] += 1 - X + X; }"
  language: opencl
  entry: k
  problem_size: 64
  group: 8
  arguments: [{name: a, type: float32, shape: 64, output: true}]
)";
  Invocation invocation;
  invocation.arguments = {"tune", directory_.file("k.yaml"), "--target", "opencl", "--trials", "all", "--log",
                          log_};
  Running running(invocation);
  if (!running.wait_for_err(" trials ")) GTEST_SKIP() << running.finish().err;
  running.send(SIGINT);
  const Finished finished = running.finish();
  EXPECT_EQ(finished.code, 130) << finished.err;
  EXPECT_THAT(finished.err, AllOf(HasSubstr(". Go on with:\n"), HasSubstr(" --resume\n")));
}

TEST_F(Interruption, WithJsonIsStillOneDocument) {
  Running running(endless({"--json"}));
  while (!running.ended() && logged() == 0) std::this_thread::sleep_for(milliseconds(5));
  running.send(SIGINT);
  const Finished finished = running.finish();
  EXPECT_EQ(finished.code, 130);
  const auto report = parse_json(finished.out, "standard output");
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->at("workloads").at(0).at("ending"), "interrupted");
}

TEST_F(Interruption, BySecondSignalEndsAtOnce) {
  Running running(endless());
  ASSERT_TRUE(running.wait_for_err(" trials "));
  running.send(SIGINT);
  running.send(SIGTERM);
  EXPECT_EQ(running.finish(std::chrono::seconds(5)).code, 130);
}

TEST_F(Interruption, ByKillLosesNothingThatWasPrinted) {
  Random random(20240607);
  for (int round = 0; round < 5; ++round) {
    Running running(tuning({"--resume"}));
    std::this_thread::sleep_for(milliseconds(30 + 60 * random.below(4)));
    running.send(SIGKILL);
    const Finished killed = running.finish();
    if (killed.code == 0) break;  // a fast machine got to the end
    EXPECT_EQ(killed.code, 128 + SIGKILL);
    EXPECT_GE(logged(), printed(killed.err)) << killed.err;
  }
  const Finished resumed = run(tuning({"--resume"}));
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(exported(), uninterrupted());
}

TEST_F(Interruption, LeavesReadersUndisturbed) {
  Running running(tuning());
  ASSERT_TRUE(running.wait_for_err("/" + kTrials + " trials"));
  uint64_t before = 0;
  for (int reads = 0; reads < 10 && !running.ended(); ++reads) {
    const Finished shown = tamis({"show", log_, "--json"});
    ASSERT_EQ(shown.code, 0) << shown.err;
    const uint64_t now = parse_json(shown.out, "show").value().at(0).at("trials").get<uint64_t>();
    EXPECT_GE(now, before);
    before = now;
    EXPECT_EQ(tamis({"export", log_}).code, 0);
  }
  EXPECT_GT(before, 0U);
  EXPECT_EQ(running.finish().code, 0);
}

TEST_F(Interruption, ResumingAFinishedTuningMeasuresNothing) {
  ASSERT_EQ(tune(kSmall, {"--trials", "10"}).code, 0);
  const std::string before = exported();
  const Finished again = tune(kSmall, {"--trials", "10", "--resume", "--json"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("\"resumed_trials\": 10"));
  EXPECT_EQ(exported(), before);
}

TEST_F(Interruption, EndsEveryCommandWithTheSameCode) {
  const std::string pipe = directory_.file("x.npy");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    Invocation waiting;
    waiting.arguments = {"run", TAMIS_TEST_DATA "/../../examples/networks/small.onnx", "--input", pipe};
    Running running(waiting);
    {
      const std::ofstream opened(pipe);  // waits until the command reads
      running.send(signal);
    }
    EXPECT_EQ(running.finish().code, 130);
  }
}

}  // namespace
}  // namespace tamis::cli::testing
