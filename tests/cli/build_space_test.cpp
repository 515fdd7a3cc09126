// Building configs without running them, asked from outside.

#include "base/json.h"
#include "cli/command.h"

#include <string>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A kernel whose knobs ask the fake NVRTC for registers, and to end the process.
constexpr const char* kKernel = R"(tamis: 1
name: scale
knobs:
  block: [64, 128, 256, 512, 768, 1024]
  fake_registers: [32, 128, 160, 192]
  fake_end: [0, 1]
kernel:
  language: cuda
  text: |
    extern "C" __global__ void scale(float* out, const float* in, float factor) {
      out[threadIdx.x] = in[threadIdx.x] * factor;
    }
  entry: scale
  problem_size: 16384
  group: block
  arguments:
    - {name: out, type: float32, shape: 16384, output: true}
    - {name: in, type: float32, shape: 16384}
    - {name: factor, type: float32, value: 2}
)";

class BuildSpace : public CommandTest {
 protected:
  /// With the fake compiler of the tests.
  Finished build(std::vector<std::string> further, const std::string& target = "cuda:arch=sm_90") {
    const std::string file = directory_.file("scale.yaml");
    write(file, kKernel);
    std::vector<std::string> arguments = {"space", file, "--target", target, "--build"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run_with_fakes(arguments);
  }
  static Finished run_with_fakes(const std::vector<std::string>& arguments) {
    Invocation invocation;
    invocation.arguments = arguments;
    if (kSanitized && arguments.front() == "space")
      invocation.arguments.insert(invocation.arguments.end(), {"--memory-limit", "none"});
    invocation.environment = {{"TAMIS_NVRTC", TAMIS_FAKES "/libnvrtc.so.13"},
                              {"TAMIS_CUDA_DRIVER", TAMIS_FAKES "/no_driver.so"}};
    return run(invocation);
  }
};

TEST_F(BuildSpace, SaysWhatBuildsForAnArchitecture) {
  const Finished finished = build({"--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json json = Json::parse(finished.out);
  EXPECT_EQ(json["configs"], 48);
  EXPECT_EQ(json["verdicts"]["valid"], 16);
  EXPECT_EQ(json["verdicts"]["build_failed"], 24);  // whose process ended
  EXPECT_EQ(json["verdicts"]["resource_exceeded"], 8);
  EXPECT_EQ(json["programs"], 16);
  EXPECT_EQ(json["features"]["registers"]["least"], 32);
  EXPECT_EQ(json["features"]["registers"]["most"], 192);
  EXPECT_EQ(json["features"]["occupancy"]["least"], 0.125);
  EXPECT_GT(json["builds_per_second"], 0);
  EXPECT_THAT(json["target_identity"].get<std::string>(), HasSubstr("cuda any sm_90"));
}

TEST_F(BuildSpace, BuildsOneConfigInAWorkerWhoseDeathIsAVerdict) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's process does not live within the memory of a worker";
  const std::string file = directory_.file("scale.yaml");
  write(file, kKernel);
  const std::vector<std::string> show = {"space", file, "--target", "cuda:arch=sm_90", "--json", "--config"};
  const auto build_one = [&](std::vector<std::string> knobs) {
    std::vector<std::string> arguments = show;
    arguments.insert(arguments.end(), knobs.begin(), knobs.end());
    return run_with_fakes(arguments);
  };
  const Finished good = build_one({"block=64", "fake_registers=128"});
  ASSERT_EQ(good.code, 0) << good.err;
  const Json built = Json::parse(good.out);
  EXPECT_TRUE(built["builds"]);
  EXPECT_EQ(built["features"]["registers"], 128);
  const Finished deadly = build_one({"block=64", "fake_end=1"});
  ASSERT_EQ(deadly.code, 1) << deadly.err;
  EXPECT_THAT(Json::parse(deadly.out)["message"].get<std::string>(),
              HasSubstr("the worker died while building: signal SIGABRT"));
}

TEST_F(BuildSpace, DrawsVerdictsReasonsAndRanges) {
  const Finished finished = build({"--jobs", "1"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("scale for cuda:arch=sm_90: 48 configs built in"));
  EXPECT_THAT(finished.out, HasSubstr("by 1 job,"));
  EXPECT_THAT(finished.out, HasSubstr("the worker died while building: signal SIGABRT"));
  EXPECT_THAT(finished.out, HasSubstr("registers for each of"));
  EXPECT_THAT(finished.out, HasSubstr("feature"));
  EXPECT_THAT(finished.out, HasSubstr("occupancy"));
}

TEST_F(BuildSpace, BuildsSomeAtRandom) {
  const Json json = Json::parse(build({"--json", "--trials", "5", "--seed", "3"}).out);
  EXPECT_EQ(json["configs"], 5);
}

TEST_F(BuildSpace, KeepsTrialsThatAreExplained) {
  const std::string log = directory_.file("build.tamis");
  ASSERT_EQ(build({"--log", log}).code, 0);
  const Finished explained = tamis({"explain", log});
  EXPECT_EQ(explained.code, 0) << explained.err;
  EXPECT_THAT(explained.out, HasSubstr("build_failed when fake_end"));
  EXPECT_THAT(explained.out, HasSubstr("resource_exceeded: 8 of 48 trials"));
  const Finished shown = tamis({"show", log});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("scale"));
  EXPECT_NE(tamis({"best", log}).code, 0);
  EXPECT_EQ(tamis({"export", log, "--output", directory_.file("trials.csv")}).code, 0);
}

TEST_F(BuildSpace, IsWhatTuneAndADriverlessMachinePointTo) {
  const std::string file = directory_.file("scale.yaml");
  write(file, kKernel);
  const Finished without_device =
      run_with_fakes({"tune", file, "--target", "cuda:arch=sm_90", "--log", "none"});
  EXPECT_EQ(without_device.code, 2);
  EXPECT_THAT(without_device.err, HasSubstr("`tamis space WORKLOAD --target cuda:arch=sm_90 --build`"));
  const Finished without_driver = run_with_fakes({"tune", file, "--target", "cuda", "--log", "none"});
  EXPECT_EQ(without_driver.code, 2);
  EXPECT_THAT(without_driver.err, HasSubstr("there is no NVIDIA driver"));
  EXPECT_THAT(without_driver.err, HasSubstr("--target cuda:arch=sm_90 --build"));
}

TEST_F(BuildSpace, SaysWhichArchitecturesThereAre) {
  const Finished finished = build({}, "cuda:arch=sm_33");
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("it knows sm_80, sm_90, sm_100"));
}

TEST_F(BuildSpace, IsOfEveryTarget) {
  const Finished finished = tamis({"space", kSmall, "--build", "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json json = Json::parse(finished.out);
  EXPECT_EQ(json["configs"], 36);
  EXPECT_FALSE(json["features"].empty());
}

TEST_F(BuildSpace, EndsWithOneWhereNothingBuilds) {
  EXPECT_EQ(build({"--constraint", "fake_end == 1"}).code, 1);
}

TEST_F(BuildSpace, RefusesFlagsThatDoNotFit) {
  EXPECT_THAT(tamis({"space", kSmall, "--trials", "5"}).err, HasSubstr("--trials has no meaning without"));
  EXPECT_THAT(tamis({"space", kSmall, "--build", "--index", "0"}).err, HasSubstr("leave out --config"));
  EXPECT_THAT(tamis({"space", kSmall, "--build", "--trials", "none"}).err, HasSubstr("--trials"));
  EXPECT_EQ(tamis({"space", TAMIS_TEST_DATA "/spaces/matmul.yaml", "--build"}).code, 2);
}

}  // namespace
}  // namespace tamis::cli::testing
