// The target cpu through the command: tuning that is interrupted and goes on, programs that are printed and
// deployed.

#include "base/json.h"
#include "cli/change_log.h"
#include "cli/command.h"

#include <csignal>
#include <filesystem>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kConvolution = "conv2d:ci=16,h=6,w=6,co=16,k=3,pad=1";
const std::string kDense = "dense:n=2,ci=32,co=32";

class Cpu : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
  }

  std::vector<std::string> with_target(std::vector<std::string> more) const {
    more.insert(more.end(), {"--target", "cpu", "--threads", "1", "--jobs", "1", "--strategy", "random"});
    return more;
  }
  Finished tune_cpu(const std::string& workload, const std::vector<std::string>& more,
                    const std::string& log = "log.sqlite") const {
    return tune(workload, with_target(more), log);
  }
  std::vector<std::string> emitted() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.file("kernels")))
      names.push_back(entry.path().filename().string());
    return names;
  }
  Finished best(const std::vector<std::string>& more, const std::string& log = "log.sqlite") const {
    std::vector<std::string> arguments = {"best", directory_.file(log)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tamis(arguments);
  }

  const std::string kernels_ = directory_.file("kernels");
};

/// The indexes of an export's trials in their order: what was tried does not depend on how long it took.
std::vector<std::string> indexes(const std::string& csv) {
  std::vector<std::string> all;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = line.front() == '"' ? line.find('"', 1) + 2 : line.find(',') + 1;
    all.push_back(line.substr(begin, line.find(',', begin) - begin));
  }
  return all;
}

TEST_F(Cpu, GoesOnAfterAKill) {
  const std::vector<std::string> settings = {"--trials", "40", "--finalists", "2", "--resume"};
  Invocation tuning;
  tuning.arguments = tune_arguments(kConvolution, with_target(settings));
  for (int round = 0; round < 2; ++round) {
    Running running(tuning);
    ASSERT_TRUE(running.wait_for_err("/40 trials")) << running.err();
    running.send(SIGKILL);
    EXPECT_EQ(running.finish().code, 128 + SIGKILL);
  }
  const Finished resumed =
      tune_cpu(kConvolution, {"--trials", "40", "--finalists", "2", "--resume", "--json"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const Json report = *parse_json(resumed.out, "report");
  EXPECT_GT(report.at("workloads").at(0).at("resumed_trials"), 0);
  EXPECT_EQ(report.at("workloads").at(0).at("counts").at("trials"), 40);
  ASSERT_EQ(tune_cpu(kConvolution, {"--trials", "40", "--finalists", "0"}, "whole.sqlite").code, 0);
  EXPECT_EQ(indexes(exported()), indexes(exported("whole.sqlite")));
}

TEST_F(Cpu, EndsAtASignalAndSaysHowToGoOn) {
  Invocation tuning;
  tuning.arguments = tune_arguments(kConvolution, with_target({"--trials", "all"}));
  Running running(tuning);
  ASSERT_TRUE(running.wait_for_err(" trials ")) << running.err();
  running.send(SIGINT);
  const Finished finished = running.finish();
  EXPECT_EQ(finished.code, 130) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr(". Go on with:\n"));
}

TEST_F(Cpu, DoesNotResumeWithOtherThreadsOrCaches) {
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "1", "--finalists", "0"}).code, 0);
  const Finished cold =
      tune_cpu(kDense, {"--trials", "1", "--finalists", "0", "--resume", "--caches", "cold", "--json"});
  ASSERT_EQ(cold.code, 0) << cold.err;
  EXPECT_EQ(parse_json(cold.out, "report").value().at("workloads").at(0).at("resumed_trials"), 0);
}

/// A processor of the other architecture.
#if defined(__aarch64__)
constexpr const char* kForeign = "haswell";
#else
constexpr const char* kForeign = "cortex-a72";
#endif

TEST_F(Cpu, RefusesToTuneForAProcessorThatIsNotHere) {
  const Finished finished = tune(kDense, {"--target", std::string("cpu:mcpu=") + kForeign, "--trials", "1"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, HasSubstr(std::string("cannot run code for ") + kForeign));
  EXPECT_THAT(finished.err, HasSubstr("tamis program --emit"));
}

struct Refusal {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;
};

class RefusesOnCpu : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusesOnCpu, NamingWhatIsWrong) {
  const Finished finished = tamis(GetParam().arguments);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RefusesOnCpu,
    ::testing::Values(
        Refusal{"Processor", {"space", kDense, "--target", "cpu:mcpu=znver44"}, "did you mean \"znver4\"?"},
        Refusal{"NoProcessor", {"space", kDense, "--target", "cpu:mcpu="}, "names no processor"},
        Refusal{"Key", {"space", kDense, "--target", "cpu:znver4"}, "write `cpu` or `cpu:mcpu=PROCESSOR`"},
        Refusal{
            "Threads", {"space", kDense, "--target", "cpu", "--threads", "4096"}, "4096 threads cannot each"},
        Refusal{"Device",
                {"space", kDense, "--target", "cpu", "--device", "fpga"},
                "--device is a setting of the target vta"},
        Refusal{"Checks", {"space", kDense, "--target", "cpu", "--checks", "none"}, "--checks"},
        Refusal{"Space", {"space", kDense, "--target", "cpu", "--space", "wide"}, "--space"},
        Refusal{"Operator",
                {"space", "conv2d_transpose:ci=4,h=4,w=4,co=4,k=2,type=int8", "--target", "cpu"},
                "conv2d_transpose"},
        Refusal{"Double", {"space", "matmul:m=4,n=4,k=4,type=float64", "--target", "cpu"}, "float32"},
        Refusal{"Layout",
                {"space", "conv2d:ci=20,h=4,w=4,co=16,k=3,layout=nchw16c", "--target", "cpu"},
                "multiples of 16"},
        Refusal{"Suite", {"program", "resnet18"}, "name one of them, such as resnet18.C1"},
        Refusal{"Target", {"program", "resnet18.C2", "--target", "vta"}, "no programs to print"},
        Refusal{"Stage", {"program", kDense, "--stage", "asembly"}, "did you mean \"assembly\"?"},
        Refusal{"Steps", {"program", kDense, "--stage", "llvm", "--steps"}, "schedule only"},
        Refusal{"Index", {"program", kDense, "--index", "999999999"}, "there is no config 999999999"},
        Refusal{"Knob", {"program", kDense, "--config", "tile_x=99"}, "the knob tile_x has no value \"99\""},
        Refusal{"Both", {"program", kDense, "--index", "1", "--config", "tile_x=1"}, "exclude each other"},
        Refusal{"Log", {"program", kDense, "--log", "/missing.tamis"}, "/missing.tamis"},
        Refusal{
            "LogAndIndex", {"program", kDense, "--log", "/missing.tamis", "--index", "1"}, "--log excludes"},
        Refusal{
            "Name", {"program", kDense, "--emit", "/proc/none", "--name", "1a"}, "\"1a\" cannot be the name"},
        Refusal{"Directory", {"program", kDense, "--emit", "/proc/none"}, "/proc/none"},
        Refusal{"EmitOfVta",
                {"program", "resnet18.C2", "--target", "vta", "--emit", "/proc/none"},
                "cannot be deployed"}),
    [](const auto& one) { return one.param.name; });

TEST(Program, IsPrintedWithItsConfig) {
  const Finished finished = tamis({"program", kDense, "--config", "tile_x=2", "--threads", "1"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, StartsWith("# dense:n=2,ci=32,co=32"));
  for (const char* said : {"tile_x=2", "# run\n", "# prepare\n", "packed_weights: float32["})
    EXPECT_THAT(finished.out, HasSubstr(said));
}

TEST(Program, IsPrintedStepByStepAsJson) {
  const Finished finished = tamis({"program", kConvolution, "--steps", "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json printed = *parse_json(finished.out, "program");
  EXPECT_EQ(printed.at("programs").at(0).at("title"), "the operator as it is defined");
  EXPECT_GT(printed.at("programs").size(), 5U);
  EXPECT_TRUE(printed.at("index").is_number());
}

TEST_F(Cpu, EmitsTheBestOfALog) {
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "2", "--finalists", "0"}).code, 0);
  ASSERT_EQ(tune_cpu(kConvolution, {"--trials", "2", "--finalists", "0"}).code, 0);
  const Finished finished = best({"--emit", kernels_});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out,
              HasSubstr("wrote " + kernels_ + "/dense_n_2_ci_32_co_32_type_float32.{o,h,cmake}"));
  EXPECT_EQ(emitted().size(), 9U);
  EXPECT_THAT(emitted(), Contains("CMakeLists.txt"));
  EXPECT_THAT(read(kernels_ + "/dense_n_2_ci_32_co_32_type_float32.h"),
              HasSubstr("us (median) where it was tuned"));
}

TEST_F(Cpu, EmitsOneWorkloadAndNamesItsFunction) {
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "1", "--finalists", "0"}).code, 0);
  ASSERT_EQ(tune_cpu(kConvolution, {"--trials", "1", "--finalists", "0"}).code, 0);
  const Json all = *parse_json(best({"--json"}).out, "best");
  const Finished finished = best({"--workload", all.at(0).at("workload"), "--emit", kernels_, "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(parse_json(finished.out, "best").value().at(0).at("function"),
            "dense_n_2_ci_32_co_32_type_float32");
  EXPECT_EQ(emitted().size(), 5U);
}

TEST_F(Cpu, GivesFunctionsOfOneWorkloadNamesOfTheirOwn) {
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "1", "--finalists", "0"}).code, 0);
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "1", "--finalists", "0", "--caches", "cold"}).code, 0);
  ASSERT_EQ(best({"--emit", kernels_}).code, 0);
  EXPECT_THAT(emitted(), Contains("dense_n_2_ci_32_co_32_type_float32_2.o"));
}

TEST_F(Cpu, EmitsTheBestOfALogForOneConfig) {
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "2", "--finalists", "0"}).code, 0);
  const std::vector<std::string> from_log = {"program", kDense,  "--threads",
                                             "1",       "--log", directory_.file("log.sqlite")};
  EXPECT_EQ(tamis(from_log).code, 0);
  std::vector<std::string> cold = from_log;
  cold.insert(cold.end(), {"--caches", "cold"});
  const Finished other = tamis(cold);
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("--caches must be those of its sessions"));
}

TEST_F(Cpu, HasNothingToEmitWhereNothingIsACpuProgram) {
  ASSERT_EQ(tune(kSmall, {"--trials", "2"}).code, 0);
  const Finished finished = best({"--emit", kernels_});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("none of these programs can be deployed"));
  EXPECT_FALSE(std::filesystem::exists(kernels_));
}

TEST_F(Cpu, LeavesOutWhatIsNoCpuProgram) {
  ASSERT_EQ(tune(kSmall, {"--trials", "2"}).code, 0);
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "1", "--finalists", "0"}).code, 0);
  const Finished finished = best({"--emit", kernels_});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.err, HasSubstr("programs of the target vta cannot be deployed"));
  EXPECT_EQ(emitted().size(), 5U);
}

TEST_F(Cpu, RefusesToEmitWhatAnotherGenerationTuned) {
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "1", "--finalists", "0"}).code, 0);
  change_log(directory_.file("log.sqlite"),
             "UPDATE sessions SET target_identity = replace(target_identity, 'generation=', 'generation=9')");
  const Finished finished = best({"--emit", kernels_});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("tune it again"));
}

TEST_F(Cpu, RefusesADirectoryThatCannotBeMade) {
  ASSERT_EQ(tune_cpu(kDense, {"--trials", "1", "--finalists", "0"}).code, 0);
  write(directory_.file("file"), "");
  const Finished finished = best({"--emit", directory_.file("file")});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr(directory_.file("file")));
  EXPECT_THAT(best({"--emit", kernels_}, "missing.sqlite").err, HasSubstr("missing.sqlite"));
}

}  // namespace
}  // namespace tamis::cli::testing
