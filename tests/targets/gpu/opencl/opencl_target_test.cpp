#include "targets/gpu/opencl/faulty_kernel.h"

namespace tamis::gpu {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

using OpenClTarget = FaultyKernelTest;

struct ExpectedTrial {
  const char* fault;
  Verdict verdict;
  bool measured;
  const char* message;
};

/// Each between two configs without a fault, so that tuning is seen to go on.
TEST_F(OpenClTarget, TurnsEveryFaultIntoAVerdictAndGoesOn) {
  const std::vector<ExpectedTrial> all = {
      {"FAULT=1", Verdict::build_failed, false, "nonsense"},
      {"FAULT=2", Verdict::wrong_result, true, "1 of 64"},
      {"FAULT=3", Verdict::run_timeout, true, "k did not end in time: it was given 2000 ms"},
      {"FAULT=4", Verdict::crashed, true, "the worker died while running: signal SIGSEGV"},
      {"FAULT=5", Verdict::wrong_result, true, "the kernel wrote behind the end of a: byte 25"},
      {"FAULT=6", Verdict::resource_exceeded, false, "67108864 bytes of local memory"},
      {"FAULT=7", Verdict::resource_exceeded, false, "groups of 8192 x 1 x 1 = 8192 items"},
      {"FAULT=8", Verdict::launch_failed, true, "reqd_work_group_size is 4 x 2 x 1"},
      {"FAULT=9", Verdict::build_failed, false, "k has 2 parameters, and its description gives it 3"},
      {"FAULT=10", Verdict::wrong_result, true, "the kernel wrote in front of the beginning of a: byte -4"},
  };
  std::vector<std::vector<std::string>> configs;
  for (const ExpectedTrial& expected : all) {
    configs.push_back({expected.fault});
    configs.push_back({"FAULT=0"});
  }
  const auto task = task_of(write_file());
  ASSERT_TRUE(task.ok()) << task.error().message;
  const std::vector<Trial> trials = measure(*task, configs);
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].fault);
    EXPECT_EQ(to_string(trials[2 * i].verdict), to_string(all[i].verdict));
    EXPECT_EQ(trials[2 * i].measured, all[i].measured);
    EXPECT_THAT(trials[2 * i].message, HasSubstr(all[i].message));
    EXPECT_EQ(to_string(trials[2 * i + 1].verdict), "valid") << trials[2 * i + 1].message;
    EXPECT_GT(trials[2 * i + 1].cost(), 0);
  }
}

TEST_F(OpenClTarget, EndsABuildThatTakesTooLong) {
  options_.build_deadline = std::chrono::milliseconds(1);
  const Trial trial = measure_one(write_file(), {});
  EXPECT_EQ(to_string(trial.verdict), "build_timeout");
  EXPECT_THAT(trial.message, HasSubstr("building took longer than 1 ms"));
  EXPECT_FALSE(trial.measured);
}

TEST_F(OpenClTarget, NamesTheDefaultConfigAsWhatIsComparedWith) {
  const Trial trial = measure_one(write_file(), {"FAULT=2"});
  EXPECT_THAT(trial.message, HasSubstr("compared with what the default config (FAULT=0 SIZE=8) computes"));
}

TEST_F(OpenClTarget, ComparesWithAnotherConfigWhereTheDefaultOneDoesNotRunToItsEnd) {
  const std::vector<std::pair<std::string, std::string>> all = {
      {"1", "build_failed"}, {"3", "run_timeout"}, {"4", "crashed"}, {"10", "wrong_result"}};
  for (const auto& [fault, verdict] : all) {
    SCOPED_TRACE(fault);
    std::vector<Trial> trials;
    const std::vector<std::string> notices =
        notices_of(write_file_with_faulty_default(fault),
                   {{"FAULT=0", "SIZE=8"}, {"FAULT=" + fault, "SIZE=8"}, {"FAULT=0", "SIZE=16"}}, trials);
    EXPECT_EQ(to_string(trials[0].verdict), "valid") << trials[0].message;
    EXPECT_EQ(to_string(trials[1].verdict), verdict) << trials[1].message;
    EXPECT_EQ(to_string(trials[2].verdict), "valid") << trials[2].message;
    ASSERT_THAT(notices, ::testing::SizeIs(1));
    EXPECT_THAT(notices[0], AllOf(HasSubstr("results are compared with those of the config (FAULT=0 SIZE="),
                                  HasSubstr("because the default config (FAULT=" + fault +
                                            " SIZE=4) fails: " + verdict)));
  }
}

TEST_F(OpenClTarget, SaysThatThereIsNoResultToCompareWithWhereNoConfigRunsToItsEnd) {
  const std::string file = write_file_with_faulty_default("4, 1");
  {
    std::ifstream in(file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    text.replace(text.find(", 0]"), 4, "]");
    std::ofstream(file) << text;
  }
  std::vector<Trial> trials;
  const std::vector<std::string> notices =
      notices_of(file, {{"FAULT=4", "SIZE=8"}, {"FAULT=4", "SIZE=16"}}, trials);
  for (const Trial& trial : trials) {
    EXPECT_EQ(to_string(trial.verdict), "run_failed");
    EXPECT_THAT(trial.message, AllOf(HasSubstr("there is no result to compare with, because the default "
                                               "config (FAULT=4 SIZE=4) fails: crashed"),
                                     HasSubstr("; so do 5 others")));
  }
  EXPECT_THAT(notices, ::testing::ElementsAre(HasSubstr("there is no result to compare with")));
}

TEST_F(OpenClTarget, SaysThatAResultIsNotANumberAnywhere) {
  std::vector<Trial> trials;
  const std::vector<std::string> notices = notices_of(write_file("11"), {{"FAULT=11"}, {"FAULT=0"}}, trials);
  EXPECT_EQ(to_string(trials[0].verdict), "valid") << trials[0].message;
  EXPECT_EQ(to_string(trials[1].verdict), "wrong_result");
  EXPECT_THAT(notices,
              ::testing::ElementsAre(HasSubstr(
                  "a is NaN everywhere after the default config (FAULT=11 SIZE=8), so nothing but NaN "
                  "counts as right there")));
}

TEST_F(OpenClTarget, ComparesWithAReferenceKernel) {
  const std::string reference =
      "  reference:\n"
      "    text: \"__kernel void other(__global float* a, __global const float* b, int n) "
      "{ a[get_global_id(0)] = 3 * b[get_global_id(0)]; }\"\n"
      "    language: opencl\n    entry: other\n    problem_size: 64\n    group: 8\n";
  const Trial trial = measure_one(write_file("0", reference), {"FAULT=0"});
  EXPECT_EQ(to_string(trial.verdict), "wrong_result");
  EXPECT_THAT(trial.message, HasSubstr("compared with what the reference kernel computes"));
}

TEST_F(OpenClTarget, BlamesAReferenceKernelThatCrashesAndNoConfig) {
  const std::string reference =
      "  reference:\n"
      "    text: \"__kernel void other(__global float* a, __global const float* b, int n) "
      "{ *(__global volatile float*)(ulong)n = 1; }\"\n"
      "    language: opencl\n    entry: other\n    problem_size: 64\n    group: 8\n";
  const Trial trial = measure_one(write_file("0", reference), {"FAULT=0"});
  EXPECT_EQ(to_string(trial.verdict), "run_failed");
  EXPECT_THAT(trial.message, HasSubstr("because the reference kernel fails: crashed"));
}

TEST_F(OpenClTarget, LeavesGroupsThatTheDeviceDoesNotHaveOutOfTheSpace) {
  const auto task = task_of(write_file());
  ASSERT_TRUE(task.ok()) << task.error().message;
  const Space& space = (*task)->space();
  EXPECT_FALSE(space.allows(space.parse(std::vector<std::string>{"FAULT=7"}).value()));
  EXPECT_TRUE(space.allows(space.parse(std::vector<std::string>{"FAULT=3"}).value()));
  EXPECT_THAT((*task)->notes(),
              Contains(AllOf(HasSubstr("the device's limits leave 2 of 24 configs out of the space"),
                             HasSubstr(" items of a group"))));
}

TEST_F(OpenClTarget, RefusesAGroupThatNoKnobMakesSmallEnough) {
  std::ofstream(directory_.file("large.yaml")) << R"(tamis: 1
knobs: {FAULT: [0]}
kernel: {source: k.cl, entry: k, problem_size: 65536, group: 65536, arguments: [
  {name: a, type: float32, shape: 64}, {name: b, type: float32, shape: 64}, {name: n, type: int32, value: 0}]}
)";
  const auto task = task_of(directory_.file("large.yaml"));
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(task.error().message,
              HasSubstr("no config fits the device, and no knob changes that: k: at most"));
}

TEST_F(OpenClTarget, ComparesWithWhatTheFileExpects) {
  std::string file = write_file();
  {
    std::ofstream(file) << R"(tamis: 1
knobs: {FAULT: [0], SIZE: [8, 16]}
kernel:
  source: k.cl
  entry: k
  problem_size: 64
  group: SIZE
  arguments:
    - {name: a, type: float32, shape: 64, data: 1, expected: {formula: "2 * i + 1"}}
    - {name: b, type: float32, shape: 64, data: {formula: i}}
    - {name: n, type: int32, value: 0}
)";
  }
  // It adds to what it finds, so both are right only where arguments are restored before they are checked.
  const auto task = task_of(file);
  ASSERT_TRUE(task.ok()) << task.error().message;
  for (const Trial& trial : measure(*task, {{"SIZE=8"}, {"SIZE=16"}}))
    EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
}

TEST_F(OpenClTarget, RevealsFeatures) {
  options_.run_deadline = std::chrono::minutes(1);  // as much is written between two runs as caches hold
  const Trial trial = measure_one(write_file(), {"SIZE=16"}, {{"threads", "1"}, {"caches", "cold"}});
  ASSERT_EQ(to_string(trial.verdict), "valid") << trial.message;
  EXPECT_EQ(trial.features.get("group_items"), 16);
  EXPECT_EQ(trial.features.get("groups"), 4);
  EXPECT_EQ(trial.features.get("shared_bytes"), 0);
  EXPECT_TRUE(trial.features.has("disturbed"));
}

TEST_F(OpenClTarget, TriesSeveralConfigsAtATime) {
  options_.jobs = 2;
  const auto task = task_of(write_file());
  ASSERT_TRUE(task.ok()) << task.error().message;
  for (const Trial& trial : measure(*task, {{"SIZE=8"}, {"SIZE=16"}, {"SIZE=8"}, {"SIZE=16"}}))
    EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
}

TEST_F(OpenClTarget, RefusesAFileWithoutAKernel) {
  std::ofstream(directory_.file("plain.yaml")) << "tamis: 1\nknobs: {a: [1, 2]}\n";
  const auto task = task_of(directory_.file("plain.yaml"));
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(task.error().message, HasSubstr("describes no kernel"));
}

TEST_F(OpenClTarget, PointsToTheTargetOfTheOtherLanguage) {
  std::ofstream(directory_.file("k.cu")) << "extern \"C\" __global__ void k(float* a) {}\n";
  std::ofstream(directory_.file("cu.yaml")) << "tamis: 1\nknobs: {S: [1, 2]}\nkernel: {source: k.cu, entry: "
                                               "k, problem_size: 64, group: S, arguments: [{name: a, type: "
                                               "float32, shape: 64}]}\n";
  const auto task = task_of(directory_.file("cu.yaml"));
  ASSERT_FALSE(task.ok());
  EXPECT_THAT(task.error().message, HasSubstr("the kernel is CUDA C++; write --target cuda"));
}

TEST_F(OpenClTarget, RefusesOperatorsThatItHasNoProgramOf) {
  const auto task = task_of("conv3d:ci=4,d=4,h=4,w=4,co=4,k=3");
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(task.error().message, HasSubstr("conv3d"));
}

TEST_F(OpenClTarget, RefusesAnObjectiveThatIsNoLatency) {
  std::string file = write_file();
  std::ofstream(file, std::ios::app) << "objective: energy:J\n";
  const auto task = task_of(file);
  ASSERT_FALSE(task.ok());
  EXPECT_THAT(task.error().message, HasSubstr("kernels are measured by their latency"));
}

/// A T1 file with the faulty kernel, of this objective.
std::string t1_file(const TemporaryDirectory& directory, const std::string& objective) {
  std::ofstream(directory.file("t1.json"))
      << R"({"General": {"BenchmarkName": "k", "Objective": )" << objective << R"(},
  "ConfigurationSpace": {"TuningParameters": [{"Name": "FAULT", "Type": "int", "Values": "[0]"},
                                              {"Name": "SIZE", "Type": "int", "Values": "[8, 16]"}],
                         "Conditions": []},
  "KernelSpecification": {"Language": "OpenCL", "KernelName": "k", "KernelFile": "k.cl",
    "GlobalSize": {"X": "64"}, "LocalSize": {"X": "SIZE"}, "Arguments": [
      {"Type": "float", "MemoryType": "Vector", "Size": 64, "FillType": "Constant", "FillValue": 1},
      {"Type": "float", "MemoryType": "Vector", "Size": 64, "FillType": "Constant", "FillValue": 2},
      {"Type": "int32", "MemoryType": "Scalar", "FillValue": 0}]}})";
  return directory.file("t1.json");
}

TEST_F(OpenClTarget, TunesAPublishedFileWhoseObjectiveIsARateByLatency) {
  const auto task = task_of(t1_file(directory_, "\"GFLOPs\""));
  ASSERT_TRUE(task.ok()) << task.error().message;
  EXPECT_THAT((*task)->notes(),
              Contains(HasSubstr("the objective of the file is GFLOPs; kernels are measured "
                                 "by their latency")));
  for (const Trial& trial : measure(*task, {{"SIZE=8"}, {"SIZE=16"}}))
    EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
}

TEST_F(OpenClTarget, RefusesAPublishedFileWhoseObjectiveIsNeitherALatencyNorARate) {
  const auto task = task_of(t1_file(directory_, "\"energy:J\""));
  ASSERT_FALSE(task.ok());
  EXPECT_THAT(task.error().message, HasSubstr("its objective is energy:J:min"));
}

TEST_F(OpenClTarget, TellsWhereALaunchOfSeveralFails) {
  std::ofstream(directory_.file("several.yaml")) << R"(tamis: 1
knobs:
  FIRST: [0, 3, 4]
  SECOND: [0, 3, 4]
kernel:
  text: |
    void fail(int fault, __global float* a, int n) {
      if (fault == 3) for (volatile int x = 1; x != 0;) x = 1;
      if (fault == 4) *(__global volatile float*)(ulong)n = 1;
      a[get_global_id(0)] += 1;
    }
    __kernel void first(__global float* a, int n) { fail(FIRST, a, n); }
    __kernel void second(__global float* a, int n) { fail(SECOND, a, n); }
  language: opencl
  problem_size: 64
  group: 8
  arguments:
    - {name: a, type: float32, shape: 64, data: 0, expected: 2}
    - {name: n, type: int32, value: 0}
  launches: [{entry: first}, {entry: second}]
)";
  const auto task = task_of(directory_.file("several.yaml"));
  ASSERT_TRUE(task.ok()) << task.error().message;
  const std::vector<Trial> trials = measure(*task, {{"FIRST=0", "SECOND=0"},
                                                    {"FIRST=3", "SECOND=0"},
                                                    {"FIRST=0", "SECOND=3"},
                                                    {"FIRST=4", "SECOND=0"},
                                                    {"FIRST=0", "SECOND=4"}});
  std::vector<std::string> verdicts;
  for (const Trial& trial : trials) {
    verdicts.emplace_back(to_string(trial.verdict));
    EXPECT_TRUE(trial.measured) << trial.message;
  }
  EXPECT_THAT(verdicts, ::testing::ElementsAre("valid", "run_timeout", "run_timeout", "crashed", "crashed"));
}

TEST(OpenClTargetSpec, RefusesWhatIsNoDevice) {
  for (const char* spec : {"opencl:", "openclx"}) EXPECT_FALSE(make_target(spec, {}).ok()) << spec;
  EXPECT_TRUE(make_target("opencl:0", {}).ok());
}

TEST(OpenClTargetSpec, RefusesSettingsThatMeanNothing) {
  EXPECT_THAT(make_target("opencl", {{"threads", "many"}}).error().message,
              HasSubstr("--threads is \"many\""));
  EXPECT_THAT(make_target("opencl", {{"caches", "tepid"}}).error().message, HasSubstr("warm or cold"));
}

}  // namespace
}  // namespace tamis::gpu
