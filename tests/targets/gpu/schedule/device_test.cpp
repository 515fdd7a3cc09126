// Random configs of every operator, run on a device of OpenCL and compared with the reference result. Skipped
// where there is none (Debian: pocl-opencl-icd).
#include "targets/gpu/runtime/opencl_runtime.h"
#include "targets/gpu/schedule/operator_program.h"
#include "targets/gpu/schedule/output_difference.h"

#include <chrono>

#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

#ifdef TAMIS_MANY_CONFIGS
constexpr int kConfigs = 100;
#else
constexpr int kConfigs = 10;
#endif

/// PoCL makes machine code in the first launch, which takes a minute where other jobs have the cores.
constexpr std::chrono::minutes kLaunchDeadline{5};

/// Sums that are written out one after another: PoCL takes seconds for many.
constexpr int64_t kMostUnrolled = 64;
int64_t unrolled(const Space& space, const Config& config) {
  int64_t count = 1;
  for (const char* knob : {"tile_y", "tile_x", "tile_m", "tile_n", "unroll"})
    if (space.find(knob)) count *= space.integer(config, knob);
  return count;
}

/// A random config that a device compiles in a second or so; the algorithms take turns.
Config drawn(const Space& space, Random& random, size_t turn) {
  const auto algorithm = space.find("algorithm");
  for (;;) {
    Config config = space.sample(random).value();
    if (algorithm && config.choices[*algorithm] != turn % space.knobs()[*algorithm].values.size()) continue;
    if (unrolled(space, config) <= kMostUnrolled) return config;
  }
}

class OperatorsOnADevice : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto opened = open_opencl_runtime({});
    if (!opened.ok()) GTEST_SKIP() << opened.error().message;
    runtime_ = std::move(*opened);
  }

  /// What running a program gives in its output, or why it does not run.
  std::string run(const OperatorProgram& made, const WorkloadData& data, std::vector<std::byte>& output) {
    std::vector<std::string> entries;
    for (const Launch& launch : made.program.launches) entries.push_back(launch.entry);
    const Compiled compiled = runtime_->compile(made.program.source, entries);
    if (compiled.failure) return compiled.failure->message + compiled.log;
    std::vector<std::shared_ptr<DeviceBuffer>> buffers;
    for (const OperatorArgument& argument : made.arguments) {
      const std::vector<std::byte> bytes = argument_bytes(argument, data);
      auto buffer = runtime_->allocate(bytes.size());
      if (!buffer.ok()) return buffer.error().message;
      if (const Status written = runtime_->write(**buffer, bytes); !written.ok())
        return written.error().message;
      buffers.push_back(std::move(*buffer));
    }
    for (const Launch& launch : made.program.launches) {
      std::vector<Argument> arguments;
      for (const size_t i : launch.arguments) arguments.emplace_back(buffers[i]);
      const auto ran =
          runtime_->launch(*compiled.program, launch, arguments, deadline_after(kLaunchDeadline));
      if (const auto* failure = std::get_if<Failure>(&ran)) return failure->message;
    }
    for (size_t i = 0; i < buffers.size(); ++i) {
      if (made.arguments[i].role != ArgumentRole::output) continue;
      output.resize(static_cast<size_t>(made.arguments[i].bytes));
      if (const Status read = runtime_->read(*buffers[i], output); !read.ok()) return read.error().message;
    }
    return "";
  }

  std::unique_ptr<Runtime> runtime_;
};

TEST_P(OperatorsOnADevice, ComputeTheReferenceResultUnderRandomSchedules) {
  const Workload workload = parse_spec(GetParam(), WorkloadDefaults{DataType::float32}).value();
  const WorkloadData data = make_data(workload, 1);
  const Space space = operator_space(workload, runtime_->facts()).value();
  std::vector<Config> configs = operator_suggestions(workload, runtime_->facts(), space);
  if (configs.size() > 1) configs.erase(configs.begin() + 1, configs.end() - 1);
  Random random(7);
  while (static_cast<int>(configs.size()) < kConfigs) configs.push_back(drawn(space, random, configs.size()));
  for (const Config& config : configs) {
    const OperatorProgram made = operator_program(workload, space, config, Language::opencl).value();
    std::vector<std::byte> output;
    const std::string failure = run(made, data, output);
    ASSERT_EQ(failure, "") << space.describe(config) << "\n" << made.program.source.text;
    ASSERT_EQ(testing::difference(data, workload.type, output), "") << space.describe(config) << "\n"
                                                                    << made.program.source.text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Workloads, OperatorsOnADevice,
    ::testing::Values("matmul:m=32,n=48,k=64", "matmul:batch=2,m=19,n=33,k=150",
                      "matmul:m=24,n=40,k=36,transpose_a=1,transpose_b=1", "matmul:m=20,n=24,k=40,type=int8",
                      "matmul:m=20,n=24,k=40,type=float16", "dense:n=5,ci=40,co=30,residual=1",
                      "dense:n=8,ci=64,co=32,type=int8", "conv2d:ci=5,h=9,w=11,co=12,k=3,pad=1",
                      "conv2d:ci=8,h=9,w=9,co=16,k=3,stride=2,pad=1,layout=nhwc",
                      "conv2d:ci=16,h=7,w=7,co=16,k=1,layout=nhwc,activation=hard_swish",
                      "conv2d:n=2,ci=12,h=7,w=10,co=20,k=3,pad=1,layout=nhwc,residual=1",
                      "conv2d:ci=8,h=8,w=8,co=8,k=3,pad=1,type=int8",
                      "conv2d:ci=8,h=9,w=8,co=12,k=3,stride=2,pad=1,type=int8,layout=nhwc",
                      "depthwise_conv2d:ci=12,h=10,w=9,k=3,pad=1",
                      "depthwise_conv2d:ci=16,h=9,w=9,k=3,stride=2,pad=1,layout=nhwc",
                      "depthwise_conv2d:ci=8,h=8,w=8,k=5,pad=2,type=int8,layout=nhwc"));

}  // namespace
}  // namespace tamis::gpu
