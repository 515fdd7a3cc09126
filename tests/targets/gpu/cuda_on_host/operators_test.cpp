// Random configs of every operator as CUDA C++, run on the processor (host_program.h) and compared with the
// reference result.
#include "targets/gpu/cuda_on_host/host_program.h"
#include "targets/gpu/runtime/architecture.h"
#include "targets/gpu/schedule/operator_program.h"
#include "targets/gpu/schedule/output_difference.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using testing::HostPrograms;

#ifdef TAMIS_MANY_CONFIGS
constexpr int kConfigs = 20;
#else
constexpr int kConfigs = 1;
#endif
/// Sums of an item, and steps of k, that are written one after another: compilers take seconds for many.
constexpr int64_t kMostUnrolled = 128;

int64_t number_of(const Space& space, const Config& config, const char* knob) {
  return space.find(knob) ? space.integer(config, knob) : 1;
}

bool is_small(const Space& space, const Config& config) {
  int64_t unrolled = 1;
  for (const char* knob : {"tile_y", "tile_x", "tile_m", "tile_n", "unroll"})
    unrolled *= number_of(space, config, knob);
  int64_t items = 1;
  for (const char* knob : {"items_y", "items_x", "items_m", "items_n"})
    items *= number_of(space, config, knob);
  return unrolled <= kMostUnrolled && items <= 256;
}

void set(const Space& space, Config& config, const std::string& knob, const KnobValue& value) {
  const auto position = space.find(knob);
  if (!position) return;
  const std::vector<KnobValue>& values = space.knobs()[*position].values;
  config.choices[*position] =
      static_cast<uint32_t>(std::find(values.begin(), values.end(), value) - values.begin());
}

/// A small config whose knob has a value; nothing where none was found.
std::optional<Config> sample_with(const Space& space, const std::string& knob, const std::string& value,
                                  Random& random) {
  for (int attempt = 0; attempt < 20000; ++attempt) {
    Config config = space.draw(random);
    set(space, config, knob, value);
    // Else nearly all draws with instructions would be outside the space.
    if (value != "scalar" && value != "none") set(space, config, "stage", std::string("both"));
    if (knob == "math" && value != "scalar") set(space, config, "vector", int64_t{1});
    if (is_small(space, config) && space.allows(config)) return config;
  }
  return std::nullopt;
}

/// Configs with each kind of arithmetic and each way to wait for copies that the space has, and any others.
std::vector<Config> configs_of(const Space& space, Random& random) {
  std::vector<Config> configs;
  const auto keep = [&](const std::optional<Config>& config) {
    if (config && std::find(configs.begin(), configs.end(), *config) == configs.end())
      configs.push_back(*config);
  };
  for (const char* knob : {"math", "pipeline"}) {
    const auto position = space.find(knob);
    if (!position) continue;
    for (const KnobValue& value : space.knobs()[*position].values)
      for (int i = 0; i < kConfigs; ++i) {
        const auto config = sample_with(space, knob, std::get<std::string>(value), random);
        EXPECT_TRUE(config) << knob << "=" << std::get<std::string>(value);
        keep(config);
      }
  }
  for (int i = 0; i < kConfigs; ++i) {
    Config config = space.sample(random).value();
    if (is_small(space, config)) keep(config);
  }
  return configs;
}

/// Runs configs of a workload; the first that is wrong is a failure.
void expect_reference(const Workload& workload, const Space& space, const std::vector<Config>& configs) {
  std::vector<OperatorProgram> made;
  std::vector<KernelProgram> programs;
  for (const Config& config : configs) {
    Result<OperatorProgram> program = operator_program(workload, space, config, Language::cuda);
    ASSERT_TRUE(program.ok()) << program.error().message << "\n" << space.describe(config);
    programs.push_back(program->program);
    made.push_back(std::move(*program));
  }
  const HostPrograms host(programs);
  ASSERT_EQ(host.error(), "");
  const WorkloadData data = make_data(workload, 1);
  for (size_t i = 0; i < made.size(); ++i) {
    std::vector<std::vector<std::byte>> arguments;
    for (const OperatorArgument& argument : made[i].arguments)
      arguments.push_back(argument_bytes(argument, data));
    const std::string text = space.describe(configs[i]) + "\n" + programs[i].source.text;
    ASSERT_EQ(host.run(i, arguments), "") << text;
    for (size_t j = 0; j < arguments.size(); ++j) {
      if (made[i].arguments[j].role != ArgumentRole::output) continue;
      ASSERT_EQ(testing::difference(data, workload.type, arguments[j]), "") << text;
    }
  }
}

class CudaOperatorsOnTheHost : public ::testing::TestWithParam<std::string> {};

TEST_P(CudaOperatorsOnTheHost, ComputeTheReferenceResultUnderRandomSchedules) {
  const Workload workload = parse_spec(GetParam(), WorkloadDefaults{DataType::float32}).value();
  const DeviceFacts device = facts_of_architecture("sm_80").value();
  const Space space = operator_space(workload, device).value();
  Random random(11);
  std::vector<Config> configs = configs_of(space, random);
  const Config usual = default_operator_config(workload, device, space);
  if (is_small(space, usual)) configs.push_back(usual);
  expect_reference(workload, space, configs);
}

INSTANTIATE_TEST_SUITE_P(
    Workloads, CudaOperatorsOnTheHost,
    ::testing::Values("matmul:m=32,n=48,k=64", "matmul:batch=2,m=19,n=33,k=70,type=float16",
                      "matmul:m=40,n=32,k=64,transpose_a=1,transpose_b=1,type=float16",
                      "matmul:m=32,n=40,k=96,type=bfloat16", "matmul:m=24,n=40,k=80,type=int8",
                      "matmul:m=24,n=32,k=64,transpose_a=1,type=int8",
                      "dense:n=9,ci=72,co=40,type=float16,residual=1", "dense:n=24,ci=70,co=32,type=int8",
                      "conv2d:ci=5,h=9,w=11,co=12,k=3,pad=1",
                      "conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1,type=float16",
                      "conv2d:ci=16,h=9,w=9,co=24,k=3,stride=2,pad=1,layout=nhwc,type=float16",
                      "conv2d:n=2,ci=32,h=5,w=5,co=16,k=1,layout=nhwc,type=bfloat16,activation=hard_swish",
                      "conv2d:ci=32,h=7,w=8,co=16,k=1,type=bfloat16",
                      "conv2d:ci=8,h=8,w=8,co=8,k=3,pad=1,type=int8",
                      "conv2d:ci=32,h=8,w=8,co=16,k=3,pad=1,type=int8,layout=nhwc",
                      "depthwise_conv2d:ci=12,h=10,w=9,k=3,pad=1,type=float16",
                      "depthwise_conv2d:ci=16,h=9,w=9,k=3,stride=2,pad=1,layout=nhwc,type=bfloat16",
                      "depthwise_conv2d:ci=8,h=8,w=8,k=5,pad=2,type=int8,layout=nhwc"));

}  // namespace
}  // namespace tamis::gpu
