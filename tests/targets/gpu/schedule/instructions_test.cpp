// Schedules for instructions that compute several products at once, and those that copy ahead, by what their
// loops mean.
#include "targets/gpu/runtime/architecture.h"
#include "targets/gpu/schedule/contraction.h"
#include "targets/gpu/schedule/operator_program.h"
#include "targets/gpu/schedule/output_difference.h"
#include "targets/loop/bounds.h"
#include "targets/loop/epilogue.h"
#include "targets/loop/interpreter.h"
#include "targets/loop/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int64_t power_below(Random& random, uint64_t count) { return int64_t{1} << random.below(count); }

/// Choices with an arithmetic; what it needs holds.
GpuChoices choices_with(Math math, const Contraction& c, Random& random) {
  GpuChoices choices;
  const bool matrix = math == Math::matrix;
  choices.math = math;
  choices.tile_x = power_below(random, matrix ? 2 : 3);
  choices.tile_n = matrix ? 2 : power_below(random, 3);
  choices.tile_y = matrix && choices.tile_x == 1 ? 2 : 1;
  if (c.matmul && choices.tile_x == 1) choices.tile_x = 2;
  if (c.matmul) choices.tile_y = 1;
  choices.items_x = matrix ? 8 : power_below(random, 3);
  choices.items_n = matrix ? 4 * power_below(random, 2) : power_below(random, 3);
  choices.items_y = c.matmul ? 1 : power_below(random, 2);
  choices.unroll = power_below(random, 2);
  choices.block_k = depth_of_step(c, math) * choices.unroll * power_below(random, 2);
  choices.stage_a = choices.stage_b = true;
  choices.load_vector = math == Math::dot4 ? power_below(random, 3) : power_below(random, 4);
  choices.swizzle = power_below(random, 2);
  choices.split_k = power_below(random, 2);
  const uint64_t pipeline = random.below(4);
  if (pipeline == 0) choices.pipeline = Pipeline::none;
  if (pipeline == 1) choices.pipeline = Pipeline::buffers;
  if (pipeline >= 2) choices.pipeline = Pipeline::ahead;
  choices.stages = c.has_taps() ? 3 : 2 + static_cast<int64_t>(random.below(3));
  return choices;
}

std::vector<double> numbers_in(const OperatorArgument& argument, const WorkloadData& data, DataType type) {
  const std::vector<std::byte> bytes = argument_bytes(argument, data);
  if (argument.role != ArgumentRole::bias) return testing::numbers_of(bytes, type);
  if (type != DataType::int8) return testing::numbers_of(bytes, DataType::float32);
  std::vector<int32_t> whole(bytes.size() / 4);
  std::memcpy(whole.data(), bytes.data(), bytes.size());
  return {whole.begin(), whole.end()};
}

/// The arguments as programs with an arithmetic read them: those of a config that a search begins with.
std::vector<OperatorArgument> arguments_with(const Workload& workload, const std::string& math) {
  const DeviceFacts device = facts_of_architecture("sm_80").value();
  const Space space = operator_space(workload, device).value();
  for (const Config& config : operator_suggestions(workload, device, space))
    if (space.value(config, *space.find("math")) == KnobValue(math))
      return operator_program(workload, space, config, Language::cuda).value().arguments;
  return {};
}

void expect_reference(const std::string& spec, Math math, uint64_t seed) {
  const Workload workload = parse_spec(spec, WorkloadDefaults{DataType::float32}).value();
  Contraction contraction = describe(workload).value();
  contraction.weights_along_k = workload.type == DataType::int8 && (contraction.dense || !contraction.matmul);
  Random random(seed);
  const GpuChoices choices = choices_with(math, contraction, random);
  const loop::LoweredProgram program = loop::lower(schedule(contraction, choices, "run"));
  ASSERT_EQ(loop::find_overrun(program).value_or(""), "") << to_string(program);
  const WorkloadData data = make_data(workload, 1);
  loop::testing::Memory memory;
  for (const OperatorArgument& argument : arguments_with(workload, math == Math::dot4 ? "dp4a" : "mma"))
    if (argument.role != ArgumentRole::output && argument.role != ArgumentRole::scratch)
      memory[argument.name] = loop::testing::cells(numbers_in(argument, data, workload.type));
  ASSERT_EQ(loop::testing::interpret(program, memory).value_or(""), "") << to_string(program);
  const auto output = loop::testing::numbers(memory["output"]);
  ASSERT_TRUE(output.has_value()) << to_string(program);
  const auto* first = static_cast<const std::byte*>(data.output.data());
  const std::vector<double> expected =
      testing::numbers_of({first, first + data.output.byte_count()}, workload.type);
  for (size_t i = 0; i < output->size(); ++i)
    ASSERT_NEAR((*output)[i], expected[i], data.tolerance + data.relative_tolerance * std::abs(expected[i]))
        << i << "\n"
        << to_string(program);
}

TEST(GpuInstructions, ComputeTheReferenceResultWhateverElseIsChosen) {
  for (uint64_t seed = 1; seed <= 2; ++seed)
    for (const auto& [spec, math] : std::vector<std::pair<const char*, Math>>{
             {"matmul:m=18,n=20,k=40,type=float16", Math::matrix},
             {"matmul:m=16,n=24,k=33,transpose_a=1,transpose_b=1,type=bfloat16", Math::matrix},
             {"dense:n=17,ci=40,co=16,type=int8", Math::matrix},
             {"dense:n=7,ci=18,co=12,type=int8", Math::dot4},
             {"conv2d:ci=10,h=5,w=6,co=10,k=3,pad=1,type=float16", Math::matrix},
             {"conv2d:ci=16,h=9,w=9,co=8,k=3,stride=2,pad=1,layout=nhwc,type=int8", Math::matrix},
             {"conv2d:ci=6,h=5,w=6,co=8,k=3,pad=1,type=int8", Math::dot4}}) {
      expect_reference(spec, math, seed);
      if (HasFatalFailure()) FAIL() << spec << " with seed " << seed;
    }
}

DeviceFacts device_of(const char* architecture) { return facts_of_architecture(architecture).value(); }

/// The values of a knob, joined; empty where there is no such knob.
std::string values_of(const char* spec, const DeviceFacts& device, const char* knob) {
  const Space space =
      operator_space(parse_spec(spec, WorkloadDefaults{DataType::float32}).value(), device).value();
  const auto position = space.find(knob);
  std::string text;
  if (position)
    for (const KnobValue& value : space.knobs()[*position].values)
      text += (text.empty() ? "" : " ") + std::get<std::string>(value);
  return text;
}

TEST(GpuInstructions, AreChosenWhereTheArchitectureAndTheTypeHaveThem) {
  const char* half = "matmul:m=64,n=64,k=64,type=float16";
  const char* whole = "matmul:m=64,n=64,k=64,type=int8";
  EXPECT_EQ(values_of(half, device_of("sm_80"), "math"), "scalar mma");
  EXPECT_EQ(values_of(whole, device_of("sm_90"), "math"), "scalar dp4a mma");
  EXPECT_EQ(values_of(whole, device_of("sm_75"), "math"), "scalar dp4a");
  EXPECT_EQ(values_of(half, device_of("sm_75"), "math"), "");
  EXPECT_EQ(values_of("matmul:m=64,n=64,k=64", device_of("sm_90"), "math"), "");
  EXPECT_EQ(values_of("depthwise_conv2d:ci=8,h=8,w=8,k=3,type=float16", device_of("sm_90"), "math"), "");
  DeviceFacts opencl = device_of("sm_90");
  opencl.architecture.clear();
  EXPECT_EQ(values_of(whole, opencl, "math"), "");
}

TEST(GpuInstructions, CopyAheadWhereTheArchitectureDoes) {
  const char* spec = "matmul:m=64,n=64,k=64";
  EXPECT_EQ(values_of(spec, device_of("sm_80"), "pipeline"), "none buffers registers async2 async3 async4");
  EXPECT_EQ(values_of(spec, device_of("sm_75"), "pipeline"), "none buffers registers");
  // Four buffers and nine taps would be 36 blocks one after another.
  EXPECT_EQ(values_of("conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1", device_of("sm_80"), "pipeline"),
            "none buffers registers async2 async3");
}

/// The default config's source on an architecture.
std::string default_source(const char* spec, const char* architecture) {
  const Workload workload = parse_spec(spec, WorkloadDefaults{DataType::float32}).value();
  const DeviceFacts device = device_of(architecture);
  const Space space = operator_space(workload, device).value();
  return operator_program(workload, space, default_operator_config(workload, device, space), Language::cuda)
      .value()
      .program.source.text;
}

TEST(GpuInstructions, AreInTheDefaultConfigOfHalvesWithCopiesOfSixteenBytes) {
  const std::string text = default_source("matmul:m=4096,n=4096,k=4096,type=float16", "sm_90");
  EXPECT_THAT(text, HasSubstr("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"));
  EXPECT_THAT(text, HasSubstr("copy_later_16(&a_shared"));
  EXPECT_THAT(text, HasSubstr("copy_later_16(&b_shared"));
  EXPECT_THAT(text, Not(HasSubstr("load_half(&")));
  EXPECT_THAT(default_source("matmul:m=4096,n=4096,k=4096,type=float16", "sm_75"),
              Not(HasSubstr("mma.sync")));
}

TEST(GpuInstructions, TakeTheSharedMemoryOfTheLaunchWhereAKernelMayNotDeclareAsMuch) {
  const Workload workload =
      parse_spec("matmul:m=4096,n=4096,k=4096,type=float16", WorkloadDefaults{DataType::float32}).value();
  const DeviceFacts device = device_of("sm_90");
  const Space space = operator_space(workload, device).value();
  const OperatorProgram made =
      operator_program(workload, space, default_operator_config(workload, device, space), Language::cuda)
          .value();
  EXPECT_GT(made.program.launches[0].shared_bytes, 48U * 1024);
  EXPECT_LE(made.program.launches[0].shared_bytes, device.shared_bytes);
  EXPECT_THAT(made.program.source.text, HasSubstr("extern __shared__"));
}

}  // namespace
}  // namespace tamis::gpu
