// Emitted OpenCL programs as a user meets them: compiled by a compiler of C, run on a device and compared
// with the reference result. Skipped where there is no device (Debian: pocl-opencl-icd).

#include "targets/gpu/emission.h"

#include "base/file.h"
#include "tamis/data.h"
#include "tamis/targets.h"
#include "tamis/task.h"
#include "targets/gpu/deploy/shell.h"
#include "targets/gpu/gpu_target.h"

#include <cmath>
#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;

class EmittedOpenCl : public ::testing::Test {
 protected:
  /// A workload bound to the device; skips the test where there is none.
  SharedTask bind(const std::string& text) {
    const auto target = make_target("opencl").value();
    const auto workloads = target->resolve(text);
    EXPECT_TRUE(workloads.ok()) << workloads.error().message;
    const Result<SharedTask> task = bind_task(target, workloads->front());
    if (task.ok()) return *task;
    missing_ = task.error().message;
    return nullptr;
  }

  void emit(const Task& task, const std::vector<std::string>& knobs) {
    Config config = task.default_config();
    for (const std::string& knob : knobs) config = with(task.space(), config, knob);
    const auto files = emit_program(task, config, {"kernel", 0});
    ASSERT_TRUE(files.ok()) << files.error().message;
    write_files(directory_, *files);
  }

  /// The config with a knob of another value: `vector=1`.
  static Config with(const Space& space, Config config, const std::string& knob) {
    const size_t equals = knob.find('=');
    const auto position = space.find(knob.substr(0, equals));
    if (!position) ADD_FAILURE() << "there is no knob " << knob;
    const std::vector<KnobValue>& values = space.knobs()[*position].values;
    for (uint32_t i = 0; i < values.size(); ++i)
      if (tamis::to_string(values[i]) == knob.substr(equals + 1)) config.choices[*position] = i;
    return config;
  }

  void give(const std::string& name, const Tensor& tensor) {
    const std::string bytes(static_cast<const char*>(tensor.data()), tensor.byte_count());
    ASSERT_TRUE(write_file(directory_.file(name + ".bin"), bytes).ok());
  }

  /// Compiles the emitted program and runs it; the exit code, or -1 where it does not compile.
  int run() {
    const std::string in = "cd " + directory_.path() + " && ";
    if (shell(in + TAMIS_C_COMPILER + kStrict + "kernel.c kernel_run.c -l:libOpenCL.so.1 -o run") != 0)
      return -1;
    return shell(in + "./run . > said");
  }

  std::string text(const std::string& name) const { return read_file(directory_.file(name)).value(); }

  TemporaryDirectory directory_;
  std::string missing_;
};

struct Case {
  const char* name;
  const char* spec;
  std::vector<std::string> knobs = {};
};

class EmittedOperators : public EmittedOpenCl, public ::testing::WithParamInterface<Case> {};

template <class T>
void expect_near(const std::string& bytes, const WorkloadData& data) {
  std::vector<T> actual(bytes.size() / sizeof(T));
  std::memcpy(actual.data(), bytes.data(), bytes.size());
  const std::vector<T>& expected = data.output.values<T>();
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_LE(std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])), data.tolerance)
        << i;
}

TEST_P(EmittedOperators, ComputeTheReferenceResult) {
  const SharedTask task = bind(GetParam().spec);
  if (task == nullptr) GTEST_SKIP() << missing_;
  emit(*task, GetParam().knobs);
  const Workload& workload = task->workload();
  const WorkloadData data = make_data(workload, 1);
  const bool matmul = workload.op == Operator::matmul;
  give(matmul ? "a" : "input", data.input);
  give(matmul ? "b" : "weights", data.weights);
  if (workload.epilogue.bias) give("bias", data.bias);
  if (workload.epilogue.residual) give("residual", data.residual);
  ASSERT_EQ(run(), 0) << text("kernel.c");
  EXPECT_THAT(text("said"), HasSubstr("us least of 10 runs"));
  if (workload.type == DataType::int8)
    expect_near<int8_t>(text("output_after.bin"), data);
  else
    expect_near<float>(text("output_after.bin"), data);
}

INSTANTIATE_TEST_SUITE_P(Workloads, EmittedOperators,
                         ::testing::Values(Case{"Matmul", "matmul:batch=2,m=7,n=21,k=130", {"split_k=2"}},
                                           Case{"Dense", "dense:n=3,ci=50,co=33"},
                                           Case{"Convolution",
                                                "conv2d:ci=5,h=9,w=8,co=19,k=3,stride=2,pad=1,residual=1"},
                                           Case{"Winograd",
                                                "conv2d:ci=5,h=9,w=8,co=19,k=3,pad=1,layout=nhwc",
                                                {"algorithm=winograd4"}},
                                           Case{"Depthwise", "depthwise_conv2d:ci=21,h=9,w=9,k=3,pad=1"},
                                           Case{"Integers",
                                                "conv2d:ci=20,h=6,w=6,co=18,k=3,pad=1,type=int8",
                                                {"algorithm=direct", "stage=both"}}),
                         [](const auto& one) { return one.param.name; });

TEST_F(EmittedOpenCl, SaysInTheHeaderWhereWeightsAndOutputsLie) {
  const SharedTask task = bind("conv2d:ci=16,h=6,w=7,co=32,k=3,pad=1,layout=nhwc");
  if (task == nullptr) GTEST_SKIP() << missing_;
  emit(*task, {});
  for (const char* said :
       {"conv2d:n=1,ci=16,h=6,w=7,co=32,k=3,stride=1,pad=1,type=float32,layout=nhwc",
        "float [1][6][7][16]: image, row, column, channel (NHWC)", "float [32][16][3][3]: output channel",
        "output = max(sum + bias, 0)", "void kernel_prepare(const float *weights, float *packed_weights);"})
    EXPECT_THAT(text("kernel.h"), HasSubstr(said));
}

/// A kernel file whose kernel scales numbers.
std::string kernel_file(const TemporaryDirectory& directory) {
  std::ofstream(directory.file("scale.cl")) << "__kernel void scale(__global float* a, __global const float* "
                                               "b, const float factor, const int n) {\n"
                                               "  for (int i = get_global_id(0) * PER_ITEM; i < "
                                               "(int)(get_global_id(0) + 1) * PER_ITEM && i < n; ++i)\n"
                                               "    a[i] += factor * b[i];\n}\n";
  const std::string path = directory.file("scale.yaml");
  std::ofstream(path) << "tamis: 1\nname: scale\nknobs:\n  PER_ITEM: [1, 4]\nkernel:\n  source: scale.cl\n"
                         "  entry: scale\n"
                         "  arguments:\n"
                         "    - {name: size, type: float32, shape: 64, data: 1, output: true}\n"
                         "    - {name: b, type: float32, shape: 64, data: 2}\n"
                         "    - {name: factor, type: float32, value: 2.5}\n"
                         "    - {name: n, type: int32, value: 64}\n"
                         "  global: \"64 / PER_ITEM\"\n  group: 8\n";
  return path;
}

TEST_F(EmittedOpenCl, RunsTheKernelOfAFile) {
  const SharedTask task = bind(kernel_file(directory_));
  if (task == nullptr) GTEST_SKIP() << missing_;
  emit(*task, {"PER_ITEM=4"});
  give("size_2", Tensor(std::vector<float>(64, 1.0F)));
  give("b", Tensor(std::vector<float>(64, 2.0F)));
  ASSERT_EQ(run(), 0) << text("kernel.c");
  const std::string bytes = text("size_2_after.bin");
  std::vector<float> after(64);
  ASSERT_EQ(bytes.size(), after.size() * sizeof(float));
  std::memcpy(after.data(), bytes.data(), bytes.size());
  EXPECT_THAT(after, ::testing::Each(6.0F));
  EXPECT_THAT(text("kernel.c"), HasSubstr("/* factor: 2.5 */"));
}

TEST_F(EmittedOpenCl, RefusesAnArgumentOfAnotherSize) {
  const SharedTask task = bind("matmul:m=8,n=8,k=8");
  if (task == nullptr) GTEST_SKIP() << missing_;
  emit(*task, {});
  give("a", Tensor(std::vector<float>(3)));
  EXPECT_EQ(run(), 1);
}

// What a log recorded, without a device.

TaskIdentity recorded(const std::string& code) {
  return {"opencl", "some device", {{"driver", "some-driver"}, {"kernel", code}, {"caches", "warm"}}};
}

Workload small_matmul() {
  return parse_spec("matmul:m=8,n=8,k=8", WorkloadDefaults{DataType::float32}).value();
}

Space two_tiles() { return Space::create({number_knob("tile_m", {1, 2})}, {}).value(); }

TEST(RecalledGpuTask, IsEmittedWithoutADevice) {
  const auto task = recall_opencl_task(recorded(std::string(operator_code())), small_matmul(), two_tiles());
  ASSERT_TRUE(task.ok()) << task.error().message;
  const auto files = emit_program(**task, (*task)->space().config(1), {"kernel", 0});
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ(files->size(), 4U);
  EXPECT_THAT(files->front().content, HasSubstr("__kernel void matmul"));
}

TEST(RecalledGpuTask, IsRefusedWhereItsConfigsAreOtherProgramsNow) {
  const auto task = recall_opencl_task(recorded("operators-0"), small_matmul(), two_tiles());
  ASSERT_FALSE(task.ok());
  EXPECT_THAT(task.error().message, HasSubstr("operators-0 instead of"));
}

TEST(RecalledGpuTask, IsRefusedWhereTheKernelFileHasChanged) {
  const TemporaryDirectory directory;
  Workload workload;
  workload.op = Operator::external;
  workload.source = kernel_file(directory);
  workload.name = "scale";
  const Space space = Space::create({number_knob("PER_ITEM", {1, 4})}, {}).value();
  const auto task = recall_opencl_task(recorded("another-digest"), workload, space);
  ASSERT_FALSE(task.ok());
  EXPECT_THAT(task.error().message, HasSubstr("have changed since it was tuned"));
}

TEST(RecalledGpuTask, OfCudaSaysThatItsArchitectureIsNotKnown) {
  TaskIdentity identity = recorded(std::string(operator_code()));
  identity.kind = "cuda";
  const auto task = recall_cuda_task(identity, small_matmul(), two_tiles());
  ASSERT_TRUE(task.ok()) << task.error().message;
  const auto files = emit_program(**task, (*task)->space().config(0), {"kernel", 0});
  ASSERT_FALSE(files.ok());
  EXPECT_THAT(files.error().message, HasSubstr("does not say which architecture"));
}

TEST(RecalledGpuTask, TakesNoNameThatIsNoneInC) {
  const auto task = recall_opencl_task(recorded(std::string(operator_code())), small_matmul(), two_tiles());
  const auto files = emit_program(**task, (*task)->space().config(0), {"1a", 0});
  ASSERT_FALSE(files.ok());
  EXPECT_THAT(files.error().message, HasSubstr("cannot be the name of a function in C"));
}

}  // namespace
}  // namespace tamis::gpu
